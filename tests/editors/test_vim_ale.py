"""A sentence in a real Vim with ALE, which answers no question and counts columns in bytes."""

import contextlib
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from support.editor_screen import EditorScreen, editor_screen
from support.fetched_editor import (
    REPO,
    as_bytes,
    bytes_on_disk,
    editor_environment,
    fetched_editor,
    write_files,
)
from support.terminal import Terminal, wait_until

pytestmark = [pytest.mark.editor, pytest.mark.timeout(120)]

# The name stands behind an emoji: its column in bytes is another than in UTF-16.
BEFORE = {
    "a.py": "# nanobot: rename load_cfg to read_settings\n"
    "def load_cfg(path):\n"
    '    """\U0001f600"""\n'
    '    return "\U0001f600\u00e9", load_cfg(path)\n'
}
AFTER = {
    "a.py": BEFORE["a.py"]
    .replace("def load_cfg", "def read_settings")
    .replace(", load_cfg", ", read_settings")
}
VIMRC = """
set nocompatible nomore noswapfile hidden encoding=utf-8
filetype plugin on
let g:ale_linters = {'python': ['nanobot']}
let g:ale_linters_explicit = 1
set runtimepath^=~/.vim
"""


@pytest.fixture
def terminal() -> Generator[Terminal]:
    # Not pytest's folder: the path of a Unix socket may have 100 bytes.
    terminal = Terminal(Path(tempfile.mkdtemp(prefix="nb-")))
    (terminal.folder / "vimrc").write_text(VIMRC, encoding="utf-8")
    linters = terminal.folder / ".vim" / "ale_linters" / "python"
    linters.mkdir(parents=True)
    shutil.copy(REPO / "editors" / "vim-ale" / "nanobot.vim", linters)
    yield terminal
    terminal.close()


def choose_action(screen: EditorScreen, title: str) -> None:
    """Take a code action by the number that ALE gives it."""
    for _ in range(20):
        screen.press("Escape", pause_s=0.2)
        screen.type(":ALECodeAction")
        screen.press("Enter")
        with contextlib.suppress(AssertionError):
            found = screen.until(rf"\d+\) {title}", timeout_s=2)
            screen.type(found.partition(")")[0])
            screen.press("Enter")
            return
        screen.press("Enter")
    raise AssertionError(screen.text)


def test_a_sentence_is_done_accepted_and_undone_by_code_actions(terminal: Terminal) -> None:
    write_files(terminal, BEFORE)
    command = [str(fetched_editor("vim-ale")), "-u", str(terminal.folder / "vimrc"), "a.py"]

    environment = editor_environment(terminal)
    with editor_screen(command, cwd=terminal.workspace, env=environment) as screen:
        screen.until("load_cfg")
        choose_action(screen, "nanobot: rename load_cfg to read_settings")
        choose_action(screen, "nanobot: Accept all of p1")
        screen.until(r", read_settings\(path\)")
        screen.press("Escape", pause_s=0.2)
        screen.type(":wa")
        screen.press("Enter")
        wait_until(lambda: bytes_on_disk(terminal, AFTER) == as_bytes(AFTER), timeout_s=20)
        choose_action(screen, "nanobot: Undo p1")
        screen.until(r", load_cfg\(path\)")
        screen.press("Escape", pause_s=0.2)
        screen.type(":wa")
        screen.press("Enter")
        wait_until(lambda: bytes_on_disk(terminal, BEFORE) == as_bytes(BEFORE), timeout_s=20)
