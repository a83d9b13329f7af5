import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from nanobot_engine.model import CHATML, Lane, Role, Wave, WaveModel, WaveResult
from nanobot_indexer import DEFAULT_INDEX_OPTIONS
from nanobot_server.host.ask_requests import AskRequests
from nanobot_server.host.errors import HostError
from nanobot_server.host.params import Params
from nanobot_server.host.workspace_index import WorkspaceIndex
from support import asked_workspace
from support.asked_workspace import ReplyingModel

pytestmark = pytest.mark.asyncio

QUESTION = "Which exception is raised when a cart is full?"
RIGHT = "line: raise CartFullError(item)\nanswer: CartFullError"


class Front:
    """Keeps the events that it gets."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []

    def send_event(self, event: str, params: dict[str, Any]) -> None:
        self.events.append((event, params))


class Workers:
    """Implements `WaveModels`: every role has the same model."""

    def __init__(self, model: WaveModel) -> None:
        self._model = model

    async def worker(self, role: Role, lane: Lane) -> WaveModel:
        return self._model


class Waiting(ReplyingModel):
    """Does not answer before it is told to."""

    def __init__(self) -> None:
        super().__init__(lambda _prompt, _seed: RIGHT)
        self.begun = asyncio.Event()
        self.goes_on = asyncio.Event()
        self.is_dropped = False

    async def generate(self, wave: Wave, *, timeout_s: float) -> WaveResult:
        self.begun.set()
        try:
            await self.goes_on.wait()
        except asyncio.CancelledError:
            self.is_dropped = True
            raise
        return await super().generate(wave, timeout_s=timeout_s)


@pytest_asyncio.fixture
async def index(tmp_path: Path) -> AsyncIterator[WorkspaceIndex]:
    asked_workspace.write(tmp_path)
    made = WorkspaceIndex(
        tmp_path,
        replace(DEFAULT_INDEX_OPTIONS, parse_timeout_s=60.0),
        is_watched=False,
        interval_s=1.0,
        tell=lambda _message: None,
    )
    yield made
    await made.close()


def requests_of(index: WorkspaceIndex, model: WaveModel) -> AskRequests:
    return AskRequests(index, Workers(model), lambda role: CHATML)


async def test_a_question_is_answered_with_its_evidence(index: WorkspaceIndex) -> None:
    front = Front()
    requests = requests_of(index, ReplyingModel(lambda _prompt, _seed: RIGHT))

    answer = await requests.methods["ask"](front, Params({"question": QUESTION, "token": "t"}))

    assert (answer["answer"], answer["is_found"], answer["reason"]) == ("CartFullError", True, None)
    (quote,) = answer["evidence"]
    assert (quote["path"], quote["start_line"]) == ("shop/cart.py", 19)
    ((event, params),) = front.events
    assert (event, params["token"], params["round"]) == ("ask", "t", 1)
    assert "shop/cart.py" in {piece["path"] for piece in params["pieces"]}


async def test_an_unsaved_buffer_is_seen(index: WorkspaceIndex) -> None:
    text = asked_workspace.FILES["shop/cart.py"].replace("CartFullError", "CartIsFullError")
    await index.ask(lambda _index: None)
    await index.set_buffer("shop/cart.py", text.encode(), "an editor")
    reply = "line: raise CartIsFullError(item)\nanswer: CartIsFullError"
    requests = requests_of(index, ReplyingModel(lambda _prompt, _seed: reply))

    answer = await requests.methods["ask"](Front(), Params({"question": QUESTION}))

    assert answer["answer"] == "CartIsFullError"


async def test_a_question_can_be_cancelled(index: WorkspaceIndex) -> None:
    front, model = Front(), Waiting()
    requests = requests_of(index, model)
    params = Params({"question": QUESTION, "token": "t"})
    asking = asyncio.ensure_future(requests.methods["ask"](front, params))
    await model.begun.wait()

    with pytest.raises(HostError, match="token: 't'"):
        await requests.methods["ask"](front, params)
    others = await requests.methods["ask.cancel"](Front(), Params({"token": "t"}))
    own = await requests.methods["ask.cancel"](front, Params({"token": "t"}))

    assert (others, own) == ({"is_cancelled": False}, {"is_cancelled": True})
    with pytest.raises(HostError, match="cancelled"):
        await asking
    assert model.is_dropped
    again = await requests.methods["ask.cancel"](front, Params({"token": "t"}))
    assert again == {"is_cancelled": False}


async def test_a_front_that_leaves_ends_its_question(index: WorkspaceIndex) -> None:
    model = Waiting()
    requests = requests_of(index, model)
    params = Params({"question": QUESTION, "token": "t"})
    asking = asyncio.ensure_future(requests.methods["ask"](Front(), params))
    await model.begun.wait()

    asking.cancel()

    with pytest.raises(asyncio.CancelledError):
        await asking
    assert model.is_dropped


@pytest.mark.parametrize(
    "params",
    [{}, {"question": "?!"}, {"question": "x" * 1001}, {"question": "a", "timeout_s": 0}],
)
async def test_wrong_parameters_are_refused(index: WorkspaceIndex, params: dict[str, Any]) -> None:
    requests = requests_of(index, ReplyingModel(lambda _prompt, _seed: RIGHT))

    with pytest.raises(HostError) as caught:
        await requests.methods["ask"](Front(), Params(params))

    assert caught.value.code == "usage"
