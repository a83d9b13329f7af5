"""Reviews over the wire: parts of a plan, and what a crash left."""

import asyncio
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from nanobot_engine.edit import PendingWrite
from nanobot_engine.process import Part, PartRefusedError, review
from nanobot_engine.process.decision import add_accepted_plan
from nanobot_engine.process.refactor_again import ChangePlanner, planner_here
from nanobot_engine.process.write_journal import APPLY, WriteJournal
from nanobot_server.host.params import Params
from nanobot_server.host.review_requests import ReviewRequests
from nanobot_server.settings import Settings
from support.small_refactoring import RENAME, Refactored

if TYPE_CHECKING:
    from nanobot_server.channel.connection import Connection
    from nanobot_server.host.changes import Changes

FILES = {
    "a.py": 'def one(x):\n    return "%s" % (x,)\n',
    "b.py": 'def two(x):\n    return "<%s>" % (x,)\n',
}


class Here:
    """Plans in the thread that accepts, as `Changes` does in the plan worker."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def from_thread(self) -> ChangePlanner:
        return planner_here(self._root)


class Asked:
    """The methods over one process that waits for review."""

    def __init__(self, case: Refactored, *parts: Part) -> None:
        self.case = case
        self.process_id = case.reviewed(*parts)
        self.told: list[tuple[str, str]] = []
        self.requests = ReviewRequests(
            case.ledger.path,
            case.root,
            Settings(),
            cast("Changes", Here(case.root)),
            lambda one, said: self.told.append((one, said)),
        )

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        handler = self.requests.methods[f"process.{method}"]
        values = Params({"process_id": self.process_id, **params})

        async def once() -> dict[str, Any]:
            # No method looks at who asks.
            return await handler(cast("Connection", None), values)

        return asyncio.run(once())


@pytest.fixture
def converted(tmp_path: Path) -> Asked:
    return Asked(Refactored(tmp_path, FILES), Part("convert format strings", {}))


def test_a_part_is_shown_accepted_and_the_rest_rejected(converted: Asked) -> None:
    whole = converted.ask("review")
    part = converted.ask("review", paths=["a.py"])

    assert [file["path"] for file in whole["files"]] == ["a.py", "b.py"]
    assert [file["path"] for file in part["files"]] == ["a.py"]
    hunk = next(one["hunk"] for one in whole["hunks"] if one["path"] == "a.py")
    assert converted.ask("accept", hunks=[hunk])["written"] == ["a.py"]
    assert [file["path"] for file in converted.ask("review")["files"]] == ["b.py"]
    assert converted.ask("reject", paths=["b.py"])["state"] == "done"
    assert converted.ask("undo")["written"] == ["a.py"]
    assert converted.case.tree() == converted.case.before
    assert [said for _, said in converted.told] == ["accepted", "rejected", "undone"]


def test_an_editor_says_which_hunks_it_applied(converted: Asked) -> None:
    (file,) = converted.ask("review", paths=["b.py"])["files"]
    text = FILES["b.py"].replace('"<%s>" % (x,)', 'f"<{x!s}>"').encode()
    assert file["result_sha256"] == hashlib.sha256(text).hexdigest()
    (converted.case.root / "b.py").write_bytes(text)
    said = {"path": "b.py", "sha256": file["result_sha256"]}

    answer = converted.ask("applied", paths=["b.py"], files=[said])

    assert answer["state"] == "waiting_for_review"
    states = {one["path"]: one["state"] for one in converted.ask("review")["hunks"]}
    assert states == {"a.py": "open", "b.py": "accepted"}


def test_a_part_that_can_not_stand_alone_is_not_shown(tmp_path: Path) -> None:
    asked = Asked(Refactored(tmp_path), RENAME)

    with pytest.raises(PartRefusedError, match="refers to 'sum_of_prices'"):
        asked.ask("review", paths=["shop/report.py"])


def test_a_host_that_starts_settles_what_was_cut_off_and_says_so(converted: Asked) -> None:
    ledger, process_id = converted.case.ledger, converted.process_id
    path = converted.case.root / "a.py"
    data, after = path.read_bytes(), b"X = 1\n"
    offered = add_accepted_plan(ledger, process_id, review(ledger, process_id).plan, [])
    digests = (hashlib.sha256(data).hexdigest(), hashlib.sha256(after).hexdigest())
    journal = WriteJournal(ledger, process_id, APPLY, plan_sequence=offered)
    journal.intent(PendingWrite("a.py", data, *digests, 0o644))

    assert converted.requests.recover() == {
        "p1": "p1: writing was interrupted; 1 were left as they were"
    }
    assert converted.requests.recover() == {}
