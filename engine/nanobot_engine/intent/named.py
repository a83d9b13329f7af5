"""What a sentence names, by kind: symbols, their parameters, new names, modules, expressions.

Nothing here depends on the form of the sentence. The rest of it is kept with a word in
upper case for each name, so that what is said of names can be looked for:
"the method SYM of MOD needs another parameter, NEW".
"""

import builtins
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from nanobot_engine.intent.coverage import is_meaningless
from nanobot_engine.intent.names.resolution import CALLABLE, TOP_LEVEL, matches
from nanobot_engine.intent.names.symbol_table import CLASS, PARAMETER, Entry, SymbolTable
from nanobot_engine.intent.words.mention import Mention
from nanobot_engine.intent.words.sentence import Token, TokenKind
from nanobot_engine.intent.words.spelling import EXACT, letters_apart

_STEM_TYPO_CHARS_MIN: Final = 6
_NAME_TYPO_CHARS_MIN: Final = 8
_ENDS: Final = ("Error", "Exception", "Warning")
_GENERAL: Final = frozenset({"tests/", "test/", "docs/", "src/", "lib/"})
SYMBOL, PARAMETER_MARK, NEW, MODULE, FILE = "SYM", "PAR", "NEW", "MOD", "FILE"
EXPRESSION, DECLARATION, LINES = "EXP", "DECL", "LINES"


@dataclass(slots=True)
class Named:
    """What a sentence names, each in its order."""

    symbols: list[tuple[str, Entry]] = field(default_factory=list)
    """Text for a rule to read, and the likeliest symbol."""
    parameters: list[str] = field(default_factory=list)
    """Of the functions among the symbols."""
    new: list[str] = field(default_factory=list)
    """Identifiers that are nowhere."""
    modules: list[str] = field(default_factory=list)
    """Paths that are there."""
    files: list[str] = field(default_factory=list)
    """Paths that are not there."""
    expressions: list[str] = field(default_factory=list)
    declarations: list[str] = field(default_factory=list)
    lines: str = ""
    foreign: list[str] = field(default_factory=list)
    """Written like code, and defined by nobody here."""
    text: str = ""
    """In lower case, with a word in upper case for each name."""

    def place(self) -> str:
        """Return " in `a.py`" where a module is named that has the only symbols."""
        paths = {entry.path for _, entry in self.symbols}
        return f" in `{paths.pop()}`" if paths == set(self.modules) else ""


def named_in(tokens: Sequence[Token], table: SymbolTable) -> Named:
    """Sort what a sentence names.

    Args:
        tokens: Of the sentence.
        table: The codebase.
    """
    named = Named()
    exact = {i: found for i, one in enumerate(tokens) if (found := _exact(one, table))}
    if not any(tokens[i].is_code for i in exact):
        exact |= {i: found for i in range(len(tokens)) if (found := _plain(tokens, i, table))}
    exact |= _misspelled(tokens, exact, table)
    inside = {
        name
        for found in exact.values()
        for entry in found[:1]
        if entry.kind in CALLABLE
        for name in table.parameters(entry)
    }
    classes = {found[0].name for found in exact.values() if found[0].kind == CLASS}
    paths = {token.text for token in tokens if token.kind is TokenKind.PATH}
    words: list[str] = []
    for index, token in enumerate(tokens):
        if module := _said_module(tokens, index, table):
            named.modules += [] if module in named.modules else [module]
            words.append(MODULE)
        elif token.text in inside and token.kind in {TokenKind.NAME, TokenKind.WORD}:
            named.parameters.append(token.text)
            words.append(PARAMETER_MARK)
        elif index in exact:
            entry = _likeliest(exact[index], classes, paths)
            named.symbols.append((_text_of(token, entry, classes), entry))
            words.append(SYMBOL)
        else:
            words.append(_other(tokens, index, table, named))
    named.symbols = list(dict(_without_owners(named.symbols)).items())
    named.text = " ".join(word for word in words if word)
    return named


def _exact(token: Token, table: SymbolTable) -> list[Entry]:
    if token.kind not in {TokenKind.NAME, TokenKind.DOTTED} or token.text.startswith("__"):
        return []
    found = matches(table, Mention(token.text, is_code=True))
    entries = [one.entry for one in found if one.entry.name == token.text.rpartition(".")[2]
               and one.fit.score == EXACT]  # fmt: skip
    # What is only a parameter somewhere may be a new name elsewhere.
    own = [one for one in entries if one.kind != PARAMETER]
    return sorted(own, key=lambda one: one.is_test)


def _plain(tokens: Sequence[Token], index: int, table: SymbolTable) -> list[Entry]:
    """Return the definitions whose very name a plain word is: "inline esc", "the class Flag"."""
    token = tokens[index]
    is_written_so = index > 0 and token.text[:1].isupper() and len(token.text) > 1
    if not token.word or len(token.text) < 3 or (is_meaningless(token.word) and not is_written_so):
        return []
    own = [one for one in table.named(token.text) if one.kind in TOP_LEVEL]
    return sorted(own, key=lambda one: one.is_test)


def _misspelled(
    tokens: Sequence[Token], exact: dict[int, list[Entry]], table: SymbolTable
) -> dict[int, list[Entry]]:
    """Return what the first name means that is much like one of the code, where none is."""
    if exact:
        return {}
    for index, token in enumerate(tokens):
        after = tokens[index + 1].word if index + 1 < len(tokens) else ""
        is_name = token.kind is TokenKind.NAME or (token.word and token.text[:1].isupper())
        if is_name and after in {"exception", "exceptions", "error", "errors"}:
            named = [one for end in _ENDS for one in table.named(token.text + end)]
            if len(named) == 1 and named[0].kind == CLASS:
                return {index: named}
        if token.kind is TokenKind.NAME and len(token.text) >= _NAME_TYPO_CHARS_MIN:
            near = {name for name in table.names() if letters_apart(token.text, name, most=1) == 1}
            own = [one for name in near for one in table.named(name) if one.kind in CALLABLE]
            return {index: own} if len({one.name for one in own}) == 1 else {}
    return {}


def _likeliest(entries: Sequence[Entry], classes: set[str], paths: set[str]) -> Entry:
    """Return what is in a class or module that is named as well; else the first."""
    is_there = [one for one in entries if any(one.path.endswith(path) for path in paths)]
    return next(
        (one for one in is_there or entries if {*one.owners} & classes), [*is_there, *entries][0]
    )


def _text_of(token: Token, entry: Entry, classes: set[str]) -> str:
    if {*entry.owners} & classes and token.kind is not TokenKind.DOTTED:
        return f"{entry.owners[-1]}.{entry.name}"
    is_as_written = entry.name == token.text.rpartition(".")[2]
    return token.text if is_as_written else entry.name


def _without_owners(symbols: Sequence[tuple[str, Entry]]) -> Iterator[tuple[str, Entry]]:
    """Leave out classes that only say where a member is: "the method f of C"."""
    owners = {owner for text, entry in symbols if "." in text for owner in entry.owners}
    yield from (one for one in symbols if one[1].kind != CLASS or one[1].name not in owners)


def _other(tokens: Sequence[Token], index: int, table: SymbolTable, named: Named) -> str:
    """Sort a token that is no symbol; return the word that stands for it."""
    token = tokens[index]
    word = token.text.lower()
    match token.kind:
        case TokenKind.PATH:
            word = _path(tokens, index, table, named)
        case TokenKind.EXPRESSION | TokenKind.PHRASE if re.fullmatch(r"except ?:?", token.text):
            word = "except"
        case TokenKind.EXPRESSION | TokenKind.PHRASE:
            named.expressions.append(token.raw.strip("`"))
            word = EXPRESSION
        case TokenKind.DECLARATION:
            named.declarations.append(token.text)
            word = DECLARATION
        case TokenKind.RANGE:
            named.lines = token.text
            word = LINES
        case TokenKind.DOTTED:
            named.foreign.append(token.text)
        case TokenKind.NAME:
            word = _identifier(token, table, named)
        case TokenKind.WORD if module := _module_of_stem(token.text, table):
            named.modules.append(module)
            word = MODULE
    return word


def _identifier(token: Token, table: SymbolTable, named: Named) -> str:
    is_call = token.raw.strip("`").endswith(")")
    is_known = hasattr(builtins, token.text) or token.text.startswith("__")
    if is_known or is_call or table.uses(token.text) > 0:
        named.foreign.append(token.text)
        return token.text.lower()
    named.new.append(token.text)
    return NEW


def _path(tokens: Sequence[Token], index: int, table: SymbolTable, named: Named) -> str:
    text = tokens[index].text
    if text in _GENERAL:
        return text
    there = [one for one in table.modules() if one == text or one.endswith(f"/{text}")]
    if not there and any(one.kind is TokenKind.PATH for one in tokens[index + 1 :]):
        there = _alike(text, table)
    if len(there) == 1:
        named.modules += [] if there[0] in named.modules else there
        return MODULE
    # Several of that name: whoever reads the path asks which.
    (named.modules if there else named.files).append(text)
    return MODULE if there else FILE


def _said_module(tokens: Sequence[Token], index: int, table: SymbolTable) -> str:
    """Return the module that a name is said to be, which is written so: "the _old module"."""
    token = tokens[index]
    beside = (*tokens[index - 1 : index], *tokens[index + 1 : index + 2])
    is_said = any(one.word in {"module", "file"} for one in beside)
    if token.kind is not TokenKind.NAME or not is_said:
        return ""
    found = [one for one in table.modules() if one.rpartition("/")[2] == f"{token.text}.py"]
    return found[0] if len(found) == 1 else ""


def _alike(text: str, table: SymbolTable) -> list[str]:
    """Return the modules whose name is misspelled, where more follows that may be the new one."""
    name = text.rpartition("/")[2]
    if len(name.partition(".")[0]) < _STEM_TYPO_CHARS_MIN:
        return []
    return [
        path
        for path in table.modules()
        if letters_apart(path.rpartition("/")[2], name, most=1) == 1
    ]


def _module_of_stem(word: str, table: SymbolTable) -> str:
    """Return the module that a plain word is the name of, beside its tests."""
    if is_meaningless(word.lower()) or len(word) < 3:
        return ""
    found = [one for one in table.modules() if one.rpartition("/")[2] == f"{word}.py"]
    return found[0] if len(found) == 1 else ""
