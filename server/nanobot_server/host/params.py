"""Parameters of a request, checked as they are taken."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

from nanobot_server.host.errors import USAGE, HostError

Choice = TypeVar("Choice", bound=StrEnum)


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

    def short_text(self, name: str, *, chars_max: int) -> str:
        """Return a string that must be there, not empty and not longer than that."""
        value = self.text(name)
        if len(value) > chars_max:
            message = f"{name}: has {len(value)} characters, at most {chars_max} are looked at"
            raise HostError(USAGE, message)
        return value

    def optional_short_text(self, name: str, *, chars_max: int) -> str | None:
        """Return a string that is not longer than that, or None."""
        if self.optional_text(name) is None:
            return None
        return self.short_text(name, chars_max=chars_max)

    def choices(self, name: str, kind: type[Choice]) -> frozenset[Choice] | None:
        """Return a list of values of an enumeration, None when it is absent or empty."""
        given = self._values.get(name) or []
        known = {one.value: one for one in kind}
        if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
            raise HostError(USAGE, f"{name}: must be a list of texts")
        unknown = [one for one in given if one not in known]
        if unknown:
            raise HostError(USAGE, f"{name}: {unknown[0]!r} is none of {', '.join(sorted(known))}")
        return frozenset(known[one] for one in given) or None

    def integer_or(self, name: str, default: int, *, least: int, most: int) -> int:
        """Return a whole number in [least, most], or the default when it is absent."""
        if self.optional_integer(name) is None:
            return default
        return self.integer(name, least=least, most=most)

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

    def texts(self, name: str) -> list[str]:
        """Return a list of texts, empty when it is absent."""
        value = self._values.get(name) or []
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise HostError(USAGE, f"{name}: must be a list of texts")
        return value

    def text_by_text(self, name: str) -> dict[str, str]:
        """Return an object of strings, empty when it is absent."""
        value = self._values.get(name) or {}
        if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
            raise HostError(USAGE, f"{name}: must be an object of texts")
        return value
