"""The report of a process: its view, a table of what was done, how to go on."""

from typing import Any

from nanobot_engine.process import Ledger
from nanobot_server.cli.output import say, table
from nanobot_server.host.view import process_view


def view(ledger: Ledger, process_id: str, *, is_alive: bool = False) -> dict[str, Any]:
    """Return the public view of a process."""
    return process_view(ledger, ledger.process(process_id), is_alive=is_alive)


def show(shown: dict[str, Any]) -> None:
    """Print what a process did, for people."""
    process_id = shown["process_id"]
    seconds = shown["seconds"]
    rate = f"{60 * shown['done'] / seconds:.1f}" if seconds else "-"
    speed = f"{shown['generated_tokens'] / seconds:.1f}" if seconds else "-"
    table(
        (process_id, state_text(shown)),
        [
            ("goal", shown["goal"]),
            ("found", str(shown["steps"])),
            ("edits", str(shown["edits"])),
            ("refused", f"{shown['refused']}{_causes(shown)}"),
            ("votes", f"{shown['votes']}, {shown['flags']} red-flagged"),
            ("tokens", (f"{shown['prompt_tokens']} read ({shown['cached_tokens']} from cache), "
                       f"{shown['generated_tokens']} written")),
            ("model time", f"{seconds:.1f} s ({rate} steps/min, {speed} tokens/s written)"),
        ],
    )  # fmt: skip
    if shown["skipped_files"]:
        skipped = shown["skipped_files"]
        say(f"{skipped} left out; 'nanobot status {process_id} --json' has the reasons")
    say(_next(shown))


def state_text(shown: dict[str, Any]) -> str:
    """Return the state in words."""
    if shown["is_interrupted"]:
        return "interrupted"
    reason = f" ({shown['reason']})" if shown["reason"] else ""
    return str(shown["state"]).replace("_", " ") + reason


def _causes(shown: dict[str, Any]) -> str:
    causes = ", ".join(f"{cause}: {n}" for cause, n in shown["refused_by_cause"].items())
    return f" ({causes})" if causes else ""


def _next(shown: dict[str, Any]) -> str:
    process_id = shown["process_id"]
    if shown["state"] == "waiting_for_review":
        return (
            f"'nanobot diff {process_id}' shows the edits, 'nanobot accept {process_id}' writes "
            f"them, 'nanobot reject {process_id}' drops them"
        )
    if shown["state"] in {"paused", "failed", "queued"} or shown["is_interrupted"]:
        return f"'nanobot resume {process_id}' continues, 'nanobot cancel {process_id}' gives up"
    if shown["state"] == "done" and shown["edits"]:
        return f"'nanobot undo {process_id}' takes the edits back"
    if shown["state"] == "done" and not shown["steps"]:
        return "nothing to do: no Python file here has a place that the goal is about"
    if shown["state"] == "done" and not shown["edits"]:
        return f"no edit passed its checks; 'nanobot diff {process_id}' says why"
    return "nothing is left to do"
