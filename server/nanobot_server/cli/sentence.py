"""What a sentence means for this workspace: planned by the host, asked about at the terminal."""

import asyncio
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from nanobot_engine.process import Part
from nanobot_server.cli.output import fail, print_json, remark
from nanobot_server.cli.plan_progress import DELAY_S, PlanBar
from nanobot_server.host.client import HostClient
from nanobot_server.host.errors import USAGE

# The first plan of a large workspace indexes it. Ctrl-C ends it at any time.
_PLAN_TIMEOUT_S: Final = 3600.0

_DECIDERS: Final = {"user": "you", "model": "a model", "evidence": "the evidence"}

Plan = Mapping[str, Any]
"""The answer to `process.plan`."""


def planned(
    root: Path, sentence: str, *, yes: bool, may_ask: bool, recipe: str | None = None
) -> Plan:
    """Have a sentence planned, and ask the person at the terminal what is left open.

    Args:
        root: The workspace.
        sentence: Plain English.
        yes: Whether evidence decides what is ambiguous.
        may_ask: Whether a person may be asked, if one is there.
        recipe: The one that is meant, where several are or none certainly is.

    Raises:
        HostError: The host failed.
    """
    is_asked = may_ask and not yes and sys.stdin.isatty()
    params = {"goal": sentence, "decide": yes, "recipe": recipe}
    return asyncio.run(_planned(root, params, is_asked=is_asked))


async def _planned(root: Path, params: dict[str, object], *, is_asked: bool) -> Plan:
    answers: dict[str, str] = {}
    params["answers"] = answers
    async with await HostClient.connect(root) as client:
        while True:
            plan = await _asked(client, params)
            if plan["kind"] != "questions" or not is_asked:
                return plan
            # One at a time: an answer may change what else there is to ask.
            question = plan["questions"][0]
            option = person_chooses(question["question"], question["options"])
            if option is None:
                return plan
            answers[question["question"]] = option


async def _asked(client: HostClient, params: dict[str, object]) -> Plan:
    with PlanBar() as bar:
        telling = asyncio.create_task(_tell(client, bar))
        due = asyncio.get_running_loop().call_later(DELAY_S, bar.show_from_now_on)
        try:
            return dict(await client.call("process.plan", params, timeout_s=_PLAN_TIMEOUT_S))
        finally:
            due.cancel()
            telling.cancel()
            await asyncio.wait({telling})


async def _tell(client: HostClient, bar: PlanBar) -> None:
    async for event in client.events():
        if event["event"] == "plan":
            bar.show_event(event["params"])
        elif event["event"] == "index" and event["params"]["message"]:
            remark(event["params"]["message"])


def person_chooses(question: str, options: Sequence[str]) -> str | None:
    """Return what the person at the terminal picks; None for no answer."""
    remark(question)
    for number, option in enumerate(options, start=1):
        remark(f"  {number}  {option}")
    with _ended_by_ctrl_c():
        while True:
            remark("Which one [1]?")
            line = sys.stdin.readline()
            answer = line.strip() or "1"
            if not line:
                return None
            if answer.isdecimal() and 1 <= int(answer) <= len(options):
                return options[int(answer) - 1]


@contextmanager
def _ended_by_ctrl_c() -> Iterator[None]:
    """Let Ctrl-C end a read: an event loop would only note it, and wait for the line."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def parts_of_plan(plan: Plan) -> list[Part]:
    """Return the refactorings of a plan."""
    return [Part(part["name"], part["arguments"]) for part in plan["parts"]]


def show_plan(plan: Plan) -> None:
    """Say how a sentence was understood, and who decided what it left open."""
    for part in plan["parts"]:
        remark(part["summary"])
    for one in plan["decided"]:
        if one["by"] != "user":
            others = "; ".join(option for option in one["options"] if option != one["option"])
            who = _DECIDERS[one["by"]]
            remark(f"{one['question']} {who} decided: {one['option']} (not: {others})")
    if plan["model_problem"]:
        remark(f"no model was asked: {plan['model_problem']}")


def refuse(plan: Plan, *, as_json: bool) -> None:
    """Say why a sentence is not carried out: it is ambiguous, or nothing is certainly meant."""
    message = str(plan["problem"])
    if plan["kind"] == "questions":
        question = plan["questions"][0]
        listed = "; ".join(question["options"])
        message = (
            f"{question['question']} {listed}: say it more exactly, or take the first with --yes"
            + (", or name the recipe with --recipe" if not plan["parts"] else "")
        )
    if not as_json:
        show_plan(plan)
        fail(message, USAGE, as_json=False)
        return
    error = {"error": {"code": USAGE, "message": message}}
    print_json({**error, **understood(plan), "questions": plan["questions"]})


def understood(plan: Plan | None) -> dict[str, Any]:
    """Return how a sentence was understood, as a part of a document."""
    if plan is None:
        return {"understood": [], "decided": []}
    return {"understood": plan["parts"], "decided": plan["decided"]}
