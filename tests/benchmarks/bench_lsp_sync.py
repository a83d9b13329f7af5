"""Measure how `nanobot-lsp` follows a document of a megabyte, and answers at full load.

From `tests`: `python -m benchmarks.bench_lsp_sync [--load CORPUS] [--workspace CORPUS]`.

Prints one JSON document; times are milliseconds. A document is 1 MB of lines, or one
line; edits are one character, or pastes of 10 KB. `cpu` is what the thread itself worked:
it does not grow when others use the machine. With `--load` a copy of CORPUS is indexed
by the real host while requests are timed. With `--workspace` the memory of a front is
read after searches in an indexed copy of CORPUS, with twenty documents open.
"""

import argparse
import json
import os
import random
import shutil
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, Final

from benchmarks.bench_lsp import Server, latencies
from benchmarks.machine import machine
from benchmarks.timing import summary_ms
from nanobot_server.lsp.document.text_buffer import (
    Change,
    Encoding,
    Place,
    TextBuffer,
    content_length,
    units,
)

DOCUMENT_BYTES: Final = 1_000_000
EDITS: Final = 300
OPEN_DOCUMENTS: Final = 20
SEARCHES: Final = 200
LINES: Final = {
    "ascii": "    return value + other  # a line of code here",
    "two bytes": "    wert = gr\u00f6\u00dfe + 1  # \u00e4\u00f6\u00fc line of code",
    "four bytes": "    x = '\U0001f600' + '\u6570\u5024'  # line of code here",
}
PASTE: Final = "pasted = 1  # \u00e9\n" * 600


def document(kind: str, *, is_one_line: bool) -> str:
    """Return a text of a megabyte."""
    line = LINES[kind] + (" " if is_one_line else "\n")
    return line * (DOCUMENT_BYTES // len(line.encode()))


def buffer_edits(kind: str, encoding: Encoding, text: str, *, is_one_line: bool) -> dict[str, Any]:
    """Time edits at random places of a buffer."""
    chance = random.Random(1)
    buffer = TextBuffer("bench", document(kind, is_one_line=is_one_line), encoding)
    wall, cpu = [], []
    for _ in range(EDITS):
        lines = buffer._lines
        number = chance.randrange(len(lines))
        content = str(lines[number])[: content_length(lines[number])]
        place = Place(number, units(content[: chance.randint(0, len(content))], encoding))
        begun, begun_cpu = time.perf_counter(), time.thread_time()
        buffer.apply(Change(place, place, text))
        wall.append(time.perf_counter() - begun)
        cpu.append(time.thread_time() - begun_cpu)
        if text == PASTE and buffer._long_count == 0 and is_one_line:
            buffer = TextBuffer("bench", document(kind, is_one_line=True), encoding)
    return {"wall": summary_ms(wall), "cpu": summary_ms(cpu)}


def buffers() -> dict[str, Any]:
    """Time edits of every kind of document."""
    found = {}
    for kind in LINES:
        for is_one_line in (False, True):
            for encoding in Encoding:
                name = f"{kind}, {'one line' if is_one_line else 'lines'}, {encoding}"
                found[name] = {
                    "character": buffer_edits(kind, encoding, "x", is_one_line=is_one_line),
                    "paste": buffer_edits(kind, encoding, PASTE, is_one_line=is_one_line),
                }
    return found


def through_pipes() -> dict[str, Any]:
    """Time a change and the request behind it, in a large document and in a small one."""
    found: dict[str, Any] = {}
    for name, text in (
        ("1 MB", document("two bytes", is_one_line=False)),
        ("1 KB", "x = 1\n" * 170),
    ):
        server = Server(None)
        item = {"uri": "file:///bench/big.txt", "languageId": "plaintext", "version": 1}
        begun = time.perf_counter()
        server.notify("textDocument/didOpen", {"textDocument": {**item, "text": text}})
        trivial(server)
        opened_s = time.perf_counter() - begun
        times = []
        for version in range(2, EDITS):
            at = {"line": version % 100, "character": 2}
            changes = [{"range": {"start": at, "end": at}, "text": "x"}]
            versioned = {"uri": item["uri"], "version": version}
            begun = time.perf_counter()
            server.notify(
                "textDocument/didChange", {"textDocument": versioned, "contentChanges": changes}
            )
            trivial(server)
            times.append(time.perf_counter() - begun)
        found[name] = {"open": round(1e3 * opened_s, 1), "change_and_request": summary_ms(times)}
        server.close()
    return found


def trivial(server: Server) -> None:
    """Ask for something that needs nothing: actions of a document that is not open."""
    at = {"line": 0, "character": 0}
    params = {"textDocument": {"uri": "untitled:1"}, "range": {"start": at, "end": at}}
    server.request("textDocument/codeAction", {**params, "context": {"diagnostics": []}})


def trivial_times(server: Server, count: int) -> list[float]:
    """Time trivial requests, one after the other."""
    times = []
    for _ in range(count):
        begun = time.perf_counter()
        trivial(server)
        times.append(time.perf_counter() - begun)
        time.sleep(0.005)
    return times


def copied(corpus: Path, folder: Path) -> Path:
    """Copy a corpus without its index."""
    target = folder / "workspace"
    shutil.copytree(corpus, target, symlinks=True, ignore=shutil.ignore_patterns(".nanobot"))
    return target


def at_full_load(corpus: Path) -> dict[str, Any]:
    """Time requests while the real host indexes a corpus."""
    with tempfile.TemporaryDirectory() as folder:
        root = copied(corpus, Path(folder))
        server, other = Server(root), Server(root)
        index = threading.Thread(target=command, args=(other, "nanobot.ingest"), daemon=True)
        index.start()
        index.join()
        begun, trivials, edits = time.monotonic(), list[float](), list[dict[str, float]]()
        while time.monotonic() < begun + 60 and is_indexing(root):
            trivials += trivial_times(server, 20)
            edits.append(latencies(server, 5))
        seconds = time.monotonic() - begun
        other.close()
        server.close()
    return {
        "indexing_s": round(seconds, 1),
        "trivial_ms": summary_ms(trivials),
        "change_and_code_action_p50_ms": sorted(x["p50"] for x in edits)[len(edits) // 2],
    }


def command(server: Server, name: str, *arguments: object) -> Any:
    """Run a command and return what it says."""
    return server.request(
        "workspace/executeCommand", {"command": name, "arguments": list(arguments)}
    )


def is_indexing(root: Path) -> bool:
    """Tell whether the index has no definitions yet; they come last."""
    manifest = root / ".nanobot" / "index" / "manifest.json"
    try:
        return not json.loads(manifest.read_text("utf-8")).get("has_syntax", False)
    except (OSError, ValueError):
        return True


def memory_of_front(corpus: Path) -> dict[str, Any]:
    """Read the memory of a front with an indexed workspace and open documents."""
    with tempfile.TemporaryDirectory() as folder:
        root = copied(corpus, Path(folder))
        server = Server(root)
        idle_mib = server.memory_mib()
        command(server, "nanobot.ingest")
        paths = sorted(root.rglob("*.py"), key=lambda path: -path.stat().st_size)[:OPEN_DOCUMENTS]
        for path in paths:
            text = path.read_text("utf-8", "replace") + "# unsaved\n"
            item = {"uri": path.as_uri(), "languageId": "python", "version": 1, "text": text}
            server.notify("textDocument/didOpen", {"textDocument": item})
        times = []
        for number in range(SEARCHES):
            begun = time.perf_counter()
            command(server, "nanobot.search", f"model field query {number}")
            times.append(time.perf_counter() - begun)
        found = {
            "start_mib": idle_mib,
            "with_index_and_documents_mib": server.memory_mib(),
            "open_bytes": sum(path.stat().st_size for path in paths),
            "search_ms": summary_ms(times),
        }
        server.close()
        time.sleep(4)  # The host lingers; its files are about to go.
    return found


def main() -> None:
    """Run everything and print the result."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--load", type=Path, metavar="CORPUS")
    parser.add_argument("--workspace", type=Path, metavar="CORPUS")
    options = parser.parse_args()
    result: dict[str, Any] = {"machine": machine(), "buffer": buffers(), "pipes": through_pipes()}
    server = Server(None)
    result["trivial_idle_ms"] = summary_ms(trivial_times(server, 1000))
    server.close()
    if options.load:
        result["while_indexing"] = at_full_load(options.load.resolve())
    if options.workspace:
        result["memory"] = memory_of_front(options.workspace.resolve())
    result["load_average_at_end"] = machine()["load_average"]
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    # Short: a host's socket lies there.
    with tempfile.TemporaryDirectory(prefix="nb-") as folder:
        for name in ("STATE_HOME", "RUNTIME_DIR", "CACHE_HOME"):
            os.environ[f"XDG_{name}"] = folder
        main()
