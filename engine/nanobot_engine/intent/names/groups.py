"""Several symbols named at once: "all the Vdt exceptions", "the safe_* functions".

They are spelled out before anything is read: a reader sees the names, and the plan shows
each of them. Where fewer than two fit, the words stay as they are.
"""

from collections.abc import Sequence
from typing import Final

from nanobot_engine.intent.names.resolution import TOP_LEVEL
from nanobot_engine.intent.names.symbol_table import Entry, SymbolTable
from nanobot_engine.intent.words.mention import KIND_WORDS
from nanobot_engine.intent.words.sentence import Token, TokenKind

_PLURALS: Final = {
    "functions": "function", "helpers": "helper", "classes": "class", "exceptions": "exception",
    "errors": "exception", "constants": "constant", "variables": "variable", "globals": "global",
}  # fmt: skip
_STARTS: Final = frozenset({"all", "every", "the", "of", "those", "these", "and", "move", "split"})
_GROUP_MAX: Final = 64


def with_groups(tokens: Sequence[Token], table: SymbolTable) -> list[Token]:
    """Return tokens with groups of symbols spelled out.

    Args:
        tokens: Of a sentence.
        table: The codebase.
    """
    found: list[Token] = []
    index = 0
    while index < len(tokens):
        end, names = _group(tokens, index, table)
        if names:
            while found and found[-1].word in {"all", "the", "every", "of", "those", "these"}:
                found.pop()
            for number, name in enumerate(names):
                if number:
                    found.append(Token(TokenKind.PUNCTUATION, ",", ","))
                found.append(Token(TokenKind.NAME, name, name))
            index = end
        else:
            found.append(tokens[index])
            index += 1
    return found


def _group(tokens: Sequence[Token], start: int, table: SymbolTable) -> tuple[int, list[str]]:
    """Return where a group ends that begins at a token, and the names in it."""
    first = tokens[start]
    before = tokens[start - 1] if start else None
    if first.kind not in {TokenKind.WORD, TokenKind.NAME} or before is None:
        return start, []
    end = start + 1
    is_starred = end < len(tokens) and tokens[end].text == "*"
    end += is_starred
    kind = _PLURALS.get(tokens[end].word) if end < len(tokens) else None
    if kind is None or before.word not in _STARTS:
        return start, []
    is_prefix = is_starred or not first.text.islower() or first.text.endswith("_")
    if not is_prefix:
        return start, []
    wanted = KIND_WORDS[kind] & TOP_LEVEL
    paths = [token.text for token in tokens if token.kind is TokenKind.PATH]
    names = _names(first.text, wanted, paths, table)
    return (end + 1, names) if 2 <= len(names) <= _GROUP_MAX else (start, [])


def _names(
    prefix: str, wanted: frozenset[str], paths: Sequence[str], table: SymbolTable
) -> list[str]:
    """Return the symbols of one module that begin so, in its order."""
    by_path: dict[str, list[Entry]] = {}
    for name in dict.fromkeys(table.names()):
        if name.startswith(prefix) and name != prefix:
            for entry in table.named(name):
                if not entry.owners and entry.kind in wanted and not entry.path.endswith(".pyi"):
                    by_path.setdefault(entry.path, []).append(entry)
    said = [one for one in by_path if any(one.endswith(path) for path in paths)]
    own = [one for one in by_path if not by_path[one][0].is_test]
    chosen = said or own
    if len(chosen) != 1:
        return []
    return [one.name for one in sorted(by_path[chosen[0]], key=lambda one: one.line)]
