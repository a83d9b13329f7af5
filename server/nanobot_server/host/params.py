"""Parameters of a request, checked as they are taken."""

from collections.abc import Mapping
from typing import Any

from nanobot_server.host.errors import USAGE, HostError


class Params:
    """The `params` object of one request. Every method raises `HostError` (`usage`)."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def text(self, name: str) -> str:
        """Return a string that must be there and must not be empty."""
        value = self.optional_text(name)
        if not value:
            raise HostError(USAGE, f"{name}: missing or empty")
        return value

    def optional_text(self, name: str) -> str | None:
        """Return a string or None."""
        value = self._values.get(name)
        if value is not None and not isinstance(value, str):
            raise HostError(USAGE, f"{name}: must be text, is {value!r}")
        return value

    def integer(self, name: str, *, least: int, most: int) -> int:
        """Return a whole number in [least, most] that must be there."""
        value = self.optional_integer(name)
        if value is None or not least <= value <= most:
            raise HostError(USAGE, f"{name}: must be from {least} to {most}, is {value!r}")
        return value

    def optional_integer(self, name: str) -> int | None:
        """Return a whole number or None."""
        value = self._values.get(name)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
            raise HostError(USAGE, f"{name}: must be a whole number, is {value!r}")
        return value

    def flag(self, name: str) -> bool:
        """Return true only for a true boolean."""
        return self._values.get(name) is True

    def optional_objects(self, name: str) -> list[dict[str, Any]]:
        """Return a list of objects, empty when it is absent."""
        value = self._values.get(name) or []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise HostError(USAGE, f"{name}: must be a list of objects")
        return value

    def text_by_text(self, name: str) -> dict[str, str]:
        """Return an object of strings, empty when it is absent."""
        value = self._values.get(name) or {}
        if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
            raise HostError(USAGE, f"{name}: must be an object of texts")
        return value
