"""A workspace host whose process writes a fixed docstring: the port, without models.

It speaks the wire protocol of `nanobot_server.host` on the socket that fronts look
for, computes real edits with real hashes, and writes every call to a log file. The
goal of a process may be a JSON object that scripts it:

    {"steps": 40, "step_s": 0.05}   how long it runs
    {"fail": "reason"}              ends as failed
    {"die": true}                   the host exits in the middle
    {"refuse": "reason"}            no edit passes
    {"error": "busy"}               `process.start` answers with this code
    {"files": [...]}                proposes these, as one whole
    {"by_hunk": true}               says one hunk per file, and takes parts

It suggests `(numbers)` at every cursor; behind the text `missing` it has no model, and
behind `hang` it never answers.
    {"likely": true}                no program proved these hunks
    {"notes": [...]}                says this about the change
    {"refuse_too": "reason"}        one definition has no edit

Usage: python scripted_host.py WORKSPACE LOG
"""

import asyncio
import hashlib
import json
import os
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nanobot_server.channel import wire
from nanobot_server.host.errors import FAILED, NOT_FOUND, USAGE, HostError
from nanobot_server.host.location import socket_path

DOCSTRING = '"""Do what the name says."""'
_HEADER = re.compile(
    r"^([ \t]*)(?:async )?def (\w+)[^\n]*:[ \t]*\r?\n(?![ \t]*\"\"\")", re.MULTILINE
)


@dataclass
class Scripted:
    """One process."""

    process_id: str
    script: dict[str, Any]
    goal: str = ""
    files: list[dict[str, Any]] = field(default_factory=list)
    state: str = "queued"
    steps: int = 0
    done: int = 0
    edits: int = 0
    message: str = ""
    applied: set[tuple[str, str]] = field(default_factory=set)
    task: asyncio.Task[None] | None = None


class ScriptedHost:
    """Answers like the real host."""

    def __init__(self, workspace: Path, log_path: Path) -> None:
        self.workspace = workspace
        self.log_path = log_path
        self.processes: dict[str, Scripted] = {}
        self.writers: set[asyncio.StreamWriter] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.add(writer)
        try:
            while line := await reader.readline():
                request = wire.decode(line)
                with self.log_path.open("a", encoding="utf-8") as log:
                    log.write(json.dumps({**request, "id": None}) + "\n")
                if "hang" in (request["params"].get("question"), request["params"].get("before")):
                    continue
                answer: dict[str, Any] = {"id": request["id"]}
                try:
                    answer["result"] = self.answer(request["method"], request["params"])
                except HostError as error:
                    answer["error"] = {"code": error.code, "message": str(error)}
                except (AttributeError, KeyError, TypeError, ValueError) as error:
                    # Random input asks for what no script says.
                    answer["error"] = {"code": FAILED, "message": f"no script: {error!r}"}
                writer.write(wire.encode(answer))
                await writer.drain()
        except OSError:
            pass
        finally:
            self.writers.discard(writer)
            writer.close()

    def answer(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        if method == "process.start":
            return self.start(params)
        if method == "status":
            return {"processes": [self.view(item) for item in self.processes.values()]}
        if method == "completion":
            return self.completion(params["before"])
        if not method.startswith("process."):
            is_question = method.startswith("ask")
            return self.ask(method, params) if is_question else self.index(method, params)
        process = self.processes.get(params["process_id"])
        if process is None:
            raise HostError(NOT_FOUND, f"{params['process_id']}: no such process")
        if method == "process.plan_again":
            return {"replanned": "", "asked_again": [], "refused": []}
        return self.answer_about(process, method, params)

    def answer_about(
        self, process: Scripted, method: str, params: dict[str, Any]
    ) -> dict[str, Any]:
        if method == "process.review":
            script = process.script
            reason = script.get("refuse") or script.get("refuse_too")
            refused = [{"path": "a.py", "definition": "a", "reason": reason}] if reason else []
            view = self.view(process)
            is_whole = "files" in process.script
            left = [file for file in process.files if self.is_meant(process, file, params)]
            hunks = self.hunks(process)
            return {
                **view, "goal": "document it", "files": left, "refused": refused,
                "is_whole": is_whole, "hunks": hunks, "notes": script.get("notes", []),
            }  # fmt: skip
        if method == "process.applied":
            planned = {(item["path"], item["result_sha256"]) for item in process.files}
            process.applied |= planned & {
                (item["path"], item["sha256"]) for item in params["files"]
            }
            self.move(process, "done" if process.applied == planned else process.state)
        elif method == "process.reject" and params.get("paths"):
            process.files = [
                file for file in process.files if not self.is_meant(process, file, params)
            ]
        elif method == "process.resume":
            process.task = asyncio.create_task(self.run(process))
        else:
            ends = {"cancel": "cancelled", "pause": "paused", "reject": "rejected"}
            if process.task is not None:
                process.task.cancel()
            self.move(process, ends[method.removeprefix("process.")])
        return self.view(process)

    def is_meant(self, process: Scripted, file: dict[str, Any], params: dict[str, Any]) -> bool:
        named = params.get("hunks") or []
        wanted = [hunk["path"] for hunk in self.hunks(process) if hunk["hunk"] in named]
        wanted += params.get("paths") or []
        is_open = (file["path"], file["result_sha256"]) not in process.applied
        return (is_open or not process.script.get("by_hunk")) and (
            not wanted or file["path"] in wanted
        )

    def hunks(self, process: Scripted) -> list[dict[str, Any]]:
        """Return one hunk per file, where the script asks for it."""
        if not process.script.get("by_hunk"):
            return []
        return [
            {
                "hunk": f"h{number}", "path": file["path"], "line": 2, "line_count": 0,
                "reasons": [edit["label"] for edit in file["edits"]], "is_shared": False,
                "is_likely": process.script.get("likely", False),
                "state": "accepted"
                if (file["path"], file["result_sha256"]) in process.applied
                else "open",
            }
            for number, file in enumerate(process.files)
        ]  # fmt: skip

    def index(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        if method == "ping":
            workers = [{"role": "main", "pid": os.getpid(), "restarts": 0}]
            return {"pid": os.getpid(), "workers": workers if self.processes else []}
        if method == "search":
            return {"hits": [{"path": "a.py", "start_line": 1, "query": params["query"]}]}
        if method == "index.buffer":
            return {"is_laid_over": params["text"] is not None}
        if method == "index.cancel":
            return {"is_cancelled": True}
        if method == "index.refresh":
            for stage, done in (("text", 50), ("text", 100), ("syntax", 50), ("syntax", 20)):
                progress = {"stage": stage, "files_done": done, "files_total": 100}
                progress |= {"bytes_done": done, "bytes_total": 100, "seconds_left": 1.4}
                event = {"event": "index", "params": {"progress": progress, "message": ""}}
                for writer in self.writers:
                    writer.write(wire.encode(event))
            return {"files": 3, "definitions": 5}
        if method == "index.status":
            return {"state": "idle"}
        raise HostError(USAGE, f"{method}: no such method")

    def completion(self, before: str) -> dict[str, Any]:
        if before == "missing":
            return {"state": "missing", "text": "", "problem": "no model"}
        return {"state": "done", "text": "(numbers)", "problem": ""}

    def ask(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        if method == "ask.cancel":
            return {"is_cancelled": True}
        pieces = [{"path": "a.py"}, {"path": "a.py"}, {"path": "b.py"}]
        event = {"event": "ask", "params": {"token": params["token"], "pieces": pieces}}
        for writer in self.writers:
            writer.write(wire.encode(event))
        place = {"path": "a.py", "start_line": 3}
        return {"is_found": True, "answer": "40", "evidence": [place]}

    def start(self, params: dict[str, Any]) -> dict[str, Any]:
        goal = params["goal"]
        script = json.loads(goal) if goal.startswith("{") else {}
        if "error" in script:
            raise HostError(script["error"], f"workspace: another process runs ({goal})")
        process = Scripted(f"p{len(self.processes) + 1}", script, goal)
        self.processes[process.process_id] = process
        if "files" in script:
            process.files = script["files"]
        elif "refuse" not in script:
            process.files = self.planned(params["targets"], params["overlay"])
        process.steps = script.get("steps", max(1, sum(len(f["edits"]) for f in process.files)))
        process.task = asyncio.create_task(self.run(process))
        return {"process_id": process.process_id}

    def planned(self, targets: Any, overlay: dict[str, str]) -> list[dict[str, Any]]:
        paths = sorted({target["path"] for target in targets or ()}) or sorted(
            path.relative_to(self.workspace).as_posix() for path in self.workspace.rglob("*.py")
        )
        files = []
        for path in paths:
            data = overlay[path].encode() if path in overlay else self.read(path)
            lines = {t["line"] for t in targets or () if t["path"] == path}
            text, edits = data.decode(), []
            for match in _HEADER.finditer(text):
                if lines and text.count("\n", 0, match.start()) + 1 not in lines:
                    continue
                end = "\r\n" if match[0].endswith("\r\n") else "\n"
                at = len(text[: match.end()].encode())
                new_text = f"{match[1]}    {DOCSTRING}{end}"
                edits.append(
                    {
                        "start_byte": at,
                        "end_byte": at,
                        "new_text": new_text,
                        "label": f"document {match[2]}",
                        "definition": match[2],
                    }
                )
            if edits:
                result = data
                for edit in reversed(edits):
                    at = int(edit["start_byte"])
                    result = result[:at] + str(edit["new_text"]).encode() + result[at:]
                files.append(
                    {
                        "path": path,
                        "base_sha256": hashlib.sha256(data).hexdigest(),
                        "result_sha256": hashlib.sha256(result).hexdigest(),
                        "edits": edits,
                    }
                )
        return files

    def read(self, path: str) -> bytes:
        return (self.workspace / path).read_bytes()

    async def run(self, process: Scripted) -> None:
        self.move(process, "running")
        while process.done < process.steps:
            await asyncio.sleep(process.script.get("step_s", 0.01))
            process.done += 1
            process.edits = 0 if "refuse" in process.script else process.done
            self.move(process, "running")
            if process.script.get("die") and process.done == 2:
                os._exit(1)
        if "fail" in process.script:
            process.message = process.script["fail"]
            self.move(process, "failed")
        else:
            self.move(process, "waiting_for_review" if process.files else "done")

    def view(self, process: Scripted) -> dict[str, Any]:
        return {
            "process_id": process.process_id,
            "state": process.state,
            "is_alive": process.state == "running",
            "goal": process.goal,
            "recipe": "refactor" if "files" in process.script else "document",
            "steps": process.steps,
            "done": process.done,
            "edits": process.edits,
            "refused": process.done - process.edits,
            "message": process.message,
        }

    def move(self, process: Scripted, state: str) -> None:
        process.state = state
        for writer in self.writers:
            writer.write(wire.encode({"event": "process", "params": self.view(process)}))


async def main() -> None:
    workspace, log_path = Path(sys.argv[1]), Path(sys.argv[2])
    host = ScriptedHost(workspace, log_path)
    server = await asyncio.start_unix_server(
        host.serve, str(socket_path(workspace)), limit=wire.LINE_BYTES_MAX
    )
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
