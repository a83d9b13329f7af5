"""Whether a plan speaks of everything that a sentence names: what it leaves out, it got wrong.

A plan that does less than was asked is worse than a refusal, because it looks right. So
each token that is written like code must stand in the plan, or be said in its evidence.
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Final

from nanobot_engine.intent.plan import Argument
from nanobot_engine.intent.readers.reading import Reading
from nanobot_engine.intent.words.clause import FILLERS, MARKER_WORDS, TAILS, VERBS
from nanobot_engine.intent.words.mention import KIND_WORDS, NOISE
from nanobot_engine.intent.words.sentence import Token, TokenKind
from nanobot_engine.intent.words.spelling import fit, parts_of

_CHECKED: Final = frozenset(
    {TokenKind.NAME, TokenKind.DOTTED, TokenKind.PATH, TokenKind.EXPRESSION, TokenKind.DECLARATION}
)
_GENERAL: Final = frozenset({"*", "src/", "lib/", "tests/", "test/", "docs/"})
# What people say around a wish, and what only says more of what is named anyway.
_CHATTER_LINES: Final = """
about above again almost already although always another any anybody anyone anything anyway as
back be because been before being below beside better between big both bring but bye came case
cases cause cheers come comes complete completely confusing consistent correct cryptic currently
descriptive difficult doing done down during easier easy either else enough entirely even ever
every far few fine first fits follow following follows forever from further generally going good
got great grouped guess had half hard hate having hello here hey hi hope how however if important
inside instances into itself keep kind know last later least less lets like likely line lines
literal little long look looks lot lots made magic main maintain makes many matter may maybe mean
means meant mention mentions mentioned might mind mine minor misleading misnomer misnomers more
most much myself necessary needed neither never nice nicer nobody none nor not nothing number
numbers occurs off often ok okay on once only onto optional original otherwise outside over part
parts pass passed passes past people perfectly place places point possible possibly prefer
preferably probable program properly purpose put puts quick quite read readable reads reason
reasons rest said same saw say says second see seem seems seen self several shall shorter
shorthand shown side silly since sit sits slow small some somebody someone something sometimes
somewhere soon sorry spelled spelling spelt start starts stay static stays still stop test tests
strange stuff stupid such sure term terms than thank thanks that thats their then there thereof
these they thing things think third this those though three through thus time times title today
together too top total truly trying twice two type ugly under unless unlike until up upon upper
upwards used useful usually vague very via wanna want wants was way ways weird well went were what
whatever when whenever where wherever whether which while who whole whose why will wish within
wonder word words work works worse wrong yes yet your yours string expression flag option switch
setting field hole level module-level str int bool float bytes list dict set tuple keyword-only
kw-only kw kwonly positional named-only value-only only-keyword names named old-name new-name
respectively accordingly consistently simultaneously simple simply
"""
_CHATTER: Final = frozenset(_CHATTER_LINES.split())
# What asks for more than a refactoring does.
_DEMANDS: Final = frozenset(
    {"alias", "aliases", "deprecate", "deprecated", "deprecation", "faster", "quicker", "optimize"}
    | {"optimise", "async", "asynchronous", "rust", "javascript", "typescript", "thread-safe"}
    | {"backward", "backwards", "backwards-compatible", "compatible", "compatibility", "shim"}
    | {"readme", "changelog"}
)
_MEANINGLESS: Final = (
    _CHATTER | NOISE | MARKER_WORDS | FILLERS | TAILS | KIND_WORDS.keys() | VERBS.keys()
)


_VAGUE: Final = re.compile(
    # A name that nobody said.
    r"\b(?:some|any)thing (?:else|\w+er|more \w+|less \w+|sensible|good|other)\b"
    r"|\b(?:better|nicer|clearer|good|other) name\b|\bbetter$"
)


def is_meaningless(word: str) -> bool:
    """Tell whether a plain word names nothing and asks for nothing."""
    return word in _MEANINGLESS


def demands(tokens: Sequence[Token]) -> Iterator[Token]:
    """Yield the words that ask for more than any refactoring does: "keep an alias"."""
    yield from (token for token in tokens if token.word in _DEMANDS)


def unexplained(
    tokens: Sequence[Token],
    readings: Sequence[Reading],
    is_name: Callable[[str], bool],
    *,
    is_strict: bool = False,
) -> Iterator[Token]:
    """Yield what a sentence says and no part of a plan speaks of.

    Args:
        tokens: Of the sentence.
        readings: The parts.
        is_name: Tells whether a word is a name of the code.
        is_strict: Whether every plain word counts that has a meaning; else only one that
            names something, or asks for something else.
    """
    arguments = [one for reading in readings for one in reading.arguments]
    said = " ".join(part for one in arguments for part in _texts(one))
    said += " ".join(f" {one.refactoring} {one.summary}" for one in readings)
    words = set(parts_of(said))
    # "Bundle the parameters": a verb has its capital from where it stands.
    verb = tokens[0] if len(tokens) > 1 and tokens[1].word in {"the", "a", "all"} else None
    for token in tokens:
        if token.word in _DEMANDS and not _is_said(token.word, words):
            yield token
    for token in _without_bans(tokens):
        if token.word:
            is_capital = token.text != token.word and token is not verb
            is_loud = is_capital or is_name(token.text)
            is_checked = token.word not in _MEANINGLESS and len(token.word) > 1
            # What is the very name of something else is not taken for a word that is like it.
            is_other = is_name(token.text) and not is_strict
            is_explained = (
                _is_said(token.text, words)
                if is_other
                else any(_is_like(part, words) for part in parts_of(token.text))
            )
            if is_checked and (is_strict or is_loud) and not is_explained:
                yield token
        elif token.kind in _CHECKED and token.text not in _GENERAL:
            text = token.text.strip("/").removesuffix(".py").removesuffix("/__init__")
            is_there = text in said or _squeezed(text) in _squeezed(said)
            if not is_there and not set(parts_of(text)) <= words:
                yield token


def is_thin(
    tokens: Sequence[Token], readings: Sequence[Reading], is_symbol: Callable[[str], bool]
) -> bool:
    """Tell whether plain words were taken for a new name where others were not understood.

    "f is dark to me" is no wish to call it `me`.
    """
    code = {token.text.rpartition(".")[2] for token in tokens if token.is_code}
    for reading in readings:
        values = {one.name: one.value for one in reading.arguments}
        new = values.get("new_name", "") if reading.refactoring == "rename" else ""
        if new in code:
            # "call the arg of `dump` something else": what is there already is no new name.
            old = values["symbol"].rpartition("::")[2].rpartition(".")[2]
            is_old_said = any(token.text.rpartition(".")[2] == old for token in tokens)
            if is_symbol(new) and not is_old_said:
                return True
        elif new and (
            _VAGUE.search(" ".join(token.text.lower() for token in tokens))
            or not _stands_together(new, tokens)
            or any(unexplained(tokens, readings, is_symbol, is_strict=True))
        ):
            return True
    return False


def _stands_together(name: str, tokens: Sequence[Token]) -> bool:
    """Tell whether the words of a name follow one another, but for "the" and the like."""
    words = [
        part
        for token in tokens
        if token.word not in NOISE or token.word == "and"
        for part in parts_of(token.text) or (token.text,)
    ]
    wanted = list(parts_of(name))
    return any(words[start : start + len(wanted)] == wanted for start in range(len(words))) or all(
        word in NOISE for word in wanted
    )


def _without_bans(tokens: Sequence[Token]) -> Iterator[Token]:
    """Leave out what is to stay as it is: "don't touch the docs"."""
    is_banned = False
    for token in tokens:
        is_break = token.kind is TokenKind.PUNCTUATION or token.word in {"and", "but", "then"}
        is_banned = (is_banned and not is_break) or token.word in {"touch", "leave", "keep"}
        if not is_banned:
            yield token


def _is_said(text: str, words: Collection[str]) -> bool:
    """Tell whether a word is in a plan, in singular or plural."""
    known = {word.rstrip("s") for word in words}
    return text.lower() in words or all(part.rstrip("s") in known for part in parts_of(text))


def _is_like(part: str, words: Collection[str]) -> bool:
    """Tell whether a plain word is one of a plan, or much like one."""
    return part in words or any(fit(part, word) is not None for word in words)


def _texts(argument: Argument) -> Iterator[str]:
    yield argument.value
    yield argument.label
    yield argument.evidence
    # A dotted module is written with slashes in a path.
    yield argument.value.replace("/", ".")


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)
