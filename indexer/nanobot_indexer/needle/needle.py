"""What is hidden, how it is asked for, and where it was put."""

from dataclasses import dataclass
from enum import StrEnum


class NeedleKind(StrEnum):
    """How a needle is asked for. Stored in reports by value."""

    EXACT = "exact"
    """By its literal text: a constant, an error code, a message."""
    STRUCTURAL = "structural"
    """By what its code is made of: "the function that takes a retry budget and a host"."""
    PARAPHRASED = "paraphrased"
    """By its meaning, in words that it does not have."""


class Form(StrEnum):
    """What a needle looks like, and so into which documents it may be put."""

    PYTHON = "python"
    """Top-level statements of Python."""
    DOC = "doc"
    """A paragraph of Markdown."""
    LOG = "log"
    """The message of a log line."""
    CONFIG = "config"
    """A top-level entry of a TOML file."""
    FILE = "file"
    """A whole source file of its own."""


@dataclass(frozen=True, slots=True)
class Needle:
    """One thing to hide."""

    kind: NeedleKind
    form: Form
    text: str
    """Without a final line end."""
    question: str
    is_decoy: bool = False
    """Like another needle, but never the answer: it makes that one harder to find."""
    file_name: str = ""
    """Of a `Form.FILE`."""
    answer_line: int = 0
    """0-based line of the text that a hit must show."""


@dataclass(frozen=True, slots=True)
class Planted:
    """A needle in its place."""

    needle: Needle
    path: str
    """Relative to the haystack, `/`-separated."""
    line: int
    """1-based line that a hit must show."""
    depth: float
    """Share of the haystack's bytes before it, in path order: 0 to 1."""
