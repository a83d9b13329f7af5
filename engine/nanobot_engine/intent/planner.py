"""From a sentence to a plan. Programs decide what they can; what is left is asked.

    sentence ─tokens→ clauses ─readers→ readings ─best→ parts
        │                         ↑                     │ questions
        │                         └── answers ←─ choosers (a model, then the user)
        └─ no reading: evidence, then commands that a model writes

A question that is answered changes how the sentence is read, so it is read again from
the start with all answers: the plan is a function of sentence, files and answers.
"""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from nanobot_engine.intent.choice import Chooser
from nanobot_engine.intent.command.reader import request_of, verdict_of
from nanobot_engine.intent.command.request import Writer
from nanobot_engine.intent.coverage import demands, is_thin, unexplained
from nanobot_engine.intent.derived_names import misnamed, with_derived_names
from nanobot_engine.intent.errors import NotUnderstoodError
from nanobot_engine.intent.evidence import evidence_of, leader
from nanobot_engine.intent.kept import broken, kept_in
from nanobot_engine.intent.named import named_in
from nanobot_engine.intent.names.groups import with_groups
from nanobot_engine.intent.names.symbol_table import Entry, SymbolTable
from nanobot_engine.intent.names.word_order import in_known_order
from nanobot_engine.intent.opposed import opposed
from nanobot_engine.intent.plan import Part, Plan, Question
from nanobot_engine.intent.readers.own_reader import READERS
from nanobot_engine.intent.readers.read_about import read_about
from nanobot_engine.intent.readers.read_names_only import by_names
from nanobot_engine.intent.readers.read_other import OtherReader
from nanobot_engine.intent.readers.read_whole import read_whole
from nanobot_engine.intent.readers.read_whole_by_nouns import whole_by_nouns
from nanobot_engine.intent.readers.reading import Context, Reading, said
from nanobot_engine.intent.readers.remark import asks_for_something, remarked
from nanobot_engine.intent.recipe_names import goal_with_names
from nanobot_engine.intent.words.clause import (
    FROM,
    Clause,
    clauses,
    distributed,
    without_concession,
)
from nanobot_engine.intent.words.conditions import contradiction
from nanobot_engine.intent.words.exclusion import excluded, reaches
from nanobot_engine.intent.words.scope import reach
from nanobot_engine.intent.words.sentence import SENTENCE_CHARS_MAX, Token, tokenized
from nanobot_engine.intent.words.shorthand import spelled_out
from nanobot_engine.recipe import Goal
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.errors import RefactorError
from nanobot_engine.refactor.refactoring import Refactoring

log = logging.getLogger(__name__)

_SCORE_MIN: Final = 0.6
"""A reading below is no reading."""
_AHEAD: Final = 0.12
"""How far the best reading must lead for a program to decide."""
_DOCSTRINGS: Final = "add docstrings to public functions and classes"
_WHAT: Final = "What is to be done?"
WHICH_READING: Final = "What is meant?"
NONE_OF_THESE: Final = "something else, none of these"
_QUESTIONS_MAX: Final = 12
_OFFERED_MAX: Final = 4


@dataclass(frozen=True, slots=True)
class _Read:
    parts: tuple[Part, ...]
    questions: tuple[Question, ...]


class Planner:
    """Reads sentences about one codebase. Keeps nothing between sentences but parsed files."""

    def __init__(self, codebase: Codebase, refactorings: Sequence[Refactoring]) -> None:
        self._table = SymbolTable(codebase)
        self._every = {one.name: one for one in refactorings}
        # One that needs no argument could be read into any sentence with its verb, and
        # nothing said would speak against it: `read_whole` explains each word.
        self._whole = {one.name for one in refactorings} - {
            one.name
            for one in refactorings
            if any(not parameter.is_optional for parameter in one.parameters)
        }
        self._by_name = {
            one.name: one
            for one in refactorings
            if any(not parameter.is_optional for parameter in one.parameters)
        }
        firsts = Counter(name.split()[0] for name in self._by_name)
        self._readers = {
            name: READERS.get(name)
            or OtherReader(one, is_first_word_own=firsts[name.split()[0]] == 1)
            for name, one in self._by_name.items()
        }

    @cached_property
    def _stems(self) -> frozenset[str]:
        """What modules and folders are called."""
        parts = (part for path in self._table.modules() for part in path.lower().split("/"))
        return frozenset(part.partition(".")[0] for part in parts)

    def recipe(self, sentence: str) -> Goal | None:
        """Return the goal of the recipe that a sentence asks for; None for no recipe or several."""
        return goal_with_names(sentence, self._table)

    async def plan(
        self, sentence: str, choosers: Sequence[Chooser] = (), writer: Writer | None = None
    ) -> Plan:
        """Read a sentence.

        Args:
            sentence: Plain English.
            choosers: Asked in turn what programs can not decide; without an answer,
                the option with the most evidence is taken and the plan says so.
            writer: Reads what the rules do not.

        Raises:
            NotUnderstoodError: No refactoring is certainly meant, or an essential thing
                is not said or not there.
        """
        if len(sentence) > SENTENCE_CHARS_MAX:
            reason = f"has {len(sentence)} characters, at most {SENTENCE_CHARS_MAX} are read"
            raise NotUnderstoodError(f"{sentence[:60]}…", self._examples(()), reason)
        kept = kept_in(sentence, self._table)
        plain = with_derived_names(kept.rest, self._table)
        try:
            plan = await self._planned(plain, choosers)
        except NotUnderstoodError as error:
            found = await self._by_evidence(plain, choosers)
            if found is None and writer is not None:
                found = await self._by_command(plain, choosers, writer)
            if found is None:
                raise NotUnderstoodError(sentence, error.nearest, error.reason) from error
            plan = found
        if reason := broken(kept, plan, self._table.codebase, self._every):
            raise NotUnderstoodError(sentence, self._examples(()), reason)
        return replace(plan, sentence=sentence)

    async def _by_evidence(self, sentence: str, choosers: Sequence[Chooser]) -> Plan | None:
        """Return the plan that what is named and said speaks for; None without a clear one.

        Nothing may stay open in it: what weighs evidence does not guess as well.
        """
        tokens = spelled_out(tokenized(sentence), self._is_name)
        also, _, left = reach(tokens)
        if any(demands(tokens)):
            return None
        whole = whole_by_nouns(left, Context(self._table, sentence, {}), self._whole)
        if whole is not None:
            part = Part(whole.refactoring, tuple(whole.arguments), whole.summary)
            return Plan(sentence, (part,))
        chosen = leader(evidence_of(named_in(left, self._table)))
        if chosen is None:
            return None
        is_reaching = bool(also) and "rename" in chosen.refactorings
        places = f", also in {' and '.join(also.split(','))}" if is_reaching else ""
        try:
            plan = await self._planned(chosen.sentence + places, choosers)
        except NotUnderstoodError as error:
            log.debug("evidence does not hold: %s", error)
            return None
        is_meant = len(plan.parts) == 1 and plan.parts[0].refactoring in chosen.refactorings
        is_meant = is_meant and not opposed(left, plan.parts)
        return replace(plan, sentence=sentence) if is_meant and not plan.open else None

    async def _planned(self, sentence: str, choosers: Sequence[Chooser]) -> Plan:
        answers: dict[str, str] = {}
        refused: set[str] = set()
        for _ in range(_QUESTIONS_MAX):
            read = self._read(sentence, answers)
            question = next((q for q in read.questions if q.text not in refused), None)
            if question is None:
                break
            index = await _chosen(question, choosers)
            if index is None:
                refused.add(question.text)
            else:
                answers[question.text] = question.options[index]
        read = self._read(sentence, answers)
        return Plan(sentence, read.parts, read.questions)

    async def _by_command(
        self, sentence: str, choosers: Sequence[Chooser], writer: Writer
    ) -> Plan | None:
        """Return the plan that a model reads a sentence as, or what to ask; None for neither."""
        tokens = spelled_out(tokenized(sentence), self._is_name)
        also, _, left = reach(tokens)
        asked = None if any(demands(tokens)) else request_of(sentence, left, self._table)
        if asked is None:
            return None
        request, words = asked
        answers = await writer.write(request)
        places = f", also in {' and '.join(also.split(','))}" if also else ""

        def read(plain: str, explained: Sequence[Token]) -> tuple[Part, ...]:
            is_rename = plain.startswith("rename") and "rename the file" not in plain
            found = self._read(plain + places * is_rename, {}, left, explained)
            if found.questions:
                raise NotUnderstoodError(sentence, ())
            return found.parts

        verdict = verdict_of(answers, words, left, read, self._can_be)
        if not verdict.found:
            return None
        options = (*(one.summary for one in verdict.found), NONE_OF_THESE)
        question = Question(WHICH_READING, options, is_about_words=False, sentence=sentence)
        index = await _chosen(question, choosers)
        if index == len(verdict.found):
            return None
        if index is None and not verdict.is_clear:
            return Plan(sentence, (), (question,))
        taken = verdict.found[index or 0]
        decided = question if index is None else None
        return Plan(sentence, taken.parts, goal=taken.goal, decided=decided)

    def _can_be(self, part: Part) -> bool:
        """Tell whether the code allows a part of a plan."""
        refactoring = self._by_name.get(part.refactoring)
        if refactoring is None:
            return True
        try:
            refactoring.plan(self._table.codebase, part.values())
        except RefactorError as error:
            log.debug("reading ruled out: %s", error)
            return False
        return True

    def _read(
        self,
        sentence: str,
        answers: Mapping[str, str],
        other: Sequence[Token] = (),
        explained: Sequence[Token] = (),
    ) -> _Read:
        """Read a sentence.

        Args:
            sentence: Plain English.
            answers: Option by the text of a question.
            other: Another sentence that it says in other words; empty for none.
            explained: What of that one the plan must speak of.
        """
        spoken = in_known_order(spelled_out(tokenized(sentence), self._is_name), self._table)
        also, also_words, all_tokens = reach(with_groups(spoken, self._table))
        tokens = excluded(all_tokens)[0]
        left_out = excluded(other or all_tokens)[1]
        one = self._of_whole_files(tokens, self._table, sentence, answers) or self._about(
            sentence, tokens, answers
        )
        if one is not None:
            part = Part(one.refactoring, tuple(one.arguments), one.summary)
            self._check_left_out(sentence, (part,), left_out)
            return _Read((part,), tuple(one.questions))
        try:
            readings, questions = self._by_rules(tokens, sentence, answers)
        except NotUnderstoodError:
            readings, questions = self._by_names(tokens, sentence, answers)
            if not readings:
                raise
        said_tokens = without_concession(other or tokens)
        must = explained if other else said_tokens
        left = next(unexplained(must, readings, self._is_symbol), None)
        if left is not None:
            reason = f"no part of what was understood is about {left.raw!r}"
            raise NotUnderstoodError(sentence, self._examples(readings), reason)
        if misnamed(readings, said_tokens) or (
            not other and is_thin(said_tokens, readings, self._is_symbol)
        ):
            raise NotUnderstoodError(sentence, self._examples(readings))
        plain = " ".join("NAME" if one.is_code else one.text.lower() for one in said_tokens)
        unplanned = contradiction(plain, frozenset(one.refactoring for one in readings))
        # Of a sentence that a model reads, `request_of` looks for restrictions.
        if unplanned and not other:
            reason = f"nothing that is planned can carry {unplanned!r}"
            raise NotUnderstoodError(sentence, self._examples(readings), reason)
        parts = []
        for reading in readings:
            if reading.refactoring == "rename" and also:
                reading.arguments.append(said("also", also))
                reading.summary += f"; also in {also.replace(',', ', ')} ('{also_words}')"
            parts.append(Part(reading.refactoring, tuple(reading.arguments), reading.summary))
        if reason := opposed(said_tokens, parts):
            raise NotUnderstoodError(sentence, self._examples(readings), reason)
        self._check_left_out(sentence, parts, left_out)
        return _Read(tuple(parts), tuple(questions))

    def _check_left_out(
        self, sentence: str, parts: Sequence[Part], left_out: Sequence[Token]
    ) -> None:
        """Raise where a plan may reach a file that is to stay as it is."""
        for token in left_out:
            if any(reaches(part.values().get("where", ""), token) for part in parts):
                reason = f"nothing that is planned can leave out {token.raw!r}"
                raise NotUnderstoodError(sentence, self._examples(()), reason)

    def _about(
        self, sentence: str, tokens: Sequence[Token], answers: Mapping[str, str]
    ) -> Reading | None:
        """Read a move that says what it is about.

        Raises:
            NotUnderstoodError: It is one, and something is not clear.
        """
        context = Context(self._table, sentence, answers)
        reading = read_about(context)
        if reading is None:
            return None
        missing = reading.missing
        code = [one for one in tokens if one.is_code and not missing]
        for left in unexplained(code, (reading,), self._is_symbol):
            missing = f"what {left.raw!r} is for"
        if missing:
            reason = f"it is not clear {missing}"
            raise NotUnderstoodError(sentence, self._examples((reading,)), reason)
        reading.questions = context.questions
        return reading

    def _is_name(self, word: str) -> bool:
        return self._table.uses(word) > 0 or word.lower() in self._stems

    def _is_symbol(self, word: str) -> bool:
        return word.lower() in self._stems or bool(self._table.named(word))

    def _of_whole_files(
        self,
        tokens: Sequence[Token],
        table: SymbolTable,
        sentence: str,
        answers: Mapping[str, str],
    ) -> Reading | None:
        context = Context(table, sentence, answers)
        reading = read_whole(tokens, context, self._whole)
        if reading is not None:
            reading.questions = context.questions
        return reading

    def _by_names(
        self, tokens: Sequence[Token], sentence: str, answers: Mapping[str, str]
    ) -> tuple[list[Reading], list[Question]]:
        """Read a sentence whose form no rule knows."""
        possible = by_names(tokens, Context(self._table, sentence, answers))
        options = tuple("; ".join(one.summary for one in each) for each in possible)
        if len(possible) < 2:
            chosen = possible[0] if possible else []
            return chosen, [question for one in chosen for question in one.questions]
        given = answers.get(_WHAT)
        if given in options:
            return possible[options.index(given)], []
        return possible[0], [Question(_WHAT, options, is_about_words=True, sentence=sentence)]

    def _by_rules(
        self, tokens: Sequence[Token], sentence: str, answers: Mapping[str, str]
    ) -> tuple[list[Reading], list[Question]]:
        """Read a sentence clause by clause.

        Raises:
            NotUnderstoodError: One that asks for something is not understood.
        """
        table = self._table
        previous: Entry | str | None = None
        found: list[Reading] = []
        questions: list[Question] = []
        upcoming = [one for whole in clauses(tokens) for one in distributed(whole)]
        for number, clause in enumerate(upcoming, 1):
            readings = self._readings(clause, table, sentence, answers, previous)
            reading, asked = _best(self._complete(clause, readings), sentence, answers)
            if reading is None:
                if found and not asks_for_something(clause):
                    continue
                spoken_of = remarked(clause, upcoming[number:], Context(table, sentence, answers))
                if spoken_of is not None:
                    previous = spoken_of
                    continue
                raise NotUnderstoodError(
                    sentence, self._examples(readings), _reason(readings, is_first=not found)
                )
            found.append(reading)
            questions += [*asked, *reading.questions]
            table = reading.after or table
            previous = reading.subject
        if not found:
            raise NotUnderstoodError(sentence, self._examples(()))
        return found, questions

    def _readings(
        self,
        clause: Clause,
        table: SymbolTable,
        sentence: str,
        answers: Mapping[str, str],
        previous: Entry | str | None,
    ) -> list[Reading]:
        """Read a clause as everything that it can be, best first."""
        found: list[Reading] = []
        for reader in self._readers.values():
            context = Context(table, sentence, answers, previous)
            reading = reader(clause, context)
            if reading is not None:
                reading.questions = context.questions
                found.append(reading)
        place = clause.chunk(FROM)
        tokens = [*clause.tokens, *(one for one in place if one not in clause.tokens)]
        whole = self._of_whole_files(tokens, table, sentence, answers)
        if whole is not None:
            found.append(whole)
        found.sort(key=lambda one: -one.score)
        log.debug("clause read: %s", [(r.refactoring, round(r.score, 2), r.missing) for r in found])
        return found

    def _complete(self, clause: Clause, readings: list[Reading]) -> list[Reading]:
        """Leave out what says less than the clause where another reading says all of it."""
        said = without_concession(clause.tokens)
        whole = [
            one
            for one in readings
            if not one.missing
            and one.score >= _SCORE_MIN
            and not any(unexplained(said, (one,), self._is_symbol))
        ]
        return whole or readings

    def _examples(self, readings: Sequence[Reading]) -> list[str]:
        """Return what can be asked for: what is nearest first."""
        near = [one.refactoring for one in readings if one.refactoring in self._by_name]
        names = [*dict.fromkeys([*near, *self._by_name])]
        return [*(self._by_name[name].summary for name in names[:_OFFERED_MAX]), _DOCSTRINGS]


def _best(
    readings: Sequence[Reading], sentence: str, answers: Mapping[str, str]
) -> tuple[Reading | None, list[Question]]:
    """Return the reading that counts, and what to ask when several are as good."""
    whole = [one for one in readings if not one.missing and one.score >= _SCORE_MIN]
    if not whole:
        return None, []
    close = [one for one in whole if one.score > whole[0].score - _AHEAD][:_OFFERED_MAX]
    if len(close) == 1:
        return whole[0], []
    options = tuple(one.summary for one in close)
    given = answers.get(_WHAT)
    if given in options:
        return close[options.index(given)], []
    return close[0], [Question(_WHAT, options, is_about_words=True, sentence=sentence)]


def _reason(readings: Sequence[Reading], *, is_first: bool) -> str:
    missing = next((one for one in readings if one.missing and one.score > 0.1), None)
    where = " (in its part after the first)" if not is_first else ""
    if missing is None:
        return ""
    return f"to {missing.refactoring}, it is not clear{where}: {missing.missing}"


async def _chosen(question: Question, choosers: Sequence[Chooser]) -> int | None:
    for chooser in choosers:
        index = await chooser.choose(question)
        if index is not None:
            return index
    return None
