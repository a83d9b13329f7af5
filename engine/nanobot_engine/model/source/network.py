"""How servers are reached: how patiently, over which proxy, and where they may send us."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urljoin, urlsplit, urlunsplit

import requests

_REDIRECTS_MAX: Final = 5


@dataclass(frozen=True, slots=True)
class NetworkOptions:
    """How to reach servers and when to give up."""

    timeout_s: float
    """Longest silence of a server."""
    verify: bool | str
    """False, True, or the path of a certificate bundle."""
    proxy: str | None
    """For http and https; None leaves it to the environment. Never used for this machine."""
    failures_max: int
    """Attempts in a row that bring nothing new."""
    backoff_s: float
    """Pause after the first failure; doubles up to `backoff_max_s`."""
    backoff_max_s: float
    bytes_per_s_min: int
    """A slower connection is dropped and tried again."""
    slow_window_s: float
    """Over which the speed is taken."""
    connections: int
    """At once for one file, where the server serves ranges."""
    block_bytes: int
    """What one connection asks for at a time."""


DEFAULT_NETWORK_OPTIONS: Final = NetworkOptions(
    timeout_s=30.0,
    verify=True,
    proxy=None,
    failures_max=6,
    backoff_s=0.25,
    backoff_max_s=8.0,
    bytes_per_s_min=1_024,
    slow_window_s=30.0,
    connections=4,
    block_bytes=16 << 20,
)


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """What is fetched, and the bytes it must have."""

    name: str
    """For messages."""
    url: str
    size_bytes: int
    hosts: tuple[str, ...] | None = None
    """Where a redirect may lead besides the host of `url`: names, or `*.example.org` for all
    below one. None is anywhere, for what somebody else's page names."""
    authorization: str | None = field(default=None, repr=False)
    """Header for the host of `url`, and for no other."""


class RedirectError(Exception):
    """A server sends us where we do not go."""


class _Session(requests.Session):
    """Follows the options, and the environment, but goes to this machine without a proxy."""

    def merge_environment_settings(
        self, url: str | bytes | None, proxies: Any, stream: Any, verify: Any, cert: Any
    ) -> Any:
        """Return the settings of one request."""
        merged = super().merge_environment_settings(url, proxies, stream, verify, cert)
        text = url.decode("ascii") if isinstance(url, bytes) else url or ""
        return {**merged, "proxies": {}} if is_loopback(text) else merged

    def rebuild_proxies(self, prepared_request: Any, proxies: Any) -> Any:
        """Return the proxies for where a redirect leads."""
        rebuilt = super().rebuild_proxies(prepared_request, proxies)  # type: ignore[no-untyped-call]  # The stubs leave it out.
        return {} if is_loopback(prepared_request.url) else rebuilt


def session_for(options: NetworkOptions) -> requests.Session:
    """Return a session that follows the options; the caller closes it."""
    session = _Session()
    session.max_redirects = _REDIRECTS_MAX
    # A body must arrive as the bytes that were hashed, not re-encoded.
    session.headers["Accept-Encoding"] = "identity"
    session.verify = options.verify
    if options.proxy is not None:
        session.proxies = {"http": options.proxy, "https": options.proxy}
    return session


def opened(
    session: requests.Session,
    remote: RemoteFile,
    *,
    headers: Mapping[str, str],
    timeout_s: float,
) -> requests.Response:
    """Ask for a file, and follow the redirects that are allowed; the caller closes it.

    Raises:
        RedirectError: It leads to another host, from https to http, or in circles.
        requests.RequestException: The server is not reached.
    """
    url = remote.url
    for _ in range(_REDIRECTS_MAX + 1):
        own = dict(headers)
        if remote.authorization is not None and _origin(url) == _origin(remote.url):
            own["Authorization"] = remote.authorization
        response = session.get(
            url, headers=own, stream=True, timeout=(timeout_s, timeout_s), allow_redirects=False
        )
        if not response.is_redirect:
            return response
        target = urljoin(url, response.headers["Location"])
        response.close()
        check_redirect(remote, url, target)
        url = target
    msg = "too many redirects"
    raise RedirectError(msg)


def check_redirect(remote: RemoteFile, url: str, target: str) -> None:
    """Raise RedirectError if a redirect from `url` to `target` is not followed."""
    scheme, host = urlsplit(target).scheme, urlsplit(target).hostname or ""
    if scheme not in {"http", "https"} or (scheme == "http" and url.startswith("https:")):
        msg = f"the server sends us from https to {shown(target)}"
        raise RedirectError(msg)
    if remote.hosts is None or host == urlsplit(remote.url).hostname:
        return
    if not any(_is_host(host, allowed) for allowed in remote.hosts):
        msg = f"the server sends us to {host}, which is not a host of this source"
        raise RedirectError(msg)


def is_loopback(url: str) -> bool:
    """Tell whether an address is one of this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def shown(url: str) -> str:
    """Return `url` without the user name, the password and the query it may carry."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment=""))


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port


def _is_host(host: str, allowed: str) -> bool:
    return host.endswith(allowed[1:]) if allowed.startswith("*.") else host == allowed
