"""What waits of reviews, for menus, lenses and documents."""

from dataclasses import replace
from pathlib import Path

from nanobot_server.lsp.document.planned_texts import Unapplied
from nanobot_server.lsp.review.edit_plan import Plan, PlanFile, PlanHunk
from nanobot_server.lsp.review.open_reviews import KeptTexts, OpenReviews

ROOT = Path("/code")
HUNK = PlanHunk("h1", "a.py", 3, 1, "say it", is_open=True, is_shared=False)
FILE = PlanFile("a.py", "base", "result", ())


def plan(*hunks: PlanHunk, state: str = "waiting_for_review", process_id: str = "p1") -> Plan:
    paths = dict.fromkeys(hunk.path for hunk in hunks)
    files = tuple(replace(FILE, path=path) for path in paths)
    return Plan(process_id, "document", state, files, (), hunks=hunks)


def test_only_what_is_open_and_stands_for_itself_is_offered() -> None:
    found = OpenReviews()
    closed = replace(HUNK, hunk_id="h2", is_open=False)
    shared = replace(HUNK, hunk_id="h3", is_shared=True)

    found.remember(ROOT, plan(HUNK, closed, shared, replace(HUNK, path="b.py")))

    (one,) = found.of_file(ROOT / "a.py")
    assert (one.plan.process_id, one.hunks) == ("p1", (HUNK,))
    assert list(found.of_file(ROOT / "c.py")) == []


def test_processes_of_two_workspaces_with_one_name_are_two() -> None:
    found = OpenReviews()
    found.remember(ROOT, plan(HUNK))
    found.remember(ROOT / "inner", plan(replace(HUNK, hunk_id="h9")))

    found.forget(ROOT, "p1")

    assert list(found.of_file(ROOT / "a.py")) == []
    assert len(list(found.of_file(ROOT / "inner" / "a.py"))) == 1


def test_everyone_hears_once_of_what_changed() -> None:
    found = OpenReviews()
    heard: list[str] = []
    found.listen(lambda _root, process_id: heard.append(process_id))

    found.remember(ROOT, plan(HUNK))
    found.remember(ROOT, plan(HUNK))
    assert heard == ["p1"]
    found.remember(ROOT, plan(replace(HUNK, is_open=False)))
    found.note_unapplied(ROOT, "p1", (Unapplied("a.py", "why"),))
    assert heard == ["p1"] * 3
    found.remember(ROOT, plan(HUNK, state="done"))
    found.forget(ROOT, "p1")
    assert heard == ["p1"] * 4
    assert found.unapplied(ROOT, "p1") == ()


def test_texts_are_kept_up_to_a_limit_and_the_ones_in_use_stay() -> None:
    texts = KeptTexts(bytes_max=10)
    texts.keep("a", b"12345")
    texts.keep("b", b"1234")
    assert texts.get("a") == b"12345"

    texts.keep("c", b"12")

    assert (texts.get("a"), texts.get("b"), texts.get("c")) == (b"12345", None, b"12")
    texts.keep("d", b"x" * 11)
    assert texts.get("d") is None
