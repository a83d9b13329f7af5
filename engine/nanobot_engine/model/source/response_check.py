"""What a server's answer is: the bytes that were asked for, all of the file, or neither."""

import re
from typing import Final

import requests
import urllib3

from nanobot_engine.model.errors import DownloadError
from nanobot_engine.model.source.network import RedirectError, RemoteFile, shown

_CONTENT_RANGE: Final = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")
_OK, _PARTIAL, _RANGE_REFUSED, _TOO_MANY = 200, 206, 416, 429
_SERVER_ERROR: Final = 500
_FOR_ANOTHER_TRY: Final = frozenset({408, 425, _TOO_MANY})


class AttemptError(Exception):
    """This attempt failed, another may not."""


class SlowError(AttemptError):
    """The connection is too slow to count what it brought as progress."""


class RangeError(AttemptError):
    """The server does not do ranges as it says."""


RETRIED: Final = (AttemptError, RedirectError, requests.RequestException,
                  urllib3.exceptions.HTTPError)  # fmt: skip
"""What may go away by itself; see `is_final`."""


def body_place(
    response: requests.Response, remote: RemoteFile, first: int, end: int
) -> tuple[int, int]:
    """Return where the bytes of an answer belong.

    Args:
        response: To a request for `first` to `end` (exclusive), or for all of the file.
        remote: What it should be.
        first: In bytes.
        end: In bytes.

    Returns:
        Their first byte and their end: (0, size) when the server sends all of the file.

    Raises:
        RangeError: Another range than was asked for.
        AttemptError: The server is busy.
        DownloadError: The server has not this file.
    """
    status = response.status_code
    if status == _RANGE_REFUSED:
        msg = "the server has not the rest of the file"
        raise RangeError(msg)
    if status in _FOR_ANOTHER_TRY or status >= _SERVER_ERROR:
        msg = f"the server answered {status}"
        raise AttemptError(msg)
    if status not in {_OK, _PARTIAL}:
        raise DownloadError(remote.name, f"{shown(remote.url)}: the server answered {status}")
    if response.headers.get("Content-Encoding", "identity") != "identity":
        reason = f"{shown(remote.url)}: the server sent the file re-encoded"
        raise DownloadError(remote.name, reason)
    if status == _OK:
        length = response.headers.get("Content-Length", str(remote.size_bytes))
        if length != str(remote.size_bytes):
            reason = f"{shown(remote.url)}: {length} bytes instead of {remote.size_bytes}"
            raise DownloadError(remote.name, reason)
        return 0, remote.size_bytes
    return _range_of(response.headers.get("Content-Range", ""), remote, first, end)


def _range_of(text: str, remote: RemoteFile, first: int, end: int) -> tuple[int, int]:
    match = _CONTENT_RANGE.fullmatch(text)
    if match is None or len(text) > 100:
        msg = f"the server sent the range {text[:100]!r}, asked from {first}"
        raise RangeError(msg)
    if match[3] not in {"*", str(remote.size_bytes)}:
        size = f"{match[3]} bytes instead of {remote.size_bytes}"
        raise RangeError(size)
    if int(match[1]) != first or not first <= int(match[2]) < end:
        msg = f"the server sent the range {text!r}, asked from {first} to {end - 1}"
        raise RangeError(msg)
    return first, int(match[2]) + 1


def strong_etag(response: requests.Response) -> str:
    """Return the ETag that names the bytes, or nothing: weak ones do not."""
    etag = response.headers.get("ETag", "")
    return etag if etag.startswith('"') else ""


def is_final(error: Exception) -> bool:
    """Tell whether trying again is of no use."""
    return isinstance(
        error,
        RedirectError
        | requests.TooManyRedirects
        | requests.exceptions.SSLError
        | requests.exceptions.InvalidURL
        | requests.exceptions.InvalidSchema
        | requests.exceptions.MissingSchema,
    )


def words_of(error: Exception) -> str:
    """Say what happened on the line."""
    if isinstance(error, AttemptError | RedirectError):
        return str(error)
    if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError):
        return "the server is silent"
    if isinstance(error, requests.TooManyRedirects):
        return "too many redirects"
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate is not trusted"
    if isinstance(error, requests.ConnectionError | urllib3.exceptions.ProtocolError):
        return "the connection failed"
    return type(error).__name__
