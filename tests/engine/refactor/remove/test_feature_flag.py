import pytest

from nanobot_engine.refactor.errors import UnsafeError
from nanobot_engine.refactor.remove.feature_flag import RemoveFeatureFlag
from support.refactored import check, planned


def test_the_branches_of_a_flag_that_is_true() -> None:
    check(
        RemoveFeatureFlag(),
        {
            "flags.py": "import os\n\nFAST = True\nOTHER = os.name\n",
            "m.py": '''
                import json
                import flags
                from flags import FAST, OTHER

                def f(x):
                    # Why.
                    if FAST:
                        # Inside.
                        y = """
                            kept"""
                        return y
                    else:
                        json.dumps(x)
                    if not FAST:
                        return 1
                    if FAST and x:
                        return 2
                    if FAST or x:
                        return 3
                    return OTHER if flags.FAST else x, FAST
            ''',
        },
        {
            "flags.py": "import os\n\nOTHER = os.name\n",
            "m.py": '''
                from flags import OTHER

                def f(x):
                    # Why.
                    # Inside.
                    y = """
                            kept"""
                    return y
                    if x:
                        return 2
                    return 3
                    return OTHER, True
            ''',
        },
        flag="flags.py::FAST",
    )


def test_the_value_of_a_flag_that_is_asked_for_when_the_program_runs_is_said() -> None:
    change = check(
        RemoveFeatureFlag(),
        {
            "flags.py": "import os\n\nNEW: bool = os.environ.get('NEW') == '1'\nOLD = False\n",
            "m.py": "from flags import NEW\n\n\ndef f():\n    return 1 if NEW else 2\n",
        },
        {
            "flags.py": "OLD = False\n",
            "m.py": "def f():\n    return 1\n",
        },
        flag="flags.py::NEW",
        value="true",
    )

    notes = [note.text for note in change.notes]
    assert notes == ["NEW was os.environ.get('NEW') == '1', which nothing asks any more"]


def test_a_flag_that_is_false_empties_a_block() -> None:
    check(
        RemoveFeatureFlag(),
        {"m.py": "OLD = True\n\n\ndef f():\n    if OLD:\n        return 1\n"},
        {"m.py": "\n\ndef f():\n    pass\n".lstrip()},
        flag="m.py::OLD",
        value="false",
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("A = act()\n", r"is set to act\(\); say whether"),
        ("A = True\nA = False\n", "is not set once"),
        ("A = True\n__all__ = ['A']\n", "in a string"),
        ("A = True\nif x: pass\nelif A: pass\n", "elif"),
        ("A = True\nif A: pass\n", "shares its line"),
        ("A = True\nif A:\n    if A:\n        x = 1\n", "again inside"),
    ],
)
def test_what_can_not_be_folded_is_refused(text: str, reason: str) -> None:
    with pytest.raises(UnsafeError, match=reason):
        planned(RemoveFeatureFlag(), {"m.py": text}, flag="m.py::A")
