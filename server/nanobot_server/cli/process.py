"""`nanobot process GOAL`: start a process and stay with it until its review."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Final

import typer

from nanobot_engine.edit import EditError, source_from_bytes
from nanobot_engine.process import REFACTOR, Check, Ledger, Part, ProcessState
from nanobot_engine.recipe import Goal, Recipe, recipe_named
from nanobot_indexer import Index, IndexOptions, open_index
from nanobot_server.accepting import accept_with_settings
from nanobot_server.cli import process_report
from nanobot_server.cli.accept import asked_again
from nanobot_server.cli.arguments import In, Json, workspace_of
from nanobot_server.cli.check_options import (
    CheckImports,
    CheckLint,
    CheckTypes,
    RunTests,
    allowed_checks,
)
from nanobot_server.cli.diagnostics import Diagnostics, handed_over
from nanobot_server.cli.front import CALL_TIMEOUT_S, ask_host, follow, tell_decided
from nanobot_server.cli.output import (
    EXIT_DONE,
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    EXIT_REVIEW,
    EXIT_USAGE,
    counted,
    print_json,
    remark,
    reported,
    say,
    table,
)
from nanobot_server.cli.refactor import goal_of, parts_of, prepare_index, show_refactoring
from nanobot_server.cli.sentence import (
    Plan,
    parts_of_plan,
    planned,
    refuse,
    show_plan,
    understood,
)
from nanobot_server.cli.user_settings import loaded_settings
from nanobot_server.engine_options import index_options
from nanobot_server.host.client import HostClient
from nanobot_server.host.errors import USAGE, HostError
from nanobot_server.host.location import ledger_path
from nanobot_server.host.recipe_goals import labels_of, with_permission
from nanobot_server.settings import Settings

_SHOWN_MAX: Final = 20
"""So many definitions are listed one by one."""


def command(
    goal: Annotated[str, typer.Argument(metavar="GOAL", help="What to do, in plain English.")] = "",
    workspace: In = None,
    *,
    refactor: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Do this refactoring; --set gives its arguments."),
    ] = None,
    values: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="An argument of the refactoring."),
    ] = None,
    diagnostics: Diagnostics = None,
    check_imports: CheckImports = False,
    check_types: CheckTypes = False,
    check_lint: CheckLint = False,
    run_tests: RunTests = False,
    recipe: Annotated[
        str | None, typer.Option(metavar="NAME", help="The recipe, when GOAL is ambiguous.")
    ] = None,
    budget: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Do at most this many steps.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(metavar="N", min=0, help="Makes a run reproducible.")
    ] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Show what would be done and stop.")] = False,
    detach: Annotated[bool, typer.Option("--detach", help="Run on without this terminal.")] = False,
    accept_edits: Annotated[
        bool, typer.Option("--accept", help="Accept the edits without a review.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Ask nothing: evidence decides what GOAL leaves open.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Start a process over the workspace.

    Nothing in your files changes before 'nanobot accept'. Ctrl-C pauses the
    process and 'nanobot resume' continues it.
    """
    with reported(as_json=as_json):
        root = workspace_of(workspace)
        if detach and accept_edits:
            raise HostError(USAGE, "--detach and --accept: only one of them; nobody would wait")
        checks = allowed_checks(
            imports=check_imports, lint=check_lint, types=check_types, tests=run_tests
        )
        settings = loaded_settings()
        parts: Sequence[Part] = parts_of(refactor, values or ())
        sentence: Plan | None = None
        if diagnostics is not None:
            goal, parts = handed_over(diagnostics, goal, root, parts)
        elif goal and not parts:
            sentence = _planned(root, goal, yes=yes, recipe=recipe, as_json=as_json)
            parts = parts_of_plan(sentence)
        found, params = _asked(goal, _recipe_of(sentence), parts, checks)
        if recipe is not None and recipe != found.recipe:
            raise HostError(USAGE, f"--recipe {recipe}: this goal needs {found.recipe!r}")
        if plan:
            found = with_permission(found, root, settings, checks)
            _show(root, found, settings, understood(sentence), as_json=as_json)
            return
        params |= {"detach": detach, "seed": seed, "steps_max": budget}
        if detach:
            _start_detached(root, params, as_json=as_json)
            return
        shown = understood(sentence) if parts else {}
        code = _run(root, params, shown, settings if accept_edits else None, as_json=as_json)
    raise typer.Exit(code)


def _planned(root: Path, goal: str, *, yes: bool, recipe: str | None, as_json: bool) -> Plan:
    """Plan a sentence and show what was understood.

    Raises:
        typer.Exit: It is ambiguous, or nothing is certainly meant; that was said.
    """
    plan = planned(root, goal, yes=yes, may_ask=not as_json, recipe=recipe)
    if plan["kind"] in {"questions", "refused"}:
        refuse(plan, as_json=as_json)
        raise typer.Exit(EXIT_USAGE)
    show_plan(plan)
    return plan


def _recipe_of(plan: Plan | None) -> Goal | None:
    """Return the goal of a plan that is no refactoring."""
    if plan is None or plan["recipe"] is None:
        return None
    recipe = plan["recipe"]
    return Goal(plan["goal"], recipe["name"], recipe["arguments"])


def _asked(
    goal: str, found: Goal | None, parts: Sequence[Part], checks: Sequence[Check]
) -> tuple[Goal, dict[str, object]]:
    """Return the goal, and the parameters of `process.start` that ask for it.

    Raises:
        HostError: The arguments of a refactoring are wrong, or nothing is asked.
    """
    params: dict[str, object] = {"goal": goal, "lane": "process"}
    params["checks"] = [check.value for check in checks]
    if found is not None:
        only = list(filter(None, found.arguments.get("only", "").split("\n")))
        return found, params | {"goal": found.sentence, "recipe": found.recipe, "only": only}
    if not parts:
        raise HostError(
            USAGE,
            "GOAL: say what to do, or name a refactoring with --refactor; "
            "see 'nanobot process --help'",
        )
    params["refactorings"] = [part.to_json() for part in parts]
    return goal_of(parts, goal), params


def _run(
    root: Path,
    params: dict[str, object],
    words: Mapping[str, Any],
    accept_with: Settings | None,
    *,
    as_json: bool,
) -> int:
    """Start a process, stay with it and report it. Returns the exit code.

    Args:
        root: The workspace.
        params: Of `process.start`.
        words: How a sentence was understood; part of the document.
        accept_with: How its edits are written without a review; None to wait for one.
        as_json: Whether to print JSON.
    """

    async def start(client: HostClient) -> str:
        answer = await client.call("process.start", params, timeout_s=CALL_TIMEOUT_S)
        return str(answer["process_id"])

    process_id, interrupted = follow(root, start)
    return finish(root, process_id, accept_with, words, interrupted=interrupted, as_json=as_json)


def finish(
    root: Path,
    process_id: str,
    accept_with: Settings | None,
    words: Mapping[str, Any] = MappingProxyType({}),
    *,
    interrupted: bool,
    as_json: bool,
) -> int:
    """Report a process that has stopped running. Returns the exit code.

    Args:
        root: The workspace.
        process_id: The process.
        accept_with: How its edits are written without a review; None to wait for one.
        words: How a sentence was understood; part of the document.
        interrupted: Whether the user stopped it.
        as_json: Whether to print JSON.
    """
    with Ledger.open(ledger_path(root)) as ledger:
        accepted: dict[str, Any] | None = None
        is_waiting = ledger.process(process_id).state is ProcessState.WAITING_FOR_REVIEW
        if accept_with is not None and is_waiting:
            accepted = accept_with_settings(ledger, root, process_id, accept_with).to_json()
            tell_decided(root, process_id)
            for refusal in accepted["refused"]:
                remark(f"not written {refusal['path']}: {refusal['reason']}")
        view = process_report.view(ledger, process_id)
        if as_json:
            print_json(view | dict(words) | ({"accepted": accepted} if accepted else {}))
        else:
            process_report.show(view, process_report.left(ledger, process_id))
    if interrupted:
        return EXIT_INTERRUPTED
    if accepted and accepted["replanned"]:
        remark(f"nothing written: {accepted['replanned']}; {process_id} was planned again")
    if accepted and accepted["asked_again"]:
        remark(asked_again(process_id, accepted["asked_again"]))
    if accepted and accepted["refused"]:
        return EXIT_FAILED
    if accepted and accepted["asked_again"]:
        return EXIT_REVIEW
    return {"waiting_for_review": EXIT_REVIEW, "done": EXIT_DONE}.get(view["state"], EXIT_FAILED)


def _start_detached(root: Path, params: dict[str, object], *, as_json: bool) -> None:
    answer = ask_host(root, "process.start", params)
    if as_json:
        print_json(answer)
    else:
        process_id = answer["process_id"]
        say(f"{process_id} started; 'nanobot status {process_id}' shows how far it is")


def _show(
    root: Path,
    goal: Goal,
    settings: Settings,
    words: Mapping[str, Any],
    *,
    as_json: bool,
) -> None:
    """Show what a process would do, without starting one."""
    options = index_options(settings)
    if goal.recipe == REFACTOR:
        show_refactoring(root, goal, options, words=words, as_json=as_json)
    else:
        _show_plan(root, goal, options, as_json=as_json)


def _show_plan(root: Path, goal: Goal, options: IndexOptions, *, as_json: bool) -> None:
    """List what a process would work on, without starting one."""
    prepare_index(root, options)
    with open_index(root) as index:
        keys, skipped = _items(index, recipe_named(goal.recipe, goal.arguments))
    count_by_path = Counter(key.partition("::")[0] for key in keys)
    rows = [(path, str(count)) for path, count in sorted(count_by_path.items())]
    steps = len(keys)
    if as_json:
        files = [{"path": path, "steps": int(count)} for path, count in rows]
        print_json(
            {
                "recipe": goal.recipe,
                "arguments": dict(goal.arguments),
                "steps": steps,
                "files": files,
                "definitions": sorted(keys),
                "skipped": skipped,
            }
        )
        return
    if rows:
        table(("file", "steps"), rows)
    if steps <= _SHOWN_MAX:
        for label in labels_of(keys):
            say(label)
    say(f"{counted(steps, 'step')} in {counted(len(rows), 'file')}; recipe {goal.recipe}")
    if skipped:
        remark(f"{counted(len(skipped), 'file')} left out; --json lists them with the reasons")


def _items(index: Index, recipe: Recipe) -> tuple[list[str], list[dict[str, str]]]:
    """Return the keys of what a recipe works on, and the files that are left out with why."""
    skipped = [{"path": s.path, "reason": s.reason.value} for s in index.skipped]
    sources = []
    for entry in index.files:
        if entry.language in recipe.languages:
            try:
                sources.append(source_from_bytes(entry.path, index.text(entry.path)))
            except EditError as error:
                skipped.append({"path": entry.path, "reason": str(error)})
    keys: list[str] = []
    recipe = recipe.surveyed(sources)
    for source in sources:
        try:
            keys += [item.key for item in recipe.enumerate(source)]
        except EditError as error:
            skipped.append({"path": source.path, "reason": str(error)})
    return keys, skipped
