"""What a process proposes, as JSON for fronts."""

from collections.abc import Collection
from typing import Any

from nanobot_engine.edit import FileEdit
from nanobot_engine.process import GateRun, Hunk, ProcessRecord, Review


def review_view(
    found: Review, record: ProcessRecord, *, texts_of: Collection[str] = ()
) -> dict[str, Any]:
    """Return the answer to `process.review`.

    Args:
        found: The proposal.
        record: Its process.
        texts_of: Files of which the text that the edits count in is wanted too.
    """
    return {
        "process_id": found.process_id,
        "recipe": record.goal.recipe,
        "goal": record.goal.sentence,
        "state": record.state.value,
        "is_whole": found.is_whole,
        "files": [
            {
                **file_view(file),
                **(_base_view(found, file) if file.path in texts_of else {}),
                "result_sha256": found.result_sha256(file.path),
                "edits": [
                    {
                        "start_byte": edit.start_byte,
                        "end_byte": edit.end_byte,
                        # Bytes that are no UTF-8 stand in files that no editor is sent edits of.
                        "new_text": edit.new_text.decode("utf-8", errors="replace"),
                        "label": edit.label,
                        "definition": edit.step_key.partition("::")[2],
                        "is_likely": edit.is_likely,
                    }
                    for edit in file.edits
                ],
            }
            for file in found.plan.files
        ],
        "refused": [
            {"path": r.path, "definition": r.label, "reason": f"{r.cause}: {r.detail}"}
            for r in found.refused
        ],
        "hunks": [hunk_view(hunk) for hunk in found.hunks],
        "notes": notes_view(found),
        "gates": [gate_view(run) for run in found.gates],
    }


def _base_view(found: Review, file: FileEdit) -> dict[str, str | None]:
    """Return the text that the edits of a file count in; null for one that is no UTF-8."""
    try:
        text = b"" if file.is_created else found.base_by_path[file.path].data
        return {"base_text": text.decode()}
    except UnicodeDecodeError:
        return {"base_text": None}


def file_view(file: FileEdit) -> dict[str, Any]:
    """Return what happens to a file, without its edits."""
    return {
        "path": file.path,
        "change": change_of(file),
        "new_path": file.new_path,
        "base_sha256": file.base_sha256,
    }


def hunk_view(hunk: Hunk) -> dict[str, Any]:
    """Return one hunk: where, why, and what was decided."""
    return {
        "hunk": hunk.hunk_id,
        "path": hunk.path,
        "change": hunk.kind.value,
        "new_path": hunk.new_path,
        "line": hunk.line,
        "line_count": hunk.line_count,
        "new_line_count": hunk.new_line_count,
        "state": hunk.state.value,
        "is_shared": hunk.is_shared,
        "is_likely": hunk.is_likely,
        "votes_ahead": hunk.votes_ahead,
        "reasons": list(hunk.reasons),
    }


def change_of(file: FileEdit) -> str:
    """Return `edited`, `created`, `moved` or `removed`."""
    if file.is_created:
        return "created"
    if file.is_removed:
        return "removed"
    return "edited" if file.new_path is None else "moved"


def notes_view(found: Review) -> list[dict[str, Any]]:
    """Return what the user should know about a change."""
    return [{"path": note.path, "line": note.line, "note": note.text} for note in found.notes]


def gate_view(run: GateRun) -> dict[str, str]:
    """Return what a gate over all files said."""
    return {"gate": run.gate, "verdict": run.verdict.value, "detail": run.detail}
