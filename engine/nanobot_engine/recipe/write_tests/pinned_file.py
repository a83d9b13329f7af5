"""The text of a pytest file that pins what functions give."""

import ast
import builtins
import re
from collections.abc import Sequence
from typing import Final

from nanobot_engine.recipe.write_tests.pinned_call import Pin, Target

_IMPORT_PYTEST: Final = "import pytest"
_FUNCTION: Final = re.compile(r"^def ", re.MULTILINE)


def file_text(target: Target, pins: Sequence[Pin]) -> str:
    """Return a whole file with the tests of one function.

    Args:
        target: The function.
        pins: At least one; errors among them are builtin.
    """
    name = target.function
    lines = [f'"""What `{target.module}` does, pinned as it was found."""', ""]
    if any(pin.error for pin in pins):
        lines += [_IMPORT_PYTEST, ""]
    lines += [f"from {target.module} import {name}", "", ""]
    values = [pin for pin in pins if not pin.error]
    blocks = []
    if values:
        blocks.append([f"def test_{name}():", *(f"    {_assertion(pin)}" for pin in values)])
    for error in dict.fromkeys(pin.error for pin in pins if pin.error):
        block = [f"def test_{name}_raises_{_snake(error)}():"]
        for pin in pins:
            if pin.error == error:
                block += [f"    with pytest.raises({error}):", f"        {pin.call}"]
        blocks.append(block)
    lines.append("\n\n\n".join("\n".join(block) for block in blocks))
    return "\n".join(lines) + "\n"


def joined_text(texts: Sequence[str]) -> str:
    """Make one file of the tests of several functions of one module."""
    head, _, _ = texts[0].partition("\n\n")
    imports: dict[str, None] = {}
    bodies = []
    for text in texts:
        start = _FUNCTION.search(text)
        assert start is not None, "each has a test"
        lines = text[: start.start()].split("\n")
        imports |= dict.fromkeys(line for line in lines if line.startswith(("import ", "from ")))
        bodies.append(text[start.start() :].rstrip("\n"))
    modules = {line for line in imports if line.startswith("from ")}
    named: dict[str, set[str]] = {}
    for line in modules:
        module, _, name = line.removeprefix("from ").partition(" import ")
        named.setdefault(module, set()).add(name)
    parts = [head]
    if _IMPORT_PYTEST in imports:
        parts.append(_IMPORT_PYTEST)
    parts.append("\n".join(_import(module, names) for module, names in sorted(named.items())))
    return "\n\n".join(parts) + "\n\n\n" + "\n\n\n".join(bodies) + "\n"


def is_builtin_error(name: str) -> bool:
    """Tell whether an exception can be named without an import."""
    found = getattr(builtins, name, None)
    return isinstance(found, type) and issubclass(found, Exception)


def _import(module: str, names: set[str]) -> str:
    line = f"from {module} import {', '.join(sorted(names))}"
    if len(line) <= 88:
        return line
    inside = "".join(f"    {name},\n" for name in sorted(names))
    return f"from {module} import (\n{inside})"


def _assertion(pin: Pin) -> str:
    value = ast.literal_eval(pin.value)
    # `1 == True`, so those are compared as what they are.
    sign = "is" if value is None or isinstance(value, bool) else "=="
    return f"assert {pin.call} {sign} {pin.value}"


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
