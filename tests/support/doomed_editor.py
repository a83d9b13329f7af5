"""An editor that works with `nanobot-lsp` without a pause, until somebody kills it.

Usage: python doomed_editor.py WORKSPACE SEED [SERVER_IN WRITE SERVER_OUT READ]

The last four are descriptors of two pipes that somebody else holds open as well: then
the server does not see the end of its input when the editor is gone. Says `go` when
`initialize` was answered: from then on the server knows whom to watch.
"""

import itertools
import json
import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from nanobot_server.lsp.connection.framing import BadMessage, MessageReader, encode_message

SENTENCES = ["rename total to summed", "rename module_1 to first", "remove unused imports"]


class DoomedEditor:
    """Sends what editors send, in a random order."""

    def __init__(self, workspace: Path, chance: random.Random, descriptors: list[int]) -> None:
        self.workspace = workspace
        self.chance = chance
        self.ids = itertools.count(1)
        self.version = 1
        server_in, self.write_fd, server_out, self.read_fd = descriptors or [
            *os.pipe(), *reversed(os.pipe())
        ]  # fmt: skip
        self.server = subprocess.Popen(
            [sys.executable, "-m", "nanobot_server.lsp", "--stdio"],
            stdin=server_in,
            stdout=server_out,
            stderr=subprocess.DEVNULL,
        )
        os.close(server_in)
        os.close(server_out)
        threading.Thread(target=self.answer_all, daemon=True).start()

    def run(self) -> None:
        folder = {"uri": self.workspace.as_uri(), "name": "ws"}
        self.request(
            "initialize",
            {
                "processId": os.getpid(),
                "capabilities": {"window": {"workDoneProgress": True}},
                "workspaceFolders": [folder],
            },
        )
        self.notify("initialized", {})
        path = self.workspace / "module_1.py"
        uri = path.as_uri()
        item = {"uri": uri, "languageId": "python", "version": 1, "text": path.read_text("utf-8")}
        self.notify("textDocument/didOpen", {"textDocument": item})
        chance = self.chance
        steps = [
            lambda: self.edit(uri),
            lambda: self.ask_actions(uri),
            lambda: self.command("nanobot.search", "total of numbers"),
            lambda: self.command("nanobot.ingest"),
            lambda: self.command("nanobot.process.start", chance.choice(SENTENCES)),
            lambda: self.command("nanobot.process.status"),
            lambda: self.notify("$/cancelRequest", {"id": next(self.ids) - 1}),
            lambda: time.sleep(chance.uniform(0, 0.2)),
        ]
        while True:
            chance.choice(steps)()
            time.sleep(chance.uniform(0, 0.05))

    def edit(self, uri: str) -> None:
        self.version += 1
        at = {"line": 0, "character": 0}
        change = {"range": {"start": at, "end": at}, "text": "# x\n"}
        document = {"uri": uri, "version": self.version}
        self.notify(
            "textDocument/didChange", {"textDocument": document, "contentChanges": [change]}
        )

    def ask_actions(self, uri: str) -> None:
        at = {"line": 1, "character": 0}
        params = {"textDocument": {"uri": uri}, "range": {"start": at, "end": at}}
        self.request("textDocument/codeAction", {**params, "context": {"diagnostics": []}})

    def command(self, name: str, *arguments: object) -> None:
        self.request("workspace/executeCommand", {"command": name, "arguments": list(arguments)})

    def request(self, method: str, params: object) -> None:
        self.send({"id": next(self.ids), "method": method, "params": params})

    def notify(self, method: str, params: object) -> None:
        self.send({"method": method, "params": params})

    def send(self, message: dict[str, Any]) -> None:
        data = encode_message({"jsonrpc": "2.0", **message})
        while data:
            data = data[os.write(self.write_fd, data) :]

    def answer_all(self) -> None:
        """Say yes to whatever the server asks."""
        reader = MessageReader()
        while data := os.read(self.read_fd, 2**16):
            for message in reader.feed(data):
                assert not isinstance(message, BadMessage)
                if message.get("id") == 1:
                    sys.stdout.write("go\n")
                    sys.stdout.flush()
                elif "method" in message and "id" in message:
                    actions = (message.get("params") or {}).get("actions")
                    result = actions[0] if actions else None
                    self.send({"id": message["id"], "result": result})


if __name__ == "__main__":
    place, seed, *held = sys.argv[1:]
    DoomedEditor(Path(place), random.Random(int(seed)), json.loads(f"[{','.join(held)}]")).run()
