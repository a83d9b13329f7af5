"""Functions of several statements take the place of the statements that call them."""

import pytest

from nanobot_engine.refactor.errors import UnsafeError
from nanobot_engine.refactor.extract.inline import InlineFunction
from support.refactored import check, planned


def test_a_body_takes_the_place_of_calls_alone_assigned_and_returned() -> None:
    files = {
        "m.py": '''
            LIMIT = 3

            def add(box, item, mark):
                """Add an item."""
                # Never too many.
                if len(box) < LIMIT:
                    box.append((mark, item))
                left = LIMIT - len(box)
                return left


            def use(things):
                rest: int = add(things, 1 + 1, 5)
                for one in range(2):
                    add(things, mark="+", item=one)
                return add(things, rest, 7)
        '''
    }
    change = check(
        InlineFunction(),
        files,
        {
            "m.py": """
                LIMIT = 3


                def use(things):
                    item = 1 + 1
                    # Never too many.
                    if len(things) < LIMIT:
                        things.append((5, item))
                    left = LIMIT - len(things)
                    rest: int = left
                    for one in range(2):
                        # Never too many.
                        if len(things) < LIMIT:
                            things.append(("+", one))
                        left = LIMIT - len(things)
                    # Never too many.
                    if len(things) < LIMIT:
                        things.append((7, rest))
                    left = LIMIT - len(things)
                    return left
            """
        },
        function="m.py::add",
    )
    assert len(change.plan.files) == 1


def test_a_method_is_inlined_where_its_object_calls_it() -> None:
    check(
        InlineFunction(),
        {
            "m.py": """
                class Box:
                    def _clear(self):
                        self.items = []
                        self.count = 0

                    def reset(self):
                        self._clear()


                def fresh():
                    box = Box()
                    box._clear()
                    return box
            """
        },
        {
            "m.py": """
                class Box:
                    def reset(self):
                        self.items = []
                        self.count = 0


                def fresh():
                    box = Box()
                    box.items = []
                    box.count = 0
                    return box
            """
        },
        function="m.py::Box._clear",
    )


_BODY = "def f(a):\n    b = a\n    return b\n"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"{_BODY}def g(c):\n    return f(c) + 1\n", "part of something larger"),
        (f"{_BODY}def g(b):\n    return f(b)\n", "'b' is there already"),
        (f"{_BODY}x = f(1)\n", "in no other function"),
        (f"{_BODY}def g(*c):\n    return f(*c)\n", "unpacks"),
        (f"{_BODY}f2 = f\ndef g(c): return f(c)\n", "hands f on"),
        ("def f(a):\n    if a: return 1\n    return 2\ndef g(c):\n    f(c)\n", "before its end"),
        ("def f(a):\n    b = lambda: a\n    return b\ndef g(c):\n    f(c)\n", "runs later"),
        (
            "def f(a):\n    b = locals()\n    return b\ndef g(c):\n    f(c)\n",
            "the function that runs",
        ),
        ("def f(a):\n    yield a\n    yield 1\ndef g(c):\n    f(c)\n", "runs later"),
        ("k = 1\ndef f(a):\n    a = k\n    return a\ndef g(k):\n    f(k)\n", "'k' means something"),
        ("def f(a=[]):\n    b = a\n    return b\ndef g():\n    f()\n", "computed once"),
        (
            """class A:
    def f(self):
        b = 1
        return b
class B(A):
    def f(self): ...
def g():
    A().f()
""",
            "overrides",
        ),
        (
            """class A:
    def f(self):
        self.__b = 1
        self.c = 2
def g():
    a = A()
    a.f()
""",
            "private names",
        ),
    ],
)
def test_what_would_do_something_else_is_not_inlined(text: str, reason: str) -> None:
    function = "m.py::A.f" if "class A" in text else "m.py::f"

    with pytest.raises(UnsafeError, match=reason):
        planned(InlineFunction(), {"m.py": text}, function=function)
