"""Random input for a language server, and the answers that it must get.

An episode is the life of one connection: messages before `initialize`, many after it,
some after `shutdown`, and an end. Each message knows its answers: for every id how many
and which error codes, and how many without an id.
"""

import itertools
import json
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from support.lsp_values import Values

Codes = frozenset[int | None]
"""What an answer may be: error codes, and None for a result."""

UNREADABLE: Final = -32700
INVALID: Final = -32600
UNKNOWN: Final = -32601
BAD_PARAMS: Final = -32602
EARLY: Final = -32002
ANY: Final[Codes] = frozenset({None, BAD_PARAMS, -32800, -32801, -32802, -32803})
"""Of a request that the server has: everything but a bug of ours."""
FRAME_ANSWERS_MAX: Final = 12
"""A broken frame is answered as often as its parts look like a header."""
PROBE: Final = "textDocument/codeAction"


@dataclass
class Wanted:
    """The answers to what was sent so far."""

    codes: dict[str, list[Codes]] = field(default_factory=dict)
    """By id, as JSON."""
    least: int = 0
    most: int = 0
    """How many answers without an id."""

    def expect(self, message_id: object, *codes: int | None) -> None:
        self.codes.setdefault(json.dumps(message_id), []).append(frozenset(codes))

    def expect_without_id(self, least: int = 1, most: int | None = None) -> None:
        self.least += least
        self.most += least if most is None else most


def frame(body: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


class Fuzzer:
    """Makes the messages of one episode.

    Args:
        chance: Everything is a function of it.
        uris: Of the documents.
        folder_uri: Of the only workspace folder.
        methods: What the server has.
    """

    def __init__(
        self, chance: random.Random, uris: list[str], folder_uri: str, methods: list[str]
    ) -> None:
        self.chance = chance
        self.values = Values(chance, uris, folder_uri)
        self.uris = uris
        self.folder_uri = folder_uri
        self.wanted = Wanted()
        self.methods = [x for x in methods if x not in ("shutdown", "exit", "initialize")]
        self._numbers = iter(range(10**9))
        self._version = 1
        self._last_id: object = 0
        self._cancellable: object = 0
        self._is_in_step = True
        self._kinds: dict[Callable[[], bytes], int] = {
            self.known: 30,
            self.known_damaged: 22,
            self.notification: 14,
            self.change: 8,
            self.no_envelope: 6,
            self.no_body: 6,
            self.broken_frame: 5,
            self.cancel: 4,
            self.unknown: 3,
            self.wrong_length: 2,
            self.answer_to_nothing: 2,
            self.same_id_twice: 1,
            self.initialize_again: 1,
            self.big: 1,
        }

    # The parts of an episode.

    def before(self) -> bytes:
        """Return something that comes before `initialize`."""
        kind = self.chance.choice([self.no_envelope, self.no_body, self.broken_frame, self.early])
        return kind()

    def greeting(self) -> bytes:
        """Return a good `initialize`."""
        encodings = ["utf-8", "utf-16", "utf-32", "no-such"]
        self.chance.shuffle(encodings)
        window = {"workDoneProgress": self.chance.random() < 0.5, "showDocument": {"support": True}}
        capabilities = {
            "general": {"positionEncodings": encodings[: self.chance.randint(0, 4)]},
            "window": window,
            "workspace": {
                "workspaceEdit": {"documentChanges": True, "changeAnnotationSupport": {}},
                "configuration": self.chance.random() < 0.5,
            },
            "experimental": {
                "nanobot": dict.fromkeys(("resync", "status", "processes", "review"), True)
            },
        }
        params = {
            "processId": None,
            "capabilities": capabilities if self.chance.random() < 0.8 else {},
            "workspaceFolders": [{"uri": self.folder_uri, "name": "w"}],
        }
        return self._request("initialize", params, None) + self._notification("initialized", {})

    def during(self) -> bytes:
        """Return something of the life of a connection."""
        (kind,) = self.chance.choices(list(self._kinds), list(self._kinds.values()))
        return kind()

    def probe(self) -> bytes:
        """Return a good request that must have a result."""
        at = {"line": 0, "character": 0}
        params = {
            "textDocument": {"uri": self.uris[0]},
            "range": {"start": at, "end": at},
            "context": {"diagnostics": []},
        }
        return self._request(PROBE, params, None)

    def shutdown(self) -> bytes:
        """Return `shutdown`. What still runs may now be cancelled."""
        return self._request("shutdown", None, None)

    def exit(self) -> bytes:
        """Return `exit`."""
        return self._notification("exit", None)

    def after(self) -> bytes:
        """Return something that comes after `shutdown`."""
        if self.chance.random() < 0.3:
            return self.notification()
        method = self.chance.choice([*self.methods, "shutdown", "initialize", "no/such"])
        return self._request(method, self.values.params(method), INVALID)

    # Kinds of messages.

    def known(self) -> bytes:
        method = self.chance.choice(self.methods)
        return self._cancellable_request(method, self.values.params(method))

    def known_damaged(self) -> bytes:
        method = self.chance.choice(self.methods)
        params = self.values.damaged(self.values.params(method))
        return self._cancellable_request(method, params)

    def _cancellable_request(self, method: str, params: object) -> bytes:
        data = self._request(method, params, *ANY)
        self._cancellable = self._last_id
        return data

    def unknown(self) -> bytes:
        method = self.chance.choice(["no/such", "$/no", "", "textDocument/", "\ud800", "window/x"])
        return self._request(method, self.values.junk(), UNKNOWN)

    def early(self) -> bytes:
        if self.chance.random() < 0.2:
            return self._request("initialize", self.values.junk(), BAD_PARAMS)
        method = self.chance.choice([*self.methods, "shutdown", "no/such"])
        return self._request(method, self.values.params(method), EARLY)

    def initialize_again(self) -> bytes:
        return self._request("initialize", self.values.junk(), INVALID)

    def notification(self) -> bytes:
        method = self.chance.choice([*self.methods, "no/such", "$/setTrace", "$/progress"])
        params = self.values.params(method)
        if self.chance.random() < 0.4:
            params = self.values.damaged(params)
        return self._notification(method, params)

    def change(self) -> bytes:
        """Open, edit or close a document; often as it should be."""
        uri, action = self.chance.choice(self.uris), self.chance.random()
        self._version += self.chance.choice([1, 1, 1, 2, 0, -1])
        document = {"uri": uri, "version": self._version}
        if action < 0.3:
            text = "".join(self.values.word() for _ in range(self.chance.randint(0, 20)))
            item = {**document, "languageId": "python", "text": text}
            return self._notification("textDocument/didOpen", {"textDocument": item})
        if action < 0.35:
            return self._notification("textDocument/didClose", {"textDocument": {"uri": uri}})
        changes = [self._change() for _ in range(self.chance.choice([1, 1, 1, 2, 5, 0]))]
        params = {"textDocument": document, "contentChanges": changes}
        return self._notification("textDocument/didChange", params)

    def _change(self) -> dict[str, Any]:
        if self.chance.random() < 0.2:
            return {"text": self.values.word()}
        small = self.chance.randint
        start, end = sorted([[small(0, 6), small(0, 9)], [small(0, 6), small(0, 9)]])
        if self.chance.random() < 0.05:
            start, end = end, start
        keys = ("line", "character")
        places = {"start": dict(zip(keys, start, strict=True))}
        places["end"] = dict(zip(keys, end, strict=True))
        return {"range": places, "text": self.values.word()}

    def cancel(self) -> bytes:
        # The rest are ids that no request has: one that it had could end as cancelled.
        message_id: object = self.chance.choice(
            [self._cancellable, 0, "no such", None, {}, 10**40, True]
        )
        return self._notification("$/cancelRequest", {"id": message_id})

    def answer_to_nothing(self) -> bytes:
        message_id: object = self.chance.choice([0, -1, "no such", None, [], 1.5])
        answer = self.chance.choice([{"result": self.values.junk()}, {"error": self.values.junk()}])
        return self._framed({"jsonrpc": "2.0", "id": message_id, **answer})

    def same_id_twice(self) -> bytes:
        message_id = self._id()
        message = {"jsonrpc": "2.0", "id": message_id, "method": PROBE, "params": {}}
        # The second is refused unless the first has been answered.
        self.wanted.expect(message_id, BAD_PARAMS, INVALID)
        self.wanted.expect(message_id, BAD_PARAMS, INVALID)
        return self._framed(message) * 2

    def big(self) -> bytes:
        if self.chance.random() < 0.5:
            item: dict[str, Any] = {"uri": self.uris[0], "languageId": "python"}
            item["version"] = self._version
            item["text"] = self.values.word() * self.chance.choice([10**3, 10**4])
            return self._notification("textDocument/didOpen", {"textDocument": item})
        return self._request(PROBE, [[] for _ in range(10_000)], BAD_PARAMS)

    def no_envelope(self) -> bytes:
        """Return JSON that is no JSON-RPC. It is answered with its id if it has one."""
        message_id = self._id()
        good: dict[str, Any] = {"jsonrpc": "2.0", "id": message_id, "method": PROBE}
        match self.chance.randrange(6):
            case 0:
                del good["jsonrpc"]
            case 1:
                good["jsonrpc"] = self.chance.choice([2.0, "1.0", None, [], {}])
            case 2:
                good["method"] = self.chance.choice([None, 3, [], {}, True])
            case 3:
                del good["method"]
            case 4:
                good["id"] = self.chance.choice([None, 1.5, True, [], {}, [1]])
                self.wanted.expect_without_id()
                return self._framed(good)
            case _:
                del good["id"]
                good["jsonrpc"] = self.values.junk()
                self.wanted.expect_without_id()
                return self._framed(good)
        self.wanted.expect(message_id, INVALID)
        return self._framed(good)

    def no_body(self) -> bytes:
        """Return a frame that is right around something that is no message."""
        body = self.chance.choice(
            [
                b"", b"{", b"nul", b"[]", b"null", b"1", b'"x"', b"\xff\xfe{}", b'{"a": NaN}',
                b'{"a": -Infinity}', b'{"a": 1' + b"0" * 5000 + b"}", b"[" * 100_000,
                b'{"a":' * 300 + b"1" + b"}" * 300, b"\0" * 9, b'{"a": "\xed\xa0\x80"}',
                json.dumps([{"jsonrpc": "2.0", "id": 1, "method": PROBE}] * 3).encode(),
                b'{"jsonrpc": "2.0", "id": 1, "method": "shutdown"} {}', b'{"a": 1,}', b" ",
            ]
        )  # fmt: skip
        self.wanted.expect_without_id()
        self._is_in_step = False
        return frame(body)

    def broken_frame(self) -> bytes:
        """Return something with a header that can not be believed."""
        junk = self.chance.choice(
            [
                b"Content-Length: abc\r\n\r\n", b"Content-Length: -5\r\n\r\n",
                b"Content-Length: 1000000000000\r\n\r\n", b"Content-Length: %d\r\n\r\n" % 2**63,
                b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n", b"X-Junk: 1\r\n\r\n",
                b"Content-Length: 5\r\nContent-Length: 7\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n",
                b"X: " + b"y" * 100_000 + b"\r\n\r\n", b"Content-Length: \xc2\xb2\r\n\r\n",
                b"Content-Length: 67108865\r\n\r\n", b"\0\0\0\0\r\n\r\n",
                b"Content-Length:\r\n\r\n",
                bytes(self.chance.randrange(256) for _ in range(60)).replace(b"\n", b"")
                + b"\r\n\r\n",
            ]
        )  # fmt: skip
        # Behind other junk it is part of that.
        self.wanted.expect_without_id(int(self._is_in_step), FRAME_ANSWERS_MAX)
        self._is_in_step = False
        return junk

    def wrong_length(self) -> bytes:
        """Return a message with a length that is a little too small or large: it is lost."""
        body = json.dumps({"jsonrpc": "2.0", "method": PROBE, "params": self.values.word()})
        shift = self.chance.choice([-10, -3, -1, 1, 10])
        # One byte too many may be a line end, which is no harm to JSON.
        self._is_in_step = False
        self.wanted.expect_without_id(int(shift != 1), FRAME_ANSWERS_MAX)
        return b"Content-Length: %d\r\n\r\n%b" % (len(body) + shift, body.encode())

    # Forms.

    def _id(self) -> object:
        number = next(self._numbers)
        self._last_id = self.chance.choice(
            [10 + number, f"s{number}", -10 - number, 2**63 + number, f"\ud800{number}"]
        )
        return self._last_id

    def _request(self, method: str, params: object, *codes: int | None) -> bytes:
        message_id = self._id()
        self.wanted.expect(message_id, *codes)
        message = {"jsonrpc": "2.0", "id": message_id, "method": method, "params": params}
        return self._framed(message)

    def _notification(self, method: str, params: object) -> bytes:
        return self._framed({"jsonrpc": "2.0", "method": method, "params": params})

    def _framed(self, message: object) -> bytes:
        self._is_in_step = True
        body = json.dumps(message, ensure_ascii=self.chance.random() < 0.5)
        data = body.encode("utf-8") if _is_unicode(body) else json.dumps(message).encode()
        header = self.chance.choice(
            [
                b"Content-Length: %d\r\n\r\n", b"content-length:%d\r\n\r\n",
                b"Content-Length: %d\n\n", b"\r\nCONTENT-LENGTH : %d \r\n\r\n",
                b"Content-Type: x; charset=utf8\r\nContent-Length: %d\r\n\r\n",
            ]
        )  # fmt: skip
        return header % len(data) + data


class Connection(Protocol):
    """A server at the other end."""

    async def send(self, data: bytes) -> None:
        """Send some bytes, and let the server work."""

    async def begin(self) -> None:
        """Called when `initialize` was sent."""

    async def settle(self, is_done: Callable[[], bool]) -> None:
        """Wait until what is wanted is there, or for as long as a slow machine needs."""

    async def end(self) -> None:
        """Close the input of the server."""


async def play(
    connection: Connection, fuzzer: Fuzzer, answers: "Answers", cases: int
) -> tuple[int, int]:
    """Play one episode; return (number of messages, exit code that the server must have)."""
    chance, wanted = fuzzer.chance, fuzzer.wanted
    counted = 0

    async def settled() -> None:
        # What is asked for meanwhile is answered, or a command would wait for its user.
        await connection.settle(lambda: answers.is_complete(wanted) or bool(answers.requests))
        while answers.requests:
            await connection.send(answers.reply(chance))
            await connection.settle(lambda: answers.is_complete(wanted) or bool(answers.requests))
        answers.check(wanted)

    for _ in range(chance.choice([0, 0, 1, 4])):
        await _send_in_pieces(connection, chance, fuzzer.before())
        counted += 1
    await connection.send(fuzzer.greeting())
    await connection.begin()
    while counted < cases:
        batch = chance.choice([1, 1, 2, 8])
        data = b"".join(fuzzer.during() for _ in range(batch))
        counted += batch
        await _send_in_pieces(connection, chance, data)
        while answers.requests and chance.random() < 0.7:
            await connection.send(answers.reply(chance))
    # Whatever came before: a good request is answered.
    await connection.send(fuzzer.probe())
    await settled()
    ending = chance.randrange(4)
    if ending < 2:
        await connection.send(fuzzer.known() + fuzzer.shutdown())
        for _ in range(chance.choice([0, 3])):
            await connection.send(fuzzer.after())
        await settled()
    if ending % 2:
        await connection.send(fuzzer.exit())
    await connection.end()
    return counted, int(ending >= 2)


async def _send_in_pieces(connection: Connection, chance: random.Random, data: bytes) -> None:
    cuts = sorted(chance.randint(0, len(data)) for _ in range(chance.choice([0, 0, 1, 3])))
    for start, end in itertools.pairwise([0, *cuts, len(data)]):
        await connection.send(data[start:end])


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= char <= "\udfff" for char in text)


class Answers:
    """What came back in one episode."""

    def __init__(self) -> None:
        self.codes: dict[str, list[int | None]] = {}
        self.without_id: Counter[int] = Counter()
        self.requests: list[dict[str, Any]] = []
        """Those of the server that are not answered yet."""
        self.popups = 0

    def take(self, message: dict[str, Any]) -> None:
        """Keep one message of the server."""
        if "method" in message:
            self.popups += message["method"] == "window/showMessage"
            if "id" in message:
                self.requests.append(message)
            return
        code = message["error"]["code"] if "error" in message else None
        assert ("error" in message) != ("result" in message), message
        if message["id"] is None:
            assert code is not None
            self.without_id[code] += 1
        else:
            self.codes.setdefault(json.dumps(message["id"]), []).append(code)

    def is_complete(self, wanted: Wanted) -> bool:
        """Tell whether nothing is missing."""
        return self.without_id.total() >= wanted.least and all(
            len(self.codes.get(key, [])) >= len(codes) for key, codes in wanted.codes.items()
        )

    def check(self, wanted: Wanted) -> None:
        """Check that each request was answered as often as it came, with the right code."""
        assert set(self.without_id) <= {UNREADABLE, INVALID}, self.without_id
        assert wanted.least <= self.without_id.total() <= wanted.most, (
            self.without_id,
            wanted.least,
        )
        assert self.codes.keys() == wanted.codes.keys(), self.codes.keys() ^ wanted.codes.keys()
        for key, codes in wanted.codes.items():
            found = self.codes[key]
            assert len(found) == len(codes), (key, found, codes)
            allowed = set[int | None]().union(*codes)
            assert set(found) <= allowed, (key, found, allowed)

    def reply(self, chance: random.Random) -> bytes:
        """Answer one request of the server: rightly, wrongly, twice or not at all."""
        message = self.requests.pop(chance.randrange(len(self.requests)))
        results: list[Any] = [
            None, {"applied": True}, {"applied": False}, {"title": "Apply"}, {"title": "Later"},
            {"success": True}, [], "x", 3,
        ]  # fmt: skip
        answer: dict[str, Any] = {"jsonrpc": "2.0", "id": message["id"]}
        answer |= chance.choice(
            [
                {"result": chance.choice(results)},
                {"error": {"code": -32601, "message": "no"}},
                {"error": chance.choice([None, 3, {"code": "x"}])},
            ]
        )
        body = json.dumps(answer).encode()
        return frame(body) * chance.choices([0, 1, 2], [1, 80, 10])[0]
