"""Names in an order that the rules do not read, put into one that they do.

    load: path -> place            in load, path -> place
    load param path to place       param path of load to place
    make load keyword-only: names + limit      `names` is a parameter, though a plain word

Only what the code has is put elsewhere, so a sentence about other things stays as it is.
"""

from collections.abc import Sequence
from typing import Final

from nanobot_engine.intent.names.resolution import CALLABLE
from nanobot_engine.intent.names.symbol_table import (
    ATTRIBUTE,
    LOCAL,
    METHOD,
    PARAMETER,
    SymbolTable,
)
from nanobot_engine.intent.words.clause import VERBS
from nanobot_engine.intent.words.mention import KIND_WORDS, NOISE
from nanobot_engine.intent.words.sentence import Token, TokenKind

_INNER: Final = frozenset({PARAMETER, METHOD, ATTRIBUTE, LOCAL})
_PLACES: Final = frozenset({"in", "of", "from", "inside", "within"})
_RENAMING: Final = frozenset({"rename", "change", "call", "replace"})
_TO: Final = frozenset({"to", "into", "as", "by", "with"})
_IN: Final = Token(TokenKind.WORD, "in", "in")
_OF: Final = Token(TokenKind.WORD, "of", "of")
_COMMA: Final = Token(TokenKind.PUNCTUATION, ",", ",")


def in_known_order(tokens: Sequence[Token], table: SymbolTable) -> list[Token]:
    """Return the tokens of a sentence in an order that the rules read.

    Args:
        tokens: Of the sentence, spelled out.
        table: The codebase.
    """
    return _owner_behind(_place_first(_with_parameters(list(tokens), table), table), table)


def _is_symbol(token: Token, table: SymbolTable) -> bool:
    if token.kind is TokenKind.PATH or token.word in NOISE or token.word in KIND_WORDS:
        return token.kind is TokenKind.PATH
    is_name = token.kind in {TokenKind.NAME, TokenKind.DOTTED, TokenKind.WORD}
    return is_name and bool(table.named(token.text.rpartition(".")[2]))


def _with_parameters(tokens: list[Token], table: SymbolTable) -> list[Token]:
    """Take a word of a list for a parameter where its neighbour is one of the same function.

    "names" means nothing, but in "names and limit" it is what `limit` is; "field arg" is one, too.
    """
    functions = [
        entry
        for token in tokens
        if _is_symbol(token, table)
        for entry in table.named(token.text.rpartition(".")[2])
        if entry.kind in CALLABLE
    ]
    sets = [frozenset(table.parameters(entry)) for entry in functions]
    found = list(tokens)
    for index, token in enumerate(tokens):
        is_plain = token.word in NOISE or token.word in KIND_WORDS
        beside = [
            tokens[place].text
            for joint, place in ((index + 1, index + 2), (index - 1, index - 2))
            if 0 <= place < len(tokens)
            and 0 <= joint < len(tokens)
            and (tokens[joint].word == "and" or tokens[joint].text == ",")
        ]
        after = tokens[index + 1].word if index + 1 < len(tokens) else ""
        is_said = KIND_WORDS.get(after, frozenset()) == frozenset({PARAMETER})
        if is_plain and any(
            token.text in one and (is_said or not one.isdisjoint(beside)) for one in sets
        ):
            found[index] = Token(TokenKind.NAME, token.text, token.raw)
    return found


def _place_first(tokens: list[Token], table: SymbolTable) -> list[Token]:
    """Read "load: path -> place" as "in load, path -> place"."""
    colon = next((i for i, one in enumerate(tokens) if one.text == ":"), 0)
    place, rest = tokens[:colon], tokens[colon + 1 :]
    is_place = any(_is_symbol(one, table) for one in place) and all(
        _is_symbol(one, table) or one.word in _PLACES | NOISE or one.word in KIND_WORDS
        for one in place
    )
    verb = VERBS.get(rest[0].word, "") if rest else ""
    said = rest[1:] if verb else rest
    joint = next(
        (i for i, one in enumerate(said) if one.kind is TokenKind.ARROW or one.word in _TO), 0
    )
    # "load: path arg -> place" as well
    last = joint - 1 - (joint > 1 and said[joint - 1].word in KIND_WORDS)
    is_pair = joint and joint + 1 < len(said) and _is_symbol(said[last], table)
    if not is_place or not is_pair or (verb and verb not in _RENAMING):
        return tokens
    return [_IN, *place, _COMMA, *rest]


def _owner_behind(tokens: list[Token], table: SymbolTable) -> list[Token]:
    """Read "load param path" as "param path of load"."""
    for index in range(len(tokens) - 2):
        owner, kind, name = tokens[index : index + 3]
        kinds = KIND_WORDS.get(kind.word, frozenset())
        if not kinds or not kinds <= _INNER or not _is_symbol(owner, table):
            continue
        before = tokens[index - 1].word if index else ""
        owners = table.named(owner.text.rpartition(".")[2])
        is_inside = any(
            name.text in table.parameters(entry)
            if entry.kind in CALLABLE and PARAMETER in kinds
            else name.text in {one.name for one in table.members(entry)}
            for entry in owners
        )
        if is_inside and before not in _PLACES:
            return [*tokens[:index], kind, name, _OF, owner, *tokens[index + 3 :]]
    return tokens
