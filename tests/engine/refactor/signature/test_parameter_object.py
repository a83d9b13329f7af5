import pytest

from nanobot_engine.refactor.errors import ArgumentError, RefactorError, UnsafeError
from nanobot_engine.refactor.signature.parameter_object import IntroduceParameterObject
from support.refactored import check, planned


def test_parameters_become_a_dataclass_that_calls_build() -> None:
    check(
        IntroduceParameterObject(),
        {
            "pkg/__init__.py": "",
            "pkg/m.py": '''
                """Doc."""

                import json


                # Draws.
                def draw(text, x: int, y: int = 0, *, color="red", fill=None):
                    """Draw."""
                    if x > 9:
                        return draw(text, 9, y, color=color)
                    return json.dumps([text, x, f"{y}", [color], fill])
            ''',
            "pkg/use.py": """
                from .m import draw

                def go(a):
                    draw("a", 1)
                    draw(
                        draw("b", x=1, fill=2),
                        1,
                        2,
                        color="blue",  # why
                    )
            """,
        },
        {
            "pkg/m.py": '''
                """Doc."""

                import json
                from dataclasses import dataclass


                @dataclass(frozen=True)
                class Style:
                    """What `draw` needs to know."""

                    x: int
                    y: int = 0
                    color: str = "red"


                # Draws.
                def draw(text, style: Style, *, fill=None):
                    """Draw."""
                    if style.x > 9:
                        return draw(text, Style(x=9, y=style.y, color=style.color))
                    return json.dumps([text, style.x, f"{style.y}", [style.color], fill])
            ''',
            "pkg/use.py": """
                from .m import Style, draw

                def go(a):
                    draw("a", Style(x=1))
                    draw(
                        draw("b", style=Style(x=1), fill=2),
                        Style(x=1, y=2, color="blue"),  # why
                    )
            """,
        },
        function="pkg/m.py::draw",
        parameters="x, y, color",
        class_name="Style",
    )


def test_a_method_whose_parameters_all_have_defaults() -> None:
    check(
        IntroduceParameterObject(),
        {
            "m.py": """
                class A:
                    def go(self, a=1, *, b: "str" = "x"):
                        return a, b

                A().go()
                A().go(2, b="y")
                A.go(A(), b="y")
            """
        },
        {
            "m.py": """
                from dataclasses import dataclass


                @dataclass(frozen=True)
                class GoOptions:
                    \"\"\"What `go` needs to know.\"\"\"

                    a: int = 1
                    b: "str" = "x"


                class A:
                    def go(self, options: GoOptions = GoOptions()):
                        return options.a, options.b

                A().go()
                A().go(GoOptions(a=2, b="y"))
                A.go(A(), options=GoOptions(b="y"))
            """
        },
        function="m.py::A.go",
        parameters="a,b",
        class_name="GoOptions",
        parameter="options",
    )


@pytest.mark.parametrize(
    ("text", "error", "reason"),
    [
        ("def f(a, b): ...\nf(*x)\n", UnsafeError, "unpacks"),
        ("def f(a, b):\n    a = b\n", UnsafeError, "sets 'a'"),
        ("def f(a, b=[]): ...\n", UnsafeError, "can be changed"),
        ("def f(a, b): return f'{a=}'\n", UnsafeError, "shows the name"),
        ("def f(a, c=1, b=2): ...\nf(g(), g(), g())\n", UnsafeError, "another order"),
        ("def f(a, b): ...\nx = f\n", UnsafeError, "hands f on"),
        ("class P: ...\ndef f(a, b): ...\n", UnsafeError, "means something else"),
        ("@x\ndef f(a, b): ...\n", UnsafeError, "decorators"),
        ("def f(a): ...\n", ArgumentError, "at least two"),
        ("def f(a,\n  # c\n  b): ...\n", UnsafeError, "comment"),
        ("def f(a, b): ...\nf(1,  # c\n  2)\n", UnsafeError, "comment"),
    ],
)
def test_what_can_not_become_an_object_is_refused(
    text: str, error: type[RefactorError], reason: str
) -> None:
    with pytest.raises(error, match=reason):
        planned(
            IntroduceParameterObject(),
            {"m.py": text},
            function="m.py::f",
            parameters="a, b",
            class_name="P",
        )


@pytest.mark.parametrize(
    ("class_name", "body", "name"),
    [
        ("LoadOptions", "pass", "load_options"),
        ("LoadOptions", "load_options = 1", "options"),
        ("LoadOptions", "return load_options, [options for options in a]", "parameters"),
        ("Class", "pass", "parameters"),
    ],
)
def test_a_name_is_found_that_the_function_does_not_use(
    class_name: str, body: str, name: str
) -> None:
    text = f"def f(a, b):\n    {body}\n"
    arguments = {"function": "m.py::f", "parameters": "a, b", "class_name": class_name}

    change = planned(IntroduceParameterObject(), {"m.py": text}, **arguments)

    assert (
        f"def f({name}: {class_name}):" in change.applied({"m.py": text.encode()})["m.py"].decode()
    )


def test_a_name_that_is_asked_for_and_taken_is_refused() -> None:
    with pytest.raises(UnsafeError, match="'c' means something else"):
        planned(
            IntroduceParameterObject(),
            {"m.py": "def f(a, b, c): ...\n"},
            function="m.py::f",
            parameters="a, b",
            class_name="P",
            parameter="c",
        )


def test_an_import_under_another_name_is_refused() -> None:
    files = {"m.py": "def f(a, b): ...\n", "n.py": "from m import f as g\ng(1, 2)\n"}

    with pytest.raises(UnsafeError, match="imports f as g"):
        planned(
            IntroduceParameterObject(),
            files,
            function="m.py::f",
            parameters="a, b",
            class_name="P",
        )
