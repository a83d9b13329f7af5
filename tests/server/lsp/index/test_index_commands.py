import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nanobot_server.host.errors import UNAVAILABLE, HostError
from nanobot_server.lsp.client.client_profile import ClientProfile
from nanobot_server.lsp.document.session import Session
from nanobot_server.lsp.host_link import HostLink
from nanobot_server.lsp.host_links import HostLinks
from nanobot_server.lsp.index.index_commands import IndexCommands
from support.silent_editor import SilentEditor

pytestmark = pytest.mark.asyncio

Reply = Callable[[dict[str, object]], Any]


class KeptEditor(SilentEditor):
    """An editor that keeps what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.values: list[tuple[str, dict[str, Any]]] = []
        self.answers_progress = asyncio.Event()
        self.answers_progress.set()
        self.has_place = True

    async def create_progress(self, token: str) -> bool:
        await self.answers_progress.wait()
        return self.has_place

    def progress(self, token: str, value: dict[str, Any]) -> None:
        self.values.append((token, value))

    @property
    def kinds(self) -> list[str]:
        return [str(value["kind"]) for _, value in self.values]


class KeptLink(HostLink):
    """A host that answers when it is let, and keeps what it was asked."""

    def __init__(self, workspace: Path) -> None:
        super().__init__(workspace, on_event=lambda *_: None, on_gone=lambda: None)
        self.asked: list[str] = []
        self.is_gone = False
        self.may_answer = {"index.status": asyncio.Event(), "index.refresh": asyncio.Event()}

    async def call(
        self, method: str, params: dict[str, object], *, timeout_s: float = 1.0
    ) -> dict[str, Any]:
        self.asked.append(method)
        if method in self.may_answer:
            await self.may_answer[method].wait()
        if self.is_gone:
            raise HostError(UNAVAILABLE, "the nanobot host is gone")
        return {"files": 3, "definitions": 7, **params}


class KeptLinks(HostLinks):
    """The link of the rig for every workspace."""

    def __init__(self, link: KeptLink) -> None:
        super().__init__()
        self._link = link

    def of(self, root: Path) -> HostLink:
        return self._link


class Rig:
    """The commands, with an editor and a host."""

    def __init__(self, root: Path) -> None:
        folders = [{"uri": root.as_uri(), "name": "w"}]
        capabilities = {"window": {"workDoneProgress": True}}
        profile = ClientProfile.of({"capabilities": capabilities, "workspaceFolders": folders})
        self.root = root
        self.session = Session(profile)
        self.editor = KeptEditor()
        self.link = KeptLink(root)
        self.links = KeptLinks(self.link)
        self.commands = IndexCommands(self.session, self.editor, self.links)

    def event(self, **params: Any) -> None:
        self.links._take_event(self.root, "index", params)

    def let(self, *methods: str) -> None:
        for method in methods:
            self.link.may_answer[method].set()

    async def until(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(20.0):
            while not is_so():  # noqa: ASYNC110 - it is about many things.
                await asyncio.sleep(0.001)


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def progress(stage: str, done: int, total: int, left: float | None = None) -> dict[str, Any]:
    return {
        "stage": stage,
        "files_done": done,
        "files_total": total,
        "bytes_done": done * 100,
        "bytes_total": total * 100,
        "seconds_left": left,
    }


async def test_an_ingest_shows_how_far_it_is_and_how_it_ended(rig: Rig) -> None:
    rig.let("index.status")
    answer = await rig.commands.ingest(rig.root)
    await rig.until(lambda: rig.editor.kinds == ["begin"])
    rig.event(progress=progress("text", 2, 4), message="")
    rig.event(progress=progress("syntax", 2, 4, left=9.6), message="")
    rig.event(progress=progress("text", 0, 4), message="")
    rig.let("index.refresh")
    await rig.until(lambda: "end" in rig.editor.kinds)

    assert answer == {"state": "indexing"}
    reports = [value for _, value in rig.editor.values if value["kind"] == "report"]
    assert [one["percentage"] for one in reports] == [12, 62, 62]
    assert [one["message"] for one in reports] == [
        "reading: 2/4 files",
        "definitions: 2/4 files, 10 s left",
        "reading: 0/4 files",
    ]
    assert rig.editor.messages == ["INFO nanobot: 3 files, 7 definitions"]
    assert len({token for token, _ in rig.editor.values}) == 1


async def test_two_ingests_at_once_are_one(rig: Rig) -> None:
    starting = [asyncio.create_task(rig.commands.ingest(rig.root)) for _ in range(2)]
    await rig.until(lambda: "index.status" in rig.link.asked)
    rig.let("index.status", "index.refresh")
    answers = [await one for one in starting]
    await rig.until(lambda: bool(rig.editor.messages))
    await asyncio.sleep(0.01)

    assert answers == [{"state": "indexing"}] * 2
    assert rig.link.asked == ["index.status", "index.refresh"]
    assert len(rig.editor.messages) == 1


@pytest.mark.parametrize("is_cancelled", [False, True])
async def test_after_an_ingest_that_did_not_begin_another_can(
    rig: Rig, *, is_cancelled: bool
) -> None:
    starting = asyncio.create_task(rig.commands.ingest(rig.root))
    await rig.until(lambda: rig.link.asked == ["index.status"])
    rig.link.is_gone = not is_cancelled
    if is_cancelled:
        starting.cancel()
    rig.let("index.status", "index.refresh")
    with pytest.raises((HostError, asyncio.CancelledError)):
        await starting
    rig.link.is_gone = False

    await rig.commands.ingest(rig.root)
    await rig.until(lambda: bool(rig.editor.messages))
    assert rig.editor.messages == ["INFO nanobot: 3 files, 7 definitions"]


async def test_a_host_that_goes_ends_the_progress(rig: Rig) -> None:
    rig.let("index.status")
    await rig.commands.ingest(rig.root)
    await rig.until(lambda: rig.editor.kinds == ["begin"])
    rig.link.is_gone = True
    rig.let("index.refresh")
    await rig.until(lambda: "end" in rig.editor.kinds)

    assert rig.editor.messages == ["WARNING nanobot: the nanobot host is gone"]


async def test_an_editor_that_does_not_answer_delays_nothing(rig: Rig) -> None:
    rig.editor.answers_progress.clear()
    rig.let("index.status", "index.refresh")
    await rig.commands.ingest(rig.root)
    await rig.until(lambda: bool(rig.editor.messages))
    rig.editor.answers_progress.set()
    await asyncio.sleep(0.01)

    assert rig.editor.messages == ["INFO nanobot: 3 files, 7 definitions"]
    assert rig.editor.kinds == []


async def test_what_becomes_of_the_index_is_said_to_who_asked_for_it_and_else_logged(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    rig.event(progress=None, message="the index is damaged")
    rig.let("index.status")
    await rig.commands.ingest(rig.root)
    await rig.until(lambda: rig.editor.kinds == ["begin"])
    rig.event(progress=None, message="it is damaged again")
    rig.event(progress=progress("text", 1, 4), message="and again")

    assert rig.editor.messages == [
        "WARNING nanobot: it is damaged again",
        "WARNING nanobot: and again",
    ]
    assert [one.getMessage() for one in caplog.records if one.name.endswith("index_commands")] == [
        f"index: workspace={rig.root} message=the index is damaged"
    ]
    assert rig.editor.kinds == ["begin", "report"]


async def test_the_user_can_stop_it(rig: Rig) -> None:
    rig.let("index.status")
    await rig.commands.ingest(rig.root)
    await rig.until(lambda: rig.editor.kinds == ["begin"])
    rig.commands.cancel_by_token("another")
    rig.commands.cancel_by_token(rig.editor.values[0][0])
    await rig.until(lambda: "index.cancel" in rig.link.asked)

    assert rig.link.asked.count("index.cancel") == 1


async def test_a_search_sends_what_is_unsaved_first(rig: Rig) -> None:
    rig.session.open((rig.root / "new.py").as_uri(), "python", 1, "x = 1\n")

    answer = await rig.commands.search(rig.root, {"query": "x", "limit": 1})

    assert rig.link.asked == ["index.buffer", "search"]
    assert answer["query"] == "x"
