"""What the readers of single refactorings have in common: a context, and what they return."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from nanobot_engine.intent.names.module_place import module_candidates
from nanobot_engine.intent.names.resolution import (
    MARGIN,
    Match,
    matches,
    one_family,
    with_references,
)
from nanobot_engine.intent.names.symbol_table import Entry, SymbolTable
from nanobot_engine.intent.plan import Argument, Candidate, Question, Sureness, listed
from nanobot_engine.intent.words.clause import Clause
from nanobot_engine.intent.words.mention import Mention
from nanobot_engine.intent.words.spelling import EXACT, Fit

_OFFERED_MAX: Final = 6
_COMPARED_MAX: Final = 5


@dataclass(slots=True)
class Reading:
    """One clause, read as one refactoring."""

    refactoring: str
    score: float
    """How well it fits, about 0 to 1.5; only compared with others of the same clause."""
    arguments: list[Argument] = field(default_factory=list)
    summary: str = ""
    missing: str = ""
    """What the sentence would have to say, or names and is not there; empty when all is."""
    questions: list[Question] = field(default_factory=list)
    after: SymbolTable | None = None
    """The table after it; None when nothing is called otherwise then."""
    subject: Entry | str | None = None
    """What it is about, afterwards: what "it" means in the next part."""


@dataclass(slots=True)
class Context:
    """What a reader may use. One per part and reader."""

    table: SymbolTable
    sentence: str
    answers: Mapping[str, str]
    """Option by the text of a question."""
    previous: Entry | str | None = None
    """What the part before was about."""
    questions: list[Question] = field(default_factory=list)

    def symbol(
        self, mention: Mention, wanted: Collection[str] | None, what: str
    ) -> tuple[Argument, Match] | None:
        """Decide which symbol is meant.

        Args:
            mention: What the sentence names.
            wanted: Kinds that fit.
            what: Name of the parameter.

        Returns:
            None when nothing fits.
        """
        if mention.is_pronoun:
            return self._pronoun(wanted, what)
        found = matches(self.table, mention, wanted)
        if not found:
            return None
        close = [one for one in found if one.score > found[0].score - MARGIN]
        if len(close) > 1:
            close = one_family(self.table, close[: 2 * _OFFERED_MAX])
        if len(close) == 1:
            return self._decided(mention, close[0], what)
        names = {one.entry.name for one in close}
        # Who reads the sentence can choose among names; among places only who knows the code.
        if len(names) == 1:
            close = with_references(self.table, close[:_COMPARED_MAX])
        return self._asked(mention, close[:_OFFERED_MAX], what, is_about_words=len(names) > 1)

    def _pronoun(self, wanted: Collection[str] | None, what: str) -> tuple[Argument, Match] | None:
        entry = self.previous
        if not isinstance(entry, Entry) or (wanted is not None and entry.kind not in wanted):
            return None
        match = Match(entry, EXACT, Fit(EXACT, ""))
        return Argument(what, entry.key, match.label, "", Sureness.SURE), match

    def _decided(self, mention: Mention, match: Match, what: str) -> tuple[Argument, Match]:
        is_exact = match.entry.name == mention.text.rpartition(".")[2]
        evidence = ""
        if not is_exact:
            evidence = f"'{mention.text}' was taken for {match.entry.name}: {match.fit.reason}"
        elif match.score < 0.8 and mention.hints:
            where = listed(mention.hints)
            evidence = f"'{mention.text}' is not in {where}; {match.entry.path} has it"
        sureness = Sureness.SURE if is_exact and match.score >= 0.8 else Sureness.LIKELY
        return Argument(what, match.entry.key, match.label, evidence, sureness), match

    def _asked(
        self, mention: Mention, close: Sequence[Match], what: str, *, is_about_words: bool
    ) -> tuple[Argument, Match]:
        options = tuple(f"{one.label} in {one.entry.path}" for one in close)
        text = f"Which one is '{mention.text}' ({what})?"
        index, sureness = self._answer(text, options, is_about_words=is_about_words)
        match = close[index]
        candidates = tuple(
            Candidate(one.entry.key, option, one.fit.reason, one.score)
            for one, option in zip(close, options, strict=True)
        )
        reason = f": {match.fit.reason}" if match.fit.reason else ""
        evidence = f"of {len(close)} that '{mention.text}' can mean, {options[index]}{reason}"
        return (
            Argument(what, match.entry.key, match.label, evidence, sureness, candidates),
            match,
        )

    def module(
        self, mention: Mention, what: str, *, with_packages: bool = False
    ) -> Argument | None:
        """Decide which module is meant."""
        if mention.is_pronoun:
            path = self.previous if isinstance(self.previous, str) else None
            return Argument(what, path, path, "", Sureness.SURE) if path else None
        found = module_candidates(self.table, mention, with_packages=with_packages)
        if not found:
            return None
        close = [one for one in found if one.score > found[0].score - MARGIN / 2]
        if len(close) == 1:
            chosen, reason = close[0], close[0].reason
            evidence = f"'{mention.text}' was taken for {chosen.value}: {reason}" if reason else ""
            sureness = Sureness.LIKELY if reason else Sureness.SURE
            return Argument(what, chosen.value, chosen.label, evidence, sureness)
        options = tuple(one.value for one in close[:_OFFERED_MAX])
        index, sureness = self._answer(
            f"Which module is '{mention.text}' ({what})?", options, is_about_words=False
        )
        evidence = f"of {len(close)} modules that '{mention.text}' can mean, {options[index]}"
        return Argument(what, options[index], options[index], evidence, sureness, tuple(close))

    def _answer(
        self, text: str, options: tuple[str, ...], *, is_about_words: bool
    ) -> tuple[int, Sureness]:
        given = self.answers.get(text)
        if given in options:
            return options.index(given), Sureness.CHOSEN
        self.questions.append(Question(text, options, is_about_words, self.sentence))
        return 0, Sureness.OPEN


Reader = Callable[[Clause, Context], Reading | None]


def said(name: str, value: str, evidence: str = "") -> Argument:
    """Return an argument that stands in the sentence."""
    return Argument(name, value, value, evidence, Sureness.LIKELY if evidence else Sureness.SURE)
