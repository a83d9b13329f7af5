import pytest

from nanobot_engine.refactor.errors import ArgumentError, RefactorError, UnsafeError
from nanobot_engine.refactor.method.method import FunctionToMethod, MethodToFunction, MethodToStatic
from nanobot_engine.refactor.refactoring import Refactoring
from support.refactored import check, planned


def test_a_method_becomes_a_function_with_its_calls() -> None:
    check(
        MethodToFunction(),
        {
            "pkg/__init__.py": "",
            "pkg/shape.py": '''
                class Shape:
                    size = 1

                    # About the area.
                    def area(self, scale: int = 1) -> int:
                        """Area."""
                        return self.size * scale + len("""
                    kept""")

                    def twice(self) -> int:
                        return self.area() + self.area(
                            2,  # scale
                        )


                def make() -> Shape:
                    return Shape()
            ''',
            "pkg/use.py": """
                from .shape import make

                def go():
                    x = make().area(3) ** 2
                    return [one.area(scale=make().area()) for one in [make()]], x
            """,
        },
        {
            "pkg/shape.py": '''
                class Shape:
                    size = 1

                    def twice(self) -> int:
                        return area(self) + area(
                            self,
                            2,  # scale
                        )


                # About the area.
                def area(self: Shape, scale: int = 1) -> int:
                    """Area."""
                    return self.size * scale + len("""
                    kept""")


                def make() -> Shape:
                    return Shape()
            ''',
            "pkg/use.py": """
                from .shape import area, make

                def go():
                    x = area(make(), 3) ** 2
                    return [area(one, scale=area(make())) for one in [make()]], x
            """,
        },
        method="pkg/shape.py::Shape.area",
    )


def test_the_last_and_the_only_method() -> None:
    check(
        MethodToFunction(),
        {"m.py": "class A:\n    def f(self):\n        return self.f()\n\nA().f()\n"},
        {"m.py": "class A:\n    pass\n\n\ndef g(self):\n    return g(self)\n\ng(A())\n"},
        method="m.py::A.f",
        new_name="g",
    )
    check(
        MethodToFunction(),
        {
            "m.py": """
                class A:
                    a = 1

                    @staticmethod
                    def f(x):
                        return x

                    def g(self): return self.f(1) + A.f(2)
            """
        },
        {
            "m.py": """
                class A:
                    a = 1

                    def g(self): return f(1) + f(2)


                def f(x):
                    return x
            """
        },
        method="m.py::A.f",
    )


def test_a_function_becomes_a_method() -> None:
    check(
        FunctionToMethod(),
        {
            "m.py": """
                class Shape:
                    size = 1


                def grown(by, shape: Shape) -> int: ...


                def area(shape: Shape, scale=1, *, flag=False):
                    if scale > 9:
                        return area(shape, 9)
                    return shape.size * scale


                def go(one: Shape, other):
                    return -area(one) + area(
                        other,
                        2,
                        flag=True,
                    ) + area(scale=2, shape=one)
            """,
            "n.py": "from m import Shape, area\nx = area(Shape(), 1)\n",
        },
        {
            "m.py": """
                class Shape:
                    size = 1

                    def area(self, scale=1, *, flag=False):
                        if scale > 9:
                            return self.area(9)
                        return self.size * scale


                def grown(by, shape: Shape) -> int: ...


                def go(one: Shape, other):
                    return -one.area() + other.area(
                        2,
                        flag=True,
                    ) + one.area(scale=2)
            """,
            "n.py": "from m import Shape\nx = Shape().area(1)\n",
        },
        **{"function": "m.py::area", "class": "m.py::Shape"},
    )


def test_a_method_becomes_static() -> None:
    check(
        MethodToStatic(),
        {
            "m.py": """
                class A:
                    def f(self, x):
                        return x

                    def g(self): return self.f(1) + A.f(self, 2) + A().f(x=3)
            """
        },
        {
            "m.py": """
                class A:
                    @staticmethod
                    def f(x):
                        return x

                    def g(self): return self.f(1) + A.f(2) + A().f(x=3)
            """
        },
        method="m.py::A.f",
    )


def test_a_method_that_others_reach_through_an_object_becomes_static() -> None:
    check(
        MethodToStatic(),
        {
            "m.py": """
                from elsewhere import Base

                class A(Base):
                    def run(self, x):
                        return x

                class Other:
                    def run(self, x): ...

                def each(filters, text):
                    for one in filters:
                        text = one.run(text)
                    return map(A().run, text), getattr(A(), "run")
            """
        },
        {
            "m.py": """
                from elsewhere import Base

                class A(Base):
                    @staticmethod
                    def run(x):
                        return x

                class Other:
                    def run(self, x): ...

                def each(filters, text):
                    for one in filters:
                        text = one.run(text)
                    return map(A().run, text), getattr(A(), "run")
            """
        },
        method="m.py::A.run",
    )


@pytest.mark.parametrize("use", ["map(A.f, [A()])", "lambda x: x.f", "[A, A()][0].f"])
def test_a_method_that_a_class_may_hand_on_stays_as_it_is(use: str) -> None:
    text = f"class A:\n    def f(self): return 1\n\nk = {use}\n"
    with pytest.raises(UnsafeError, match=r"m\.py:4: hands f on"):
        planned(MethodToStatic(), {"m.py": text}, method="m.py::A.f")


_PROMISED = """
class A:
    x = 1


class B: ...


def g(a: A):
    return a.x


def f(a=None, c=1):
    b = {}
    return g(b)
"""


@pytest.mark.parametrize("given", ["a if c else A()", "a or A()", "a if a is not None else A()"])
def test_an_annotation_tells_of_what_nobody_else_knows(given: str) -> None:
    text = _PROMISED.format(given)
    arguments = {"function": "m.py::g", "class": "m.py::A"}
    change = planned(FunctionToMethod(), {"m.py": text}, **arguments)
    after = change.applied({"m.py": text.lstrip("\n").encode()})
    assert b"return b.g()" in after["m.py"]


@pytest.mark.parametrize("given", ["a or B()", "a or 'text'", "None"])
def test_an_annotation_that_does_not_hold_tells_nothing(given: str) -> None:
    with pytest.raises(UnsafeError, match="not known that the object is a A"):
        planned(
            FunctionToMethod(),
            {"m.py": _PROMISED.format(given)},
            **{"function": "m.py::g", "class": "m.py::A"},
        )


_CLASS = "class A:\n    x = 1\n    def f(self, a=1):\n        return {}\n{}"


@pytest.mark.parametrize(
    ("refactoring", "text", "error", "reason"),
    [
        (MethodToFunction(), _CLASS.format("super().f()", ""), UnsafeError, "super"),
        (MethodToFunction(), _CLASS.format("self.__a", ""), UnsafeError, "private"),
        (MethodToFunction(), _CLASS.format("1", "k = A().f\n"), UnsafeError, "hands f on"),
        (MethodToFunction(), _CLASS.format("1", "def f(): ...\n"), UnsafeError, "means something"),
        (
            MethodToFunction(),
            _CLASS.format("1", "class B(A):\n    def f(self, a=1): ...\n"),
            UnsafeError,
            "overrides",
        ),
        (
            MethodToFunction(),
            _CLASS.format("1", "class C:\n    def f(self): ...\ndef g(x): x.f()\n"),
            UnsafeError,
            "rename f first",
        ),
        (
            MethodToFunction(),
            "import x\n" + _CLASS.format("1", "").replace("A:", "A(x.B):"),
            UnsafeError,
            "outside",
        ),
        (
            MethodToFunction(),
            _CLASS.format("1", "").replace("a=1", "a=x"),
            UnsafeError,
            "of the class body",
        ),
        (MethodToStatic(), _CLASS.format("self", ""), UnsafeError, "uses 'self'"),
        (MethodToFunction(), "class A:\n    f = 1\n", ArgumentError, "no function"),
    ],
)
def test_what_can_not_be_followed_is_refused(
    refactoring: Refactoring, text: str, error: type[RefactorError], reason: str
) -> None:
    with pytest.raises(error, match=reason):
        planned(refactoring, {"m.py": text}, method="m.py::A.f")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("class A: ...\ndef f(a): ...\ndef g(x): f(x)\n", "not known"),
        ("class A: ...\ndef f(a: A): ...\nf(*x)\n", "which argument"),
        ("class A:\n    f = 1\ndef f(a): ...\n", "a member"),
        ("class A:\n    x = 1\ndef f(a: A): a = 1\n", "becomes self"),
        ("class A:\n    x = 1\ndef f(a: A): self = 1\n", "uses 'self'"),
        ("class A: x = 1\ndef f(a: A): ...\n", "own lines"),
        ("class A:\n    x = 1\ndef f(): ...\n", "no first parameter"),
        ("class A:\n    x = 1\n@a\ndef f(a: A): ...\n", "decorators"),
    ],
)
def test_a_function_that_can_be_no_method_is_refused(text: str, reason: str) -> None:
    with pytest.raises(UnsafeError, match=reason):
        planned(FunctionToMethod(), {"m.py": text}, **{"function": "m.py::f", "class": "m.py::A"})
