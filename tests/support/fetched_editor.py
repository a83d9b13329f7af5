"""Editors that are fetched once into the user's cache, and what a test's user has around them."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from support.terminal import NANOBOT, Terminal

REPO = Path(__file__).parent.parent.parent
_SCRIPT = REPO / "tests" / "editors" / "install_editor.sh"

# An emoji, a letter of two bytes and a form feed stand before and among what changes.
SETTINGS = (
    "# nanobot: rename load_cfg to read_settings\n"
    'SMILE = "\U0001f600\u00e9"  # page\n'
    "\f\n"
    "def load_cfg(path):\n"
    '    """Load."""\n'
    '    return "\U0001f600", path\n'
)
MAIN = (
    "from settings import load_cfg\n\n\n"
    "def send(data):\n"
    '    """Send."""\n'
    '    return "\U0001f600", load_cfg(data), load_cfg(data)\n'
)
RENAMING = {"settings.py": SETTINGS, "main.py": MAIN}
RENAMED = {
    "settings.py": SETTINGS.replace("def load_cfg", "def read_settings"),
    "main.py": MAIN.replace("load_cfg", "read_settings"),
}

DOCSTRING = '    """Return the sum of the numbers."""\n'
_FUNCTION = (
    'def {name}_{number}(numbers):\n    total = sum(numbers)\n    return total, "\U0001f600"\n'
)


def undocumented(*, files: int) -> dict[str, str]:
    """Return files with two functions each that have no docstring."""
    return {
        f"m{number}.py": 'PAGE = "\U0001f600\u00e9"\n\f\n'
        + "\n\n".join(_FUNCTION.format(name=name, number=number) for name in ("first", "second"))
        for number in range(files)
    }


def documented(text: str) -> str:
    """Return a file with the docstrings that the scripted model writes."""
    return text.replace("(numbers):\n", f"(numbers):\n{DOCSTRING}")


def fetched_editor(name: str) -> Path:
    """Return the program of an editor; `install_editor.sh` lists the names."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    done = subprocess.run(
        ["bash", _SCRIPT, cache / "nanobot" / "editors", name],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return Path(done.stdout.strip().splitlines()[-1])


def editor_environment(terminal: Terminal) -> dict[str, str]:
    """Return what an editor of this user has around it: `nanobot-lsp` is on the PATH."""
    programs = terminal.folder / "bin"
    programs.mkdir(exist_ok=True)
    for name in ("nanobot", "nanobot-lsp"):
        # Nothing else of our environment: an editor starts every server that it finds.
        (programs / name).symlink_to(NANOBOT.with_name(name))
    path = os.pathsep.join([str(programs), "/usr/bin", "/bin"])
    return {**terminal.env, "PATH": path, "HOME": str(terminal.folder)}


def write_files(terminal: Terminal, files: dict[str, str]) -> None:
    """Write the files of a workspace; a folder `.git` makes it one for editors."""
    (terminal.workspace / ".git").mkdir()
    for path, text in files.items():
        terminal.write(path, text)


def bytes_on_disk(terminal: Terminal, files: dict[str, str]) -> dict[str, bytes]:
    """Return what stands in the files of these names, without those that are not there.

    Some editors move a file away while they write it.
    """
    found = {}
    for path in files:
        with contextlib.suppress(FileNotFoundError):
            found[path] = (terminal.workspace / path).read_bytes()
    return found


def as_bytes(files: dict[str, str]) -> dict[str, bytes]:
    """Return the bytes that these files have on the disk."""
    return {path: text.encode() for path, text in files.items()}


def states(terminal: Terminal) -> Iterator[str]:
    """Yield the states of the processes, the newest last."""
    for process in terminal.nanobot("status", "--json").json["processes"]:
        yield str(process["state"])
