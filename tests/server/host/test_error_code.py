import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from nanobot_engine.process import ProcessUnknownError
from nanobot_indexer.errors import (
    FileNotIndexedError,
    HandleLostError,
    IndexClosedError,
    IndexerError,
    QueryEmptyError,
)
from nanobot_server.host.error_code import CODE_BY_ERROR, KNOWN_ERRORS, code_of
from nanobot_server.host.errors import BUSY, FAILED, NOT_FOUND, USAGE, HostError


@pytest.mark.parametrize("name", CODE_BY_ERROR)
def test_every_named_error_exists_and_is_known(name: str) -> None:
    module, _, kind = name.rpartition(".")

    assert issubclass(getattr(importlib.import_module(module), kind), KNOWN_ERRORS)


def test_a_code_is_that_of_the_class_or_the_nearest_one_above() -> None:
    assert code_of(HostError(BUSY, "later")) == BUSY
    assert code_of(FileNotIndexedError("a.py")) == NOT_FOUND
    assert code_of(ProcessUnknownError("p7")) == NOT_FOUND
    assert code_of(HandleLostError("a.py:1-2@0")) == NOT_FOUND
    assert code_of(QueryEmptyError("")) == USAGE
    assert code_of(IndexClosedError(Path("w"))) == FAILED
    assert code_of(IndexerError("else")) == FAILED


def test_knowing_codes_does_not_load_the_engine() -> None:
    script = (
        "import sys, nanobot_server.host.error_code as _;"
        "print([m for m in sys.modules if m.startswith('nanobot_engine.')])"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, text=True
    )

    assert done.stdout.strip() == "['nanobot_engine.errors']"
