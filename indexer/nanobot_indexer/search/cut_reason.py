"""Why an answer is not the whole answer."""

from enum import StrEnum


class CutReason(StrEnum):
    """What ended a search early. Part of JSON documents: never rename a value."""

    LIMIT = "limit"
    """There is more than was asked for."""
    TIME = "time"
    """The time that was given is over."""
    CANCELLED = "cancelled"
    """The caller asked to stop."""
    SYNTAX = "syntax"
    """The definitions of some files are not known yet."""
