import pytest

from nanobot_engine.refactor.errors import UnsafeError
from nanobot_engine.refactor.extract.inline import InlineFunction, InlineVariable
from nanobot_engine.refactor.refactoring import Refactoring
from support.refactored import check, planned


def test_a_variable_becomes_its_value() -> None:
    check(
        InlineVariable(),
        {
            "m.py": """
                def f(a, b):
                    # The sum.
                    total = a + b
                    print(total)
                    return total * 2, [total]
            """
        },
        {
            "m.py": """
                def f(a, b):
                    print(a + b)
                    return (a + b) * 2, [(a + b)]
            """
        },
        symbol="m.py::f.<locals>.total",
    )


def test_a_function_becomes_its_expression_in_all_files() -> None:
    check(
        InlineFunction(),
        {
            "m.py": """
                def area(width, height=2, *, unit=1):
                    "The area."
                    return width * height * unit


                def use(x):
                    return area(x + 1, unit=3) + area(x, x)
            """,
            "n.py": "from m import area, use\n\nprint(area(1), use)\n",
        },
        {
            "m.py": """
                def use(x):
                    return ((x + 1) * 2 * 3) + (x * x * 1)
            """,
            "n.py": "from m import use\n\nprint((1 * 2 * 1), use)\n",
        },
        function="m.py::area",
    )


@pytest.mark.parametrize(
    ("refactoring", "name", "text", "reason"),
    [
        (InlineVariable(), "x", "x = f()\nx, x\n", "used 2 times"),
        (InlineVariable(), "x", "x = 1\nx = 2\n", "exactly one"),
        (InlineVariable(), "x", "x = a.b\na.b = 2\nx\n", "may change"),
        (InlineVariable(), "x", "x = a[0]\na.pop()\nx\n", "may change"),
        (InlineVariable(), "x", "x = f()\ng()\nx\n", "not used at once"),
        (InlineVariable(), "x", "x = f()\nif a: x\n", "not used at once"),
        (InlineVariable(), "x", "x = a.b\nfor b in c: x\n", "not used at once"),
        (InlineVariable(), "x", "x = []\nx.append(1)\nx\n", "a new object"),
        (InlineVariable(), "x", "x = []\nfor b in c: x\n", "a new object"),
        (InlineVariable(), "x", "x = a\nlambda: x\n", "uses it later"),
        (InlineVariable(), "x", "x = a\n[x for a in c]\n", "'a' means something else"),
        (InlineVariable(), "x", "if a:\n    x = 1\n    b\nx\n", "reached in another way"),
        (InlineVariable(), "x", "if a:\n    x = 1\n", "all there is"),
        (InlineVariable(), "x", "x = 'a'\nf'{x}'\n", "f-string"),
        (InlineVariable(), "x", "x = 1\n__all__ = ['x']\n", "other ways"),
        (InlineVariable(), "x", "a = 1\nx = a\na = 2\nx\n", "'a' changes"),
        (
            InlineFunction(),
            "x",
            "def x(): return k\ndef g(k): return x()\nk = 1\n",
            "something else",
        ),
        (InlineFunction(), "x", "def x():\n    print()\n    return 1\n", "nothing calls it"),
        (InlineFunction(), "x", "def x(): return 1\ny = map(x)\n", "hands the function on"),
        (InlineFunction(), "x", "def x(a): return a + a\nx(print())\n", "used 2 times"),
        (InlineFunction(), "x", "async def x(a): return a\nx(1)\n", "awaited"),
        (InlineFunction(), "x", "def x(a): return b and a\nx(print())\n", "not each time"),
        (InlineFunction(), "x", "def x(a): return [a for b in c]\nb = 1\nx(b)\n", "is taken"),
        (InlineFunction(), "x", "def x(a=[]): return a\nx()\n", "computed once"),
        (InlineFunction(), "x", "def x(a): return a\nf'{x(\"a\")}'\n", "f-string"),
    ],
)
def test_what_would_change_the_program_stays(
    refactoring: Refactoring, name: str, text: str, reason: str
) -> None:
    argument = refactoring.parameters[0].name
    with pytest.raises(UnsafeError, match=reason):
        planned(refactoring, {"m.py": text}, **{argument: f"m.py::{name}"})
