"""Where a server may send us, and that nothing of this machine goes over a proxy."""

from dataclasses import replace

import pytest

from nanobot_engine.model.source.network import (
    DEFAULT_NETWORK_OPTIONS,
    RedirectError,
    RemoteFile,
    check_redirect,
    is_loopback,
    opened,
    session_for,
)
from support.faulty_server import serving

URL = "https://hub.example/file"
HOSTS = ("other.example", "*.cdn.example")


@pytest.mark.parametrize(
    "target",
    ["https://hub.example/b", "https://other.example/b", "https://eu.cdn.example/b",
     "https://a.b.cdn.example/b"],
)  # fmt: skip
def test_a_source_may_send_us_to_its_own_hosts(target: str) -> None:
    check_redirect(RemoteFile("file", URL, 1, hosts=HOSTS), URL, target)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("http://hub.example/b", "from https to http://hub.example/b"),
        ("file:///etc/passwd", "from https to file:///etc/passwd"),
        ("ftp://hub.example/b", "from https to ftp"),
        ("https://evil.example/b", "evil.example, which is not a host of this source"),
        ("https://cdn.example/b", "not a host"),
        ("https://evilcdn.example/b", "not a host"),
        ("https://hub.example@evil.example/b", "evil.example"),
        ("https://hub.example.evil.example/b", "not a host"),
    ],
)
def test_it_may_not_send_us_elsewhere(target: str, words: str) -> None:
    with pytest.raises(RedirectError, match=words):
        check_redirect(RemoteFile("file", URL, 1, hosts=HOSTS), URL, target)


def test_a_page_of_somebody_else_may_name_any_host_but_not_in_the_clear() -> None:
    check_redirect(RemoteFile("file", URL, 1), URL, "https://any.example/b")
    with pytest.raises(RedirectError):
        check_redirect(RemoteFile("file", URL, 1), URL, "http://any.example/b")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:80/a", True), ("http://127.8.8.8/a", True), ("http://[::1]/a", True),
        ("http://localhost/a", True), ("http://x.localhost/a", True),
        ("http://localhost.example/a", False), ("http://10.0.0.1/a", False), ("a", False),
    ],
)  # fmt: skip
def test_addresses_of_this_machine_are_known(*, url: str, expected: bool) -> None:
    assert is_loopback(url) == expected


@pytest.mark.parametrize("proxy", [None, "http://127.0.0.1:9"], ids=["environment", "options"])
def test_this_machine_is_reached_without_a_proxy(
    monkeypatch: pytest.MonkeyPatch, proxy: str | None
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    options = replace(DEFAULT_NETWORK_OPTIONS, proxy=proxy)

    with serving(b"content") as faults, session_for(options) as session:
        remote = RemoteFile("file", f"{faults.url}/file", 7)
        with opened(session, remote, headers={}, timeout_s=5) as response:
            assert response.content == b"content"


def test_another_machine_is_reached_over_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(b"content") as faults, session_for(DEFAULT_NETWORK_OPTIONS) as session:
        monkeypatch.setenv("http_proxy", faults.url)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)

        remote = RemoteFile("file", "http://models.example/file", 7)
        with opened(session, remote, headers={}, timeout_s=5):
            pass

        assert faults.tokens == [" http://models.example/file"]
