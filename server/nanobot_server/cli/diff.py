"""`nanobot diff ID`: the edits of a process as a unified diff, with its hunks and reasons."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from nanobot_engine.process import Hunk, HunkState, Ledger, Review, review
from nanobot_server.cli.arguments import In, Json, ProcessId, existing_ledger, workspace_of
from nanobot_server.cli.output import counted, print_json, remark, reported, say
from nanobot_server.cli.refactor import gates_text, note_text
from nanobot_server.host.review_view import file_view, gate_view, hunk_view, notes_view

_SECTION: Final = re.compile(r"@@ -(\d+)(?:,(\d+))? ")


def command(process_id: ProcessId, workspace: In = None, *, as_json: Json = False) -> None:
    """Show what a process would change, hunk by hunk and why. Also while it runs."""
    with reported(as_json=as_json):
        with Ledger.open(existing_ledger(workspace_of(workspace))) as ledger:
            found = review(ledger, process_id)
        if as_json:
            files = [{**file_view(file), "edits": len(file.edits)} for file in found.plan.files]
            refused = [
                {"path": r.path, "definition": r.label, "cause": r.cause, "detail": r.detail}
                for r in found.refused
            ]
            print_json(
                {
                    "process_id": process_id,
                    "files": files,
                    "hunks": [hunk_view(hunk) for hunk in found.hunks],
                    "refused": refused,
                    "notes": notes_view(found),
                    "gates": [gate_view(run) for run in found.gates],
                    "diff": found.diff(),
                }
            )
            return
        if found.gates:
            say(gates_text(found.gates))
        for line in _annotated(found):
            say(line)
        for note in found.notes:
            remark(note_text(note))
        for refusal in found.refused:
            remark(f"refused {refusal.path} {refusal.label}: {refusal.cause}: {refusal.detail}")
        _remark_decided(found)
        if not found.plan.files:
            remark(f"{process_id} has no edits")


def _annotated(found: Review) -> Iterator[str]:
    """Yield the diff with the hunks of each section behind its `@@`: id and reason.

    There programs that apply a diff pass over them, as over lines before a file's header.
    """
    shown = {path for file in found.plan.files for path in (file.path, file.result_path)}
    for path, diff in found.diffs():
        hunks = [
            hunk
            for hunk in found.hunks
            if path in (hunk.path, hunk.new_path) and path in shown and _is_shown(found, hunk)
        ]
        yield from (f"# {_titled(hunk)}" for hunk in hunks if not hunk.line)
        left = [hunk for hunk in hunks if hunk.line]
        for line in diff.splitlines():
            section = _SECTION.match(line)
            if section is not None:
                first, count = int(section[1]), int(section[2] or 1)
                titles = []
                while left and left[0].line <= first + max(count, 1):
                    titles.append(_titled(left.pop(0)))
                yield " ".join([line, " | ".join(titles)]).rstrip()
            else:
                yield line


def _is_shown(found: Review, hunk: Hunk) -> bool:
    """Say whether a hunk is part of the plan: what is decided is none of an open review."""
    has_open = any(one.state is HunkState.OPEN for one in found.hunks)
    return hunk.state is HunkState.OPEN if has_open else hunk.state is not HunkState.REJECTED


def _titled(hunk: Hunk) -> str:
    votes = f" ({counted(hunk.votes_ahead, 'vote')} ahead)" if hunk.votes_ahead else ""
    with_others = " (comes with the others)" if hunk.is_shared else ""
    return f"hunk {hunk.hunk_id}: {'; '.join(hunk.reasons)}{votes}{with_others}"


def _remark_decided(found: Review) -> None:
    """Say how many hunks are not in the diff because somebody decided about them."""
    states: Sequence[HunkState] = [hunk.state for hunk in found.hunks]
    accepted, rejected = states.count(HunkState.ACCEPTED), states.count(HunkState.REJECTED)
    if HunkState.OPEN in states and accepted + rejected:
        remark(
            f"{counted(len(states), 'hunk')}: {states.count(HunkState.OPEN)} open, "
            f"{accepted} accepted, {rejected} rejected"
        )
