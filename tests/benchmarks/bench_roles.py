"""How reliably each model of the trio uses the micro-tools.

`--what tools`: the first tool for each question of `tool_questions`, asked on its own;
constrained to the form and unconstrained, and by rules before the model.
`--what talk`: one conversation of a hundred replies about the same questions: protocol
failures, tools after reply 5 against the same questions asked on their own, what the
guard ended. Prints JSON; answers of a model are a function of the file and the options.

From `tests`: `python -m benchmarks.bench_roles --role main --what tools --package FOLDER`,
where FOLDER has the package `requests`.
"""

import argparse
import asyncio
import json
import re
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.machine import machine
from benchmarks.tool_questions import QUESTIONS, UNSEEN
from nanobot_engine.context import MicroTools
from nanobot_engine.conversation import (
    DEFAULT_CONVERSATION_OPTIONS,
    Conversation,
    Toolbox,
    first_call,
)
from nanobot_engine.conversation.tool_call import CALL_FORM
from nanobot_engine.conversation.transcript import Transcript
from nanobot_engine.model import (
    DEFAULT_MODEL_OPTIONS,
    AnswerFormError,
    ChatTemplate,
    Lanes,
    ModelTrio,
    Role,
    Tier,
    Wave,
    WaveModel,
    default_models_dir,
    load_catalogue,
    template_named,
)
from nanobot_indexer import DEFAULT_INDEX_OPTIONS, ingest, open_index

REPLIES = 100
EARLY_REPLIES = 5
TIMEOUT_S = 600.0
TOKENS_MAX = 48
_TOOL = re.compile(r'"tool"\s*:\s*"(\w+)"')


def main() -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--role", choices=[role.value for role in Role], required=True)
    parser.add_argument("--what", choices=["tools", "talk"], required=True)
    parser.add_argument("--package", type=Path, required=True)
    parser.add_argument("--replies", type=int, default=REPLIES)
    parser.add_argument("--seconds", type=float, default=280.0, help="give up a talk after this")
    parser.add_argument("--rules", action="store_true", help="rules make the first call")
    print(json.dumps(asyncio.run(bench(parser.parse_args())), indent=1))


async def bench(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the figures of one role."""
    role = Role(arguments.role)
    entry = load_catalogue().for_role(Tier.POTATO, role)
    template = template_named(entry.template)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "workspace"
        shutil.copytree(arguments.package, root / "requests", ignore=shutil.ignore_patterns("__*"))
        ingest(root, options=DEFAULT_INDEX_OPTIONS)
        trio = ModelTrio(default_models_dir(), Path(folder) / "run", DEFAULT_MODEL_OPTIONS)
        try:
            model = await trio.worker(role)
            started = time.monotonic()
            if arguments.what == "tools":
                found = await bench_tools(model, template)
            else:
                with open_index(root) as index:
                    toolbox = Toolbox(MicroTools(index))
                    found = await bench_talk(model, template, toolbox, arguments)
            seconds = round(time.monotonic() - started, 1)
        finally:
            await trio.close()
    return {"role": role.value, "model": entry.name, **found, "seconds": seconds, **machine()}


async def bench_tools(model: WaveModel, template: ChatTemplate) -> dict[str, Any]:
    """Ask each question on its own, both ways."""
    questions = [question for question, _ in QUESTIONS]
    constrained = await first_replies(model, template, questions, CALL_FORM.grammar)
    free = await first_replies(model, template, questions, None)
    unseen = await first_replies(
        model, template, [question for question, _ in UNSEEN], CALL_FORM.grammar
    )
    return {
        "constrained": scored(QUESTIONS, constrained),
        "constrained_in_form": sum(map(is_call, constrained)),
        "free": scored(QUESTIONS, free),
        "free_in_form": sum(map(is_call, free)),
        "rules_then_model": scored(QUESTIONS, constrained, has_rules=True),
        "unseen_constrained": scored(UNSEEN, unseen),
        "unseen_rules_then_model": scored(UNSEEN, unseen, has_rules=True),
    }


async def first_replies(
    model: WaveModel, template: ChatTemplate, questions: Sequence[str], grammar: str | None
) -> list[str]:
    """Return what the model says first to each question."""
    options = DEFAULT_CONVERSATION_OPTIONS
    transcript = Transcript(
        template,
        model.count_tokens,
        prompt_tokens_max=options.prompt_tokens_max,
        result_tokens_max=options.result_tokens_max,
    )
    replies: list[str] = []
    for start in range(0, len(questions), model.slots):
        batch = questions[start : start + model.slots]
        wave = Wave(
            prefix=transcript.prefix,
            prompts=tuple([await transcript.prompt((), one, ()) for one in batch]),
            samples=1,
            tokens_max=TOKENS_MAX,
            temperature=0.0,
            seed=options.seed,
            grammar=grammar,
        )
        result = await model.generate(wave, timeout_s=TIMEOUT_S)
        replies += [samples[0].text for samples in result.samples]
    return replies


async def bench_talk(
    model: WaveModel, template: ChatTemplate, toolbox: Toolbox, arguments: argparse.Namespace
) -> dict[str, Any]:
    """Hold one long conversation; compare its tools with those of fresh ones."""
    # Every kind of question comes early and late: one of each tool in turn.
    order = [start + 11 * kind for start in range(11) for kind in range(6)]
    talk = Conversation(
        model, template, Lanes(), toolbox, first_call=first_call if arguments.rules else None
    )
    until = time.monotonic() + arguments.seconds
    replies = failures = stuck = calls = found = 0
    asked: list[tuple[int, int, str]] = []
    for place in order * 4:
        if replies >= arguments.replies or time.monotonic() > until:
            break
        at = replies + 1
        exchange = await talk.ask(QUESTIONS[place][0])
        asked.append((at, place, exchange.steps[0].call.tool))
        replies += exchange.replies
        failures += exchange.protocol_failures
        stuck += exchange.is_stuck
        calls += len(exchange.steps)
        found += sum(step.finding.is_found for step in exchange.steps)
    late = [(place, tool) for at, place, tool in asked if at > EARLY_REPLIES]
    early = [(place, tool) for at, place, tool in asked if at <= EARLY_REPLIES]
    questions = [QUESTIONS[place][0] for place, _ in late]
    fresh = [
        tool_of(text) for text in await first_replies(model, template, questions, CALL_FORM.grammar)
    ]
    return {
        "replies": replies,
        "questions": len(asked),
        "calls": calls,
        "calls_that_found": found,
        "protocol_failures": failures,
        "ended_by_guard": stuck,
        "first_tool_right_early": [rights(early), len(early)],
        "first_tool_right_late": [rights(late), len(late)],
        "same_questions_fresh": [
            rights([(place, tool) for (place, _), tool in zip(late, fresh, strict=True)]),
            len(late),
        ],
    }


def rights(answers: Sequence[tuple[int, str]]) -> int:
    """Count the answers whose tool leads to the answer."""
    return sum(tool in QUESTIONS[place][1] for place, tool in answers)


def scored(
    asked: Sequence[tuple[str, frozenset[str]]], replies: Sequence[str], *, has_rules: bool = False
) -> dict[str, Any]:
    """Return how many tools are right, and of which kind of question the others were."""
    rules = [first_call(question) if has_rules else None for question, _ in asked]
    tools = [
        rule.tool if rule else tool_of(text) for rule, text in zip(rules, replies, strict=True)
    ]
    wrong = Counter(
        f"{'/'.join(sorted(right))} as {tool or 'none'}"
        for tool, (_, right) in zip(tools, asked, strict=True)
        if tool not in right
    )
    right = len(tools) - wrong.total()
    by_rule = sum(rule is not None for rule in rules)
    share = round(right / len(tools), 3)
    return {
        "right": right,
        "of": len(tools),
        "share": share,
        "by_rule": by_rule,
        "wrong": dict(wrong),
    }


def tool_of(text: str) -> str:
    """Return the tool that a reply names, in whatever form it is."""
    found = _TOOL.search(text)
    return found[1] if found else ""


def is_call(text: str) -> bool:
    """Tell whether a reply is a call as it stands."""
    try:
        CALL_FORM.read(text.strip())
    except AnswerFormError:
        return False
    return True


if __name__ == "__main__":
    main()
