import pytest

from nanobot_engine.refactor.errors import ArgumentError, RefactorError, UnsafeError
from nanobot_engine.refactor.extract.extract import ExtractFunction
from nanobot_engine.refactor.extract.extract_value import ExtractConstant, ExtractVariable
from nanobot_engine.refactor.refactoring import Refactoring
from support.refactored import check, planned


def test_lines_become_a_function_with_what_flows_in_and_out() -> None:
    check(
        ExtractFunction(),
        {
            "m.py": """
                import os

                def total(items, tax):
                    # Sum up.
                    result = 0
                    for item in items:
                        result += item * tax
                    text = f"{result}"
                    return text, result, os.sep


                def other(): ...
            """
        },
        {
            "m.py": """
                import os

                def total(items, tax):
                    # Sum up.
                    result = summed(items, tax)
                    text = f"{result}"
                    return text, result, os.sep


                def summed(items, tax):
                    result = 0
                    for item in items:
                        result += item * tax
                    return result


                def other(): ...
            """
        },
        module="m.py",
        lines="5-7",
        new_name="summed",
    )


def test_a_part_of_a_method_becomes_a_method() -> None:
    check(
        ExtractFunction(),
        {
            "m.py": """
                class Basket:
                    def total(self):
                        if self.items:
                            price = self.price * 2
                            self.log(price)
                        return 1
            """
        },
        {
            "m.py": """
                class Basket:
                    def total(self):
                        if self.items:
                            self.pay()
                        return 1

                    def pay(self):
                        price = self.price * 2
                        self.log(price)
            """
        },
        module="m.py",
        lines="4-5",
        new_name="pay",
    )


def test_lines_that_end_a_function_return() -> None:
    check(
        ExtractFunction(),
        {
            "m.py": """
                async def f(a):
                    b = a + 1
                    text = '''x
                y'''
                    return await b(text)
            """
        },
        {
            "m.py": """
                async def f(a):
                    b = a + 1
                    return await g(b)


                async def g(b):
                    text = '''x
                y'''
                    return await b(text)
            """
        },
        module="m.py",
        lines="3-5",
        new_name="g",
    )


def test_a_value_that_is_set_sometimes_goes_in_and_out() -> None:
    check(
        ExtractFunction(),
        {"m.py": "def f(a):\n    b = 1\n    if a:\n        b = 2\n    return b\n"},
        {
            "m.py": """
                def f(a):
                    b = 1
                    b = g(a, b)
                    return b


                def g(a, b):
                    if a:
                        b = 2
                    return b
            """
        },
        module="m.py",
        lines="3-4",
        new_name="g",
    )


def test_an_expression_becomes_a_variable() -> None:
    check(
        ExtractVariable(),
        {
            "m.py": """
                def f(a, b):
                    x = a.size + 1
                    if b:
                        return (a.size
                            + 1) * 2
                    return x
            """
        },
        {
            "m.py": """
                def f(a, b):
                    size = a.size + 1
                    x = size
                    if b:
                        return (size) * 2
                    return x
            """
        },
        function="m.py::f",
        expression="a.size + 1",
        new_name="size",
    )


def test_only_places_that_surely_have_the_value_get_the_name() -> None:
    check(
        ExtractVariable(),
        {
            "m.py": """
                def f(a, b):
                    x = a.size + a.size
                    b(a.size)
                    return a.size
            """
        },
        {
            "m.py": """
                def f(a, b):
                    size = a.size
                    x = size + size
                    b(size)
                    return a.size
            """
        },
        function="m.py::f",
        expression="a.size",
        new_name="size",
    )


@pytest.mark.parametrize(
    "body",
    [
        "return b and a.size",
        "return a.size if b else 0",
        "return [a.size for a in b]",
        "return lambda: a.size",
        "while a.size: b()",
        "return b if b else b(b < 1 < a.size)",
        "if b: return a.size",
        "if b:\n        pass\n    elif a.size: b()",
        "try:\n        b()\n    except a.size: pass",
    ],
)
def test_what_is_not_evaluated_each_time_gets_no_name(body: str) -> None:
    text = f"def f(a, b):\n    {body}\n"
    with pytest.raises(UnsafeError, match="not evaluated each time"):
        planned(
            ExtractVariable(),
            {"m.py": text},
            function="m.py::f",
            expression="a.size",
            new_name="size",
        )


def test_a_name_is_given_inside_of_a_handler() -> None:
    check(
        ExtractVariable(),
        {
            "m.py": """
                def f():
                    try:
                        g()
                    except E as e:
                        print(e.code)
            """
        },
        {
            "m.py": """
                def f():
                    try:
                        g()
                    except E as e:
                        code = e.code
                        print(code)
            """
        },
        function="m.py::f",
        expression="e.code",
        new_name="code",
    )


def test_a_literal_becomes_a_constant() -> None:
    check(
        ExtractConstant(),
        {
            "m.py": """
                "30"
                import os

                def f(timeout=30):
                    return timeout or 30, 30.0, True, "30", os
            """
        },
        {
            "m.py": """
                "30"
                import os
                TIMEOUT_S = 30

                def f(timeout=TIMEOUT_S):
                    return timeout or TIMEOUT_S, 30.0, True, "30", os
            """
        },
        module="m.py",
        literal="30",
        new_name="TIMEOUT_S",
    )


@pytest.mark.parametrize(
    ("body", "lines", "reason"),
    [
        ("    yield a\n    b = 1\n", "2-3", "yield"),
        ("    for b in a:\n        if b: break\n", "3-3", "break or continue"),
        ("    if a: return 1\n    return 2\n", "2-2", "return only sometimes"),
        ("    b = 1; c = 2\n", "2-2", "several statements"),
    ],
)
def test_lines_that_can_not_leave_are_refused(body: str, lines: str, reason: str) -> None:
    with pytest.raises(UnsafeError, match=reason):
        planned(
            ExtractFunction(),
            {"m.py": f"def f(a):\n{body}"},
            module="m.py",
            lines=lines,
            new_name="g",
        )


@pytest.mark.parametrize(
    ("refactoring", "arguments", "error", "reason"),
    [
        (ExtractFunction(), {"module": "m.py", "lines": "x"}, ArgumentError, "10-14"),
        (
            ExtractFunction(),
            {"module": "m.py", "lines": "90-91"},
            ArgumentError,
            "whole statements",
        ),
        (ExtractFunction(), {"module": "n.py", "lines": "1"}, ArgumentError, "no Python file"),
        (
            ExtractVariable(),
            {"function": "m.py::f", "expression": "h(1)"},
            UnsafeError,
            "may differ",
        ),
        (
            ExtractVariable(),
            {"function": "m.py::f", "expression": "a + 1"},
            UnsafeError,
            "changes in between",
        ),
        (ExtractConstant(), {"module": "m.py", "literal": "7"}, ArgumentError, "does not stand"),
    ],
)
def test_what_can_not_be_extracted_is_refused(
    refactoring: Refactoring, arguments: dict[str, str], error: type[RefactorError], reason: str
) -> None:
    text = "def f(a):\n    b = h(1), h(1), a + 1\n    a = 2\n    return a + 1, b\n"
    with pytest.raises(error, match=reason):
        planned(refactoring, {"m.py": text}, new_name="new", **arguments)
