"""The recipe "fix diagnostics": a model writes one statement anew, programs see what it did.

Its steps come from a plan: what a tool said and no program repaired. Where the tool proposes
something that it is not sure of, that is tried before the model is asked. An answer counts only
when it keeps what it must (`kept`) and when the tool, asked again, says this no more and
nothing new. Where the tool can not be asked again the edit is only likely.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from nanobot_engine.edit import (
    BytesKeptGate,
    Gate,
    ParsesGate,
    SourceEncodingError,
    SourceFile,
    TextEdit,
    apply_edits,
    run_gates,
    sorted_edits,
)
from nanobot_engine.recipe.errors import DeclinedError
from nanobot_engine.recipe.fix_diagnostics import question as asking
from nanobot_engine.recipe.fix_diagnostics.gate import AskedStatement, StatementKeptGate
from nanobot_engine.recipe.fix_diagnostics.imports import needed_imports
from nanobot_engine.recipe.fix_diagnostics.kept import (
    NotKeptError,
    changes_annotations_only,
    parsed,
    same_shape,
)
from nanobot_engine.recipe.fix_diagnostics.recheck import Recheck, Rechecked
from nanobot_engine.recipe.names_gate import NamesGate
from nanobot_engine.recipe.recipe import AskingRecipe, Briefing, Candidate, Item, RedFlag
from nanobot_engine.refactor.diagnostics.repair import header_colon

__all__ = ["NAME", "AskedStatement", "FixDiagnosticsRecipe"]

NAME: Final = "fix diagnostics"
_WIDTH_MAX: Final = 88
"""Columns that a line may have in every file; more, where the file has more."""
_GROWTH_MAX: Final = 1.5
_LINES_FREE: Final = 4


class FixDiagnosticsRecipe(AskingRecipe):
    """See the module docstring. Not for several threads at once: it keeps a copy to ask in."""

    name = NAME
    grammar = asking.GRAMMAR
    tokens_max = asking.ANSWER_TOKENS_MAX
    stop = asking.STOP
    briefing = Briefing(system=asking.SYSTEM, examples=asking.EXAMPLES)

    def __init__(
        self,
        asked_by_key: Mapping[str, AskedStatement],
        repairs: Mapping[str, Sequence[TextEdit]] = MappingProxyType({}),
    ) -> None:
        """Take the statements.

        Args:
            asked_by_key: By item key.
            repairs: What programs do to files besides, by path.
        """
        self._asked_by_key = asked_by_key
        self._repairs = repairs
        self._recheck = Recheck()
        self._rechecked: dict[tuple[str, str, str], Rechecked] = {}

    def gates(self, text_by_key: Mapping[str, str]) -> Sequence[Gate]:  # noqa: ARG002 - the protocol's signature
        """Parses; statements keep what they must; names resolve. See `recheck` for the rest."""
        return (
            ParsesGate(),
            BytesKeptGate(keeps_last_newline=False),
            StatementKeptGate(self._asked_by_key),
            NamesGate(),
        )

    def enumerate(self, source: SourceFile) -> Iterable[Item]:  # noqa: ARG002 - the protocol's signature
        """List nothing: the statements come from a plan."""
        return ()

    def settled(self, source: SourceFile, item: Item) -> Candidate | None:
        """Take what the tool itself would write, where that passes every gate."""
        asked = self._asked_by_key[item.key]
        if not asked.finding.proposal:
            return None
        prefix = asking.indentation(source, asked.edit.start_byte)
        found = self._checked(source, item, asking.dedented(asked.finding.proposal, prefix))
        return found if isinstance(found, Candidate) else None

    def ask(self, source: SourceFile, item: Item, *, code_bytes_max: int) -> str:
        """Show the diagnostic, its rule, what is used, and the code around the statement."""
        asked = self._asked_by_key[item.key]
        start, end = asked.edit.start_byte, asked.edit.end_byte
        return asking.question(source, start, end, asked.finding, code_bytes_max=code_bytes_max)

    def parse(self, source: SourceFile, item: Item, answer: str) -> Candidate | RedFlag:
        """Take an answer that passes every gate by itself, and that the tool is content with."""
        asked = self._asked_by_key[item.key]
        code = asking.answered_code(answer)
        if code is None:
            return RedFlag("format", "there is no code in it")
        text = _without_indentation(code)
        if asked.finding.is_header:
            colon = header_colon(text)
            text = text if colon is None else text[: colon + 1]
        return self._checked(source, item, text)

    def _checked(self, source: SourceFile, item: Item, text: str) -> Candidate | RedFlag:
        """Ask every gate about one text of a statement."""
        asked = self._asked_by_key[item.key]
        old = asking.statement_text(source, asked.edit.start_byte, asked.edit.end_byte)
        if text == old:
            return RedFlag("unchanged", "it is as before")
        problem = _size_problem(source, asked, old, text)
        if problem:
            return RedFlag("size", problem)
        refusal = self._refusal(source, item, text)
        if refusal is not None:
            return refusal
        shape = same_shape(text, is_header=asked.finding.is_header)
        return Candidate(text, frozenset({shape}))

    def agrees(self, first: Candidate, second: Candidate) -> bool:
        """Tell whether two answers are the same code, but for layout and names of exceptions."""
        return first.features == second.features

    def edit(self, source: SourceFile, item: Item, candidate: Candidate) -> TextEdit:
        """Replace the statement.

        Raises:
            DeclinedError: The tool is not content, asked again.
            SourceEncodingError: The file's encoding has not all characters of the answer.
        """
        made = self._edit(source, item, candidate.text)
        found = self._asked_again(source, item, made)
        if found.problem:
            raise DeclinedError(found.problem)
        asked = self._asked_by_key[item.key]
        said = "; ".join(f"{one.code or 'fix'}: {one.message}" for one in asked.finding.remarks)
        prefix = asking.indentation(source, asked.edit.start_byte)
        is_proposed = candidate.text == asking.dedented(asked.finding.proposal, prefix)
        who = f"{asked.finding.tool} proposes it" if is_proposed else "a model wrote it"
        how = f"not checked again: {found.unchecked}" if found.unchecked else "gone, none new"
        if self._changes_annotations_only(source, item, candidate.text):
            how += "; only annotations change"
        is_likely = bool(found.unchecked) or is_proposed
        label = f"{said} ({who}; {how})"
        return replace(made, label=label, is_likely=is_likely)

    def file_edits(self, source: SourceFile, text_by_key: Mapping[str, str]) -> Sequence[TextEdit]:
        """Import what the new statements use."""
        keys = [key for key in text_by_key if key in self._asked_by_key]
        if not keys:
            return ()
        edits = [
            self._edit(source, Item(key, source.path, key), text_by_key[key])
            for key in keys
            if key.startswith(f"{source.path}::#")
        ]
        after = apply_edits(source.data, sorted_edits(edits))
        findings = (self._asked_by_key[key].finding for key in keys)
        said = " ".join(
            f"{one.rule} {' '.join(map(str, one.remarks))} {one.definitions}" for one in findings
        )
        return needed_imports(source, after, said, self._repairs.get(source.path, ()))

    def _edit(self, source: SourceFile, item: Item, text: str) -> TextEdit:
        place = self._asked_by_key[item.key].edit
        prefix = asking.indentation(source, place.start_byte)
        try:
            encoded = asking.indented(text, prefix, source.newline).encode(source.encoding)
        except UnicodeEncodeError as error:
            raise SourceEncodingError(source.path, f"can not hold the answer: {error}") from error
        return TextEdit(place.start_byte, place.end_byte, encoded, item.key, place.label)

    def _refusal(self, source: SourceFile, item: Item, text: str) -> RedFlag | None:
        """Run the gates for one answer alone, and ask the tool again."""
        try:
            made = self._edit(source, item, text)
        except SourceEncodingError as error:
            return RedFlag("encoding", str(error))
        edits = sorted_edits([made, *self.file_edits(source, {item.key: text})])
        after = apply_edits(source.data, edits)
        verdict = run_gates(self.gates({item.key: text}), source, after, edits)
        if not verdict.ok:
            name, _, reason = verdict.reason.partition(": ")
            return RedFlag(name, reason)
        found = self._asked_again(source, item, made)
        return RedFlag("asked again", found.problem) if found.problem else None

    def _asked_again(self, source: SourceFile, item: Item, made: TextEdit) -> Rechecked:
        text = made.new_text.decode(source.encoding)
        key = item.key, source.sha256, text
        if key not in self._rechecked:
            asked = self._asked_by_key[item.key]
            prefix = asking.indentation(source, made.start_byte)
            plain = asking.dedented(text, prefix)
            edits = sorted_edits([made, *self.file_edits(source, {item.key: plain})])
            self._rechecked[key] = self._recheck.ask(asked.finding, source, edits, made)
        return self._rechecked[key]

    def _changes_annotations_only(self, source: SourceFile, item: Item, text: str) -> bool:
        asked = self._asked_by_key[item.key]
        start, end = asked.edit.start_byte, asked.edit.end_byte
        try:
            old, new = (
                parsed(one, is_header=asked.finding.is_header)
                for one in (asking.statement_text(source, start, end), text)
            )
        except NotKeptError:
            return False
        return changes_annotations_only(old, new)


def _without_indentation(code: str) -> str:
    """Return code without the indentation that all its lines have, as its first line has it."""
    lines = code.split("\n")
    prefix = lines[0][: len(lines[0]) - len(lines[0].lstrip())]
    return "\n".join(line.removeprefix(prefix) for line in lines).rstrip()


def _size_problem(source: SourceFile, asked: AskedStatement, old: str, new: str) -> str:
    """Return why the size of an answer is not sane; mostly empty."""
    was, now = old.count("\n") + 1, new.count("\n") + 1
    if now > was * _GROWTH_MAX + _LINES_FREE:
        return f"{was} lines became {now}"
    usual = max(map(len, source.data.decode(source.encoding).splitlines()), default=0)
    indent = len(asking.indentation(source, asked.edit.start_byte))
    longest = max(len(line) + indent for line in new.split("\n"))
    return f"a line of {longest} columns" if longest > max(usual, _WIDTH_MAX) else ""
