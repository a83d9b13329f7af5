"""The whole job in a real Helix: keys are pressed, the screen is read.

The configuration is what users copy from `editors/helix`, the server and the host are
real; a scripted model stands in where a model is asked.
"""

import contextlib
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.editor_screen import EditorScreen, editor_screen
from support.fetched_editor import (
    RENAMED,
    RENAMING,
    REPO,
    as_bytes,
    bytes_on_disk,
    documented,
    editor_environment,
    fetched_editor,
    states,
    undocumented,
    write_files,
)
from support.terminal import Terminal, wait_until

pytestmark = [pytest.mark.editor, pytest.mark.timeout(120)]


@pytest.fixture(scope="session")
def helix() -> Path:
    return fetched_editor("helix")


@pytest.fixture
def terminal(terminal: Terminal) -> Terminal:
    config = terminal.folder / "config" / "helix"
    shutil.copytree(REPO / "editors" / "helix", config)
    return terminal


Opened = Callable[[str], contextlib.AbstractContextManager["Helix"]]


@pytest.fixture
def opened(helix: Path, terminal: Terminal) -> Opened:
    @contextlib.contextmanager
    def opened(path: str) -> Iterator["Helix"]:
        environment = editor_environment(terminal)
        with editor_screen([helix, path], cwd=terminal.workspace, env=environment) as screen:
            screen.until(f"NOR +{re.escape(path)}")
            editor = Helix(screen)
            editor.until_attached()
            yield editor

    return opened


class Helix:
    """A user of Helix."""

    def __init__(self, screen: EditorScreen) -> None:
        self.screen = screen

    def keys(self, *keys: str) -> None:
        """Press keys in normal mode. An `Escape` right before a key would be one with Alt."""
        self.screen.press("Escape", pause_s=0.2)
        self.screen.press(*keys)

    def command(self, line: str) -> None:
        self.keys()
        self.screen.type(f":{line}")
        self.screen.press("Enter")

    def until_attached(self) -> None:
        """Ask until the server is there to answer."""
        answer = "nanobot: no process in this workspace"
        while answer not in self.screen.text:
            self.keys(" ", "n", "s")
            refused = "not supported for any language server"
            if re.search(refused, self.screen.until(f"{answer}|{refused}")):
                # A key that does nothing takes the message away.
                self.keys()

    def choose_action(self, title: str) -> None:
        """Take a code action at the cursor."""
        self.keys(" ", "a")
        self.choose(title)

    def choose(self, title: str) -> None:
        """Take an item of the menu that is shown, or that comes. The first one is selected."""
        # A comment of the file may say the same.
        self.screen.until(f"(?<!# ){re.escape(title)}")
        items = re.findall("(?<!# )nanobot: .*", self.screen.text)
        above = next(index for index, line in enumerate(items) if title in line)
        self.screen.press(*["Down"] * above, "Enter")

    def answer(self, question: str, choice: str) -> None:
        """Answer a question by the item of this name."""
        self.screen.until(re.escape(question))
        text = self.screen.text
        items = text[text.index(question) :].splitlines()[2:]
        # Text of the document may stand on the left.
        above = next(index for index, line in enumerate(items) if line.rstrip().endswith(choice))
        self.screen.press(*["Down"] * above, "Enter")

    def open(self, path: str) -> None:
        self.command(f"open {path}")
        self.screen.until(f"NOR +{re.escape(path)}")

    def save_all(self) -> None:
        self.command("write-all")


def test_a_sentence_is_renamed_reviewed_saved_and_undone(
    terminal: Terminal, opened: Opened
) -> None:
    write_files(terminal, RENAMING)

    with opened("settings.py") as helix:
        helix.choose_action("nanobot: rename load_cfg to read_settings")
        helix.answer("nanobot: rename function load_cfg to read_settings", "Start")
        helix.answer("nanobot: 4 edits in 2 files are ready", "Show diff")
        helix.screen.until(r"\+def read_settings\(path\):")
        helix.answer("nanobot: 4 edits in 2 files are ready", "Apply")
        wait_until(lambda: [*states(terminal)] == ["done"], timeout_s=20)
        # The diff is no code, so nanobot is not asked there.
        helix.command("buffer-close")
        helix.save_all()
        wait_until(lambda: bytes_on_disk(terminal, RENAMED) == as_bytes(RENAMED), timeout_s=20)

        helix.keys(" ", "n", "u")
        helix.screen.until("nanobot: p1 is undone in 2 files; save what is open")
        helix.save_all()
        wait_until(lambda: bytes_on_disk(terminal, RENAMING) == as_bytes(RENAMING), timeout_s=20)


def test_a_process_is_watched_and_cancelled(terminal: Terminal, opened: Opened) -> None:
    files = undocumented(files=6)
    write_files(terminal, files)
    terminal.start_host(wave_s=1.0, is_held=True)

    with opened("m0.py") as helix:
        helix.choose_action("nanobot: Document every public function in this workspace")
        helix.screen.until(r"nanobot: [1-9]\d?% nanobot . \d+/12 documented")
        helix.keys(" ", "n", "c")
        helix.screen.until_gone(r"nanobot: \d+%")

        assert [*states(terminal)] == ["cancelled"]
    assert bytes_on_disk(terminal, files) == as_bytes(files)


def test_hunks_files_and_all_are_accepted_or_rejected(terminal: Terminal, opened: Opened) -> None:
    files = undocumented(files=4)
    write_files(terminal, files)
    terminal.start_host(is_held=True)

    with opened("m0.py") as helix:
        helix.command('lsp-workspace-command nanobot.process.start {"recipe": "document"}')
        helix.answer("nanobot: 8 docstrings in 4 files are ready", "Show diff")
        helix.screen.until(r"\+    \"\"\"Return the sum")
        helix.answer("nanobot: 8 docstrings in 4 files are ready", "Later")
        helix.screen.until("the edits of p1 wait")

        helix.open("m1.py")
        # The line of a hunk is the one that comes after it.
        helix.keys("/")
        helix.screen.type("total = sum")
        helix.screen.press("Enter")
        helix.choose_action("nanobot: Accept: document first_1")
        helix.screen.until('"""Return the sum')

        helix.open("m2.py")
        helix.choose_action("nanobot: Accept: all 2 changes of this file (p1)")
        helix.screen.until('(?s)"""Return the sum.*"""Return the sum')

        helix.open("m3.py")
        helix.choose_action("nanobot: Reject: all 2 changes of this file (p1)")

        helix.keys(" ", "n", "a")
        wait_until(lambda: [*states(terminal)] == ["done"], timeout_s=20)
        helix.save_all()
        wanted = {path: documented(text) for path, text in files.items()} | {
            "m3.py": files["m3.py"]
        }
        wait_until(lambda: bytes_on_disk(terminal, files) == as_bytes(wanted), timeout_s=20)
