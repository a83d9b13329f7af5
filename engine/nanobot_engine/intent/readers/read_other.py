"""A reader for every refactoring without a reader of its own, by its name and parameters.

The words of its name must stand in the sentence. What the sentence names fills its
parameters by their kinds, in order.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

from nanobot_engine.intent.names.module_place import new_module_path
from nanobot_engine.intent.names.resolution import FUNCTIONS
from nanobot_engine.intent.names.symbol_table import CLASS
from nanobot_engine.intent.plan import Argument
from nanobot_engine.intent.readers.reading import Context, Reading, said
from nanobot_engine.intent.words import clause as c
from nanobot_engine.intent.words.clause import Clause
from nanobot_engine.intent.words.mention import KIND_WORDS, Mention, mention_of
from nanobot_engine.intent.words.sentence import Token, TokenKind
from nanobot_engine.intent.words.spelling import EXACT, in_style_of
from nanobot_engine.refactor.refactoring import Parameter, ParameterKind, Refactoring

_GLUE: Final = frozenset({"a", "an", "the", "by", "of", "to", "in", "with", "into"})
_SCORE: Final = 0.8
_RESOLVED_MIN: Final = 0.75
"""What a symbol of a refactoring that nobody wrote rules for must fit at least."""
_KINDS: Final = {
    "class": frozenset({CLASS}),
    "function": FUNCTIONS,
    "method": FUNCTIONS,
    "functions": FUNCTIONS,
}
"""What a parameter can be, by its name."""
_NEW: Final = frozenset({ParameterKind.NAME, ParameterKind.PATH})


class OtherReader:
    """Reads clauses as one refactoring."""

    def __init__(self, refactoring: Refactoring, *, is_first_word_own: bool) -> None:
        """Take a refactoring.

        Args:
            refactoring: What is read.
            is_first_word_own: Whether no other refactoring's name begins like its name:
                then "inline f" says enough without the word "function".
        """
        self._refactoring = refactoring
        self._is_first_word_own = is_first_word_own

    def __call__(self, clause: Clause, context: Context) -> Reading | None:
        """See `reading.Reader`."""
        wanted = self._kinds_by_name(clause)
        if wanted is None:
            return None
        reading = Reading(self._refactoring.name, _SCORE)
        heads = self._mentions(clause)
        for parameter in self._refactoring.parameters:
            argument = self._argument(parameter, clause, context, heads, wanted)
            if argument is None and parameter.kind is ParameterKind.SYMBOL:
                taken = {one.value for one in reading.arguments}
                argument = _by_name(parameter, clause, context, taken, wanted)
            if argument is not None:
                reading.arguments.append(argument)
            elif not parameter.is_optional:
                reading.missing = parameter.meaning
                reading.score -= 0.35
                return reading
        shown = ", ".join(f"{one.name} {one.label}" for one in reading.arguments)
        reading.summary = f"{self._refactoring.name}: {shown}"
        reading.score += 0.3
        return reading

    def _kinds_by_name(self, clause: Clause) -> frozenset[str] | None:
        """Tell what a symbol can be by the words of the name; None where these are not said.

        They stand in the clause, the verb first. A word for a kind may be left out where
        the symbol is of that kind: "inline f" is about a function where f is one.
        """
        words = [word for word in self._refactoring.name.split() if word not in _GLUE]
        spoken = [token.text.lower() for token in clause.tokens if token.word]
        missing: list[str] = []
        start = 0
        for index, word in enumerate(words):
            # In their order: a method to a function is not a function to a method.
            places = [i for i in range(start, len(spoken)) if _same(word, spoken[i])]
            if places:
                start = places[0] + 1
            elif index or clause.verb != word:
                missing.append(word)
        if words[0] in missing or not set(missing) <= KIND_WORDS.keys():
            return None
        if not missing or self._is_first_word_own:
            return frozenset()
        is_verb = clause.verb == words[0] and len(words) == 2
        return frozenset().union(*(KIND_WORDS[one] for one in missing)) if is_verb else None

    def _mentions(self, clause: Clause) -> list[tuple[str, Mention]]:
        """Return what the clause names, with the role of each."""
        own = set(self._refactoring.name.split())
        found: list[tuple[str, Mention]] = []
        for one in clause.chunks:
            tokens = [t for t in one.tokens if t.word not in own or t.word in KIND_WORDS]
            mention = mention_of(tokens)
            if mention is not None:
                found.append((one.role, mention))
        return found

    def _argument(
        self,
        parameter: Parameter,
        clause: Clause,
        context: Context,
        mentions: list[tuple[str, Mention]],
        wanted: frozenset[str],
    ) -> Argument | None:
        match parameter.kind:
            case ParameterKind.EXPRESSION:
                token = next((t for t in clause.tokens if t.kind is TokenKind.EXPRESSION), None)
                return said(parameter.name, token.text) if token is not None else None
            case ParameterKind.CHOICE:
                return _choice(parameter, clause.tokens)
            case ParameterKind.TEXT:
                token = next((t for t in clause.tokens if t.kind is TokenKind.RANGE), None)
                return said(parameter.name, token.text) if token is not None else None
        for index, (role, mention) in enumerate(mentions):
            is_new = role in {c.TO, c.NAMED, c.IS, c.WITH}
            is_target = parameter.kind is ParameterKind.MODULE and parameter.name == "target"
            if (parameter.kind in _NEW or is_target) != is_new:
                continue
            argument = _fitting(parameter, mention, context, wanted)
            if argument is not None:
                del mentions[index]
                return argument
        return None


def _by_name(
    parameter: Parameter,
    clause: Clause,
    context: Context,
    taken: Collection[str],
    wanted: frozenset[str],
) -> Argument | None:
    """Return what is written like code anywhere in a clause and fits a parameter."""
    for token in clause.tokens:
        if token.kind in {TokenKind.NAME, TokenKind.DOTTED}:
            mention = Mention(token.text, is_code=True)
            resolved = context.symbol(mention, wanted or _KINDS.get(parameter.name), parameter.name)
            is_exact = resolved is not None and resolved[1].fit.score == EXACT
            if resolved is not None and is_exact and resolved[0].value not in taken:
                return resolved[0]
    return None


def _fitting(
    parameter: Parameter, mention: Mention, context: Context, wanted: frozenset[str]
) -> Argument | None:
    name, kind = parameter.name, parameter.kind
    if kind in {ParameterKind.SYMBOL, ParameterKind.SYMBOLS}:
        items = mention.listed() if kind is ParameterKind.SYMBOLS else [mention]
        resolved = [context.symbol(one, wanted or _KINDS.get(name), name) for one in items]
        found = [
            argument
            for one in resolved
            if one is not None
            for argument, match in [one]
            if match.score >= _RESOLVED_MIN
        ]
        if len(found) < len(items):
            return None
        return replace(found[0], value="\n".join(one.value for one in found))
    if kind is ParameterKind.NAME:
        text = mention.text if mention.is_code else in_style_of(mention.text, "name")
        return said(name, text) if text.isidentifier() else None
    existing = context.module(mention, name, with_packages=kind is ParameterKind.MODULE)
    if existing is not None or kind is ParameterKind.MODULE:
        return existing
    beside = context.previous if isinstance(context.previous, str) else ""
    return said(name, new_module_path(context.table, mention.text, beside=beside))


def _choice(parameter: Parameter, tokens: Sequence[Token]) -> Argument | None:
    spoken = [token.word for token in tokens if token.word]
    found = [
        choice
        for choice in parameter.choices
        if any(_same(part, one) for part in choice.split() for one in spoken)
    ]
    if not found:
        return None
    return said(parameter.name, ",".join(found) if parameter.is_list else found[0])


def _same(word: str, spoken: str) -> bool:
    """Tell whether a word is spoken, in singular or plural: names of changes are not guessed."""
    return word.rstrip("s") == spoken.rstrip("s")
