"""A file of the Hugging Face hub, over its plain addresses.

    {endpoint}/{repository}/resolve/{revision}/{path}

The answer names the commit, and for big files the size and the sha256, before anything is
fetched (`X-Repo-Commit`, `X-Linked-Size`, `X-Linked-ETag`); then it sends us to where the
bytes are. Why this is not done by the hub's own library: `docs/decisions/0017-model-sources.md`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, urljoin, urlsplit

import requests

from nanobot_engine.model.catalogue.catalogue import HubSource
from nanobot_engine.model.errors import DownloadError
from nanobot_engine.model.source.network import (
    NetworkOptions,
    RedirectError,
    RemoteFile,
    check_redirect,
    is_loopback,
    session_for,
    shown,
)

_ENDPOINT: Final = "https://huggingface.co"
# Where the hub and its mirrors keep big files.
_HOSTS: Final = ("huggingface.co", "*.huggingface.co", "*.hf.co")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_COMMIT: Final = re.compile(r"[0-9a-f]{40}")
_REDIRECTS_MAX: Final = 5


@dataclass(frozen=True, slots=True)
class HubSettings:
    """Which hub, and who asks."""

    endpoint: str
    token: str | None = field(repr=False)
    """Sent to the endpoint and to nobody else."""
    is_offline: bool


@dataclass(frozen=True, slots=True)
class HubFile:
    """What the hub says about a file."""

    remote: RemoteFile
    sha256: str | None
    """None for a small file, which the hub knows by another hash."""
    commit: str


def hub_settings(environ: Mapping[str, str]) -> HubSettings:
    """Return what the hub's own tools would use: `HF_ENDPOINT`, `HF_TOKEN`, `HF_HUB_OFFLINE`."""
    endpoint = environ.get("HF_ENDPOINT", "").strip().rstrip("/") or _ENDPOINT
    token = environ.get("HF_TOKEN", "").strip() or None
    is_offline = environ.get("HF_HUB_OFFLINE", "").lower() in {"1", "true", "yes", "on"}
    if not endpoint.startswith("https://") and not is_loopback(endpoint):
        token = None  # It would be read on the way.
    return HubSettings(endpoint, token, is_offline)


def locate(source: HubSource, name: str, settings: HubSettings, network: NetworkOptions) -> HubFile:
    """Ask the hub for the size and the hash of a file.

    Args:
        source: Which file.
        name: Of the model, for messages.
        settings: Which hub.
        network: How to reach it.

    Raises:
        DownloadError: The hub is not reached, or does not give this file.
    """
    if settings.is_offline:
        raise DownloadError(name, "HF_HUB_OFFLINE is set, so the hub is not asked")
    revision = source.revision or "main"
    url = f"{settings.endpoint}/{source.repo}/resolve/{revision}/{quote(source.file)}"
    authorization = f"Bearer {settings.token}" if settings.token else None
    asked = RemoteFile(name, url, 0, hosts=_HOSTS, authorization=authorization)
    try:
        headers = _headers(asked, network)
    except RedirectError as error:
        raise DownloadError(name, f"{shown(url)}: {error}") from error
    except requests.RequestException as error:
        reason = f"{shown(url)}: not reachable ({type(error).__name__})"
        raise DownloadError(name, reason) from error
    commit = headers.get("X-Repo-Commit", "")
    if source.revision is not None and commit not in {"", source.revision}:
        raise DownloadError(name, f"{shown(url)}: the hub has it of commit {commit[:40]!r}")
    if source.revision is None and _COMMIT.fullmatch(commit):
        # The branch may move while the file is fetched.
        url = f"{settings.endpoint}/{source.repo}/resolve/{commit}/{quote(source.file)}"
    size = headers.get("X-Linked-Size") or headers.get("Content-Length", "")
    if not re.fullmatch(r"[1-9][0-9]{0,17}", size):
        raise DownloadError(name, f"{shown(url)}: the hub does not say how long it is")
    etag = headers.get("X-Linked-ETag", "").strip('"')
    remote = RemoteFile(name, url, int(size), hosts=_HOSTS, authorization=authorization)
    return HubFile(remote, etag if _SHA256.fullmatch(etag) else None, commit)


def _headers(asked: RemoteFile, network: NetworkOptions) -> Mapping[str, str]:
    """Return what the hub itself says, before it sends us to where the bytes are."""
    url = asked.url
    own = {} if asked.authorization is None else {"Authorization": asked.authorization}
    with session_for(network) as session:
        for _ in range(_REDIRECTS_MAX):
            with session.head(
                url, headers=own, timeout=network.timeout_s, allow_redirects=False
            ) as response:
                said = {**response.headers}
                if response.is_redirect and "X-Linked-Size" not in response.headers:
                    # A repository that was renamed.
                    target = urljoin(url, response.headers["Location"])
                    check_redirect(asked, url, target)
                    if urlsplit(target)[:2] != urlsplit(url)[:2]:
                        own = {}
                    url = target
                    continue
                if response.status_code in {401, 403}:
                    why = "it is not given to everybody: accept its terms there, and set HF_TOKEN"
                    raise DownloadError(asked.name, f"{shown(asked.url)}: {why}")
                if not response.is_redirect and response.status_code != 200:
                    why = f"the hub answered {response.status_code}"
                    raise DownloadError(asked.name, f"{shown(asked.url)}: {why}")
                return requests.structures.CaseInsensitiveDict(said)
    msg = "too many redirects"
    raise RedirectError(msg)
