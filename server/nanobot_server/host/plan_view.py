"""A plan as JSON for fronts. `docs/host.md` documents every key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from nanobot_engine.intent import Argument, NotUnderstoodError, Part, Plan, Question
from nanobot_engine.recipe import Goal


class Decider(StrEnum):
    """Who answered a question."""

    USER = "user"
    MODEL = "model"
    EVIDENCE = "evidence"


@dataclass(frozen=True, slots=True)
class Decision:
    """A question that is answered."""

    question: str
    options: tuple[str, ...]
    option: str
    by: Decider

    def to_json(self) -> dict[str, Any]:
        """Return the form of the fronts."""
        return {
            "question": self.question,
            "options": list(self.options),
            "option": self.option,
            "by": self.by.value,
        }


def recipe_document(
    sentence: str, goal: Goal, decisions: Sequence[Decision] = (), *, model_problem: str = ""
) -> dict[str, Any]:
    """Return the answer about a sentence that asks for a recipe."""
    return {
        **_document("recipe", sentence),
        "goal": goal.sentence,
        "recipe": {"name": goal.recipe, "arguments": dict(goal.arguments)},
        "decided": [one.to_json() for one in decisions],
        "model_problem": model_problem,
    }


def question_document(
    sentence: str, question: str, options: Sequence[str], *, model_problem: str = ""
) -> dict[str, Any]:
    """Return the answer about a sentence that one question is open about, and no part known."""
    return {
        **_document("questions", sentence),
        "questions": [{"question": question, "options": list(options)}],
        "model_problem": model_problem,
    }


def plan_document(
    plan: Plan, decisions: Sequence[Decision], *, decides: bool, model_problem: str
) -> dict[str, Any]:
    """Return the answer about a sentence that is understood, perhaps but for questions.

    Args:
        plan: Its parts.
        decisions: What was answered on the way.
        decides: Whether the evidence answers what nobody else did.
        model_problem: Why no model was asked where one could have helped; mostly empty.
    """
    decided = list(decisions)
    if decides:
        decided += [
            Decision(one.text, one.options, one.options[0], Decider.EVIDENCE) for one in plan.open
        ]
    is_open = bool(plan.open) and not decides
    return {
        **_document("questions" if is_open else "refactorings", plan.sentence),
        "parts": [_part(one) for one in plan.parts],
        "questions": [_question(one) for one in plan.open] if is_open else [],
        "decided": [one.to_json() for one in decided],
        "model_problem": model_problem,
    }


def refusal_document(
    error: NotUnderstoodError, *, model_problem: str, problem: str = ""
) -> dict[str, Any]:
    """Return the answer about a sentence that nothing is certainly meant by.

    Args:
        error: Has what is nearest.
        model_problem: Why no model was asked; mostly empty.
        problem: Says better why nothing is done; empty for what the error says.
    """
    listed = "; ".join(error.nearest)
    return {
        **_document("refused", error.sentence),
        "problem": f"{problem}; what it can do: {listed}" if problem else str(error),
        "nearest": list(error.nearest),
        "model_problem": model_problem,
    }


def _document(kind: str, sentence: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "goal": sentence,
        "parts": [],
        "recipe": None,
        "questions": [],
        "decided": [],
        "problem": "",
        "nearest": [],
        "model_problem": "",
    }


def _part(part: Part) -> dict[str, Any]:
    return {**part.to_json(), "evidence": [_argument(one) for one in part.arguments]}


def _argument(argument: Argument) -> Mapping[str, Any]:
    return {
        "argument": argument.name,
        "label": argument.label,
        "sureness": argument.sureness.value,
        "reason": argument.evidence,
        "candidates": [
            {"value": one.value, "label": one.label, "reason": one.reason}
            for one in argument.candidates
        ],
    }


def _question(question: Question) -> dict[str, Any]:
    return {"question": question.text, "options": list(question.options)}
