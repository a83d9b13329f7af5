"""What stands of a process in the user's files, as the ledger knows it.

A file may have been written several times, hunk by hunk, with changes of the user in
between. All of it together is one thing to take back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

from nanobot_engine.edit import (
    NO_FILE,
    AppliedFile,
    EditError,
    FileEdit,
    PathRefusedError,
    PendingWrite,
    SourceUnreadableError,
    apply_edits,
    sha256_hex,
    source_from_bytes,
)
from nanobot_engine.edit.apply import existing_file
from nanobot_engine.edit.errors import MergeTooLargeError
from nanobot_engine.edit.python_syntax import python_tree
from nanobot_engine.edit.undo import merged_undo
from nanobot_engine.process.decision import accepted_plans
from nanobot_engine.process.ledger import Ledger
from nanobot_engine.process.write_journal import base_texts, standing_writes

_PYTHON_SUFFIXES: Final = (".py", ".pyi")
_NOTHING_SHOWN: Final[Mapping[str, bytes]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Standing:
    """One file with the edits of a process."""

    applied: AppliedFile
    """What is to be taken back, for `edit.undo`."""
    writes: tuple[PendingWrite, ...]
    """Those that made it so: two for a file that moved."""
    reason: str = ""
    """Why it can not be taken back; empty where `applied` says how."""


@dataclass(frozen=True, slots=True)
class _Step:
    """What one accept did to one file; None where there is no text."""

    path: str
    new_path: str | None
    before: bytes | None = field(repr=False)
    after: bytes | None = field(repr=False)
    writes: tuple[PendingWrite, ...]

    @property
    def result_path(self) -> str:
        """Where the file is, or was when it was removed."""
        return self.new_path or self.path


def standing_files(
    ledger: Ledger, process_id: str, root: Path, shown: Mapping[str, bytes] = _NOTHING_SHOWN
) -> list[Standing]:
    """Return the files that have the edits of a process, by path.

    Args:
        ledger: The ledger.
        process_id: Whose.
        root: The workspace: what the user changed between two writes is looked up there.
        shown: Texts of now that count instead of those of the files, by path.
    """
    chains: dict[str, list[_Step]] = {}
    for step in _steps(ledger, process_id, root):
        chain = chains.pop(step.path, [])
        chains[step.result_path] = [*chain, step]
    found = [_standing(root, chain, shown) for chain in chains.values()]
    return sorted(found, key=lambda standing: standing.applied.path)


def text_without(path: str, data: bytes, standing: Standing) -> bytes | None:
    """Return a text of now without what stands of a process in its file.

    Args:
        path: The file; it was neither created nor removed.
        data: The text of it, perhaps not saved.
        standing: What stands.

    Returns:
        None where both changed the same lines.

    Raises:
        MergeTooLargeError: Comparing the texts could take minutes.
    """
    before, after = standing.applied.before, standing.applied.after
    if standing.reason or before is None or after is None or standing.applied.path != path:
        return None
    return before if data in (before, after) else merged_undo(data, before=before, after=after)


def _steps(ledger: Ledger, process_id: str, root: Path) -> list[_Step]:
    """Return what was done to files, oldest first; a move is one step of two writes."""
    writes = [one.write for one in standing_writes(ledger, process_id)]
    files = [file for plan in accepted_plans(ledger, process_id) for file in plan.files]
    texts = base_texts(ledger, process_id)
    by_result = _by_result(files)
    removal_of = _moves(writes, files)
    arrivals = {id(creation): removal for removal, creation in removal_of}
    steps: list[_Step] = []
    departures = {id(removal) for removal, _ in removal_of}
    for write in writes:
        if id(write) in departures:
            continue
        after = None if write.after_sha256 == NO_FILE else _after(root, write, by_result, texts)
        removal = arrivals.get(id(write))
        if removal is not None:
            both = (removal, write)
            steps.append(_Step(removal.path, write.path, removal.before, after, both))
        else:
            before = None if write.before_sha256 == NO_FILE else write.before
            steps.append(_Step(write.path, None, before, after, (write,)))
    return steps


def _by_result(files: Sequence[FileEdit]) -> dict[str, list[FileEdit]]:
    found: dict[str, list[FileEdit]] = {}
    for file in files:
        if file.result_path is not None:
            found.setdefault(file.result_path, []).append(file)
    return found


def _moves(
    writes: Sequence[PendingWrite], files: Sequence[FileEdit]
) -> list[tuple[PendingWrite, PendingWrite]]:
    """Return the pairs of writes that moved a file: the removal, and the creation."""
    removals = {(w.path, w.before_sha256): w for w in writes if w.after_sha256 == NO_FILE}
    creations = {(w.path, w.after_sha256): w for w in writes if w.before_sha256 == NO_FILE}
    pairs: dict[int, tuple[PendingWrite, PendingWrite]] = {}
    for file in files:
        removal = removals.get((file.path, file.base_sha256))
        if file.new_path is None or removal is None:
            continue
        digest = sha256_hex(apply_edits(removal.before, file.edits))
        creation = creations.get((file.new_path, digest))
        if creation is not None:
            pairs[id(creation)] = (removal, creation)
    return list(pairs.values())


def _after(
    root: Path,
    write: PendingWrite,
    by_result: dict[str, list[FileEdit]],
    texts: dict[str, bytes],
) -> bytes:
    """Return the text that `write` left behind."""
    for file in by_result.get(write.path, ()):
        if file.is_created:
            before: bytes | None = b""
        else:
            # Of a move that was taken back half-way, only the new file stands.
            before = texts.get(file.base_sha256)
        if before is None:
            continue
        after = apply_edits(before, file.edits)
        if sha256_hex(after) == write.after_sha256:
            return after
    try:
        found = existing_file(root, write.path)
    except (PathRefusedError, SourceUnreadableError):
        found = None
    if found is not None and sha256_hex(found[0]) == write.after_sha256:
        return found[0]
    return write.before


def _standing(root: Path, chain: Sequence[_Step], shown: Mapping[str, bytes]) -> Standing:
    links = _links(chain)
    first, last = chain[0], chain[-1]
    writes = tuple({write.path: write for step in chain for write in step.writes}.values())
    new_path = last.result_path if last.result_path != first.path else None
    mode = last.writes[0].mode
    applied = AppliedFile(first.path, links[0][0], links[-1][1], new_path, mode)
    if len(links) == 1 or first.before is None:
        return Standing(applied, writes)
    try:
        return _merged(root, applied, links, writes, shown)
    except MergeTooLargeError as error:
        return Standing(applied, writes, f"{applied.path}: {error}; undo it by hand")
    except (PathRefusedError, SourceUnreadableError) as error:
        return Standing(applied, writes, str(error))


def _links(chain: Sequence[_Step]) -> list[tuple[bytes | None, bytes | None]]:
    """Join steps between which the file did not change."""
    links: list[tuple[bytes | None, bytes | None]] = []
    for step in chain:
        if links and links[-1][1] == step.before:
            links[-1] = (links[-1][0], step.after)
        else:
            links.append((step.before, step.after))
    return links


def _merged(
    root: Path,
    applied: AppliedFile,
    links: Sequence[tuple[bytes | None, bytes | None]],
    writes: tuple[PendingWrite, ...],
    shown: Mapping[str, bytes],
) -> Standing:
    """Take the links out of today's text, newest first, and say what is left to write."""
    path = applied.new_path or applied.path
    found = existing_file(root, path)
    if applied.after is None:
        # It was removed at last: what stands before that is where to begin.
        wanted, links = links[-1][0], links[:-1]
    elif found is None:
        return Standing(applied, writes)
    else:
        wanted = shown.get(path, found[0])
    current = wanted
    for before, after in reversed(links):
        assert before is not None
        assert after is not None
        assert wanted is not None
        wanted = before if wanted == after else merged_undo(wanted, before=before, after=after)
        if wanted is None:
            reason = f"{path}: was changed in the same lines; undo them by hand"
            return Standing(applied, writes, reason)
    assert wanted is not None
    assert current is not None
    if stops_parsing(path, current, wanted):
        reason = f"{path}: would not parse after the undo; undo it by hand"
        return Standing(applied, writes, reason)
    after_all = None if applied.after is None else current
    merged = AppliedFile(applied.path, wanted, after_all, applied.new_path, applied.mode)
    return Standing(merged, writes)


def stops_parsing(path: str, current: bytes, wanted: bytes) -> bool:
    """Say whether Python code that parses now would not parse any more."""
    return _parses(path, current) and not _parses(path, wanted)


def _parses(path: str, data: bytes) -> bool:
    if not path.endswith(_PYTHON_SUFFIXES):
        return True
    try:
        python_tree(source_from_bytes(path, data))
    except EditError:
        return False
    return True
