"""Parts of refactorings: which can stand without the rest."""

from pathlib import Path

import pytest

from nanobot_engine.process import (
    Choice,
    Hunk,
    Part,
    PartRefusedError,
    ProcessState,
    accept,
    chosen_part,
    reject,
    review,
    undo,
)
from support.small_refactoring import MOVE, MOVE_MODULE, RENAME, Refactored


def hunks(case: Refactored, process_id: str) -> dict[tuple[str, int], Hunk]:
    return {(hunk.path, hunk.line): hunk for hunk in review(case.ledger, process_id).hunks}


@pytest.mark.parametrize(
    ("part", "path", "line", "reason"),
    [
        (RENAME, "shop/report.py", 5, "refers to 'total', which is defined otherwise"),
        (RENAME, "shop/price.py", 1, "refers to 'sum_of_prices', which is left to what was not"),
        (MOVE, "shop/report.py", 1, "refers to 'rounded'"),
        (MOVE_MODULE, "tests/test_price.py", 1, "refers to"),
    ],
)
def test_a_definition_and_its_uses_can_not_be_parted(
    tmp_path: Path, part: Part, path: str, line: int, reason: str
) -> None:
    case = Refactored(tmp_path)
    process_id = case.reviewed(part)
    found = hunks(case, process_id)
    left = found[path, line].hunk_id

    with pytest.raises(PartRefusedError, match="can not stand without the others") as caught:
        reject(case.ledger, process_id, Choice(hunks=frozenset({left})), root=case.root)

    assert reason in str(caught.value)
    others = frozenset(hunk.hunk_id for hunk in found.values()) - {left}
    report = accept(case.ledger, case.root, process_id, Choice(hunks=others))
    assert (report.written, case.tree()) == ((), case.before)
    assert reason in report.refused[0][1]
    assert case.state(process_id) is ProcessState.WAITING_FOR_REVIEW


def test_what_is_said_in_words_can_be_left_out(tmp_path: Path) -> None:
    case = Refactored(
        tmp_path,
        {
            "load.py": "def load():\n    return 1\n",
            "use.py": "from load import load\n\n\nX = load()\n\n# Nothing like `load.load` here.\n",
            "GUIDE.md": "# Guide\n\nCall `load.load` first.\n",
        },
    )
    part = Part(
        "rename", {"symbol": "load.py::load", "new_name": "fetch", "also": "documents,comments"}
    )
    process_id = case.reviewed(part)
    words = [
        hunk
        for hunk in review(case.ledger, process_id).hunks
        if hunk.path == "GUIDE.md" or hunk.line == 6
    ]
    assert len(words) == 2

    left = Choice(hunks=frozenset(hunk.hunk_id for hunk in words))
    assert reject(case.ledger, process_id, left, root=case.root) is ProcessState.WAITING_FOR_REVIEW
    report = accept(case.ledger, case.root, process_id)

    assert (report.refused, report.state) == ((), ProcessState.DONE)
    tree = case.tree()
    assert tree["GUIDE.md"] == case.before["GUIDE.md"]
    assert b"X = fetch()" in tree["use.py"]
    assert b"`load.load` here" in tree["use.py"]


def test_a_method_that_only_a_name_speaks_for_is_not_parted_from_its_call(tmp_path: Path) -> None:
    case = Refactored(
        tmp_path,
        {
            "shape.py": "class Shape:\n    def area(self):\n        return 1\n",
            "land.py": "class Land:\n    def area(self):\n        return 2\n",
            "use.py": "from shape import Shape\n\n\ndef show():\n    return Shape().area()\n",
        },
    )
    process_id = case.reviewed(
        Part("rename", {"symbol": "shape.py::Shape.area", "new_name": "surface"})
    )

    with pytest.raises(PartRefusedError, match=r"use\.py:5: refers to 'area'"):
        reject(case.ledger, process_id, Choice(frozenset({"use.py"})), root=case.root)


def test_a_conversion_of_one_file_does_not_need_that_of_another(tmp_path: Path) -> None:
    case = Refactored(
        tmp_path,
        {
            "a.py": 'def one(x):\n    return "%s" % (x,)\n',
            "b.py": (
                'def two(x):\n    return "<%s>" % (x,)\n\n\n'
                'def three(x):\n    return "=%s" % (x,)\n'
            ),
        },
    )
    process_id = case.reviewed(Part("convert format strings", {}))
    before = review(case.ledger, process_id)

    report = accept(case.ledger, case.root, process_id, Choice(frozenset({"a.py"})))

    assert (report.written, report.refused, report.hunks_open) == (("a.py",), (), 2)
    assert report.state is ProcessState.WAITING_FOR_REVIEW
    assert case.tree()["a.py"] == before.result("a.py")
    found = review(case.ledger, process_id)
    assert [file.path for file in found.plan.files] == ["b.py"]
    report = accept(
        case.ledger, case.root, process_id, Choice(hunks=frozenset({found.hunks[1].hunk_id}))
    )
    assert (report.written, report.hunks_open) == (("b.py",), 1)
    assert reject(case.ledger, process_id, root=case.root) is ProcessState.DONE
    assert b'f"<{x!s}>"' in case.tree()["b.py"]
    assert b'"=%s" % (x,)' in case.tree()["b.py"]
    undo(case.ledger, case.root, process_id)
    assert case.tree() == case.before


def test_a_part_that_is_refused_says_which_hunks_make_it_pass(tmp_path: Path) -> None:
    case = Refactored(
        tmp_path,
        {
            "shop.py": "def total(items):\n    return sum(items)\n",
            "one.py": "from shop import total\n\nX = total([])\n",
            "NOTES.md": "`shop.total` adds up.\n",
            "GUIDE.md": "Call `shop.total`.\n",
        },
    )
    rename = Part("rename", {"symbol": "shop.py::total", "new_name": "sum_up", "also": "documents"})
    process_id = case.reviewed(rename)
    found = hunks(case, process_id)
    code = {hunk.hunk_id for (path, _), hunk in found.items() if path.endswith(".py")}
    assert (len(found), len(code)) == (5, 3)
    chosen = found["one.py", 3].hunk_id

    with pytest.raises(PartRefusedError) as caught:
        chosen_part(case.ledger, process_id, Choice(hunks=frozenset({chosen})), case.root)

    assert set(caught.value.needed) == code - {chosen}
    named = [word for word in str(caught.value).split() if word in code]
    assert set(named) == code - {chosen}
    assert str(caught.value).count("--hunk ") == 2
    whole = Choice(hunks=frozenset({chosen, *caught.value.needed}))
    report = accept(case.ledger, case.root, process_id, whole)
    assert (report.refused, len(report.written)) == ((), 2)


def test_a_part_that_only_everything_makes_pass_names_no_hunk(tmp_path: Path) -> None:
    case = Refactored(tmp_path)
    process_id = case.reviewed(RENAME)
    chosen = hunks(case, process_id)["shop/report.py", 5].hunk_id

    report = accept(case.ledger, case.root, process_id, Choice(hunks=frozenset({chosen})))

    assert report.refused[0][1].endswith("take the others as well, or none")
