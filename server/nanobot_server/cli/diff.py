"""`nanobot diff ID`: the edits of a process as a unified diff."""

from nanobot_engine.process import Ledger, review
from nanobot_server.cli.arguments import In, Json, ProcessId, existing_ledger, workspace_of
from nanobot_server.cli.output import print_json, remark, reported, say


def command(process_id: ProcessId, workspace: In = None, *, as_json: Json = False) -> None:
    """Show what a process would change. Also while it runs."""
    with reported(as_json=as_json):
        with Ledger.open(existing_ledger(workspace_of(workspace))) as ledger:
            found = review(ledger, process_id)
        if as_json:
            files = [
                {"path": edit.path, "base_sha256": edit.base_sha256, "edits": len(edit.edits)}
                for edit in found.plan.files
            ]
            refused = [
                {"path": r.path, "definition": r.label, "cause": r.cause, "detail": r.detail}
                for r in found.refused
            ]
            print_json(
                {
                    "process_id": process_id,
                    "files": files,
                    "refused": refused,
                    "diff": found.diff(),
                }
            )
            return
        if found.plan.files:
            say(found.diff().rstrip("\n"))
        for refusal in found.refused:
            remark(f"refused {refusal.path} {refusal.label}: {refusal.cause}: {refusal.detail}")
        if not found.plan.files:
            remark(f"{process_id} has no edits")
