"""What waits of reviews, for code actions."""

from dataclasses import replace
from pathlib import Path

from nanobot_server.lsp.edit_plan import PlanHunk
from nanobot_server.lsp.open_hunks import OpenHunks

ROOT = Path("/code")
HUNK = PlanHunk("h1", "a.py", 3, 1, "say it", is_open=True, is_shared=False)


def test_only_what_is_open_and_stands_for_itself_is_offered() -> None:
    found = OpenHunks()
    closed = replace(HUNK, hunk_id="h2", is_open=False)
    shared = replace(HUNK, hunk_id="h3", is_shared=True)

    found.remember("p1", ROOT, [HUNK, closed, shared, replace(HUNK, path="b.py")])

    assert list(found.of_file(ROOT / "a.py")) == [("p1", HUNK)]
    assert list(found.of_file(ROOT / "c.py")) == []


def test_the_last_review_counts_and_one_without_hunks_is_forgotten() -> None:
    found = OpenHunks()
    found.remember("p1", ROOT, [HUNK])
    found.remember("p2", ROOT, [replace(HUNK, hunk_id="h9")])

    found.remember("p1", ROOT, [])
    assert [one for one, _ in found.of_file(ROOT / "a.py")] == ["p2"]
    found.forget("p2")
    assert list(found.of_file(ROOT / "a.py")) == []
