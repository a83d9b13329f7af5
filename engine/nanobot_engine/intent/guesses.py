"""What a sentence that no rule reads might ask for, as sentences that the rules do read.

    names of the sentence ─> a plain sentence per refactoring ─rules─> plans
                                                                        │ coverage
                             somebody who reads English  <─ question ───┘

A guess uses all names of the sentence and invents none. Nobody takes one but a model or
the user, who may also say that none is right; then the sentence stays refused.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from nanobot_engine.intent.coverage import is_meaningless
from nanobot_engine.intent.mention import Mention
from nanobot_engine.intent.resolution import CALLABLE, FUNCTIONS, matches
from nanobot_engine.intent.sentence import Token, TokenKind
from nanobot_engine.intent.spelling import TYPO
from nanobot_engine.intent.symbol_table import CLASS, Entry, SymbolTable

NONE_OF_THESE: Final = "something else, none of these"
WHICH_GUESS: Final = "What is meant?"
_SYMBOLS_MAX: Final = 4


@dataclass(frozen=True, slots=True)
class _Names:
    symbols: tuple[tuple[str, Entry], ...]
    """As they are written in the code."""
    parameters: tuple[str, ...]
    new: tuple[str, ...]
    """What is written like a name and is not there."""
    modules: tuple[str, ...]
    new_modules: tuple[str, ...]


def guesses(tokens: Sequence[Token], table: SymbolTable) -> Iterator[str]:
    """Yield plain sentences that use the names of a sentence, each at most once.

    Args:
        tokens: Of the sentence.
        table: The codebase.
    """
    names = _names(tokens, table)
    yield from dict.fromkeys(_sentences(names))


def _sentences(names: _Names) -> Iterator[str]:
    symbols = [f"`{one}`" for one, _ in names.symbols]
    listed = ", ".join(symbols)
    targets = [*names.modules, *names.new_modules]
    if len(names.parameters) == 1 and len(symbols) == 1:
        of = f"the parameter `{names.parameters[0]}` of {symbols[0]}"
        yield from (f"rename {of} to `{new}`" for new in names.new)
        if not names.new:
            yield f"remove {of}"
            yield f"make {of} keyword-only"
    if symbols and len(names.new) == len(symbols) and not names.parameters:
        yield " and ".join(
            f"rename {old} to `{new}`" for old, new in zip(symbols, names.new, strict=True)
        )
    if symbols and not names.new and len(targets) == 1:
        yield f"move {listed} to `{targets[0]}`"
    if not symbols and len(names.modules) == 1 and len(names.new_modules) == 1:
        yield f"move the module `{names.modules[0]}` to `{names.new_modules[0]}`"
    if not symbols and len(names.modules) == 2:
        yield f"merge the module `{names.modules[0]}` into `{names.modules[1]}`"
        yield f"merge the module `{names.modules[1]}` into `{names.modules[0]}`"
    if not names.parameters and not targets:
        yield from _of_symbols(names)


def _of_symbols(names: _Names) -> Iterator[str]:
    """Yield what can be asked of a function and a class."""
    entries = [entry for _, entry in names.symbols]
    written = [f"`{one}`" for one, _ in names.symbols]
    if len(entries) == 2 and not names.new:
        kinds = [entry.kind for entry in entries]
        if CLASS in kinds and any(kind in FUNCTIONS for kind in kinds):
            place = kinds.index(CLASS)
            yield f"turn the function {written[1 - place]} into a method of {written[place]}"


def _names(tokens: Sequence[Token], table: SymbolTable) -> _Names:
    symbols: dict[str, Entry] = {}
    new: list[str] = []
    modules: list[str] = []
    new_modules: list[str] = []
    left: list[str] = []
    for token in tokens:
        if token.kind is TokenKind.PATH:
            is_there = any(
                path == token.text or path.endswith(f"/{token.text}") for path in table.modules()
            )
            (modules if is_there else new_modules).append(token.text)
        elif token.kind in {TokenKind.NAME, TokenKind.DOTTED} or (
            token.word and not is_meaningless(token.word)
        ):
            entry = _symbol(token, table)
            if entry is not None:
                symbols[entry.qualified_name.replace(".<locals>", "")] = entry
            elif token.kind is TokenKind.NAME:
                new.append(token.text)
            left.append(token.text)
    inside = {
        name
        for entry in symbols.values()
        if entry.kind in CALLABLE
        for name in table.parameters(entry)
    }
    parameters = tuple(dict.fromkeys(one for one in left if one in inside))
    kept = [(name, one) for name, one in symbols.items() if one.name not in parameters]
    return _Names(
        tuple(kept[:_SYMBOLS_MAX]),
        parameters,
        tuple(one for one in new if one not in parameters),
        tuple(modules),
        tuple(new_modules),
    )


def _symbol(token: Token, table: SymbolTable) -> Entry | None:
    """Return the symbol that a token names; a plain word must be its very name."""
    found = matches(table, Mention(token.text, is_code=True))
    if not found:
        return None
    best = found[0]
    is_there = best.entry.name == token.text.rpartition(".")[2]
    is_near = token.kind is not TokenKind.WORD and best.fit.score >= TYPO
    return best.entry if is_there or is_near else None
