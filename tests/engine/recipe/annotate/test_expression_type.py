"""What expressions certainly are."""

import ast

import pytest

from nanobot_engine.recipe.annotate.expression_type import TypeContext, expression_type, type_text

FUNCTION = """
def f(text: str, count: int, other, *rest):
    name = "a"
    name = text.strip()
    either = 1
    either = "one"
    total = 0
    total += 2
    for part in rest:
        seen = part
    with open(text) as handle:
        pass
    shadowed = len
    len = other
"""


def check_type(expression: str) -> str:
    """Return the type as text, "" for unknown; the only place that knows the API under test."""
    function = ast.parse(FUNCTION).body[0]
    assert isinstance(function, ast.FunctionDef)
    context = TypeContext({"Box": "Box"}, {"load": "Box", "Store.read": "bytes"}, function, "Store")
    found = expression_type(ast.parse(expression, mode="eval").body, context)
    return type_text(found) if found else ""


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("1", "int"),
        ("None", "None"),
        ("...", ""),
        ("f'{other}'", "str"),
        ("not other", "bool"),
        ("other is None", "bool"),
        ("other == 1", ""),
        ("1 if other else None", "int | None"),
        ("1.5 if other else 1", "float"),
        ("text + 'x'", "str"),
        ("'%s' % other", "str"),
        ("count / 2", "float"),
        ("count * 2.0", "float"),
        ("-count", "int"),
        ("other + 1", ""),
        ("[1, 2]", "list[int]"),
        ("[1, 'a']", "list[int | str]"),
        ("[]", ""),
        ("(1, 'a')", "tuple[int, str]"),
        ("{'a': 1}", "dict[str, int]"),
        ("{**other}", ""),
        ("text.split(',')", "list[str]"),
        ("text.encode()", "bytes"),
        ("text.encode().decode()", "str"),
        ("other.strip()", ""),
        ("Box(1)", "Box"),
        ("load(other)", "Box"),
        ("self.read()", "bytes"),
        ("self.other()", ""),
        ("str(other)", "str"),
        ("sorted(text)", "list[str]"),
        ("json.dumps(other)", "str"),
        ("os.path.join(other)", "str"),
        ("name", "str"),
        ("either", "int | str"),
        ("total", ""),
        ("seen", ""),
        ("part", ""),
        ("handle", ""),
        ("other", ""),
        ("len(other)", ""),
        ("shadowed(other)", ""),
    ],
)
def test_only_what_is_certain_has_a_type(expression: str, expected: str) -> None:
    assert check_type(expression) == expected
