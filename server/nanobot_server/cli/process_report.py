"""The report of a process: its view, a table of what was done, how to go on."""

from collections.abc import Sequence
from typing import Any, Final

from nanobot_engine.process import REFACTOR, Ledger
from nanobot_engine.process.record import VERDICT_REFUSED, Outcome
from nanobot_server.cli.output import say, table
from nanobot_server.host.view import process_view


def view(ledger: Ledger, process_id: str, *, is_alive: bool = False) -> dict[str, Any]:
    """Return the public view of a process."""
    return process_view(ledger, ledger.process(process_id), is_alive=is_alive)


_LEFT_MAX: Final = 6
"""More places that stay as they are, and their reasons, are for `nanobot diff`."""


def left(ledger: Ledger, process_id: str) -> list[str]:
    """Return the places that stay as they are, each with the reason; none where they are many.

    Who names a function reads here what became of it.
    """
    outcomes = ledger.outcomes(process_id)
    refused = [one for one in outcomes.values() if one.verdict == VERDICT_REFUSED]
    if not refused or len(refused) > _LEFT_MAX:
        return []
    steps = {step.index: step for step in ledger.steps(process_id)}
    return [
        f"{steps[one.step_index].path} {steps[one.step_index].label}: {_reason(one)}"
        for one in refused
    ]


def _reason(outcome: Outcome) -> str:
    """Return why a step has no edit; what a recipe declines, it says in its own words."""
    is_said = outcome.cause == "declined"
    return outcome.detail if is_said else f"{outcome.cause}: {outcome.detail}".rstrip(": ")


def show(shown: dict[str, Any], left: Sequence[str] = ()) -> None:
    """Print what a process did, for people.

    Args:
        shown: Its view.
        left: What stays as it is, as `left` says it.
    """
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
            ("tokens", (f"{shown['prompt_tokens']} read ({_from_cache(shown)}), "
                       f"{shown['generated_tokens']} written")),
            ("model time", f"{seconds:.1f} s ({rate} steps/min, {speed} tokens/s written)"),
        ],
    )  # fmt: skip
    for line in left:
        say(f"left as it is  {line}")
    if shown["skipped_files"]:
        skipped = shown["skipped_files"]
        say(f"{skipped} left out; 'nanobot status {process_id} --json' has the reasons")
    say(_next(shown, is_explained=bool(left)))


def _from_cache(shown: dict[str, Any]) -> str:
    rate = shown["cache_hit_rate"]
    share = "" if rate is None else f", {rate:.0%}"
    return f"{shown['cached_tokens']} from cache{share}"


def state_text(shown: dict[str, Any]) -> str:
    """Return the state in words."""
    if shown["is_interrupted"]:
        return "interrupted"
    reason = f" ({shown['reason']})" if shown["reason"] else ""
    return str(shown["state"]).replace("_", " ") + reason


def _causes(shown: dict[str, Any]) -> str:
    causes = ", ".join(f"{cause}: {n}" for cause, n in shown["refused_by_cause"].items())
    return f" ({causes})" if causes else ""


def _next(shown: dict[str, Any], *, is_explained: bool) -> str:
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
        return _why_nothing_found(shown)
    if shown["state"] == "done" and not shown["edits"]:
        why = "" if is_explained else f"; 'nanobot diff {process_id}' says why"
        return f"no edit came of it{why}"
    return "nothing is left to do"


def _why_nothing_found(shown: dict[str, Any]) -> str:
    names = shown["arguments"].get("names", "").split()
    if names and shown["recipe"] != REFACTOR:
        return (
            f"nothing to do: no file that the goal is about defines {' or '.join(names)} "
            "(tests are left out unless the goal names them)"
        )
    return "nothing to do: no Python file here has a place that the goal is about"
