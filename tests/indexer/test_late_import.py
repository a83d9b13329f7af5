import importlib
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGES = ("nanobot_indexer", "nanobot_engine.model", "nanobot_engine.process")


@pytest.mark.parametrize("package", PACKAGES)
def test_every_exported_name_is_there(package: str) -> None:
    module = importlib.import_module(package)

    assert all(getattr(module, name) is not None for name in module.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'nothing_of_this'"):
        _ = module.nothing_of_this


@pytest.mark.parametrize("package", PACKAGES)
def test_no_exported_name_is_that_of_a_module(package: str) -> None:
    module = importlib.import_module(package)
    assert module.__file__ is not None
    folder = Path(module.__file__).parent
    modules = {path.stem for path in folder.glob("*.py")}
    modules |= {path.parent.name for path in folder.glob("*/__init__.py")}

    assert not modules & set(module.__all__)


def test_opening_an_index_does_not_import_what_writes_one() -> None:
    program = "import sys, nanobot_indexer; nanobot_indexer.open_index; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    imported = set(done.stdout.split())
    assert "nanobot_indexer.index" in imported
    assert not {"nanobot_indexer.ingestion.run", "nanobot_indexer.volume.tables"} & imported


@pytest.mark.parametrize("call", ["enable", "disable"])
def test_importing_leaves_the_garbage_collector_as_it_was(call: str) -> None:
    program = (
        f"import gc, nanobot_indexer; gc.{call}(); nanobot_indexer.ingest; print(gc.isenabled())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == str(call == "enable")


LEXICAL_PROGRAM = """
import sys
import nanobot_indexer
from nanobot_indexer.volume.file_record import file_record
from nanobot_indexer.volume.format import Revision
from nanobot_indexer.volume.tables import build_tables
from nanobot_indexer.workspace.encoding import text_encoding

nanobot_indexer.ingest
text = b"# Title\\n\\ndef parse_header(text):\\n    return text"
encoding = text_encoding(text, is_python=False)
assert encoding is not None
files = [file_record(name, text, bytes(32), encoding) for name in ("a.md", "b.py")]
build_tables(files, 2 * text, Revision.LEXICAL)
print(*sys.modules)
"""


def test_text_becomes_searchable_without_what_takes_long_to_import() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LEXICAL_PROGRAM], capture_output=True, text=True, check=True
    )

    imported = set(done.stdout.split())
    assert "nanobot_indexer.ingestion.run" in imported
    # The first is 10 ms of unused numpy; the others start workers, which comes later.
    assert not {"numpy.ma", "subprocess", "tempfile"} & imported
