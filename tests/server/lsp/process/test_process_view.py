import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from nanobot_server.lsp.host_link import HostLink
from nanobot_server.lsp.process import process_view
from nanobot_server.lsp.process.process_view import REPORT_PAUSE_S, ProcessView
from support.silent_editor import SilentEditor


class KeptEditor(SilentEditor):
    """An editor that keeps what it is told."""

    def __init__(self, *, takes_progress: bool = True) -> None:
        super().__init__()
        self.takes_progress = takes_progress
        self.values: list[dict[str, Any]] = []
        self.tokens: list[str] = []

    async def create_progress(self, token: str) -> bool:
        self.tokens.append(token)
        return self.takes_progress

    def progress(self, token: str, value: dict[str, Any]) -> None:
        assert token == self.tokens[-1]
        self.values.append(value)


class Rig:
    """One view, its editor, and how often a review was asked for."""

    def __init__(self, *, takes_progress: bool = True, has_progress: bool = True) -> None:
        self.editor = KeptEditor(takes_progress=takes_progress)
        self.reviews = 0
        link = HostLink(Path("/w"), on_event=lambda *_: None, on_gone=lambda: None)
        self.view = ProcessView(
            "p1",
            link,
            self.editor,
            is_single=True,
            has_progress=has_progress,
            review=self._review,
        )

    async def _review(self, _view: ProcessView) -> None:
        self.reviews += 1

    async def take(self, state: str, **event: object) -> None:
        self.view.take({"state": state, "recipe": "document", **event})
        await asyncio.sleep(1.5 * REPORT_PAUSE_S)


def run(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(scenario())


def test_the_percentage_never_falls_and_is_in_every_report() -> None:
    async def scenario() -> None:
        rig = Rig()
        await rig.take("queued")
        await rig.take("running", steps=10, done=5, edits=4, refused=1)
        await rig.take("running", steps=100, done=6, edits=5, refused=1)
        await rig.take("running", steps=100, done=100, edits=90, refused=10)
        await rig.take("waiting_for_review", steps=100, done=100, edits=90, refused=10)

        assert [value.get("percentage") for value in rig.editor.values] == [0, 0, 50, 50, 99, None]
        assert [value.get("message") for value in rig.editor.values[1:]] == [
            "starting",
            "4/10 documented, 1 refused",
            "5/100 documented, 1 refused",
            "90/100 documented, 10 refused",
            "90/100 documented, 10 refused",
        ]
        assert rig.reviews == 1

    run(scenario)


def test_an_editor_that_never_makes_a_place_for_progress_holds_nothing_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(process_view, "PLACE_WAIT_S", 0.01)

    async def scenario() -> None:
        rig = Rig()

        async def never(_token: str) -> bool:
            await asyncio.Event().wait()
            return True

        vars(rig.editor)["create_progress"] = never
        await rig.take("running", steps=10, done=5, edits=5, refused=0)
        await rig.take("waiting_for_review", steps=10, done=10, edits=10, refused=0)

        assert rig.reviews == 1
        assert rig.editor.values == []

    run(scenario)


def test_many_events_at_once_make_few_reports() -> None:
    async def scenario() -> None:
        rig = Rig()
        for done in range(1000):
            rig.view.take(
                {
                    "state": "running",
                    "recipe": "document",
                    "steps": 1000,
                    "done": done,
                    "edits": done,
                }
            )
        await asyncio.sleep(2 * REPORT_PAUSE_S)

        reports = [value for value in rig.editor.values if value["kind"] == "report"]
        assert [report["message"] for report in reports] == ["999/1000 documented"]

    run(scenario)


def test_a_pause_ends_the_progress_and_a_resume_begins_another() -> None:
    async def scenario() -> None:
        rig = Rig()
        await rig.take("running", steps=2, done=1)
        await rig.take("paused", steps=2, done=1)
        await rig.take("running", steps=2, done=1)
        await rig.take("cancelled", steps=2, done=1)

        kinds = [value["kind"] for value in rig.editor.values]
        assert kinds == ["begin", "report", "end"] * 2
        assert len(set(rig.editor.tokens)) == 2
        assert rig.view.has_ended

    run(scenario)


def test_an_editor_that_refuses_progress_gets_none() -> None:
    async def scenario() -> None:
        rig = Rig(takes_progress=False)
        await rig.take("running", steps=2, done=1)
        await rig.take("running", steps=2, done=2)

        assert (len(rig.editor.tokens), rig.editor.values) == (1, [])

    run(scenario)


def test_an_editor_without_progress_is_not_asked_for_it() -> None:
    async def scenario() -> None:
        rig = Rig(has_progress=False)
        await rig.take("running", steps=2, done=1)
        await rig.take("failed", message="no memory left")

        assert rig.editor.tokens == []
        assert rig.editor.messages == ["ERROR nanobot: no memory left"]

    run(scenario)


def test_a_lost_host_ends_the_progress_but_not_the_view() -> None:
    async def scenario() -> None:
        rig = Rig()
        await rig.take("running", steps=2, done=1)
        rig.view.host_gone()
        await asyncio.sleep(1.5 * REPORT_PAUSE_S)

        assert rig.editor.values[-1]["kind"] == "end"
        assert not rig.view.has_ended

    run(scenario)


def test_only_the_end_of_a_run_starts_a_review() -> None:
    async def scenario() -> None:
        rig = Rig()
        await rig.take("running", steps=2, done=2, edits=2)
        await rig.take("waiting_for_review", steps=2, done=2, edits=2)
        assert rig.reviews == 1

        # As the host says it after the editor applied some files.
        await rig.take("waiting_for_review", steps=2, done=2, edits=2)
        assert rig.reviews == 1

        await rig.take("running", steps=3, done=2, edits=2)
        await rig.take("waiting_for_review", steps=3, done=3, edits=3)
        assert rig.reviews == 2

    run(scenario)


def test_how_far_a_change_is_planned_is_shown() -> None:
    async def scenario() -> None:
        rig = Rig()
        planning = {"stage": "reading", "files_done": 3, "files_total": 9}
        await rig.take("queued", recipe="refactor", planning=planning)

        assert rig.editor.values[-1]["message"] == "planning 3/9 files"

    run(scenario)


@pytest.mark.parametrize(("recipe", "verb"), [("refactor", "planned"), ("rewrite", "edited")])
def test_only_docstrings_are_documented(recipe: str, verb: str) -> None:
    async def scenario() -> None:
        rig = Rig()
        await rig.take("running", recipe=recipe, steps=3, done=2, edits=2)

        assert rig.editor.values[-1]["message"] == f"2/3 {verb}"

    run(scenario)
