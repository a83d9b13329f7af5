"""Ask for needles the way a person asks, and for as many that are not there.

Needles are hidden by `nanobot_indexer.needle`. Here they become questions with an answer
that a program can compare: the value of a constant, the name of a function. A question
about a needle of another seed has no answer in the haystack, and "not found" is right.
"""

import asyncio
import random
import re
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from nanobot_indexer.needle.needle import Form, Needle, NeedleKind, Planted
from nanobot_indexer.needle.proof import NeedleOptions, needles_of
from nanobot_indexer.needle.structure import PARAMETERS
from nanobot_server.cli.front import is_host_listening
from nanobot_server.cli.output import say, table
from nanobot_server.host.client import HostClient
from nanobot_server.host.errors import FAILED, MODEL_MISSING, HostError

ASK_MAX: Final = 200
_TIMEOUT_S: Final = 180
_PATIENCE_S: Final = 30.0
_HOST_LEAVES_S: Final = 15.0
_POLL_S: Final = 0.2
_KINDS: Final = (NeedleKind.EXACT, NeedleKind.STRUCTURAL)
_COLUMNS: Final = ("asked", "right", "wrong", "not_found", "p50_s")
_NAME: Final = re.compile(r"(?:def|class|func|function) (\w+)")


@dataclass(frozen=True, slots=True)
class NeedleQuestion:
    """A question whose answer is known."""

    kind: NeedleKind
    text: str
    expected: str
    """What the answer must have in it."""
    planted: Planted | None
    """Where the answer is; None for a needle that is not in the haystack."""


def needle_questions(
    planted: Sequence[Planted], options: NeedleOptions, count: int
) -> list[NeedleQuestion]:
    """Return `count` questions with an answer, and as many without one.

    Args:
        planted: What is in the haystack, decoys included.
        options: That it was made with.
        count: At most; kinds take turns.
    """
    present = [
        _question(place.needle, place)
        for place in planted
        if place.needle.kind in _KINDS and not place.needle.is_decoy
    ]
    others = needles_of(replace(options, seed=options.seed + 1, needles=max(options.needles, 30)))
    absent = [
        _question(needle, None)
        for needle in others
        if needle.kind in _KINDS and not needle.is_decoy and not _is_there(needle, planted)
    ]
    # By path the files of one language come first.
    order = random.Random(f"ask {options.seed}")  # noqa: S311 - the same seed, the same questions.
    order.shuffle(present)
    order.shuffle(absent)
    return [*_in_turn(present, count), *_in_turn(absent, count)]


def ask_needles(
    root: Path, questions: Sequence[NeedleQuestion], *, tell: Callable[[str], None]
) -> dict[str, Any]:
    """Ask the host of a haystack, one question after the other, and sum up.

    Args:
        root: An indexed haystack. When this returns, no host works on it any more.
        questions: At least one.
        tell: Gets one sentence per question.

    Raises:
        HostError: No model could be asked.
    """
    try:
        documents = asyncio.run(_asked(root, questions, tell))
    finally:
        asyncio.run(_until_left(root))
    return summary(list(zip(questions, documents, strict=True)))


def verdict(question: NeedleQuestion, document: dict[str, Any]) -> str:
    """Return `right`, `wrong` or `not_found`; an absent needle is right when not found."""
    if question.planted is None:
        return "wrong" if document["is_found"] else "right"
    if not document["is_found"]:
        return "not_found"
    first = question.planted.line - question.planted.needle.answer_line
    last = first + question.planted.needle.text.count("\n")
    is_there = any(
        quote["path"] == question.planted.path and first <= quote["start_line"] <= last
        for quote in document["evidence"]
    )
    return "right" if is_there and question.expected in document["answer"] else "wrong"


def summary(asked: Sequence[tuple[NeedleQuestion, dict[str, Any]]]) -> dict[str, Any]:
    """Return accuracy, precision and times."""
    groups: dict[str, dict[str, Any]] = {}
    for kind in _KINDS:
        for name, is_absent in ((kind.value, False), (f"{kind.value}_absent", True)):
            own = [
                (question, document)
                for question, document in asked
                if question.kind is kind and (question.planted is None) is is_absent
            ]
            if own:
                verdicts = [verdict(*one) for one in own]
                groups[name] = {
                    "asked": len(own),
                    **{one: verdicts.count(one) for one in ("right", "wrong", "not_found")},
                    "p50_s": round(statistics.median(one["seconds"] for _, one in own), 2),
                }
    said = [one for one in asked if one[1]["is_found"]]
    right = [one for one in said if verdict(*one) == "right"]
    first = [one["first_token_seconds"] for _, one in asked if one["first_token_seconds"]]
    return {
        "groups": groups,
        "precision": round(len(right) / len(said), 4) if said else None,
        "p50_s": round(statistics.median(one["seconds"] for _, one in asked), 2),
        "first_token_p50_s": round(statistics.median(first), 2) if first else None,
        "questions": [
            {
                "kind": question.kind.value,
                "question": question.text,
                "expected": question.expected if question.planted else None,
                "verdict": verdict(question, document),
                "answer": document["answer"],
                "reason": document["reason"],
                "evidence": document["evidence"],
                "votes": document["votes"],
                "flags": document["flags"],
                "seconds": document["seconds"],
            }
            for question, document in asked
        ],
    }


def say_asked(summed: dict[str, Any]) -> None:
    """Print what `summary` returned."""
    rows = [
        (name.replace("_", " "), *(str(group[key]) for key in _COLUMNS))
        for name, group in summed["groups"].items()
    ]
    table(("asked about", "questions", "right", "wrong", "not found", "p50 s"), rows)
    precision = "-" if summed["precision"] is None else f"{summed['precision']:.3f}"
    say(f"precision of what was answered: {precision}; p50 {summed['p50_s']} s per question")


async def _asked(
    root: Path, questions: Sequence[NeedleQuestion], tell: Callable[[str], None]
) -> list[dict[str, Any]]:
    documents: list[dict[str, Any]] = []
    async with await HostClient.connect(root) as client:
        for number, question in enumerate(questions, 1):
            params: dict[str, object] = {"question": question.text, "timeout_s": _TIMEOUT_S}
            document = await client.call("ask", params, timeout_s=_TIMEOUT_S + _PATIENCE_S)
            if document["reason"] in {"model_missing", "model_failed"}:
                code = MODEL_MISSING if document["reason"] == "model_missing" else FAILED
                raise HostError(code, str(document["problem"]))
            said = document["answer"] or document["reason"]
            verdict_ = verdict(question, document)
            tell(f"{number}/{len(questions)} {verdict_}: {question.text} -> {said}")
            documents.append(document)
    return documents


async def _until_left(root: Path) -> None:
    """Wait until no host uses the haystack: its folder may be removed next."""
    waited_s = 0.0
    while is_host_listening(root) and waited_s < _HOST_LEAVES_S:
        await asyncio.sleep(_POLL_S)
        waited_s += _POLL_S


def _in_turn(questions: Sequence[NeedleQuestion], count: int) -> list[NeedleQuestion]:
    by_kind = [[one for one in questions if one.kind is kind] for kind in _KINDS]
    turns = [one for pair in zip(*by_kind, strict=False) for one in pair]
    rest = [one for one in questions if one not in turns]
    return [*turns, *rest][:count]


def _question(needle: Needle, planted: Planted | None) -> NeedleQuestion:
    text, expected = _structural(needle) if needle.kind is _KINDS[1] else _exact(needle)
    return NeedleQuestion(needle.kind, text, expected, planted)


def _structural(needle: Needle) -> tuple[str, str]:
    # The name stands in the line of the answer, or above it for a constructor.
    lines = needle.text.split("\n")
    is_class = lines[0].startswith("class ")
    match = _NAME.search(lines[0] if is_class else lines[needle.answer_line])
    assert match is not None, needle.text
    return f"What is the name of the {needle.question.removeprefix('the ')}?", match[1]


def _exact(needle: Needle) -> tuple[str, str]:
    literal, lines = needle.question, needle.text.split("\n")
    name, _, value = needle.text.partition(" = ")
    if needle.form is Form.LOG:
        return f"What does the message {literal} say?", needle.text.split()[1]
    if needle.form is Form.DOC:
        return f"What is pinned to {literal}?", needle.text.split()[1]
    if needle.form is Form.CONFIG:
        return f"What is {literal} set to?", value
    if len(lines) > 1:
        match = _NAME.search(needle.text)
        assert match is not None, needle.text
        return f'Which function raises "{literal}"?', match[1]
    if value == literal:
        return f"Which constant is {literal}?", name
    return f"What is the value of {literal}?", value


def _is_there(needle: Needle, planted: Sequence[Planted]) -> bool:
    """Tell whether a needle of another seed has an answer in this haystack too."""
    texts = [place.needle.text for place in planted]
    if needle.kind is NeedleKind.EXACT:
        return any(needle.question in text for text in texts)
    words = [words for words in PARAMETERS if words in needle.question]
    spelt = [(one.replace(" ", "_").lower(), one.replace(" ", "").lower()) for one in words]
    return any(
        all(snake in text.lower() or joined in text.lower() for snake, joined in spelt)
        for text in texts
    )
