"""What stands of a process in the user's files, as the ledger knows it."""

from collections.abc import Iterator
from dataclasses import dataclass

from nanobot_engine.edit import (
    NO_FILE,
    AppliedFile,
    EditPlan,
    FileEdit,
    PendingWrite,
    apply_edits,
    sha256_hex,
)
from nanobot_engine.process.ledger import Ledger
from nanobot_engine.process.write_journal import written_files


@dataclass(frozen=True, slots=True)
class Standing:
    """One file with the edits of a process."""

    applied: AppliedFile
    writes: tuple[PendingWrite, ...]
    """Those that made it so: two for a file that moved."""


def standing_files(ledger: Ledger, process_id: str) -> list[Standing]:
    """Return the files that have the edits of a process, by path."""
    write_by_path = {write.path: write for write in written_files(ledger, process_id)}
    plans = [EditPlan.from_json(text) for text in ledger.accepted_plans(process_id)]
    files = [file for plan in plans for file in plan.files]
    found = list(_moved(files, write_by_path))
    for write in write_by_path.values():
        after = None if write.after_sha256 == NO_FILE else _after(ledger, process_id, files, write)
        before = None if write.before_sha256 == NO_FILE else write.before
        applied = AppliedFile(write.path, before, after, mode=write.mode)
        found.append(Standing(applied, (write,)))
    return sorted(found, key=lambda standing: standing.applied.path)


def _moved(files: list[FileEdit], write_by_path: dict[str, PendingWrite]) -> Iterator[Standing]:
    """Take out the pairs of writes that moved a file."""
    for file in files:
        old = write_by_path.get(file.path)
        new = write_by_path.get(file.new_path or "")
        if old is None or new is None or old.after_sha256 != NO_FILE:
            continue
        if new.before_sha256 != NO_FILE or old.before_sha256 != file.base_sha256:
            continue
        del write_by_path[old.path], write_by_path[new.path]
        after = apply_edits(old.before, file.edits)
        yield Standing(AppliedFile(old.path, old.before, after, new.path, old.mode), (old, new))


def _after(ledger: Ledger, process_id: str, files: list[FileEdit], write: PendingWrite) -> bytes:
    """Return the text that `write` left behind."""
    for file in files:
        if file.result_path != write.path:
            continue
        if file.is_created:
            before = b""
        elif file.new_path is not None:
            # Of a move that was taken back half-way, only the new file stands.
            before = ledger.base_file(process_id, file.path).data
        else:
            before = write.before
        if sha256_hex(before) != file.base_sha256 and not file.is_created:
            continue
        after = apply_edits(before, file.edits)
        if sha256_hex(after) == write.after_sha256:
            return after
    return write.before
