"""The corpora that the index is measured on, made from released packages.

`c1` and `c10` are exactly those of which older figures speak: every `.py` file of
Django, and of CPython's Lib with numpy. `big` adds eight packages with all their text.
Two more hold packages of their own: `packages`, one folder each, for docstring
queries, and `issues`, five in one folder, for the sentences of `tests/data/retrieval`.

Corpora lie in the user's cache folder. What is there is not made again; a part that
was interrupted is. From `tests`: `python -m benchmarks.corpus c1 c10`.
"""

import argparse
import json
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

import platformdirs

PYTHON_SUFFIXES: Final = frozenset({".py"})
TEXT_SUFFIXES: Final = frozenset(
    {".py", ".pyi", ".pyx", ".pxd", ".c", ".h", ".cc", ".cpp", ".hpp", ".rst", ".md", ".txt"}
    | {".js", ".ts", ".css", ".html", ".json", ".toml", ".cfg", ".ini", ".yml", ".yaml", ".sh"}
)
STDLIB: Final = "python"
"""Stands for the standard library of the running interpreter."""


@dataclass(frozen=True, slots=True)
class Part:
    """One released package in a corpus."""

    name: str
    """Of the distribution, or `STDLIB`."""
    version: str = ""
    suffixes: frozenset[str] = TEXT_SUFFIXES
    left_out: frozenset[str] = frozenset()
    """Folders of the standard library that do not count."""
    role: str = "held-out"
    """`tuning` parts were used to choose weights; `looked-at` ones were measured several
    times while rules were made; the others were not touched."""

    @property
    def requirement(self) -> str:
        """What pip is asked for."""
        return f"{self.name}=={self.version}"


_TEST_FOLDERS: Final = frozenset({"test", "tests", "idle_test"})
_C1: Final = (Part("django", "5.2.8", PYTHON_SUFFIXES, role="looked-at"),)
_C10: Final = (
    Part(STDLIB, suffixes=PYTHON_SUFFIXES),
    Part("numpy", "2.3.5", PYTHON_SUFFIXES),
)
_ISSUES: Final = (
    Part("click", "8.1.8", role="tuning"),
    Part("sqlparse", "0.5.3", role="tuning"),
    Part("requests", "2.32.3"),
    Part("rich", "13.9.4"),
    Part("werkzeug", "3.1.3"),
)
CORPORA: Final = {
    "c1": _C1,
    "c10": _C10,
    "lib": (Part(STDLIB, suffixes=PYTHON_SUFFIXES, role="looked-at"),),
    "lib-without-tests": (
        Part(STDLIB, suffixes=PYTHON_SUFFIXES, left_out=_TEST_FOLDERS, role="looked-at"),
    ),
    "big": (
        *_C10,
        Part("django", "5.2.8"),
        Part("sympy", "1.14.0"),
        Part("sqlalchemy", "2.1.9"),
        Part("twisted", "26.10.0"),
        Part("scipy", "1.17.1"),
        Part("pandas", "3.1.1"),
        Part("scikit-learn", "1.9.1"),
        Part("matplotlib", "3.11.2"),
    ),
    "issues": _ISSUES,
    "packages": (
        *_ISSUES,
        Part("attrs", "25.1.0", role="tuning"),
        Part("flask", "3.1.0"),
        Part("httpx", "0.28.1"),
        Part("jinja2", "3.1.5"),
        Part("networkx", "3.4.2", role="tuning"),
    ),
}


@dataclass(frozen=True, slots=True)
class Size:
    """How much text lies in a folder."""

    files: int
    size_bytes: int


def pip(*arguments: str) -> None:
    """Run pip without a word.

    Raises:
        subprocess.CalledProcessError: pip found no such package.
    """
    options = ["--quiet", "--disable-pip-version-check"]
    subprocess.run([sys.executable, "-m", "pip", *arguments, *options], check=True)


def corpora_folder() -> Path:
    """Return where corpora lie. It may not exist."""
    return Path(platformdirs.user_cache_dir("nanobot")) / "corpora"


def corpus(name: str) -> Path:
    """Return the folder of a corpus, made when it is not there or not whole.

    Raises:
        subprocess.CalledProcessError: pip found no such package.
    """
    root = corpora_folder() / name
    root.mkdir(parents=True, exist_ok=True)
    for part in CORPORA[name]:
        place = root / part.name
        if not place.exists():
            _make_part(part, place)
    return root


def texts_of(root: Path) -> Iterator[Path]:
    """Yield the files of a corpus in path order, without the index that may lie there."""
    for path in sorted(root.rglob("*")):
        if path.is_file() and ".nanobot" not in path.relative_to(root).parts:
            yield path


def size_of(root: Path) -> Size:
    """Count the text of a corpus."""
    sizes = [path.stat().st_size for path in texts_of(root)]
    return Size(len(sizes), sum(sizes))


def _make_part(part: Part, place: Path) -> None:
    # A folder gets its name when it is whole: an interrupted run leaves none behind.
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=".part-") as scratch:
        unpacked = Path(scratch) / "unpacked"
        unpacked.mkdir()
        if part.name == STDLIB:
            _copy_stdlib(unpacked, part)
        else:
            _unpack(_downloaded(part), unpacked, part.suffixes)
        unpacked.rename(place)


def _downloaded(part: Part) -> Path:
    folder = corpora_folder() / "downloads" / part.requirement
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".download-") as scratch:
            received = Path(scratch) / "received"
            pip("download", "--no-deps", "--dest", str(received), part.requirement)
            received.rename(folder)
    return next(iter(sorted(folder.iterdir())))


def _unpack(archive: Path, target: Path, suffixes: frozenset[str]) -> None:
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            for name in wheel.namelist():
                if _is_wanted(name, suffixes):
                    wheel.extract(name, target)
        return
    with tarfile.open(archive) as source:
        wanted = [m for m in source.getmembers() if m.isfile() and _is_wanted(m.name, suffixes)]
        source.extractall(target, members=wanted, filter="data")


def _is_wanted(name: str, suffixes: frozenset[str]) -> bool:
    path = PurePosixPath(name)
    return path.suffix in suffixes and not path.parts[0].endswith((".dist-info", ".data"))


def _copy_stdlib(target: Path, part: Part) -> None:
    stdlib = Path(sysconfig.get_paths()["stdlib"])
    if not (stdlib / "test").is_dir():
        sys.exit(f"{stdlib}: no 'test' folder; install a Python with its tests for this corpus")
    for source in sorted(stdlib.rglob("*")):
        inside = source.relative_to(stdlib)
        if {"site-packages", *part.left_out} & set(inside.parts):
            continue
        if source.suffix in part.suffixes and source.is_file():
            place = target / inside
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, place)


def main() -> None:
    """Make corpora and say what is in them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="+", choices=list(CORPORA))
    listing = {}
    for name in parser.parse_args().names:
        root = corpus(name)
        size = size_of(root)
        listing[name] = {
            "folder": str(root),
            "files": size.files,
            "size_bytes": size.size_bytes,
            "parts": [part.requirement.removesuffix("==") for part in CORPORA[name]],
        }
        print(f"{name}: {size.files} files, {size.size_bytes / 1e6:.2f} MB", file=sys.stderr)
    print(json.dumps(listing, indent=2))


if __name__ == "__main__":
    main()
