"""`nanobot diff ID`: the edits of a process as a unified diff."""

from nanobot_engine.process import Ledger, review
from nanobot_server.cli.arguments import In, Json, ProcessId, existing_ledger, workspace_of
from nanobot_server.cli.output import print_json, remark, reported, say
from nanobot_server.cli.refactor import gates_text, note_text
from nanobot_server.host.review_view import file_view, gate_view, notes_view


def command(process_id: ProcessId, workspace: In = None, *, as_json: Json = False) -> None:
    """Show what a process would change. Also while it runs."""
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
                    "refused": refused,
                    "notes": notes_view(found),
                    "gates": [gate_view(run) for run in found.gates],
                    "diff": found.diff(),
                }
            )
            return
        if found.gates:
            say(gates_text(found.gates))
        if found.plan.files:
            say(found.diff().rstrip("\n"))
        for note in found.notes:
            remark(note_text(note))
        for refusal in found.refused:
            remark(f"refused {refusal.path} {refusal.label}: {refusal.cause}: {refusal.detail}")
        if not found.plan.files:
            remark(f"{process_id} has no edits")
