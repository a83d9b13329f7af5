"""The whole job in a real Emacs with eglot: keys are pressed, the screen is read.

The configuration is what users copy from `editors/emacs`, the server and the host are
real; a scripted model stands in where a model is asked.
"""

import contextlib
import re
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

# What the page about editors says, and what makes a run quiet and leaves no files behind.
INIT = f"""
(setq native-comp-jit-compilation nil inhibit-startup-screen t make-backup-files nil
      auto-save-default nil create-lockfiles nil python-indent-guess-indent-offset nil)
(load "{REPO}/editors/emacs/nanobot-eglot")
(keymap-global-set "C-c n" nanobot-map)
(setq eglot-confirm-server-edits nil)
(add-hook 'python-mode-hook #'eglot-ensure)
"""


@pytest.fixture(scope="session")
def emacs() -> Path:
    return fetched_editor("emacs")


@pytest.fixture
def terminal(terminal: Terminal) -> Terminal:
    (terminal.folder / "init.el").write_text(INIT, encoding="utf-8")
    return terminal


Opened = Callable[[str], contextlib.AbstractContextManager["Emacs"]]


@pytest.fixture
def opened(emacs: Path, terminal: Terminal) -> Opened:
    @contextlib.contextmanager
    def opened(path: str) -> Iterator["Emacs"]:
        command = [str(emacs), "-nw", "-Q", "-l", str(terminal.folder / "init.el"), path]
        environment = editor_environment(terminal)
        with editor_screen(command, cwd=terminal.workspace, env=environment) as screen:
            screen.until("Connected! Server `nanobot'")
            yield Emacs(screen)

    return opened


class Emacs:
    """A user of Emacs."""

    def __init__(self, screen: EditorScreen) -> None:
        self.screen = screen

    def keys(self, *keys: str) -> None:
        self.screen.press(*keys)

    def command(self, name: str) -> None:
        self.keys("M-x")
        self.screen.until("M-x")
        self.screen.type(name)
        self.keys("Enter")

    def choose_action(self, title: str) -> None:
        self.command("eglot-code-actions")
        self.screen.until("Pick an action")
        # What is typed is taken as it is: an exact title.
        self.screen.type(title)
        self.keys("Enter")

    def answer(self, question: str, choice: str) -> None:
        """Answer a question; the first choice stands there already."""
        self.screen.until(f"{re.escape(question)}(?s:.*)Choose an option:")
        self.keys("C-a", "C-k")
        # A space would complete a word.
        for number, word in enumerate(choice.split(" ")):
            self.keys(*["C-q", " "] * bool(number))
            self.screen.type(word)
        self.screen.until(f"Choose an option: {choice}")
        self.keys("Enter")
        if choice == "Show diff":
            # The same question comes again.
            self.screen.until_gone(f"Choose an option: {choice}")

    def open(self, path: str) -> None:
        self.keys("C-x", "C-f")
        self.screen.until("Find file:")
        self.screen.type(path)
        self.keys("Enter")
        self.screen.until(rf"F1 +{re.escape(path)} .*\[eglot:")

    def save_all(self) -> None:
        self.keys("C-u", "C-x", "s")


def test_a_sentence_is_renamed_reviewed_saved_and_undone(
    terminal: Terminal, opened: Opened
) -> None:
    write_files(terminal, RENAMING)

    with opened("settings.py") as emacs:
        emacs.command("eglot-code-actions")
        emacs.screen.until("default nanobot: rename load_cfg to read_settings")
        emacs.keys("Enter")
        emacs.answer("nanobot: rename function load_cfg to read_settings", "Start")
        emacs.answer("nanobot: 4 edits in 2 files are ready", "Show diff")
        emacs.screen.until(r"\+from settings import read_settings")
        emacs.answer("nanobot: 4 edits in 2 files are ready", "Apply")
        wait_until(lambda: [*states(terminal)] == ["done"], timeout_s=20)
        emacs.save_all()
        wait_until(lambda: bytes_on_disk(terminal, RENAMED) == as_bytes(RENAMED), timeout_s=20)

        # From the diff to the other window: only there nanobot is asked.
        emacs.keys("C-x", "1", "C-x", "b")
        emacs.screen.until("Switch to buffer")
        emacs.screen.type("settings.py")
        emacs.keys("Enter")
        emacs.screen.until(r"F1 +settings.py .*\[eglot:")
        emacs.keys("C-c", "n", "u")
        emacs.screen.until("nanobot: p1 is undone in 2 files; save what is open")
        emacs.save_all()
        wait_until(lambda: bytes_on_disk(terminal, RENAMING) == as_bytes(RENAMING), timeout_s=20)


def test_a_process_is_watched_and_cancelled(terminal: Terminal, opened: Opened) -> None:
    files = undocumented(files=6)
    write_files(terminal, files)
    terminal.start_host(wave_s=1.0, is_held=True)

    with opened("m0.py") as emacs:
        emacs.keys("C-c", "n", "n")
        emacs.screen.until("nanobot, please:")
        emacs.screen.type("add docstrings to every public function")
        emacs.keys("Enter")
        emacs.answer("add docstrings to every public function (document)", "Start")
        emacs.screen.until(r"\[eglot:ws/[1-9]\d?%\]")
        emacs.keys("C-c", "n", "c")
        wait_until(lambda: [*states(terminal)] == ["cancelled"], timeout_s=20)

    assert bytes_on_disk(terminal, files) == as_bytes(files)


def test_hunks_files_and_all_are_accepted_or_rejected(terminal: Terminal, opened: Opened) -> None:
    files = undocumented(files=4)
    write_files(terminal, files)
    terminal.start_host(is_held=True)

    with opened("m0.py") as emacs:
        emacs.choose_action("nanobot: Document every public function in this workspace")
        emacs.answer("nanobot: 8 docstrings in 4 files are ready", "Later")
        emacs.screen.until("the edits of p1 wait")

        emacs.open("m1.py")
        # The line of a hunk is the one that comes after it.
        emacs.keys("M-g", "g", "4", "Enter")
        emacs.choose_action("nanobot: Accept: document first_1")
        emacs.screen.until('"""Return the sum')

        emacs.open("m2.py")
        emacs.choose_action("nanobot: Accept: all 2 changes of this file (p1)")
        emacs.screen.until('(?s)"""Return the sum.*"""Return the sum')

        emacs.open("m3.py")
        emacs.choose_action("nanobot: Reject: all 2 changes of this file (p1)")

        emacs.keys("C-c", "n", "a")
        wait_until(lambda: [*states(terminal)] == ["done"], timeout_s=20)
        emacs.save_all()
        wanted = {path: documented(text) for path, text in files.items()} | {
            "m3.py": files["m3.py"]
        }
        wait_until(lambda: bytes_on_disk(terminal, files) == as_bytes(wanted), timeout_s=20)
