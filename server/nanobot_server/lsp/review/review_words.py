"""What a user reads about a review, and nothing else. Pure functions."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from nanobot_server.lsp.document.planned_texts import Unapplied
from nanobot_server.lsp.review.edit_plan import Plan
from nanobot_server.lsp.review.workspace_edit import FileChange

_NAMED_FILES_MAX: Final = 5


def question(plan: Plan) -> str:
    """Ask about a whole plan."""
    text = (
        f"nanobot: {plural(plan.edit_count, noun(plan))} "
        f"in {plural(len(plan.files), 'file')} {'is' if plan.edit_count == 1 else 'are'} ready"
    )
    return f"{text}, {len(plan.refusals)} refused" if plan.refusals else text


def asked_again(steps: Sequence[Mapping[str, Any]]) -> str:
    """Say which definitions changed, so that they are asked about again."""
    named = [f"{step['definition']} in {step['path']}" for step in steps[:_NAMED_FILES_MAX]]
    rest = len(steps) - _NAMED_FILES_MAX
    more = f" and {rest} more" if rest > 0 else ""
    return f"nanobot: changed since, and asked again: {', '.join(named)}{more}"


def beyond(process_id: str, operations: frozenset[str]) -> str:
    """Say that the editor can not make a change at all."""
    verbs = " and ".join(sorted(operations))
    return (
        f"nanobot: this editor does not {verbs} files for a language server; "
        f"'nanobot accept {process_id}' in a terminal writes the change"
    )


def nothing(plan: Plan) -> str:
    """Say why there is no edit."""
    if not plan.refusals:
        return "nanobot: there was nothing to do"
    first = plan.refusals[0]
    text = f"nanobot: no {noun(plan)} passed every check ({first.definition}: {first.reason}"
    return text + (f"; and {len(plan.refusals) - 1} more)" if len(plan.refusals) > 1 else ")")


def not_changed(unapplied: Sequence[Unapplied]) -> str:
    """Say which files were left as they are, and why."""
    named = "; ".join(f"{item.path}: {item.reason}" for item in unapplied[:_NAMED_FILES_MAX])
    rest = len(unapplied) - _NAMED_FILES_MAX
    more = f"; and {rest} more" if rest > 0 else ""
    return (
        f"nanobot: {plural(len(unapplied), 'file')} not changed ({named}{more}); "
        "the command nanobot.process.review tries again"
    )


def waits(process_id: str, *, can_ask: bool) -> str:
    """Say how to come back to a review, or how to decide where nothing can be asked."""
    how = (
        "the command nanobot.process.review shows them again"
        if can_ask
        else "accept or reject them by code actions or the command nanobot.process.accept"
    )
    return f"nanobot: the edits of {process_id} wait; {how}"


def label(changes: Sequence[FileChange], plan: Plan) -> str:
    """Return what the editor calls an edit, in its undo menu for instance."""
    edits = [edit for change in changes for edit in change.file.edits]
    if len(edits) == 1:
        return edits[0].label
    return f"nanobot: {plural(len(edits), noun(plan))} in {plural(len(changes), 'file')}"


def noun(plan: Plan) -> str:
    """Return what the edits of a plan are called."""
    return "docstring" if plan.recipe == "document" else "edit"


def plural(count: int, name: str) -> str:
    """Return a number with its noun."""
    return f"{count} {name}" if count == 1 else f"{count} {name}s"
