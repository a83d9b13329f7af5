"""Mistakes made in a function on purpose."""

import ast

from nanobot_engine.edit import source_from_bytes
from nanobot_engine.recipe.write_tests.mutant import MUTANTS_MAX, mutants

CODE = '''\
def before(a):
    return a == 1


def f(a, b=2):
    """Doc 1."""
    if a < 3 and b:
        return f"{a + 1}"
    x = a - b
    return [x, "ä", True]


def after(a):
    return a + 1
'''


def check(code: str, name: str) -> list[tuple[str, str]]:
    """Return what is replaced by what; the only place that knows the API under test."""
    source = source_from_bytes("a.py", code.encode())
    tree = ast.parse(code)
    node = next(one for one in tree.body if isinstance(one, ast.FunctionDef) and one.name == name)
    found = []
    for mutant in mutants(source, node):
        text = mutant.data.decode()
        assert ast.dump(ast.parse(text)) != ast.dump(tree), mutant.what
        before = code.split("\n")
        changed = [line for line in text.split("\n") if line not in before]
        found.append((mutant.what, "".join(changed).strip()))
    return found


def test_one_place_of_the_function_is_wrong_in_each() -> None:
    assert {line for _, line in check(CODE, "f")} == {
        "if ((a < 3) or (b)):",
        "if ((a) <= (3)) and b:",
        "if a < 4 and b:",
        "if (not ((a < 3 and b))):",
        "return None",
        "x = ((a) + (b))",
        "return [x, 'äX', True]",
        'return [x, "ä", False]',
    }


def test_a_long_function_gets_some_from_everywhere() -> None:
    code = (
        "def f(a):\n" + "".join(f"    a += {number}\n" for number in range(100)) + "    return a\n"
    )

    found = check(code, "f")

    assert MUTANTS_MAX // 2 < len(found) <= MUTANTS_MAX
    assert found[0][0].startswith("line 2:")
    assert int(found[-1][0].removeprefix("line ").partition(":")[0]) > 90
