import pytest

from nanobot_engine.refactor.add import AddAll, AddPostponedAnnotations
from nanobot_engine.refactor.errors import UnsafeError
from support.refactored import check, planned


def test_all_lists_the_public_names_that_a_module_defines() -> None:
    change = check(
        AddAll(),
        {
            "m.py": '''
                """Doc."""

                import os  # why

                LIMIT: int = 1
                _hidden = 2
                for i in range(3): ...


                def f(): ...


                class A: ...
            ''',
            "plain.py": "def g(): ...\n",
            "has.py": "__all__ = ['h']\ndef h(): ...\n",
            "starred.py": "import re, sys\n\ndef k(): ...\n",
            "use.py": "from starred import *\n\nk(sys)\n",
            "passed.py": "import re\n\ndef p(): ...\n",
            "p/__init__.py": "from passed import *\n",
            "only.py": "import re\n\ndef o(re): ...\n",
            "user.py": "from only import *\n\no()\n",
            "tests/test_m.py": "def test_a(): ...\n",
        },
        {
            "m.py": '''
                """Doc."""

                import os  # why

                __all__ = ["A", "LIMIT", "f"]

                LIMIT: int = 1
                _hidden = 2
                for i in range(3): ...


                def f(): ...


                class A: ...
            ''',
            "only.py": 'import re\n\n__all__ = ["o"]\n\ndef o(re): ...\n',
            "plain.py": '__all__ = ["g"]\n\n\ndef g(): ...\n',
        },
    )

    assert [(note.path, note.text) for note in change.notes] == [
        (
            "passed.py",
            "left as it is: p/__init__.py imports everything from it, and others import from there",
        ),
        ("starred.py", "left as it is: use.py:3: gets sys by importing everything from it"),
    ]


def test_postponed_annotations_come_first() -> None:
    change = check(
        AddPostponedAnnotations(),
        {
            "a.py": '#!/bin/python\n"""Doc."""\n\nimport os\n\nx: int = 1\n',
            "b.py": "# A comment.\nimport os\n\ndef f() -> int: ...\n",
            "c.py": "from pydantic import BaseModel\nx: int = 1\n",
            "d.py": "x = 1\n",
            "e.py": "from __future__ import annotations\nx: int = 1\n",
        },
        {
            "a.py": (
                '#!/bin/python\n"""Doc."""\n\nfrom __future__ import annotations\n\nimport os\n\n'
                "x: int = 1\n"
            ),
            "b.py": (
                "# A comment.\nfrom __future__ import annotations\n\nimport os\n\n"
                "def f() -> int: ...\n"
            ),
        },
    )

    assert [(note.path, "pydantic" in note.text) for note in change.notes] == [("c.py", True)]


def test_a_file_that_is_named_gets_postponed_annotations_without_having_any() -> None:
    future = "from __future__ import annotations\n"
    check(
        AddPostponedAnnotations(),
        {
            "p/a.py": "x = 1\n",
            "p/b.py": "",
            "p/c.py": "# Nothing.",
            "p/d.py": "x = 1\n",
            "q/e.py": "x = 1\n",
            "q/f.py": "x: int = 1\n",
        },
        {
            "p/a.py": f"{future}\nx = 1\n",
            "p/b.py": future,
            "p/c.py": f"# Nothing.\n{future}",
            "q/f.py": f"{future}\nx: int = 1\n",
        },
        where="p/a.py, ./p/b.py, p/c.py, q",
    )


@pytest.mark.parametrize("refactoring", [AddAll(), AddPostponedAnnotations()])
def test_with_nothing_to_add_nothing_is_done(
    refactoring: AddAll | AddPostponedAnnotations,
) -> None:
    with pytest.raises(UnsafeError, match="nothing would change"):
        planned(refactoring, {"m.py": "import os\nos.getcwd()\n"})
