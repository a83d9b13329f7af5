"""What classes of the standard library have, without running them."""

import pytest

from nanobot_engine.python.standard_library import StandardLibrary

LIBRARY = StandardLibrary()


@pytest.mark.parametrize(
    ("base", "name", "expected"),
    [
        ("logging.Formatter", "formatMessage", True),
        ("logging.Formatter", "paint", False),
        # Inherited, assigned in `__init__`, imported from a private module.
        ("logging.StreamHandler", "acquire", True),
        ("argparse.Action", "dest", True),
        ("collections.abc.MutableMapping", "pop", True),
        ("io.StringIO", "getvalue", True),
        ("io.StringIO", "paint", False),
        # Every object has it.
        ("threading.Thread", "__eq__", True),
        ("pydantic.BaseModel", "paint", None),
        ("logging.NoSuchClass", "paint", None),
        ("", "paint", None),
    ],
)
def test_what_a_class_has(base: str, name: str, *, expected: bool | None) -> None:
    assert LIBRARY.has(base, name) is expected
