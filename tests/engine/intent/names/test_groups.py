import pytest

from nanobot_engine.intent.names.groups import with_groups
from nanobot_engine.intent.names.symbol_table import SymbolTable
from nanobot_engine.intent.words.sentence import tokenized
from nanobot_engine.refactor.codebase import Codebase
from support.refactored import encoded

TABLE = SymbolTable(
    Codebase(
        encoded(
            {
                "app/io.py": """
                    class IoError(Exception): pass
                    class IoTimeout(IoError): pass
                    def safe_read(): pass
                    def safe_write(): pass
                    def other(): pass
                    """,
                "tests/test_io.py": "class IoTests: pass\n",
            }
        )
    )
)


@pytest.mark.parametrize(
    ("sentence", "spelled"),
    [
        ("move all the Io exceptions to errors.py", "move IoError , IoTimeout to errors.py"),
        ("move the safe_* functions to safe.py", "move safe_read , safe_write to safe.py"),
        ("move other and all safe_* functions to a.py",
         "move other and safe_read , safe_write to a.py"),
    ],
)  # fmt: skip
def test_a_group_is_spelled_out(sentence: str, spelled: str) -> None:
    assert " ".join(one.text for one in with_groups(tokenized(sentence), TABLE)) == spelled


@pytest.mark.parametrize(
    "sentence",
    ["move the other functions to a.py", "move all Net exceptions to a.py", "rename all functions"],
)
def test_what_is_no_group_stays(sentence: str) -> None:
    tokens = tokenized(sentence)

    assert with_groups(tokens, TABLE) == tokens
