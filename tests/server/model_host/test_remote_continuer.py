"""A continuation over the socket is what it would be beside the model."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from nanobot_engine.model import WaveRefusedError, WorkerFailedError
from nanobot_server.channel.connection import Connection
from nanobot_server.channel.host_life import serve_until_unused
from nanobot_server.model_host.continuations import Continuations
from nanobot_server.model_host.error_wire import error_to_wire
from nanobot_server.model_host.link import ModelHostLink
from nanobot_server.model_host.location import PROTOCOL_VERSION, socket_path
from nanobot_server.model_host.remote_continuer import RemoteContinuer
from nanobot_server.model_host.request import Continue, More, Read, TokensOf, request_of
from nanobot_server.model_host.slot_share import SlotShare
from nanobot_server.model_host.wave_wire import CONTINUED, to_wire
from nanobot_server.settings import ModelSettings
from support.scripted_continuer import ScriptedContinuer

pytestmark = [pytest.mark.asyncio, pytest.mark.usefixtures("own_runtime_dir")]

PROMPT = tuple(map(ord, "total = "))


class Service:
    """Implements `HostService` over a scripted model."""

    def __init__(self, model: ScriptedContinuer) -> None:
        self._model = model
        self._share = SlotShare(model.slots)
        self.connections: dict[Connection, Continuations] = {}
        self.is_done = False

    @property
    def is_idle(self) -> bool:
        return self.is_done

    def joined(self, connection: Connection) -> None:
        self.connections[connection] = Continuations(
            connection, self._model, self._share, lambda _owner, _slot: None
        )

    async def left(self, connection: Connection) -> None:
        del self.connections[connection]

    async def answer(
        self, connection: Connection, method: str, params: dict[str, object]
    ) -> object:
        continuations = self.connections[connection]
        match method:
            case "ping":
                return {"pid": 1, "protocol": PROTOCOL_VERSION}
            case "tokens_of":
                asked = request_of(TokensOf, params)
                return {"tokens": await self._model.tokens_of(asked.text, special=asked.special)}
            case "read":
                return await continuations.read(request_of(Read, params))
            case "continue":
                return to_wire(
                    CONTINUED, await continuations.continued(request_of(Continue, params))
                )
            case "continue.more":
                return continuations.more(request_of(More, params))
        return {}

    async def close(self) -> None: ...


@asynccontextmanager
async def remote(model: ScriptedContinuer) -> AsyncIterator[tuple[RemoteContinuer, Service]]:
    """Serve a scripted model, and ask it from the other side of a socket."""
    service = Service(model)
    ready = asyncio.Event()
    serving = asyncio.create_task(
        serve_until_unused(
            socket_path(), service, ready.set, describe=error_to_wire, linger_s=0.02, poll_s=0.01
        )
    )
    await ready.wait()

    def take(event: str, params: dict[str, Any]) -> None:
        continuer.take(event, params)

    link = ModelHostLink(ModelSettings(), take)
    continuer = RemoteContinuer(link, slots=model.slots, context_tokens=model.context_tokens)
    try:
        yield continuer, service
    finally:
        await link.close()
        service.is_done = True
        await serving


async def test_what_is_written_is_what_the_model_writes() -> None:
    model = ScriptedContinuer("price * 2\nrest")
    heard: list[str] = []

    def wants_more(text: str) -> bool:
        heard.append(text)
        return "\n" not in text

    async with remote(model) as (continuer, _service):
        done = await continuer.continued(PROMPT, slot=0, tokens_max=40, wants_more=wants_more)

    beside = ScriptedContinuer("price * 2\nrest")
    expected = await beside.continued(
        PROMPT, slot=0, tokens_max=40, wants_more=lambda text: "\n" not in text
    )
    assert done == expected
    assert heard == [done.text[: end + 1] for end in range(len(done.text))]


async def test_tokens_and_what_a_slot_holds_are_known_here() -> None:
    async with remote(ScriptedContinuer("x")) as (continuer, _service):
        tokens = await continuer.tokens_of("total = ")
        assert tokens == PROMPT
        assert await continuer.tokens_of("") == ()
        assert continuer.unread(tokens, slot=1) == len(tokens)

        await continuer.read(tokens, slot=1)

        assert continuer.unread(tokens, slot=1) == 0
        assert continuer.unread((*tokens, 1, 2), slot=1) == 2
        continuer.take("lost", {"slot": 1})
        assert continuer.unread(tokens, slot=1) == len(tokens)


async def test_what_is_cancelled_here_is_cancelled_there_and_the_next_is_answered() -> None:
    model = ScriptedContinuer("1", gate=asyncio.Event())
    async with remote(model) as (continuer, _service):

        async def ask() -> str:
            done = await continuer.continued(
                PROMPT, slot=0, tokens_max=8, wants_more=lambda _text: True
            )
            return done.text

        first = asyncio.create_task(ask())
        await model.asked(1)
        first.cancel()
        await asyncio.wait({first})
        second = asyncio.create_task(ask())
        await model.asked(2)
        assert model.gate is not None
        model.gate.set()

        assert await second == "1"
        assert model.stopped == 1


async def test_a_failure_of_the_model_and_of_the_judge_arrive() -> None:
    def broken(_text: str) -> bool:
        raise LookupError

    async with remote(ScriptedContinuer("abc")) as (continuer, _service):
        with pytest.raises(LookupError):
            await continuer.continued(PROMPT, slot=0, tokens_max=8, wants_more=broken)
        with pytest.raises(WaveRefusedError, match="slot: 9 is not in 0 … 3"):
            await continuer.continued(PROMPT, slot=9, tokens_max=8, wants_more=lambda _t: True)
    failing = ScriptedContinuer("abc", error=WorkerFailedError("completion", "it died"))
    async with remote(failing) as (continuer, _service):
        with pytest.raises(WorkerFailedError, match="it died"):
            await continuer.continued(PROMPT, slot=0, tokens_max=8, wants_more=lambda _t: True)


async def test_a_connection_that_breaks_while_it_is_written_begins_again() -> None:
    model = ScriptedContinuer("done", gate=asyncio.Event())
    async with remote(model) as (continuer, service):
        asking = asyncio.create_task(
            continuer.continued(PROMPT, slot=0, tokens_max=8, wants_more=lambda _text: True)
        )
        await model.asked(1)
        for connection in list(service.connections):
            connection.drop()
        await model.asked(2)
        assert model.gate is not None
        model.gate.set()

        assert (await asking).text == "done"


async def test_workspaces_have_slots_of_their_own(own_runtime_dir: Path) -> None:
    model = ScriptedContinuer("x", slots=2)
    async with remote(model) as (one, _service):
        link = ModelHostLink(ModelSettings(), lambda _event, _params: None)
        other = RemoteContinuer(link, slots=2, context_tokens=100)
        await one.read(PROMPT, slot=0)
        await other.read((1, 2), slot=0)
        await one.read(PROMPT, slot=0)
        await link.close()

    assert [slot for slot, _count in model.reads] == [0, 1, 0]
