"""A damaged index is refused or answers rightly, and the next ingest makes it whole.

`NANOBOT_LONG_TESTS=1` makes 10,000 trials, each with an ingest; `NANOBOT_TEST_SEED`
repeats a failure.
"""

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nanobot_indexer import IndexOptions, ParsePool, ingest, open_index
from support.index_twin import IS_LONG, STATE, environment_of_tests, seeded

TESTS = Path(__file__).resolve().parents[1]
TRIALS = 10_000 if IS_LONG else 1_500
INGEST_SHARE = 1.0 if IS_LONG else 0.1
PROCESSES = 2
GROWN_KIB_MAX = 200 * 1024

FILES = {
    "a.py": "import os\nclass Reader:\n    '''Read.'''\n    def reader_socket(self): pass\n" * 9,
    "b.go": 'package b\nimport "fmt"\nfunc (r *Reader) Retry() {}\n',
    "c.md": "# The reader\nIt has a token.\n\n## Retry\nreturns.\n",
    "d.txt": "words of a reader and a token\r\n" * 120,
    "e/f.js": "export function read(a) { return a }\n",
    "e/g.py": "def reader_of_token(): pass\n",
    "h.bin": "\0",
    "i.py": "",
}


def prepare(root: Path, options: IndexOptions, pool: ParsePool) -> None:
    """Make an index with several segments, dead files and skips, and keep an older one."""
    for path, text in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, newline="")
    time.sleep(0.1)
    ingest(root, options=options, pool=pool)
    (root / "gone.py").write_text("def reader_gone(): pass\n")
    time.sleep(0.1)
    ingest(root, options=options, pool=pool)
    shutil.copytree(root / STATE / "index", root / STATE / "older")
    (root / "gone.py").unlink()
    (root / "e/g.py").write_text("def reader_of_token():\n    return retry\n")
    (root / "j.py").write_text("class Retry: pass\n")
    time.sleep(0.1)
    ingest(root, options=options, pool=pool)
    with open_index(root) as index:
        assert len(index.segments) == 2
        assert any(record.dead for record in index.manifest.segments)
        assert index.skipped
        assert index.memo


@pytest.mark.slow
@pytest.mark.timeout(7200 if IS_LONG else 300)
def test_damage_is_found_or_harmless(
    memory_path: Path, options: IndexOptions, pool: ParsePool
) -> None:
    seed = str(seeded().randrange(2**31))
    runs = []
    count = TRIALS // PROCESSES
    for number in range(PROCESSES):
        root = memory_path / str(number)
        root.mkdir()
        prepare(root, options, pool)
        script = str(TESTS / "support/damage_trials.py")
        arguments = [str(root), seed, str(number * count), str(count), str(INGEST_SHARE)]
        runs.append(
            subprocess.Popen(
                [sys.executable, script, *arguments],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment_of_tests(),
            )
        )
    answers = [run.communicate() for run in runs]
    for run, (output, messages) in zip(runs, answers, strict=True):
        assert run.returncode == 0, messages[-2000:].decode()
        document = json.loads(output)
        sys.stderr.write(f"{document}\n")
        assert not document["wrong"], "\n".join(document["wrong"])
        assert sum(document["outcomes"].values()) == count
        assert document["grown_kib"] < GROWN_KIB_MAX
        outcomes = {one.partition(": ")[2] for one in document["outcomes"]}
        assert outcomes == {"refused at open", "refused in use", "harmless"}
