"""Random editing in a real Neovim: after each step the server has the text of the buffer.

What the server has is seen where it tells its host: with a search it sends the documents
that are not saved. Some changes break the rules of the protocol; then the plugin is asked
for the text, and sends it. `NANOBOT_LONG_TESTS=1` makes many more steps.
"""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from support.index_twin import IS_LONG

HERE: Final = Path(__file__).parent
REPO: Final = HERE.parent.parent
HOST: Final = REPO / "tests" / "e2e" / "scripted_host.py"
LINE_ENDS: Final = {"unix": "\n", "dos": "\r\n", "mac": "\r"}
CHARACTERS: Final = (
    "ab (:,\t\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\u00e9\u4e2d\u0301\u200d\U0001f600\U0001f469"
)
LINES = st.lists(st.text(alphabet=CHARACTERS, max_size=8), min_size=1, max_size=4)
NUMBERS = st.integers(0, 40)
PAIRS = st.tuples(NUMBERS, NUMBERS)
EDITS = st.lists(
    st.fixed_dictionaries({"rows": PAIRS, "columns": PAIRS, "lines": LINES}),
    min_size=1,
    max_size=4,
)
KEYS: Final = [
    "dd", "yyp", "J", "gJ", "xp", "x", "D", "Oabove \U0001f600<Esc>", "onext<CR><CR>line<Esc>",
    "ddggP", "ggVGd", "yyPPP", "guu", "g~~", ">>", "ywP", "ix<Left>\u00e9<Esc>",
    "A\u2028<C-w><Esc>",
    "u", "u", "3u", "<C-r>", "<C-r>", "5<C-r>", "Rabc<Esc>", "~", "dG", "yG``p", "Vjd",
]  # fmt: skip
COMMANDS: Final = [
    r"%s/a/\r/ge", r"%s/\n//e", "%join!", "sort!", "retab!", "write", "edit!", "g/^$/d", "undo 0",
    "earlier 3", "later 2", "%s/b/\U0001f600/ge", "1,2move $", "1copy $",
]  # fmt: skip
OUTSIDE: Final = {"start": {"line": 0, "character": 0}, "end": {"line": 9999, "character": 1}}
REVERSED: Final = {"start": {"line": 0, "character": 1}, "end": {"line": 0, "character": 0}}
BROKEN: Final[list[tuple[int, list[Any]]]] = [
    (1, [{"range": OUTSIDE, "text": "?"}]),
    (1, [{"range": REVERSED, "text": "?"}]),
    (0, [{"range": OUTSIDE, "text": "?"}]),
    (-1, [{"text": "stale"}]),
    (-9, [{"text": "long ago"}]),
    (1, [{"range": OUTSIDE}]),
    (1, [3]),
    # One that is taken, but whose version the editor will not reach: the next is stale.
    (900, [{"range": OUTSIDE, "text": "?"}]),
]
EXAMPLES, STEPS = (400, 50) if IS_LONG else (8, 25)

pytestmark = [pytest.mark.editor, pytest.mark.timeout(7200 if IS_LONG else 300)]


class Neovim:
    """A Neovim that does what it is told, and the texts that the host heard of."""

    def __init__(self, process: subprocess.Popen[bytes], calls: Path, workspace: Path) -> None:
        self.process = process
        self.calls = calls
        self.workspace = workspace
        self.files = 0
        self._read_bytes = 0
        self._text_by_path: dict[str, str | None] = {}

    def do(self, operation: str, **values: object) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"operation": operation, **values}).encode() + b"\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "Neovim left"
        answer: dict[str, Any] = json.loads(line)
        assert "error" not in answer, answer["error"]
        return answer

    def text_of_server(self, path: str) -> str | None:
        """Return what the host was told last about a file; None when it is as saved."""
        if self.calls.exists():
            with self.calls.open("rb") as log:
                log.seek(self._read_bytes)
                data = log.read()
            self._read_bytes += len(data)
            for line in data.splitlines():
                call = json.loads(line)
                if call["method"] == "index.buffer":
                    self._text_by_path[call["params"]["path"]] = call["params"]["text"]
        return self._text_by_path.get(path)


@contextlib.contextmanager
def running(executable: Path, place: Path, encoding: str) -> Generator[Neovim]:
    """Run Neovim beside a scripted host."""
    env = {**os.environ, "NB_REPO": str(REPO), "NB_PYTHON": sys.executable}
    env["NB_ENCODING"] = encoding
    for name in ("RUNTIME_DIR", "STATE_HOME", "CACHE_HOME", "DATA_HOME", "CONFIG_HOME"):
        env[f"XDG_{name}"] = str(place / name.lower())
        (place / name.lower()).mkdir(exist_ok=True)
    workspace, calls = place / "ws", place / "calls"
    (workspace / "pyproject.toml").touch()
    host_command = [sys.executable, str(HOST), str(workspace), str(calls)]
    command = [str(executable), "--clean", "--headless", "-l", str(HERE / "neovim_sync.lua")]
    with (
        subprocess.Popen(host_command, env=env, stdout=subprocess.PIPE) as host,
        subprocess.Popen(
            command,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Undo says there what it did.
            stderr=subprocess.DEVNULL,
        ) as process,
    ):
        try:
            assert host.stdout is not None
            assert host.stdout.readline() == b"ready\n"
            yield Neovim(process, calls, workspace)
            assert process.stdin is not None
            process.stdin.close()
            assert process.wait(60) == 0
        finally:
            process.kill()
            host.kill()


class NeovimSync(RuleBasedStateMachine):
    """One file in Neovim."""

    neovim: Neovim
    compared = 0
    broken = 0

    @initialize(lines=LINES, line_end=st.sampled_from(["\n", "\n", "\r\n", "\r"]))
    def open(self, lines: list[str], line_end: str) -> None:
        self.neovim.files += 1
        self.path = f"file_{self.neovim.files}.py"
        # Of a file without its last line end Neovim says more lines than it has.
        text = "".join(line + line_end for line in lines)
        file = self.neovim.workspace / self.path
        file.write_text(text, encoding="utf-8", newline="")
        self.do("open", path=str(file))

    def do(self, operation: str, **values: object) -> None:
        answer = self.neovim.do(operation, **values)
        line_end = LINE_ENDS[answer["fileformat"]]
        wanted = line_end.join(answer["lines"]) + (line_end if answer["endofline"] else "")
        found = self.neovim.text_of_server(self.path)
        if found is None:
            # Nothing is unsaved: then the file has it, where one line end at the end is no
            # difference (`saved_text.has_text_of`).
            saved = (self.neovim.workspace / self.path).read_bytes().decode()
            assert wanted in (saved, saved + "\n")
        else:
            assert found == wanted
        type(self).compared += 1

    @rule(edits=EDITS)
    def edit(self, edits: list[dict[str, Any]]) -> None:
        self.do("edit", edits=edits)

    @rule(row=NUMBERS, keys=st.sampled_from(KEYS))
    def type_keys(self, row: int, keys: str) -> None:
        self.do("normal", row=row, keys=keys)

    @rule(command=st.sampled_from(COMMANDS))
    def run_command(self, command: str) -> None:
        self.do("command", command=command)

    @rule(broken=st.sampled_from(BROKEN))
    def break_rules(self, broken: tuple[int, list[Any]]) -> None:
        by, changes = broken
        self.do("break_rules", by=by, changes=changes)
        type(self).broken += 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_the_server_has_the_text_of_the_buffer(neovim: Path, place: Path, encoding: str) -> None:
    with running(neovim, place, encoding) as running_neovim:
        NeovimSync.neovim = running_neovim
        NeovimSync.compared = NeovimSync.broken = 0
        run_state_machine_as_test(
            NeovimSync,
            settings=settings(
                max_examples=EXAMPLES,
                stateful_step_count=STEPS,
                deadline=None,
                # One Neovim for all: what it did before can not be done again in less.
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            ),
        )
    sys.stderr.write(f"steps compared: {NeovimSync.compared}, broken: {NeovimSync.broken}\n")
    assert NeovimSync.broken > 0
