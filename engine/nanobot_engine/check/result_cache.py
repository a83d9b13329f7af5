"""What checks said before about the same content: files of a folder that may be deleted.

A key covers all that an answer depends on: the program and its arguments, every file of the
copy, the interpreter and what is installed beside it. So a tree that was seen before, the
workspace as it is above all, is not checked again.
"""

import hashlib
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import platformdirs

log = logging.getLogger(__name__)

# Bump when what is stored, or how it is found out, changes.
# 1: passed and failed tests, problems of imports, diagnostics.
# 2: a run of tests that names none is no answer; messages of pyright are one line.
# 3: tests are read by a plugin, and what a run left is gone before the next.
FORMAT_VERSION: Final = 3

_ENTRIES_MAX: Final = 400
_ENTRY_BYTES_MAX: Final = 16 << 20
_WORKSPACES_MAX: Final = 50


def results_of(root: Path) -> "ResultCache":
    """Return the answers about one workspace, kept in the user's own state folder.

    Not in the workspace: one that came with answers of somebody else's would say of its own
    code that everything passed. Of other workspaces the 50 that were used last are kept.
    """
    folder = platformdirs.user_state_path("nanobot", appauthor=False) / "checks"
    name = hashlib.sha256(os.fsencode(root.resolve())).hexdigest()[:32]
    with suppress(OSError):
        others = [path for path in folder.iterdir() if path.name != name]
        others.sort(key=lambda path: path.lstat().st_mtime, reverse=True)
        for path in others[_WORKSPACES_MAX - 1 :]:
            shutil.rmtree(path, ignore_errors=True)
    return ResultCache(folder / name)


class ResultCache:
    """A folder of answers. Damaged or missing entries are only asked for again."""

    def __init__(self, folder: Path) -> None:
        """Use a folder; it is made when the first answer is kept.

        Args:
            folder: Never followed through a link.
        """
        self._folder = folder

    def get(self, key: str) -> Any | None:
        """Return what was kept for a key; None when there is nothing."""
        path = self._folder / key
        if self._is_elsewhere():
            return None
        try:
            if path.is_symlink() or path.stat().st_size > _ENTRY_BYTES_MAX:
                return None
            kept = json.loads(path.read_bytes())
            os.utime(path)
        except (OSError, ValueError):
            return None
        return kept["answer"] if isinstance(kept, dict) and kept.get("key") == key else None

    def put(self, key: str, answer: Any) -> None:
        """Keep an answer, made of what JSON has; a full disk keeps nothing."""
        data = json.dumps({"key": key, "answer": answer}).encode()
        if self._is_elsewhere() or len(data) > _ENTRY_BYTES_MAX:
            return
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._folder, delete=False) as file:
                temporary = Path(file.name)
                try:
                    file.write(data)
                    file.close()
                    temporary.replace(self._folder / key)
                except OSError:
                    temporary.unlink(missing_ok=True)
                    raise
            self._forget_old()
        except OSError as error:
            log.warning("answer of a check not kept: folder=%s reason=%s", self._folder, error)

    def _is_elsewhere(self) -> bool:
        return self._folder.is_symlink() or self._folder.parent.is_symlink()

    def _forget_old(self) -> None:
        entries = sorted(self._folder.iterdir(), key=lambda path: path.lstat().st_mtime)
        for path in entries[: max(0, len(entries) - _ENTRIES_MAX)]:
            with suppress(OSError):
                path.unlink()


def answer_key(*parts: object) -> str:
    """Return the key of an answer that depends on `parts`, made of what JSON has."""
    text = json.dumps([FORMAT_VERSION, *parts], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def program_stamp(programs: Sequence[Path]) -> list[list[object]]:
    """Return what changes when programs, or packages beside them, are installed anew."""
    found: list[list[object]] = []
    for program in programs:
        folders = sorted((program.parent.parent / "lib").glob("python*/site-packages"))
        for path in (program, program.resolve(), *folders):
            try:
                status = path.stat()
            except OSError:
                continue
            found.append([str(path), status.st_size, status.st_mtime_ns])
    return found
