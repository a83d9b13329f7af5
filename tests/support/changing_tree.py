"""A workspace that changes at random: what people, editors and `git checkout` do to one."""

import contextlib
import os
import random
import shutil
from pathlib import Path
from typing import Final

from support.index_twin import STATE

_FOLDERS: Final = ("", "src", "src/inner", "docs", "lib", "lib/deep/deeper")
_NAMES: Final = ("alpha", "beta", "gamma", "delta", "répertoire", "eps\u200bilon", "with space")
_SUFFIXES: Final = (".py", ".go", ".js", ".md", ".txt", ".json", ".rs", ".unknown", "")
_WORDS: Final = ("reader", "writer", "socket", "budget", "retry", "parse", "token", "héros", "x1")
_IGNORE_NAMES: Final = (".gitignore", ".ignore", ".nanobotignore")
_PATTERNS: Final = ("*.js", "docs/", "!docs/keep.md", "alpha*", "/src", "**/deep", "*.md", "")

QUERIES: Final = ["reader", "parse token", "retry_budget", "how does the writer use a socket"]
"""What `text_of` has answers for."""


def text_of(draw: random.Random, suffix: str) -> bytes:
    """Return the content of a file: mostly code, at times something that is left out."""
    chance = draw.random()
    if chance < 0.04:
        return draw.choice([b"", b"\0\1binary", b"\xff\xfe\xfa", b"\xef\xbb\xbfbom = 1\n", b"\r"])
    end = draw.choices(["\n", "\r\n", "\r"], [8, 1, 1])[0]
    lines: list[str] = []
    for _ in range(draw.randrange(1, 7)):
        one, other = draw.choice(_WORDS), draw.choice(_WORDS)
        match suffix:
            case ".py":
                lines += [
                    f"import {one}",
                    f"class {one.title()}:",
                    f"    def {one}_{other}(self, {other}):",
                    f'        """Let the {one} use a {other}."""',
                    f"        return self.{other}({draw.randrange(99)})",
                ]
            case ".go":
                lines += [f"func (r *{one.title()}) {other.title()}() int {{", "\treturn 1", "}"]
            case ".js":
                lines += [f"export function {one}_{other}(a) {{", "  return a", "}"]
            case ".rs":
                lines += [f"impl {one.title()} {{", f"    fn {other}(&self) {{}}", "}"]
            case ".md":
                lines += [f"# The {one}", f"It has a {other} and a {one}.", ""]
            case _:
                lines += [f"{one} {other} {draw.randrange(999)}"] * draw.randrange(1, 40)
    text = end.join(lines) + (end if draw.random() < 0.8 else "")
    return text.encode()


def write_tree(root: Path, draw: random.Random, count: int) -> None:
    """Write some files."""
    for _ in range(count):
        # A folder may have the name, or a file that of its folder.
        with contextlib.suppress(OSError):
            _write(root / _path(draw), draw)


def change_tree(root: Path, draw: random.Random) -> str:
    """Change one thing and return what it was. What can not be done is left."""
    changes = (_write_new, _edit, _same_size, _delete, _rename, _swap, _move_folder, _ignore)
    rare = (_link, _chmod, _touch, _folder_for_file, _delete_folder, _copy_folder)
    change = draw.choice(changes if draw.random() < 0.8 else rare)
    try:
        change(root, draw)
    except (OSError, shutil.Error) as error:
        return f"{change.__name__} {error}"
    return change.__name__


def files_in(root: Path) -> list[Path]:
    """Return the regular files, without those of an index, in path order."""
    return sorted(
        path
        for path in root.rglob("*")
        if path.is_file() and not path.is_symlink() and STATE not in path.relative_to(root).parts
    )


def _path(draw: random.Random) -> str:
    folder = draw.choice(_FOLDERS)
    name = draw.choice(_NAMES) + draw.choice(["", "1", "2"]) + draw.choice(_SUFFIXES)
    return f"{folder}/{name}" if folder else name


def _write(path: Path, draw: random.Random) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text_of(draw, path.suffix))


def _some(root: Path, draw: random.Random) -> Path:
    return draw.choice(files_in(root) or [root / "none"])


def _folder(root: Path, draw: random.Random) -> Path:
    return root / draw.choice(_FOLDERS[1:])


def _write_new(root: Path, draw: random.Random) -> None:
    _write(root / _path(draw), draw)


def _edit(root: Path, draw: random.Random) -> None:
    path = _some(root, draw)
    content = path.read_bytes()
    place = draw.randrange(len(content) + 1)
    path.write_bytes(content[:place] + text_of(draw, path.suffix) + content[place:])


def _same_size(root: Path, draw: random.Random) -> None:
    """Change a letter and set the time back, as a tool that keeps times does."""
    path = _some(root, draw)
    status = path.stat()
    path.write_bytes(path.read_bytes().replace(b"e", b"i").replace(b"r", b"l"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def _delete(root: Path, draw: random.Random) -> None:
    _some(root, draw).unlink()


def _rename(root: Path, draw: random.Random) -> None:
    target = root / _path(draw)
    target.parent.mkdir(parents=True, exist_ok=True)
    _some(root, draw).replace(target)


def _swap(root: Path, draw: random.Random) -> None:
    one, other = _some(root, draw), _some(root, draw)
    if one != other:
        aside = root / "aside.tmp"
        one.rename(aside)
        other.rename(one)
        aside.rename(other)


def _move_folder(root: Path, draw: random.Random) -> None:
    _folder(root, draw).rename(root / draw.choice(["moved", "lib2", "src"]))


def _copy_folder(root: Path, draw: random.Random) -> None:
    shutil.copytree(_folder(root, draw), root / draw.choice(["copy", "src/copy"]), symlinks=True)


def _delete_folder(root: Path, draw: random.Random) -> None:
    shutil.rmtree(_folder(root, draw))


def _folder_for_file(root: Path, draw: random.Random) -> None:
    path = _some(root, draw)
    path.unlink()
    path.mkdir()
    _write(path / "inside.py", draw)


def _ignore(root: Path, draw: random.Random) -> None:
    path = root / draw.choice(["", "src", "lib"]) / draw.choice(_IGNORE_NAMES)
    if draw.random() < 0.4:
        path.unlink()
    else:
        patterns = "\n".join(draw.sample(_PATTERNS, draw.randrange(1, 3)))
        path.write_text(f"{patterns}\n")


def _link(root: Path, draw: random.Random) -> None:
    path = _some(root, draw)
    path.unlink()
    path.symlink_to(draw.choice(["..", "alpha.py", "nowhere"]))


def _chmod(root: Path, draw: random.Random) -> None:
    _some(root, draw).chmod(draw.choice([0o600, 0o644, 0o755]))


def _touch(root: Path, draw: random.Random) -> None:
    os.utime(_some(root, draw), ns=(draw.randrange(2**60), draw.randrange(2**60)))
