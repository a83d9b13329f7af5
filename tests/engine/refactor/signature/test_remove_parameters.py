import pytest

from nanobot_engine.refactor.errors import UnsafeError
from nanobot_engine.refactor.signature.remove_parameters import RemoveUnusedParameters
from nanobot_engine.refactor.signature.signature import RemoveParameter
from support.refactored import check, planned


def test_all_unused_parameters_go_with_their_arguments() -> None:
    check(
        RemoveUnusedParameters(),
        {
            "m.py": '''
                def _f(a, b, c=1, *, d=None, e=2):
                    """Do it.

                    Args:
                        a: First.
                        b: Second,
                            over two lines.
                        d: Third.
                    """
                    return a, e


                def _g(x, y):
                    """Do it.

                    :param x: One.
                    :type x: int
                    :param y: Two.
                    """
                    return _f(1, x, d=y), _f(2, 3, 4)


                class _C:
                    def m(self, p, q):
                        return p

                print(_g(1, 2), _C().m(1, q=2))
            '''
        },
        {
            "m.py": '''
                def _f(a, *, e=2):
                    """Do it.

                    Args:
                        a: First.
                    """
                    return a, e


                def _g():
                    """Do it.
                    """
                    return _f(1), _f(2)


                class _C:
                    def m(self, p):
                        return p

                print(_g(), _C().m(1))
            '''
        },
    )


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("def f(x): return 1\nf(1)\n", "outside of the workspace"),
        ("class C:\n    def m(self, x): return 1\nC().m(1)\n", "outside of the workspace"),
        ("def _f(x): return 1\n_f(print(1))\n", "computes print"),
        ("def _f(x): return 1\nprint(_f)\n", "hands the function on"),
        ("def _f(x): return 1\n_f(*[1])\n", "unpacks"),
        ("class _C:\n    def find(self, x): return 1\nX = [_C()]\n", "somebody else may"),
        ("def _f(x): return 1\n", "somebody else may"),
        ("def _f(x=print()): return 1\n_f()\n", "default does something"),
        (
            "if 1:\n    def _f(x): return 1\nelse:\n    from x import _f\n_f(1)\n",
            "another definition",
        ),
        (
            "class _C:\n    def m(self, x): pass\nclass _D(_C):\n    def m(self, x): return 1\n",
            "interface",
        ),
        (
            "class _C:\n    def m(self, x): return\nclass _D(_C):\n    def m(self, x): return x\n",
            "uses 'x'",
        ),
        ("class _C(dict):\n    def get(self, x): return 1\n", "outside of the workspace"),
        ("from abc import X\nclass _C(X):\n    def m(self, x): return 1\n", "base class outside"),
        (
            "class _C:\n    def m(self, x): return 1\nclass _D:\n    def m(self, x): return x\n",
            "called alike",
        ),
        ("class _C:\n    def m(self, x): return 1\ndef _g(o): o.m(print())\n", ""),
        ("class _C:\n    def __init__(self, x): return\n[_C][0](1)\n", "hands the function on"),
        ("class _C:\n    def m(self, x): return 1\ngetattr(_C(), 'm')(1)\n", "string"),
    ],
)
def test_what_somebody_needs_stays_with_the_reason(code: str, reason: str) -> None:
    head = "def _unused(z): return 1\n_unused(1)\n"

    change = planned(RemoveUnusedParameters(), {"m.py": head + code})

    after = change.applied({"m.py": (head + code).encode()})["m.py"].decode()
    assert after == "def _unused(): return 1\n_unused()\n" + code
    assert any(reason in note.text for note in change.notes) or not reason, change.notes


@pytest.mark.parametrize(
    "code",
    [
        "def _f(x): return x\n",
        "def _f(_x, *args, **kwargs): return 1\n",
        "def _f(x): return locals()\n",
        "def _f(x):\n    def g(): return x\n    return g\n",
        "class _C:\n    def m(self): return 1\n    def __exit__(self, a, b, c): return 1\n",
        "def _f(x): del x\n",
        "@print\ndef _f(x): return 1\n",
        "def _f(x):  # noqa: ARG001\n    return 1\n_f(1)\n",
        "def _f(x): raise NotImplementedError\n_f(1)\n",
        "def _f(x): pass\n_f(1)\n",
    ],
)
def test_what_is_used_is_no_candidate(code: str) -> None:
    with pytest.raises(UnsafeError, match="no parameter is unused"):
        planned(RemoveUnusedParameters(), {"m.py": code})


def test_fixtures_hooks_entry_points_and_stubs_stay() -> None:
    files = {
        "tests/test_a.py": "def test_a(tmp_path): assert True\n",
        "conftest.py": "def pytest_configure(config): return 1\n",
        "pyproject.toml": "[project.scripts]\na = '_p:_run'\n",
        "_p.py": "def _run(x=1): return 1\n",
        "_q.py": "def _f(x=1): return 1\n",
        "_q.pyi": "def _f(x: int = 1) -> int: ...\n",
    }

    with pytest.raises(UnsafeError, match="no unused parameter can go"):
        planned(RemoveUnusedParameters(), files, public="yes")


def test_what_falls_with_another_goes_too() -> None:
    check(
        RemoveUnusedParameters(),
        {
            "m.py": """
                from x import Y

                def _a(p: Y): return 1
                def _b(p): return _a(p)
                def c(p): return _b(p)
            """
        },
        {
            "m.py": """
                def _a(): return 1
                def _b(): return _a()
                def c(): return _b()
            """
        },
        public="yes",
    )


def test_brackets_over_several_lines_close_up() -> None:
    check(
        RemoveUnusedParameters(),
        {"m.py": "def _f(\n    x: int,\n) -> int:\n    return 1\n_f(\n    1,\n)\n"},
        {"m.py": "def _f() -> int:\n    return 1\n_f()\n"},
    )


@pytest.mark.parametrize(("end", "rest"), [(",\n)", ")"), ("\n)", ")"), (")", ")")])
def test_a_comment_stays_with_the_argument_before(end: str, rest: str) -> None:
    check(
        RemoveUnusedParameters(),
        {"m.py": f"def _f(a, b): return a\n_f(\n    1,  # one\n    2{end}\n"},
        {"m.py": f"def _f(a): return a\n_f(\n    1,  # one\n{rest}\n"},
    )


def test_overrides_lose_it_together() -> None:
    check(
        RemoveUnusedParameters(),
        {
            "m.py": """
                class _A:
                    def m(self, x, y): return x
                class _B(_A):
                    def m(self, x, y): return -x
                _B().m(1, y=2)
            """
        },
        {
            "m.py": """
                class _A:
                    def m(self, x): return x
                class _B(_A):
                    def m(self, x): return -x
                _B().m(1)
            """
        },
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def f(a, *, b): return a", "def f(a): return a"),
        ("def f(*, b): return 1", "def f(): return 1"),
        ("def f(*, b, **c): return c", "def f(**c): return c"),
        ("def f(*, b, c): return c", "def f(*, c): return c"),
        ("def f(b, /, c): return c", "def f(c): return c"),
        ("def f(b, /): return 1", "def f(): return 1"),
        ("def f(*a, b): return a", "def f(*a): return a"),
    ],
)
def test_a_mark_goes_with_the_last_parameter_that_needs_it(before: str, after: str) -> None:
    check(
        RemoveParameter(),
        {"m.py": before + "\n"},
        {"m.py": after + "\n"},
        function="m.py::f",
        parameter="b",
    )
