"""Programs that accept or refuse a candidate edit.

A gate sees the file before, the bytes after, and the edits that lead from one to
the other. It believes none of them: what it promises it checks on `after`. No
gate imports another, and none changes anything.

    ParsesGate                 Python still parses the file
    OnlyDocstringsChangedGate  the program is the same but for the intended docstrings
    BytesKeptGate              every byte outside the edits, and the file's style, is kept
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from nanobot_engine.edit.characters import character_name, first_hidden
from nanobot_engine.edit.errors import SourceError
from nanobot_engine.edit.plan import TextEdit, apply_edits
from nanobot_engine.edit.python_compare import ExtraDocstring, TreesDifferError, extra_docstrings
from nanobot_engine.edit.python_syntax import python_tree
from nanobot_engine.edit.source import NEWLINE, SourceFile, source_from_bytes


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a gate says; `reason` is empty exactly when `ok`."""

    ok: bool
    reason: str

    def __post_init__(self) -> None:
        """Reject a refusal without a reason: the user would read nothing."""
        assert self.ok == (not self.reason)


ACCEPTED = Verdict(ok=True, reason="")


class Gate(Protocol):
    """A check of one file."""

    @property
    def name(self) -> str:
        """What the user reads when it refuses, e.g. `parses`."""
        ...

    def check(self, before: SourceFile, after: bytes, edits: Sequence[TextEdit]) -> Verdict:
        """Judge the change of one file.

        Args:
            before: The file that the edits were made for.
            after: The whole file as it would be written.
            edits: Sorted, not overlapping; positions in `before`.
        """
        ...


def run_gates(
    gates: Sequence[Gate], before: SourceFile, after: bytes, edits: Sequence[TextEdit]
) -> Verdict:
    """Ask each gate in turn and stop at the first refusal, which names its gate."""
    for gate in gates:
        verdict = gate.check(before, after, edits)
        if not verdict.ok:
            return _refused(f"{gate.name}: {verdict.reason}")
    return ACCEPTED


class ParsesGate:
    """Python parses the file after the change."""

    name = "parses"

    def check(self, before: SourceFile, after: bytes, edits: Sequence[TextEdit]) -> Verdict:  # noqa: ARG002 - the protocol's signature
        """Parse `after`."""
        try:
            python_tree(source_from_bytes(before.path, after))
        except SourceError as error:
            return _refused(str(error))
        return ACCEPTED


class OnlyDocstringsChangedGate:
    """The syntax tree is the same once the intended docstrings are taken out.

    Each edit accounts for exactly one new docstring, which evaluates to exactly
    the intended text; nothing else is new, gone or different.
    """

    name = "only docstrings changed"

    def __init__(self, text_by_step_key: Mapping[str, str]) -> None:
        self._text_by_step_key = dict(text_by_step_key)

    def check(self, before: SourceFile, after: bytes, edits: Sequence[TextEdit]) -> Verdict:
        """Compare the trees of `before` and `after`."""
        try:
            after_source = source_from_bytes(before.path, after)
            found = extra_docstrings(before, after_source)
        except SourceError as error:
            return _refused(str(error))
        except TreesDifferError as error:
            return _refused(str(error))
        if len(found) != len(edits):
            return _refused(f"{len(edits)} edits made {len(found)} docstrings")
        shift = 0
        for docstring, edit in zip(found, edits, strict=True):
            refusal = self._refusal(docstring, edit, shift)
            if refusal:
                return _refused(refusal)
            shift += len(edit.new_text) - (edit.end_byte - edit.start_byte)
        return ACCEPTED

    def _refusal(self, docstring: ExtraDocstring, edit: TextEdit, shift: int) -> str:
        start_byte = edit.start_byte + shift
        end_byte = start_byte + len(edit.new_text)
        name = docstring.qualified_name
        if not start_byte <= docstring.start_byte <= docstring.end_byte <= end_byte:
            return f"docstring of {name} is not where its edit is"
        intended = self._text_by_step_key.get(edit.step_key)
        if intended is None:
            return f"edit of {name} has the unknown step {edit.step_key!r}"
        if docstring.text != intended:
            return f"docstring of {name} reads {docstring.text!r} instead of {intended!r}"
        return ""


class BytesKeptGate:
    """Everything that the edits do not name is kept, and the file keeps its style.

    That is: the bytes outside the edits, encoding and BOM, the kind of every line
    end, and whether the last line has one. Nothing hidden is inserted.
    """

    name = "bytes kept"

    def __init__(self, *, keeps_last_newline: bool = True) -> None:
        """State how strict it is.

        Args:
            keeps_last_newline: Whether edits must leave the end of the file alone;
                what moves whole definitions can not.
        """
        self._keeps_last_newline = keeps_last_newline

    def check(self, before: SourceFile, after: bytes, edits: Sequence[TextEdit]) -> Verdict:
        """Compare the bytes of `before` and `after`."""
        try:
            expected = apply_edits(before.data, edits)
            after_source = source_from_bytes(before.path, after)
        except ValueError as error:
            return _refused(str(error))
        except SourceError as error:
            return _refused(str(error))
        if after != expected:
            return _refused(
                f"bytes outside the edits differ from byte {_mismatch(after, expected)}"
            )
        if (after_source.encoding, after_source.has_bom) != (before.encoding, before.has_bom):
            return _refused(
                f"encoding {before.encoding} became {after_source.encoding}, or the BOM"
            )
        if self._keeps_last_newline and _ends_line(after) != _ends_line(before.data):
            return _refused("the newline at the end of the file changed")
        return next(
            (_refused(reason) for edit in edits if (reason := _style_refusal(before, edit))),
            ACCEPTED,
        )


def _style_refusal(before: SourceFile, edit: TextEdit) -> str:
    if any(newline != before.newline_bytes for newline in NEWLINE.findall(edit.new_text)):
        return f"{edit.label}: inserts another newline than the {before.newline!r} of the file"
    if _touches_line_end(before.data, edit):
        return f"{edit.label}: splits or joins a line end"
    try:
        text = edit.new_text.decode(before.encoding)
    except UnicodeDecodeError as error:
        return f"{edit.label}: inserts bytes that are not {before.encoding}: {error.reason}"
    hidden = first_hidden(text)
    return f"{edit.label}: inserts the hidden {character_name(hidden)}" if hidden else ""


def _touches_line_end(data: bytes, edit: TextEdit) -> bool:
    """Say whether an edit tears a CR LF apart or makes one of two line ends."""
    before, behind = data[: edit.start_byte][-1:], data[edit.end_byte :][:1]
    seams = (
        before + data[edit.start_byte :][:1],
        data[: edit.end_byte][-1:] + behind,
        before + (edit.new_text or behind)[:1],
        (edit.new_text or before)[-1:] + behind,
    )
    return b"\r\n" in seams


def _mismatch(one: bytes, other: bytes) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((index for index, (a, b) in pairs if a != b), min(len(one), len(other)))


def _ends_line(data: bytes) -> bool:
    return data.endswith((b"\n", b"\r"))


def _refused(reason: str) -> Verdict:
    return Verdict(ok=False, reason=reason)
