import asyncio
from pathlib import Path
from typing import Any

import pytest

from nanobot_server.host.errors import UNAVAILABLE, HostError
from nanobot_server.lsp.client.client_profile import ClientProfile
from nanobot_server.lsp.document.session import Session
from nanobot_server.lsp.document.text_buffer import Change
from nanobot_server.lsp.document.unsaved_buffers import BUFFERS_MAX, TEXT_CHARS_MAX, UnsavedBuffers
from nanobot_server.lsp.host_link import HostLink

pytestmark = pytest.mark.asyncio


class KeptLink(HostLink):
    """A host that keeps the buffers it is told of."""

    def __init__(self, workspace: Path) -> None:
        super().__init__(workspace, on_event=lambda *_: None, on_gone=lambda: None)
        self.text_by_path: dict[str, str] = {}
        self.calls = 0
        self.lost_answers = 0
        """So many answers do not arrive, though it does what it is told."""
        self.hold: asyncio.Event | None = None
        self.was_called = asyncio.Event()

    async def call(
        self, method: str, params: dict[str, object], *, timeout_s: float = 1.0
    ) -> dict[str, Any]:
        assert method == "index.buffer"
        self.calls += 1
        self.was_called.set()
        path, text = str(params["path"]), params["text"]
        if text is None:
            self.text_by_path.pop(path, None)
        else:
            self.text_by_path[path] = str(text)
        if self.hold is not None:
            await self.hold.wait()
        if self.lost_answers:
            self.lost_answers -= 1
            raise HostError(UNAVAILABLE, "no answer in time")
        return {"is_laid_over": text is not None}


class Rig:
    """Documents of an editor, and the host that hears of them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        folders = [{"uri": root.as_uri(), "name": "w"}]
        self.session = Session(ClientProfile.of({"capabilities": {}, "workspaceFolders": folders}))
        self.link = KeptLink(root)
        self.buffers = UnsavedBuffers(self.session, self.link)
        self.version = 0

    def open(self, name: str, text: str) -> None:
        self.version += 1
        self.session.open((self.root / name).as_uri(), "python", self.version, text)

    def change(self, name: str, text: str) -> None:
        self.version += 1
        uri = (self.root / name).as_uri()
        self.session.change(uri, self.version, [Change(None, None, text)])

    def close(self, name: str) -> None:
        self.session.close((self.root / name).as_uri())


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    (tmp_path / "a.py").write_text("x = 1\n")
    return Rig(tmp_path)


async def test_only_what_differs_from_its_file_is_sent_and_only_once(rig: Rig) -> None:
    rig.open("a.py", "x = 1\n")
    rig.open("new.py", "y = 1\n")
    await rig.buffers.send()
    first = dict(rig.link.text_by_path)
    rig.change("a.py", "x = 2\n")
    for _ in range(3):
        await rig.buffers.send()

    assert first == {"new.py": "y = 1\n"}
    assert rig.link.text_by_path == {"new.py": "y = 1\n", "a.py": "x = 2\n"}
    assert rig.link.calls == 2


@pytest.mark.parametrize("is_closed", [False, True])
async def test_what_is_saved_or_closed_is_taken_away(rig: Rig, *, is_closed: bool) -> None:
    rig.open("a.py", "x = 2\n")
    await rig.buffers.send()
    if is_closed:
        rig.close("a.py")
    else:
        (rig.root / "a.py").write_text("x = 2\n")
    await rig.buffers.send()

    assert rig.link.text_by_path == {}


async def test_a_text_of_which_no_answer_came_is_taken_away_too(rig: Rig) -> None:
    rig.open("a.py", "x = 2\n")
    rig.link.lost_answers = 1
    with pytest.raises(HostError):
        await rig.buffers.send()
    there = dict(rig.link.text_by_path)
    rig.close("a.py")
    await rig.buffers.send()

    assert there == {"a.py": "x = 2\n"}
    assert rig.link.text_by_path == {}


async def test_a_text_that_came_back_after_a_lost_answer_is_sent_again(rig: Rig) -> None:
    rig.open("a.py", "x = 2\n")
    await rig.buffers.send()
    rig.change("a.py", "x = 3\n")
    rig.link.lost_answers = 1
    with pytest.raises(HostError):
        await rig.buffers.send()
    rig.change("a.py", "x = 2\n")
    await rig.buffers.send()

    assert rig.link.text_by_path == {"a.py": "x = 2\n"}


async def test_a_search_that_is_cancelled_midway_leaves_no_wrong_belief(rig: Rig) -> None:
    rig.open("a.py", "x = 2\n")
    rig.link.hold = asyncio.Event()
    sending = asyncio.create_task(rig.buffers.send())
    await rig.link.was_called.wait()
    sending.cancel()
    await asyncio.wait({sending})
    rig.link.hold = None
    rig.close("a.py")
    await rig.buffers.send()

    assert rig.link.text_by_path == {}


async def test_a_new_host_is_told_everything(rig: Rig) -> None:
    rig.open("a.py", "x = 2\n")
    await rig.buffers.send()
    rig.link.text_by_path.clear()
    rig.buffers.forget()
    await rig.buffers.send()

    assert rig.link.text_by_path == {"a.py": "x = 2\n"}


async def test_what_is_out_of_step_or_too_long_is_found_as_it_is_on_the_disk(rig: Rig) -> None:
    rig.open("a.py", "x = 2\n")
    rig.open("long.py", "x" * (TEXT_CHARS_MAX + 1))
    rig.session.distrust((rig.root / "a.py").as_uri())
    await rig.buffers.send()

    assert rig.link.text_by_path == {}


@pytest.mark.parametrize("more", [0, 3])
async def test_very_many_are_bounded_and_said(
    rig: Rig, more: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    for number in range(BUFFERS_MAX + more):
        rig.open(f"n{number}.py", f"x = {number}\n")
    await rig.buffers.send()

    assert len(rig.link.text_by_path) == BUFFERS_MAX
    assert len([one for one in caplog.records if "left out" in one.message]) == bool(more)
