"""An index and what it must be equal to: one that was made at once."""

import os
import random
import shutil
import sys
from pathlib import Path
from typing import Final

from nanobot_indexer import Hit, Index, IndexOptions, ParsePool, ingest, open_index
from nanobot_indexer.volume.canonical_dump import dump_lines
from nanobot_indexer.volume.manifest import files_of, read_manifest

STATE: Final = ".nanobot"
IS_LONG: Final = os.environ.get("NANOBOT_LONG_TESTS") == "1"
"""Trials by the thousand, for a run of an hour."""


def environment_of_tests() -> dict[str, str]:
    """Return an environment in which a Python of its own imports what this one does."""
    places = [str(Path(__file__).resolve().parents[1]), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, places))}


def seeded() -> random.Random:
    """Return random numbers whose seed is shown when a test fails, to be repeated with."""
    seed = int(os.environ.get("NANOBOT_TEST_SEED", random.SystemRandom().randrange(2**31)))
    sys.stderr.write(f"seed: NANOBOT_TEST_SEED={seed}\n")
    return random.Random(seed)


def dump_of(index: Index) -> list[str]:
    """Return everything an index says."""
    return list(dump_lines(index.files, index.skipped))


def dump_at(root: Path) -> list[str]:
    """Open and check the index of a workspace, and return everything it says."""
    with open_index(root) as index:
        index.verify()
        paths = [entry.path for entry in index.files]
        assert len(set(paths)) == len(paths), "a path is there twice"
        return dump_of(index)


def check_no_left_overs(root: Path) -> None:
    """Check that the folder holds its generation and nothing else."""
    folder = root / STATE / "index"
    names = {path.name for path in folder.iterdir()}
    assert names == {"CACHEDIR.TAG", "manifest.json"} | files_of(read_manifest(folder))


def hits_of(index: Index, queries: list[str]) -> list[list[Hit]]:
    """Return the answers to some queries, best first."""
    return [index.search(query, limit=10) for query in queries]


def clean_build(root: Path, folder: Path, options: IndexOptions, pool: ParsePool) -> Path:
    """Index the same files elsewhere, at once; return the root of that copy."""
    if folder.exists():
        shutil.rmtree(folder)
    shutil.copytree(root, folder, symlinks=True, ignore=_without_state)
    ingest(folder, options=options, pool=pool)
    return folder


def _without_state(folder: str, names: list[str]) -> set[str]:
    # Nobody copies a socket or a pipe, and no index of its own.
    return {name for name in names if name == STATE or not _is_copied(Path(folder) / name)}


def _is_copied(path: Path) -> bool:
    return path.is_symlink() or path.is_file() or path.is_dir()
