"""A document that is edited at random: the server has the text that a naive model has.

Where the editor breaks the rules, the server has no text until it gets the whole one.
`NANOBOT_LONG_TESTS=1` makes many more steps.
"""

import asyncio
import json
import sys
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from nanobot_server.lsp.client.client_profile import ClientProfile
from nanobot_server.lsp.connection.transport import StdioTransport
from nanobot_server.lsp.document.session import Session
from nanobot_server.lsp.document.text_buffer import Encoding, Place
from nanobot_server.lsp.server import build_protocol
from support.index_twin import IS_LONG
from support.naive_text import CHARACTERS, is_inside_line_end, naive_places

URI: Final = "file:///w/a.py"
TEXTS = st.text(alphabet=CHARACTERS, max_size=20)
EXAMPLES, STEPS = (4_000, 50) if IS_LONG else (60, 30)


class SilentTransport(StdioTransport):
    """A transport that keeps what is sent."""

    def __init__(self) -> None:
        super().__init__(-1, -1)
        self.sent: list[dict[str, Any]] = []

    def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)


class DocumentSync(RuleBasedStateMachine):
    """One document of one editor."""

    compared = 0
    lost = 0

    @initialize(encoding=st.sampled_from(list(Encoding)), text=TEXTS, has_resync=st.booleans())
    def start(self, encoding: Encoding, text: str, has_resync: bool) -> None:  # noqa: FBT001 - by name.
        self.loop = asyncio.new_event_loop()
        self.encoding = encoding
        capabilities = {
            "general": {"positionEncodings": [encoding.value]},
            "experimental": {"nanobot": {"resync": has_resync}},
        }
        self.session = Session(ClientProfile.of({"capabilities": capabilities}))
        self.transport = SilentTransport()
        self.protocol = build_protocol(self.session, self.transport, lambda: None)
        self.has_resync = has_resync
        self.version = 0
        self.open(text)

    def open(self, text: str) -> None:
        self.text: str = text
        self.version += 1
        self.is_in_step = True
        item = {"uri": URI, "languageId": "python", "version": self.version, "text": text}
        self.send("didOpen", {"textDocument": item})

    def change(self, *changes: dict[str, Any], by: int = 1) -> None:
        self.version += by
        document = {"uri": URI, "version": self.version}
        self.send("didChange", {"textDocument": document, "contentChanges": changes})

    def send(self, method: str, params: object) -> None:
        message = {"jsonrpc": "2.0", "method": f"textDocument/{method}", "params": params}
        self.loop.run_until_complete(self.received(json.loads(json.dumps(message))))

    async def received(self, message: dict[str, Any]) -> None:
        self.protocol.receive(message)
        await asyncio.gather(*self.protocol._notification_tasks, return_exceptions=True)

    def break_off(self) -> None:
        """The server must have noticed, and asked for the text if that helps."""
        asked = [x for x in self.transport.sent if x["method"] == "nanobot/resync"]
        if self.is_in_step and self.has_resync:
            assert [x["params"] for x in asked] == [{"uri": URI}]
        else:
            assert asked == []
        self.transport.sent.clear()
        self.is_in_step = False
        type(self).lost += 1

    def edited(self, data: st.DataObject) -> dict[str, Any]:
        """Draw an edit of the model; return it in the units of the editor."""
        offsets = [at for at in range(len(self.text) + 1) if not is_inside_line_end(self.text, at)]
        start = data.draw(st.sampled_from(offsets))
        end = data.draw(st.sampled_from([at for at in offsets if at >= start]))
        new = data.draw(TEXTS)
        places = naive_places(self.text, self.encoding)
        self.text = self.text[:start] + new + self.text[end:]
        return edit(places[start], places[end], new)

    @rule(data=st.data(), count=st.integers(1, 4), by=st.sampled_from([1, 1, 1, 2, 900]))
    def type_somewhere(self, data: st.DataObject, count: int, by: int) -> None:
        before = self.text
        self.change(*[self.edited(data) for _ in range(count)], by=by)
        if not self.is_in_step:
            self.text = before  # Of no use without the whole text.

    @rule(text=TEXTS, data=st.data(), count=st.integers(0, 2))
    def replace_everything(self, text: str, data: st.DataObject, count: int) -> None:
        self.text = text
        whole = {"text": text}
        self.change(whole, *[self.edited(data) for _ in range(count)])
        self.is_in_step = True

    @rule()
    def send_the_text_again(self) -> None:
        self.change({"text": self.text}, by=0)
        self.is_in_step = True

    @rule()
    def save(self) -> None:
        self.send("didSave", {"textDocument": {"uri": URI}})

    @rule(text=TEXTS, is_closed=st.booleans())
    def open_again(self, text: str, is_closed: bool) -> None:  # noqa: FBT001 - by name.
        if is_closed:
            self.send("didClose", {"textDocument": {"uri": URI}})
            assert self.session.document(URI) is None
        self.open(text)

    @rule(data=st.data(), by=st.integers(-3, 0))
    def go_back(self, data: st.DataObject, by: int) -> None:
        before, version = self.text, self.version
        self.change(self.edited(data), by=by)
        self.text, self.version = before, version
        self.break_off()

    @rule(data=st.data())
    def lose_a_line(self, data: st.DataObject) -> None:
        lines = naive_places(self.text, self.encoding)[-1].line + 1
        line = data.draw(st.integers(lines, lines + 5))
        outside = Place(line, data.draw(st.integers(1, 5)))
        self.change(edit(Place(0, 0), outside, "?"))
        self.break_off_if_it_counts()

    @rule(data=st.data())
    def turn_a_range_round(self, data: st.DataObject) -> None:
        places = sorted(set(naive_places(self.text, self.encoding)))
        if len(places) > 1:
            later = data.draw(st.sampled_from(places[1:]))
            self.change(edit(later, places[0], "?"))
            self.break_off_if_it_counts()

    @rule(where=st.integers(0, 3))
    def cut_a_character(self, where: int) -> None:
        if self.encoding is not Encoding.UTF_32:
            self.replace_with("\U0001f600" * 4)
            width = 4 if self.encoding is Encoding.UTF_8 else 2
            inside = Place(0, where * width + 1)
            self.change(edit(inside, inside, "?"))
            self.break_off()

    @rule(params=st.sampled_from([3, None, [], [{"text": 3}], [{"range": 3, "text": ""}]]))
    def send_nonsense(self, params: Any) -> None:
        self.change(*[], by=1) if params == [] else self.send(
            "didChange",
            {"textDocument": {"uri": URI, "version": self.version}, "contentChanges": params},
        )
        if params != []:
            self.break_off()

    @rule()
    def send_half_a_character(self) -> None:
        self.change({"text": "\ud83d"})
        self.break_off()

    def replace_with(self, text: str) -> None:
        self.text = text
        self.change({"text": text})
        self.is_in_step = True

    def break_off_if_it_counts(self) -> None:
        """A range is not looked at while there is no text that it could be a part of."""
        if self.is_in_step:
            self.break_off()

    @invariant()
    def the_texts_are_equal(self) -> None:
        if not hasattr(self, "session"):
            return
        snapshot = self.session.snapshot(URI)
        assert (snapshot.text if snapshot else None) == (self.text if self.is_in_step else None)
        type(self).compared += 1

    def teardown(self) -> None:
        if hasattr(self, "loop"):
            self.loop.close()


def edit(start: Place, end: Place, text: str) -> dict[str, Any]:
    places = [{"line": place.line, "character": place.character} for place in (start, end)]
    return {"range": {"start": places[0], "end": places[1]}, "text": text}


@pytest.mark.timeout(7200 if IS_LONG else 300)
def test_the_server_has_the_text_of_a_naive_model() -> None:
    run_state_machine_as_test(
        DocumentSync,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    sys.stderr.write(f"steps compared: {DocumentSync.compared}, lost: {DocumentSync.lost}\n")
    assert DocumentSync.lost > 0
