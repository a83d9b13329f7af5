"""Public or not, by name."""

import ast

import pytest

from nanobot_engine.edit.python_names import is_public_module, is_test_module, literal_all


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a.py", True),
        ("package/a.py", True),
        ("package/__init__.py", True),
        ("package/__main__.py", True),
        ("_a.py", False),
        ("_package/a.py", False),
        ("package/_private/__init__.py", False),
        ("package/__a.py", False),
        ("stubs/a.pyi", True),
    ],
)
def test_public_modules(path: str, *, expected: bool) -> None:
    assert is_public_module(path) is expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("test_a.py", True),
        ("package/a_test.py", True),
        ("conftest.py", True),
        ("tests/a.py", True),
        ("package/test/a.py", True),
        ("tests.py", True),
        ("package/contest.py", False),
        ("testing/a.py", False),
        ("latest.py", False),
        ("attest.py", False),
    ],
)
def test_test_modules(path: str, *, expected: bool) -> None:
    assert is_test_module(path) is expected


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("x = 1", None),
        ("__all__ = ['a', 'b']", {"a", "b"}),
        ("__all__ = ('a',)", {"a"}),
        ("__all__: list[str] = ['a']", {"a"}),
        ("__all__ = []", set()),
        ("__all__ = ['a'] + ['b']", {"a", "b"}),
        ("__all__ = ['a']\n__all__ += ['b']", {"a", "b"}),
        ("__all__ = ['a']\n__all__.extend(('b',))\n__all__.append('c')", {"a", "b", "c"}),
        ("__all__ = ['a']\n__all__ += other.__all__", None),
        ("__all__ = [name for name in dir()]", None),
        ("def f():\n    __all__ = ['a']", None),
    ],
)
def test_all_is_read_only_when_it_is_literal(code: str, names: set[str] | None) -> None:
    found = literal_all(ast.parse(code))

    assert found == (None if names is None else frozenset(names))
