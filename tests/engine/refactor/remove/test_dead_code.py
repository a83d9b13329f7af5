import pytest

from nanobot_engine.refactor.errors import UnsafeError
from nanobot_engine.refactor.remove.dead_code import RemoveDeadCode
from support.refactored import check, planned


def test_dead_code_goes_and_what_only_it_used() -> None:
    change = check(
        RemoveDeadCode(),
        {
            "m.py": """
                import os
                import sys, json
                from typing import Any, cast
                import kept  # noqa: F401

                _LIMIT = 3
                _USED = 4


                # Nobody calls this.
                def _dead(x: Any):
                    return _dead(_helper(x))


                def _helper(x):
                    return json.dumps(x) + _LIMIT


                class Shape:
                    def area(self):
                        return cast(int, _USED)
                        print("never")

                    def _hidden(self):
                        return 1


                def public():
                    raise ValueError

                    # A reason.
                    sys.exit(1)
            """,
            "use.py": "from m import Shape\nShape().area()\n",
        },
        {
            "m.py": """
                from typing import cast
                import kept  # noqa: F401

                _USED = 4


                class Shape:
                    def area(self):
                        return cast(int, _USED)


                def public():
                    raise ValueError
            """,
        },
    )

    assert [(note.line, note.text) for note in change.notes] == [(28, "nothing here names public")]


def test_only_what_was_asked_for() -> None:
    check(
        RemoveDeadCode(),
        {
            "a.py": "import os\n\n\ndef _f():\n    return\n    print()\n",
            "b.py": "import os\n",
        },
        {"a.py": "\n\ndef _f():\n    return\n    print()\n".lstrip()},
        kinds="imports",
        where="a.py",
    )


@pytest.mark.parametrize(
    "text",
    [
        "@register\ndef _f(): ...\n",
        "def _f(): ...\n# see _f\n",
        "_x = act()\n",
        "_ = 1\n",
        "class A(x.B):\n    def _on_event(self): ...\n",
        "class A:\n    def _do_it(self): getattr(self, '_do_' + x)()\n    _repr_html_ = 1\n",
        "class _A(B): ...\n",
        "def f():\n    return\n    yield\n",
        "def f():\n    return x\n    x = 1\n",
        "try:\n    import fast\nexcept ImportError:\n    fast = None\n",
        "from __future__ import annotations\n",
        "import a as a\n",
        "import a\n__all__ = ['a']\n",
        "import a\nx = []  # type: a.B\n",
        "import a\nx: 'a.B' = 1\n",
        'def f():\n    """>>> a.b()"""\nimport a\n',
        "if x: _a = 1\nelse: _a = 2\n",
    ],
)
def test_what_may_be_needed_stays(text: str) -> None:
    with pytest.raises(UnsafeError, match="nothing would change"):
        planned(RemoveDeadCode(), {"m.py": text})


def test_an_import_that_others_take_from_the_module_stays() -> None:
    files = {
        "m.py": "import os\nfrom a import b, c, d\n",
        "n.py": "from m import os\nimport m\nm.b\nos\n",
        "t.txt": "patch m.c",
        "tests/test_m.py": "from x import client\ndef test_a(client): ...\n",
    }

    check(RemoveDeadCode(), files, {"m.py": "import os\nfrom a import b, c\n"})


def test_an_import_that_only_a_doctest_uses_stays_with_the_reason() -> None:
    text = 'from pprint import pprint\n\n\ndef f():\n    """Doc.\n\n    >>> pprint(f())\n    """\n'

    with pytest.raises(UnsafeError, match=r"nothing would change; m\.py:1: pprint: only a doctest"):
        planned(RemoveDeadCode(), {"m.py": text})
    change = check(RemoveDeadCode(), {"m.py": f"import re\n{text}"}, {"m.py": text})

    assert change.notes[0].text.startswith("left as it is: pprint: only a doctest")
