import pytest

from nanobot_engine.refactor.errors import ArgumentError, RefactorError, UnsafeError
from nanobot_engine.refactor.refactoring import Refactoring
from nanobot_engine.refactor.signature.parameter_order import MakeKeywordOnly, ReorderParameters
from nanobot_engine.refactor.signature.signature import AddParameter, RemoveParameter
from support.refactored import check, planned


def test_a_parameter_with_a_default_and_a_value_for_some_calls() -> None:
    check(
        AddParameter(),
        {
            "m.py": """
                def send(
                    data,
                    size=1,  # bytes
                ):
                    return data

                def first(): return send(b"")
                def second(): return send(
                    b"",
                    size=2,
                )
            """,
            "tests/test_m.py": "from m import send\nsend(b'', 1)\nsend(x for x in ())\n",
        },
        {
            "m.py": """
                def send(
                    data,
                    size=1,
                    retries: int = 3,  # bytes
                ):
                    return data

                def first(): return send(b"")
                def second(): return send(
                    b"",
                    size=2,
                )
            """,
            "tests/test_m.py": (
                "from m import send\nsend(b'', 1, retries=0)\nsend((x for x in ()), retries=0)\n"
            ),
        },
        function="m.py::send",
        parameter="retries",
        default="3",
        annotation="int",
        value="0",
        callers="tests/*",
    )


def test_callers_by_name_and_keyword_only() -> None:
    check(
        AddParameter(),
        {
            "m.py": """
                class Client:
                    def get(self, url): ...
                class Fast(Client):
                    def get(self, url): return super().get(url)
                def load(client: Client): client.get("a")
                def other(client: Client): client.get("b")
            """
        },
        {
            "m.py": """
                class Client:
                    def get(self, url, *, timeout=None): ...
                class Fast(Client):
                    def get(self, url, *, timeout=None): return super().get(url)
                def load(client: Client): client.get("a", timeout=5)
                def other(client: Client): client.get("b")
            """
        },
        function="m.py::Client.get",
        parameter="timeout",
        default="None",
        value="5",
        callers="load",
        keyword_only="yes",
    )


def test_calls_under_the_name_that_an_import_gave_are_followed() -> None:
    check(
        AddParameter(),
        {
            "m.py": "def send(data): ...\n",
            "n.py": "from m import send as s\n\ns(1)\n\ndef f(): s(data=2)\n",
        },
        {
            "m.py": "def send(data, size): ...\n",
            "n.py": "from m import send as s\n\ns(1, size=0)\n\ndef f(): s(data=2, size=0)\n",
        },
        function="m.py::send",
        parameter="size",
        value="0",
    )


def test_a_class_stands_for_its_constructor() -> None:
    check(
        AddParameter(),
        {
            "m.py": """
                class A:
                    def __init__(self): ...
                class B(A): ...
                class C(A):
                    def __init__(self): super().__init__()
                A(); B(); C()
            """
        },
        {
            "m.py": """
                class A:
                    def __init__(self, size): ...
                class B(A): ...
                class C(A):
                    def __init__(self): super().__init__(size=1)
                A(size=1); B(size=1); C()
            """
        },
        function="m.py::A",
        parameter="size",
        value="1",
    )


def test_a_parameter_goes_with_its_arguments() -> None:
    check(
        RemoveParameter(),
        {
            "m.py": """
                def send(data, size=1, *, flag=False):
                    return data
                send(1, 2, flag=3)
                send(1, size=2)
                send(
                    1,
                    2,
                )
                send(1)
            """
        },
        {
            "m.py": """
                def send(data, *, flag=False):
                    return data
                send(1, flag=3)
                send(1)
                send(
                    1,
                )
                send(1)
            """
        },
        function="m.py::send",
        parameter="size",
    )


def test_parameters_in_another_order() -> None:
    check(
        ReorderParameters(),
        {
            "m.py": """
                class A:
                    def go(self, a, b: int, c=3): ...
                A().go(1, 2)
                A().go(1, 2, 3)
                A().go(1, b=2)
                A.go(A(), 1, 2)
            """
        },
        {
            "m.py": """
                class A:
                    def go(self, b: int, a, c=3): ...
                A().go(2, 1)
                A().go(2, 1, 3)
                A().go(a=1, b=2)
                A.go(A(), 2, 1)
            """
        },
        function="m.py::A.go",
        order="b, a, c",
    )


def test_parameters_by_keyword_only() -> None:
    check(
        MakeKeywordOnly(),
        {
            "m.py": """
                def f(a, b=1, c=2, *, d=3): ...
                f(1, 2, 3, d=4)
                f(1)
                f(1, c=2)
            """
        },
        {
            "m.py": """
                def f(a, *, b=1, c=2, d=3): ...
                f(1, b=2, c=3, d=4)
                f(1)
                f(1, c=2)
            """
        },
        function="m.py::f",
        parameter="b",
    )


@pytest.mark.parametrize(
    ("refactoring", "arguments", "definition"),
    [
        (MakeKeywordOnly(), {"parameter": "b"}, "def f(a, *, b): ..."),
        (ReorderParameters(), {"order": "b,a"}, "def f(b, a): ..."),
    ],
)
def test_what_a_call_unpacks_by_name_stands_in_no_order(
    refactoring: Refactoring, arguments: dict[str, str], definition: str
) -> None:
    text = "def f(a, b): ...\nf(**x)\n"
    expected = text.replace("def f(a, b): ...", definition)
    check(refactoring, {"m.py": text}, {"m.py": expected}, function="m.py::f", **arguments)
    for call in ("f(*x)", "f(1, *x)", "f(1, *x, **y)"):
        files = {"m.py": f"def f(a, b): ...\n{call}\n"}
        with pytest.raises(UnsafeError, match=r"m\.py:2: unpacks"):
            planned(refactoring, files, function="m.py::f", **arguments)


@pytest.mark.parametrize(
    ("refactoring", "arguments"),
    [
        (RemoveParameter(), {"parameter": "b"}),
        (ReorderParameters(), {"order": "b, a"}),
        (MakeKeywordOnly(), {"parameter": "b"}),
    ],
)
def test_a_function_that_others_call_keeps_its_signature(
    refactoring: Refactoring, arguments: dict[str, str]
) -> None:
    handed = {"m.py": "def f(a, b): return a\nx = map(f, [], [])\n"}
    with pytest.raises(UnsafeError, match=r"m\.py:2: hands the function on"):
        planned(refactoring, handed, function="m.py::f", **arguments)
    decorated = {"m.py": "import web\n@web.get('/')\ndef f(a, b): return a\n"}
    with pytest.raises(UnsafeError, match=r"m\.py:3: web\.get decorates it"):
        planned(refactoring, decorated, function="m.py::f", **arguments)
    text = "from typing import Protocol\nclass P(Protocol):\n    def f(self, a, b): ...\n"
    with pytest.raises(UnsafeError, match=r"m\.py:3: classes outside of the workspace"):
        planned(refactoring, {"m.py": text}, function="m.py::P.f", **arguments)
    text = "class V:\n    def f(self, a, b): getattr(self, a + b)(1, 2)\n"
    with pytest.raises(UnsafeError, match=r"m\.py:2: may reach f by a computed name"):
        planned(refactoring, {"m.py": text}, function="m.py::V.f", **arguments)
    text = "class E:\n    def __call__(self, a, b): ...\n"
    with pytest.raises(UnsafeError, match=r"m\.py:2: Python calls __call__ itself"):
        planned(refactoring, {"m.py": text}, function="m.py::E.__call__", **arguments)
    text = "class D(dict):\n    def get(self, a, b): ...\n"
    with pytest.raises(UnsafeError, match=r"m\.py:2: classes outside of the workspace"):
        planned(refactoring, {"m.py": text}, function="m.py::D.get", **arguments)


def test_a_call_of_something_unknown_is_asked_about() -> None:
    change = check(
        ReorderParameters(),
        {
            "m.py": """
                class A:
                    def go(self, a, b): ...
                class B:
                    def go(self, a, b): ...
                def f(x, y: A):
                    x.go(1, 2)
                    x.go(*[1, 2])
                    y.go(1, 2)
            """
        },
        {
            "m.py": """
                class A:
                    def go(self, b, a): ...
                class B:
                    def go(self, a, b): ...
                def f(x, y: A):
                    x.go(1, 2)
                    x.go(*[1, 2])
                    y.go(2, 1)
            """
        },
        function="m.py::A.go",
        order="b, a",
    )
    assert [(one.line, one.edit.new_text) for one in change.doubts] == [(6, b"2, 1")]
    assert [(note.line, "unpacks" in note.text) for note in change.notes] == [(7, True)]


@pytest.mark.parametrize(
    ("refactoring", "text", "arguments", "error", "reason"),
    [
        (AddParameter(), "f = 1\n", {"parameter": "b"}, ArgumentError, "is no function"),
        (AddParameter(), "def f(): ...\nf()\n", {"parameter": "b"}, ArgumentError, "1 calls fail"),
        (
            AddParameter(),
            "def f(b): ...\n",
            {"parameter": "b", "default": "1"},
            UnsafeError,
            "already",
        ),
        (
            AddParameter(),
            "def f(): ...\n",
            {"parameter": "b", "default": "1 +"},
            ArgumentError,
            "no Python expression",
        ),
        (RemoveParameter(), "def f(b): return b\n", {"parameter": "b"}, UnsafeError, "uses 'b'"),
        (
            RemoveParameter(),
            "def f(a, b=1): return a\nf(*x)\n",
            {"parameter": "b"},
            UnsafeError,
            "unpacks",
        ),
        (ReorderParameters(), "def f(a, b=1): ...\n", {"order": "b,a"}, UnsafeError, "follow"),
        (ReorderParameters(), "def f(a, b): ...\n", {"order": "b"}, ArgumentError, "name all"),
        (MakeKeywordOnly(), "def f(a): ...\n", {"parameter": "b"}, ArgumentError, "positional"),
    ],
)
def test_what_can_not_be_followed_is_refused(
    refactoring: Refactoring,
    text: str,
    arguments: dict[str, str],
    error: type[RefactorError],
    reason: str,
) -> None:
    with pytest.raises(error, match=reason):
        planned(refactoring, {"m.py": text}, function="m.py::f", **arguments)


def test_a_stub_gets_the_parameter_of_its_module() -> None:
    check(
        AddParameter(),
        {
            "m.py": "LIMIT = 3\ndef f(a):\n    return a\nclass C:\n    def g(self): ...\n",
            "m.pyi": "def f(a: int) -> int: ...\nclass C:\n    def g(self) -> None: ...\n",
        },
        {
            "m.py": "LIMIT = 3\ndef f(a, b: int = LIMIT):\n    return a\nclass C:\n"
            "    def g(self): ...\n",
            "m.pyi": "def f(a: int, b: int = ...) -> int: ...\nclass C:\n"
            "    def g(self) -> None: ...\n",
        },
        function="m.py::f",
        parameter="b",
        annotation="int",
        default="LIMIT",
    )


def test_where_a_function_is_handed_on_it_is_judged_what_is_passed_there() -> None:
    before = """
        import functools
        def f(a, b=1): return a
        x = [*map(f, [1]), *sorted([1], key=f), f is None, f.__name__, callable(f)]
        @f
        def g(): ...
        h = functools.partial(f, 1, 2)
    """
    change = check(
        MakeKeywordOnly(),
        {"m.py": before},
        {
            "m.py": before.replace("(a, b=1)", "(a, *, b=1)").replace(
                "partial(f, 1, 2)", "partial(f, 1, b=2)"
            )
        },
        function="m.py::f",
        parameter="b",
    )

    # What calls `h` is not known.
    assert [(note.line, note.text) for note in change.notes] == [
        (6, "the function is handed on here; whoever calls it must pass its arguments by name")
    ]
    assert [e.is_likely for file in change.plan.files for e in file.edits] == [True, False]


def test_nobody_but_the_workspace_calls_what_is_handed_to_known_functions() -> None:
    before = "def f(a, b=1): return a\nx = sorted([1], key=f)\nf(1, 2)\n"
    change = check(
        ReorderParameters(),
        {"m.py": "def f(a, b=1, c=2): return a\nx = sorted([1], key=f)\nf(1, 2, 3)\n"},
        {"m.py": "def f(a, c=2, b=1): return a\nx = sorted([1], key=f)\nf(1, 3, 2)\n"},
        function="m.py::f",
        order="a, c, b",
    )

    assert not change.notes
    assert not any(e.is_likely for file in change.plan.files for e in file.edits)
    with pytest.raises(UnsafeError, match="passes it 1 arguments by position"):
        planned(MakeKeywordOnly(), {"m.py": before}, function="m.py::f", parameter="a")


def test_a_function_that_is_given_to_something_unknown_changes_as_a_likely_edit() -> None:
    change = check(
        MakeKeywordOnly(),
        {"m.py": "import web\ndef f(a, b=1): return a\nweb.on(f)\n"},
        {"m.py": "import web\ndef f(a, *, b=1): return a\nweb.on(f)\n"},
        function="m.py::f",
        parameter="b",
    )

    assert [e.is_likely for file in change.plan.files for e in file.edits] == [True]
    assert [note.line for note in change.notes] == [3]
