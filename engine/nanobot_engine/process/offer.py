"""What a process offers: its plan by hunks, and any part of it as a plan of its own.

    edit_review ─> everything planned ─> hunks with their states ─> a part over what stands

A part is made for the text in which the accepted hunks stand, so that accepting the next
one is like accepting the first. Whether a part can stand alone is asked here of the gates
of a recipe; those over all files of a refactoring are in `subset_gate`.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from nanobot_engine.edit import (
    EditError,
    EditPlan,
    FileEdit,
    SourceFile,
    TextEdit,
    sha256_hex,
    sorted_edits,
    source_from_bytes,
)
from nanobot_engine.process.decision import decided
from nanobot_engine.process.edit_review import Review
from nanobot_engine.process.edit_review import review as planned_review
from nanobot_engine.process.errors import ChoiceError
from nanobot_engine.process.hunk import Hunk, HunkKind, HunkState, hunks_of, narrowed
from nanobot_engine.process.ledger import Ledger
from nanobot_engine.process.record import VERDICT_EDIT, BaseFile
from nanobot_engine.process.refactor_records import recipe_of
from nanobot_engine.process.state import UNFINISHED, ProcessState
from nanobot_engine.process.verification import verdict_on, with_file_edits
from nanobot_engine.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Choice:
    """Which hunks a user means: those of some files, some by id, or all that are open."""

    paths: frozenset[str] = frozenset()
    """Of files before or after the change."""
    hunks: frozenset[str] = frozenset()
    """Ids, or so much of their beginning that only one fits."""


EVERYTHING = Choice()


@dataclass(frozen=True, slots=True)
class Part:
    """Some hunks as a plan."""

    review: Review
    """For the texts in which the accepted hunks stand."""
    file_by_path: Mapping[str, FileEdit]
    """Its files by the path that hunks name."""
    refused: tuple[tuple[str, str], ...]
    """(path, why): files of which these hunks can not stand without the others."""


class Offer:
    """Everything one process planned, by hunk. Reads the ledger once; writes nothing."""

    def __init__(
        self, ledger: Ledger, process_id: str, *, lost: Collection[tuple[str, int | None]] = ()
    ) -> None:
        """Collect what is offered.

        Args:
            ledger: The ledger.
            process_id: The process.
            lost: See `decision.decided`.

        Raises:
            ProcessUnknownError: There is no such process.
        """
        self._ledger = ledger
        self._process_id = process_id
        self.planned = planned_review(ledger, process_id)
        """The whole plan, whatever was decided."""
        self._file_by_path = {file.path: file for file in self.planned.plan.files}
        found = (
            hunk
            for file in self.planned.plan.files
            for hunk in hunks_of(process_id, file, self._base(file))
        )
        self._hunks_by_path: defaultdict[str, list[Hunk]] = defaultdict(list)
        margins = self._margins()
        shift = 0
        for hunk in decided(ledger, process_id, found, lost=lost):
            of_file = self._hunks_by_path[hunk.path]
            shift = shift if of_file else 0
            keys = [key for e in hunk.edits for key in (e.step_key, _doubt_key(e, hunk))]
            votes = min((margins[key] for key in keys if margins.get(key)), default=0)
            line = hunk.line + shift if hunk.line else 0
            of_file.append(replace(hunk, line=line, votes_ahead=votes))
            if hunk.state is HunkState.ACCEPTED:
                shift += hunk.new_line_count - hunk.line_count
        self.hunks = tuple(hunk for hunks in self._hunks_by_path.values() for hunk in hunks)

    @property
    def open_hunks(self) -> tuple[Hunk, ...]:
        """Those that nobody decided about."""
        return tuple(hunk for hunk in self.hunks if hunk.state is HunkState.OPEN)

    def chosen(self, choice: Choice) -> tuple[Hunk, ...]:
        """Return the hunks that a user means. What stands already is left out.

        Raises:
            ChoiceError: No hunk has this id, or several, or the plan has no such file.
        """
        if choice == EVERYTHING:
            return self.open_hunks
        named = {self._hunk(start).hunk_id for start in choice.hunks}
        paths = {path for hunk in self.hunks for path in (hunk.path, hunk.new_path) if path}
        unknown = sorted(choice.paths - paths)
        if unknown:
            raise ChoiceError(unknown[0], "no file of this plan", sorted(paths))
        return tuple(
            hunk
            for hunk in self.hunks
            if hunk.state is not HunkState.ACCEPTED
            and (
                hunk.hunk_id in named
                # A file means what is still offered of it.
                or (hunk.state is HunkState.OPEN and {hunk.path, hunk.new_path} & choice.paths)
            )
        )

    def part(self, wanted: Collection[Hunk]) -> Part:
        """Return some hunks as a plan over what stands.

        Args:
            wanted: None of them is accepted.
        """
        return self._part(wanted, standing=HunkState.ACCEPTED)

    def result(self, wanted: Collection[Hunk]) -> Part:
        """Return these hunks and those that stand as one plan over the files at the start."""
        stands = [hunk for hunk in self.hunks if hunk.state is HunkState.ACCEPTED]
        return self._part([*wanted, *stands], standing=None)

    def _part(self, wanted: Collection[Hunk], *, standing: HunkState | None) -> Part:
        ids = {hunk.hunk_id for hunk in wanted}
        files: dict[str, FileEdit] = {}
        bases: dict[str, BaseFile] = {}
        refused: list[tuple[str, str]] = []
        for path, file in self._file_by_path.items():
            hunks = self._hunks_by_path[path]
            chosen = [hunk for hunk in hunks if hunk.hunk_id in ids]
            stands = [hunk for hunk in hunks if standing is not None and hunk.state is standing]
            if not any(not hunk.is_shared for hunk in chosen):
                continue
            try:
                found, base = self._narrowed(file, stands, chosen)
            except EditError as error:
                refused.append((path, str(error)))
                continue
            if found is None:
                continue
            files[path] = found
            if not found.is_created:
                is_overlay = self.planned.base_by_path[path].is_overlay
                bases[found.path] = BaseFile(found.path, sha256_hex(base), base, is_overlay)
        plan = EditPlan(tuple(sorted(files.values(), key=lambda one: one.path)))
        found_review = replace(self.planned, plan=plan, base_by_path=bases, hunks=self.hunks)
        return Part(found_review, files, tuple(refused))

    def _narrowed(
        self, file: FileEdit, stands: Sequence[Hunk], chosen: Sequence[Hunk]
    ) -> tuple[FileEdit | None, bytes]:
        base = self._base(file)
        if file.is_created or file.is_removed:
            return file, base
        has_all = len(stands) + len(chosen) == len(self._hunks_by_path[file.path])
        if not stands and has_all:
            return file, base
        source = source_from_bytes(file.path, base)
        before = self._edits(source, file, stands)
        after = self._edits(source, file, [*stands, *chosen])
        # The gates of a refactoring look at all files together, see `subset_gate`.
        if not self.planned.is_whole:
            verdict = verdict_on(self._recipe, source, self._text_by_key, after)
            if not verdict.ok:
                raise _PartError(f"{file.path}: without its other hunks {verdict.reason}")
        return narrowed(
            file,
            base,
            standing=before,
            wanted=after,
            has_moved=any(hunk.kind is HunkKind.MOVED for hunk in stands),
            moves=any(hunk.kind is HunkKind.MOVED for hunk in chosen),
        )

    def _edits(
        self, source: SourceFile, file: FileEdit, hunks: Iterable[Hunk]
    ) -> tuple[TextEdit, ...]:
        """Return the edits of some hunks with what the file needs once for them."""
        edits = [edit for hunk in hunks for edit in hunk.edits if edit.step_key]
        if len(edits) == sum(bool(edit.step_key) for edit in file.edits):
            return file.edits
        keys = {edit.step_key for edit in edits}
        texts = {key: self._text_by_key[key] for key in keys if key in self._text_by_key}
        try:
            return with_file_edits(self._recipe, source, texts, sorted_edits(edits))
        except ValueError as error:
            raise _PartError(f"{file.path}: {error}") from error

    @cached_property
    def _recipe(self) -> Recipe:
        return recipe_of(self._ledger, self._process_id)

    @cached_property
    def _text_by_key(self) -> dict[str, str]:
        """The winners of steps, by step."""
        steps = self._ledger.steps(self._process_id)
        return {
            steps[index].item_key: outcome.detail
            for index, outcome in self._ledger.outcomes(self._process_id).items()
            if outcome.verdict == VERDICT_EDIT
        }

    def _margins(self) -> dict[str, int]:
        """Return by how many votes each step was won, by its key."""
        steps = self._ledger.steps(self._process_id)
        outcomes = self._ledger.outcomes(self._process_id)
        return {steps[index].item_key: outcome.margin for index, outcome in outcomes.items()}

    def _base(self, file: FileEdit) -> bytes:
        return b"" if file.is_created else self.planned.base_by_path[file.path].data

    def _hunk(self, start: str) -> Hunk:
        found = [hunk for hunk in self.hunks if hunk.hunk_id.startswith(start)]
        if len(found) != 1 or not start:
            problem = "the beginning of several hunks" if found else "no hunk of this plan"
            raise ChoiceError(start, problem, [hunk.hunk_id for hunk in found or self.hunks])
        if found[0].is_shared:
            others = [h.hunk_id for h in self._hunks_by_path[found[0].path] if not h.is_shared]
            raise ChoiceError(start, "what its file needs once for other hunks", others)
        return found[0]


def _doubt_key(edit: TextEdit, hunk: Hunk) -> str:
    """Return the step of an edit that a model was asked about; see `refactor_plan`."""
    return f"{hunk.path}::#{edit.start_byte}"


class _PartError(EditError):
    """Some hunks of a file can not stand without the others."""


def review(ledger: Ledger, process_id: str) -> Review:
    """Return what a process proposes: what is still open while it waits for review.

    Before and after that it is the whole plan; but not what stands already while some steps
    are asked again.

    Raises:
        ProcessUnknownError: There is no such process.
    """
    offer = Offer(ledger, process_id)
    state = ledger.process(process_id).state
    stands = any(hunk.state is HunkState.ACCEPTED for hunk in offer.hunks)
    if state is not ProcessState.WAITING_FOR_REVIEW and not (state in UNFINISHED and stands):
        return replace(offer.planned, hunks=offer.hunks)
    return offer.part(offer.open_hunks).review
