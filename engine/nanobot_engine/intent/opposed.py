"""What a sentence says against a plan that has all its names: each in the wrong place.

"move the table out of a.py into b.py" moves no whole module, "the helper that calls f should be
g" is not about `f`, and "call it g" says which of two names is the new one. Rules, evidence and
a model alike may take a name for what it is not; this is asked of each of their plans.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from nanobot_engine.intent.plan import Part
from nanobot_engine.intent.words.clause import FILLERS, VERBS
from nanobot_engine.intent.words.mention import KIND_WORDS, MODULE, NOISE
from nanobot_engine.intent.words.sentence import Token, TokenKind
from nanobot_engine.intent.words.spelling import fit, parts_of

_OF_MODULES: Final = frozenset({"move module", "merge modules"})
_OF_SYMBOLS: Final = frozenset({"move", "split module"})
_ALL: Final = frozenset(
    {"everything", "all", "content", "contents", "rest", "whole", "entire", "name", "it"}
)
_RELATIVES: Final = frozenset({"that", "which", "who"})
_DESCRIPTION_ENDS: Final = frozenset(
    {"should", "ought", "must", "shall", "could", "would", "needs", "to", "into", "better", "and"}
)
_SAYS_NAME: Final = frozenset({"called", "named", "now", "currently", "spelled", "spelt"})
_PEOPLE: Final = frozenset({"i", "we", "you", "people", "everybody", "nobody"})
_THINGS: Final = frozenset({"thing", "one", "code", "bit", "part", "piece", "step", "logic"})
_NAMING: Final = frozenset({"call", "name", "rename"})
_GIVING: Final = frozenset(
    {
        "give",
        "gives",
        "giving",
        "pass",
        "passes",
        "passing",
        "provide",
        "supply",
        "accept",
        "accepts",
    }
)
_PLACE_TOKENS_MAX: Final = 4


def opposed(tokens: Sequence[Token], parts: Sequence[Part]) -> str:
    """Return why a sentence can not mean a plan; "" where nothing speaks against it.

    Args:
        tokens: Of the sentence.
        parts: Of the plan.
    """
    for part in parts:
        values = part.values()
        for taken, place in _taken_out(tokens):
            if part.refactoring in _OF_MODULES and _is_of(place, values):
                return f"a part of {place.raw} is to go, and no whole module"
            if part.refactoring in _OF_SYMBOLS and not _is_named(taken, values["symbols"]):
                return f"nothing that is planned is {' '.join(one.raw for one in taken)!r}"
        described = _only_described(tokens)
        key = values.get("symbol", values.get("symbols", ""))
        for name in described & {_last(one) for one in key.splitlines()}:
            return f"{name!r} only describes what is meant"
        if part.refactoring == "rename":
            new_name = values["new_name"]
            for names, what in (
                (_modules_said(tokens), "is a module that is there"),
                (_given_values(tokens), "is said to be given, and is no name for something"),
            ):
                if new_name in names:
                    return f"{new_name!r} {what}"
    given = _given_name(tokens)
    if given is not None and not _is_given(given, parts):
        return f"{given.raw!r} is said to be the new name"
    return ""


def _last(key: str) -> str:
    return key.rpartition("::")[2].rpartition(".")[2]


def _taken_out(tokens: Sequence[Token]) -> Iterator[tuple[list[Token], Token]]:
    """Yield what is said to be taken out of a file, and the file."""
    for index, token in enumerate(tokens):
        is_out = token.word == "of" and index > 0 and tokens[index - 1].word == "out"
        if token.word != "from" and not is_out:
            continue
        ahead = [one for one in tokens[index + 1 : index + 4] if not _is_empty(one)]
        if not ahead or (ahead[0].kind is not TokenKind.PATH and not ahead[0].word):
            continue
        start = max((i for i in range(index) if tokens[i].word in VERBS), default=-1) + 1
        taken = [one for one in tokens[start : index - is_out] if not _is_nothing(one)]
        is_whole = any(one.kind is TokenKind.PATH or _is_all(one) for one in taken)
        if taken and not is_whole:
            yield taken, ahead[0]


def _is_empty(token: Token) -> bool:
    return token.word in NOISE or _is_module_word(token)


def _is_nothing(token: Token) -> bool:
    is_word = token.word in NOISE or token.word in FILLERS or token.word in VERBS
    return token.kind is TokenKind.PUNCTUATION or (is_word and not _is_all(token))


def _is_all(token: Token) -> bool:
    return token.word in _ALL or _is_module_word(token)


def _is_module_word(token: Token) -> bool:
    return MODULE in KIND_WORDS.get(token.word, ())


def _is_of(place: Token, values: dict[str, str]) -> bool:
    """Tell whether a plan is about the file that a token names."""
    text = place.text.strip("/")
    return any(f"/{one}".endswith((f"/{text}", f"/{text}.py")) for one in values.values())


def _is_named(taken: Sequence[Token], symbols: str) -> bool:
    """Tell whether what is taken out of a file is named, or like the name of what moves."""
    if any(token.is_code for token in taken):
        return True
    words = [part for one in taken if one.word not in KIND_WORDS for part in parts_of(one.text)]
    known = {part for key in symbols.splitlines() for part in parts_of(_last(key))}
    return not words or any(fit(word, part) is not None for word in words for part in known)


def _only_described(tokens: Sequence[Token]) -> set[str]:
    """Return the names that stand in a description, and nowhere else: "the helper that calls f"."""
    inside: set[int] = set()
    for index, token in enumerate(tokens):
        if token.word not in _RELATIVES or not _follows_kind(tokens, index):
            continue
        after = tokens[index + 1 : index + 3]
        is_naming = len(after) == 2 and after[0].word in {"is", "are", "was", "were"}
        if after and (after[0].word in _PEOPLE or (is_naming and _names(after[1]))):
            continue
        for place in range(index + 1, len(tokens)):
            one = tokens[place]
            is_break = one.kind in {TokenKind.PUNCTUATION, TokenKind.ARROW}
            if is_break or one.word in _DESCRIPTION_ENDS:
                break
            inside.add(place)
    names = [(i, one.text.rpartition(".")[2]) for i, one in enumerate(tokens)]
    outside = {name for i, name in names if i not in inside}
    return {name for i, name in names if i in inside} - outside


def _names(token: Token) -> bool:
    return token.is_code or token.word in _SAYS_NAME


def _follows_kind(tokens: Sequence[Token], index: int) -> bool:
    """Tell whether a kind of thing stands before, with its place at most: "the helper in a.py"."""
    for back in range(index - 1, max(-1, index - 2 - _PLACE_TOKENS_MAX), -1):
        one = tokens[back]
        is_kind = one.word in KIND_WORDS and not _is_module_word(one)
        if is_kind or one.word in _THINGS:
            between = tokens[back + 1 : index]
            return not between or between[0].word in {"in", "of", "from", "inside"}
    return False


def _modules_said(tokens: Sequence[Token]) -> set[str]:
    """Return the names that are said to be modules, in code style: "the _old module"."""
    found: set[str] = set()
    for index, token in enumerate(tokens):
        if not _is_module_word(token) or index == 0:
            continue
        before, after = tokens[index - 1], tokens[index + 1 : index + 2]
        found.update(one.text for one in (before, *after) if one.kind is TokenKind.NAME)
    return found


def _given_values(tokens: Sequence[Token]) -> set[str]:
    """Return what somebody is said to give: "forced to give `mode` by keyword"."""
    said = [token for token in tokens if token.word not in NOISE]
    return {after.text for before, after in pairwise(said) if before.word in _GIVING}


def _given_name(tokens: Sequence[Token]) -> Token | None:
    """Return what "call it" gives, where the sentence ends or breaks behind it."""
    for index, token in enumerate(tokens[:-2]):
        if token.word not in _NAMING or tokens[index + 1].word not in {"it", "that", "this"}:
            continue
        given = tokens[index + 2]
        behind = tokens[index + 3 : index + 4]
        is_end = not behind or behind[0].kind is TokenKind.PUNCTUATION
        if is_end and (given.kind is TokenKind.NAME or given.word):
            return given
    return None


def _is_given(given: Token, parts: Sequence[Part]) -> bool:
    """Tell whether a plan gives a name that was said."""
    wanted = list(parts_of(given.text))
    for part in parts:
        values = part.values()
        news = [one for key, one in values.items() if key not in {"symbol", "symbols", "module"}]
        if any(set(wanted) <= set(parts_of(one)) for one in news):
            same = [one for one in news if given.kind is TokenKind.NAME and one == given.text]
            is_other = part.refactoring == "rename" and _is_swapped(given, values)
            return bool(same) or not is_other
    return False


def _is_swapped(given: Token, values: dict[str, str]) -> bool:
    """Tell whether what was said to be new is the old name."""
    return _last(values["symbol"]) == given.text
