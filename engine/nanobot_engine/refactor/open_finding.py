"""A diagnostic that no program repairs, as a question: which statement, and what helps with it.

    diagnostics of one statement ─> OpenFinding ─> text in the ledger ─> recipe "fix diagnostics"

The text has two lines: one for people, and JSON.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any, Final

_SHOWN_CHARS_MAX: Final = 160


@dataclass(frozen=True, slots=True)
class Remark:
    """What a tool says, without the place."""

    code: str
    """"" where the tool has none."""
    message: str

    def __str__(self) -> str:
        return f"{self.code}: {self.message}" if self.code else self.message


@dataclass(frozen=True, slots=True)
class OpenFinding:
    """What one statement is blamed for."""

    tool: str
    """Its name; "" where nobody knows it."""
    remarks: tuple[Remark, ...]
    """At least one."""
    statement_sha256: str
    """Of the text as it stands, so that an answer is for no other one."""
    is_header: bool = False
    """Whether the statement is the header of a definition or of a block."""
    rule: str = ""
    """What the tool explains about the rule."""
    definitions: str = ""
    """How what the statement uses is defined."""
    proposal: str = ""
    """What the tool would write instead of the statement; it says that this may do something
    else. As it would stand in the file."""
    root: str = ""
    """The workspace, where the tool can be asked again."""
    program: str = ""
    python: str = ""
    unchecked: str = ""
    """Why the tool can not be asked again; "" where it can."""

    def to_question(self) -> str:
        """Return the form of the ledger."""
        said = " ".join("; ".join(map(str, self.remarks)).split())
        shown = f"{said[:_SHOWN_CHARS_MAX]}…" if len(said) > _SHOWN_CHARS_MAX else said
        return f"{shown}\n{json.dumps(asdict(self), sort_keys=True)}"

    @classmethod
    def from_question(cls, text: str) -> "OpenFinding | None":
        """Read what `to_question` wrote; None where a question is about something else."""
        _, newline, document = text.partition("\n")
        if not newline or not document.startswith("{"):
            return None
        values: dict[str, Any] = json.loads(document)
        remarks = tuple(Remark(**one) for one in values.pop("remarks"))
        return cls(remarks=remarks, **values)


def shown_question(text: str) -> str:
    """Return a question for people."""
    return text.partition("\n")[0]


def statement_sha256(text: bytes) -> str:
    """Return what tells one text of a statement from another."""
    return hashlib.sha256(text).hexdigest()
