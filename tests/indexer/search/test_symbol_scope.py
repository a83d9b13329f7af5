import numpy as np
import pytest

from nanobot_indexer.search.symbol_names import SymbolNames
from nanobot_indexer.search.symbol_scope import is_in_scope
from support.plain_segment import plain_segment

NAMES = SymbolNames(
    plain_segment(
        {
            "a/__init__.py": "def top(): pass\n",
            "a/b.py": "def top(): pass\nclass A:\n    class B:\n        def run(self): pass\n"
            "    def run(self): pass\n",
            "names.d.py": "def top(): pass\n",
        }
    )
)


def in_scope(scope: str) -> list[str]:
    every = np.arange(NAMES.segment.definition_count)
    found = every[is_in_scope(NAMES, every, scope.encode())]
    definitions = [NAMES.segment.definition(index) for index in found.tolist()]
    return [f"{one.path} {one.qualified_name}" for one in definitions]


@pytest.mark.parametrize(
    ("scope", "found"),
    [
        ("a", ["a/__init__.py top", "a/b.py A.B", "a/b.py A.run"]),
        ("b", ["a/b.py top", "a/b.py A", "a/b.py A.B.run"]),
        ("a.b", ["a/b.py top", "a/b.py A", "a/b.py A.B.run"]),
        ("b.a", ["a/b.py A.B", "a/b.py A.run"]),
        ("a.a", []),
        ("names", ["names.d.py top"]),
        ("ames", []),
    ],
)
def test_a_scope_is_the_end_of_folders_file_and_parents(scope: str, found: list[str]) -> None:
    assert in_scope(scope) == found


def test_every_definition_is_in_no_scope_in_particular() -> None:
    assert len(in_scope("")) == NAMES.segment.definition_count
