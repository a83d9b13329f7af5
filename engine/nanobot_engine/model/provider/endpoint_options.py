"""What the user says of an endpoint that runs models for us.

Only the user's own settings may name one: it is where his source text is sent to. The
key is not here, only the name of the environment variable that has it.
"""

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import SplitResult, urlsplit

from nanobot_engine.model.catalogue.catalogue import Role

DEFAULT_CONTEXT_TOKENS: Final = 4_096
DEFAULT_SLOTS: Final = 4
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_KEY: Final = re.compile(r"[\x21-\x7e]+")
_SLOTS_MAX: Final = 64
_CONTEXT_TOKENS_MAX: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class EndpointOptions:
    """An endpoint that understands the API of OpenAI, and which of its models play our roles.

    Invariant: a key is never sent in the clear beyond this machine.
    """

    base_url: str
    """Up to and with the version, such as `http://127.0.0.1:8080/v1`."""
    model_by_role: Mapping[Role, str] = field(default_factory=dict)
    """Names of models at the endpoint; a role without one is not run there."""
    api_key_env: str = ""
    """Name of the environment variable with the key; empty for none."""
    context_tokens: int = DEFAULT_CONTEXT_TOKENS
    """What a prompt and its answer may have together; an endpoint that says less wins."""
    slots: int = DEFAULT_SLOTS
    """How many answers are asked for at once."""
    certificates: str | None = None
    """Path of a certificate bundle to trust instead of the system's."""

    def __post_init__(self) -> None:
        """Refuse what can not be asked, or not safely."""
        url = self.parts
        if url.scheme not in {"http", "https"} or not url.hostname:
            _refuse("base_url", self.base_url, "is no address that begins with http(s)://")
        if url.username or url.password or url.query or url.fragment:
            _refuse("base_url", url.hostname or "", "must be without user, query and fragment")
        try:
            _ = url.port
        except ValueError:
            _refuse("base_url", self.base_url, "has a port that is no number up to 65535")
        if self.api_key_env and not _VARIABLE.fullmatch(self.api_key_env):
            _refuse("api_key_env", "", "is the name of an environment variable, not the key")
        if self.api_key_env and url.scheme == "http" and not self.is_loopback:
            _refuse("base_url", self.base_url, "would carry the key in the clear; use https")
        if not 1 <= self.slots <= _SLOTS_MAX:
            _refuse("slots", str(self.slots), f"is not in 1 … {_SLOTS_MAX}")
        if not 256 <= self.context_tokens <= _CONTEXT_TOKENS_MAX:
            _refuse("context_tokens", str(self.context_tokens), "is not in 256 … 1048576")
        for role, name in self.model_by_role.items():
            if not name.strip():
                _refuse(f"model of {role}", repr(name), "is empty")

    @property
    def parts(self) -> SplitResult:
        """The address, taken apart."""
        return urlsplit(self.base_url.rstrip("/"))

    @property
    def is_loopback(self) -> bool:
        """Whether what is sent stays on this machine."""
        host = self.parts.hostname or ""
        try:
            return host == "localhost" or ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False

    def api_key(self) -> str | None:
        """Return the key, read from the environment now; None where none is wanted.

        Raises:
            ValueError: The variable is not set, or has what can not be sent.
        """
        if not self.api_key_env:
            return None
        key = os.environ.get(self.api_key_env, "").strip()
        if not _KEY.fullmatch(key):
            what = "has characters that can not be sent" if key else "is not set"
            msg = f"{self.api_key_env}: the variable for the key of the endpoint {what}"
            raise ValueError(msg)
        return key


def _refuse(name: str, value: str, why: str) -> None:
    msg = f"endpoint {name}: {value} {why}".replace("  ", " ")
    raise ValueError(msg)
