"""What the blanks of a command may hold: the names, paths and literals of a sentence.

Wider than `named`: a plain word is offered as a name of the code and as a new one alike,
because a reader of English tells which it is. What is not in the sentence is offered to nobody.
"""

import keyword
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from nanobot_engine.intent.names.resolution import CALLABLE, FUNCTIONS, TOP_LEVEL, matches
from nanobot_engine.intent.names.symbol_table import CLASS, LOCAL, PARAMETER, Entry, SymbolTable
from nanobot_engine.intent.words.clause import VERBS
from nanobot_engine.intent.words.mention import KIND_WORDS, NOISE, Mention
from nanobot_engine.intent.words.sentence import Token, TokenKind, declared
from nanobot_engine.intent.words.spelling import EXACT, TYPO

_SYMBOLS_MAX: Final = 8
_NEW_MAX: Final = 12
_WORD_CHARS_MIN: Final = 3
_FIT_MIN: Final = 0.75
_CLOSED_LINES: Final = """
about above after again all also and any anybody are aren't around because been before being
below between both but can cannot could did does doing don down each either else ever every
everybody everyone few for from had has have having her here hers him his how however its itself
just less let like may maybe might mine more most much must neither never nobody nor not nothing
now off once one ones only onto other our ours out over own please pls same shall she should since
some somebody someone something still such than thanks that the their them then there these they
thing things this those though through thx too under unless until upon was were what whatever when
where which while who whoever whom whose why wherever anyhow anyway otherwise already directly
always probably into will with within without would yes yet you your
simply really actually basically currently usually only finally quickly exactly completely
correctly properly easily possibly certainly definitely consistently separately clearly
obviously hopefully preferably ideally generally mainly mostly nearly hardly merely
"""
_CLOSED: Final = frozenset(_CLOSED_LINES.split())
_NOT_NAMED: Final = (
    NOISE - {"level", "value", "signature", "status"}
    | KIND_WORDS.keys() | VERBS.keys()
    | {"docstring", "docstrings", "type", "hints", "hint", "logging"}
)  # fmt: skip


@dataclass(slots=True)
class Vocabulary:
    """What a sentence names, by what it can stand for."""

    symbols: dict[str, Entry] = field(default_factory=dict)
    """By what a command calls them: `load`, or `Table.load` for a member."""
    parameters: dict[str, list[str]] = field(default_factory=dict)
    """Those that are named, by the function among the symbols."""
    new: list[str] = field(default_factory=list)
    """What may be a new name."""
    modules: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    """Paths that are not there."""
    literals: list[str] = field(default_factory=list)
    declarations: list[str] = field(default_factory=list)
    lines: str = ""
    text: str = ""
    """The sentence."""

    def of_kind(self, *kinds: str) -> list[str]:
        """Return the symbols of some kinds."""
        return [label for label, entry in self.symbols.items() if entry.kind in kinds]


def vocabulary_of(tokens: Sequence[Token], table: SymbolTable) -> Vocabulary:
    """Return what may stand in the blanks.

    Args:
        tokens: Of the sentence.
        table: The codebase.
    """
    found = Vocabulary(text=" ".join(token.raw for token in tokens))
    paths = [token.text for token in tokens if token.kind is TokenKind.PATH]
    for fit_min in (EXACT, TYPO):
        for token in tokens if not found.symbols else ():
            for entry in _entries(token, table, paths, fit_min):
                if len(found.symbols) < _SYMBOLS_MAX:
                    found.symbols.setdefault(_label(entry), entry)
    _add_members(tokens, found, table)
    for token in tokens:
        _add_other(token, found, table)
    for label in [*found.of_kind(*CALLABLE)]:
        own = table.parameters(found.symbols[label])
        said = [one for one in dict.fromkeys(_plain_names(tokens)) if one in own]
        if said:
            found.parameters[label] = said
    taken = {name for names in found.parameters.values() for name in names}
    new = [one for one in dict.fromkeys(found.new) if one not in taken]
    found.new = [one for one in new if not keyword.iskeyword(one)][:_NEW_MAX]
    return found


def _label(entry: Entry) -> str:
    return ".".join([*entry.owners[-1:], entry.name])


def _entries(token: Token, table: SymbolTable, paths: Sequence[str], fit_min: float) -> list[Entry]:
    """Return the likeliest symbol that a token names; none for what names none."""
    hints = tuple(paths)
    if token.kind in {TokenKind.NAME, TokenKind.DOTTED}:
        own = matches(table, Mention(token.text, is_code=True, hints=hints))
        if not own:
            # Where the module is the whole of what stands before the dot.
            own = matches(table, Mention(token.text.rpartition(".")[2], is_code=True))
        fitting = [
            one
            for one in own
            if one.fit.score >= _FIT_MIN and one.entry.kind not in {PARAMETER, LOCAL}
        ]
        exact = [one for one in fitting if one.fit.score == EXACT]
        return [one.entry for one in (exact or fitting)[:1]]
    if not token.word or token.word in _CLOSED or token.word in VERBS or len(token.word) < 2:
        return []
    is_noise = token.word in NOISE or token.word in KIND_WORDS
    if is_noise and not token.text[:1].isupper():
        return []
    own = matches(table, Mention(token.text, is_code=False, hints=hints), TOP_LEVEL)
    good = [one for one in own if one.fit.score >= fit_min and not one.entry.is_test]
    return [one.entry for one in good[:1]]


def _add_members(tokens: Sequence[Token], found: Vocabulary, table: SymbolTable) -> None:
    """Add the members of classes that are named: "truncate on Table"."""
    said = {token.text for token in tokens if token.kind in {TokenKind.NAME, TokenKind.WORD}}
    said -= _CLOSED
    for label in found.of_kind(CLASS):
        for entry in table.members(found.symbols[label]):
            if entry.name in said and len(found.symbols) < _SYMBOLS_MAX:
                found.symbols.setdefault(_label(entry), entry)
    named = {entry.name for entry in found.symbols.values()}
    for token in tokens:
        is_plain = (
            token.word and token.word not in _CLOSED | NOISE | VERBS.keys() | KIND_WORDS.keys()
        )
        if not is_plain or token.text in named or not token.is_owner:
            continue
        methods = [
            one for one in table.named(token.text) if one.kind in FUNCTIONS and not one.is_test
        ]
        if methods:
            found.symbols.setdefault(_label(methods[0]), methods[0])


def _plain_names(tokens: Sequence[Token]) -> Iterator[str]:
    for token in tokens:
        if token.kind in {TokenKind.NAME, TokenKind.WORD}:
            yield token.text
        elif token.kind is TokenKind.PHRASE or token.text.endswith("="):
            yield token.text.rstrip("=")
        elif token.kind is TokenKind.DECLARATION:
            yield token.text.partition("=")[0].partition(":")[0].strip()


def _add_other(token: Token, found: Vocabulary, table: SymbolTable) -> None:
    match token.kind:
        case TokenKind.PATH:
            _add_path(token.text, found, table)
        case TokenKind.EXPRESSION | TokenKind.PHRASE:
            literal = token.raw.strip("`")
            if literal.rstrip("=").isidentifier():
                found.new.append(literal.rstrip("="))
                return
            found.literals += [literal] if literal not in found.literals else []
        case TokenKind.DECLARATION:
            found.declarations.append(token.text)
            given = declared(token.text)
            if given is not None:
                found.new.append(given[0])
                found.literals += [given[2]] if given[2] else []
        case TokenKind.RANGE:
            found.lines = token.text
        case TokenKind.NAME:
            _add_stem(token, found, table)
            if token.text not in found.new and not _is_exact(token.text, found):
                found.new.append(token.text)
        case TokenKind.WORD:
            _add_word(token, found, table)


def _is_exact(name: str, found: Vocabulary) -> bool:
    return any(entry.name == name for entry in found.symbols.values())


def _add_word(token: Token, found: Vocabulary, table: SymbolTable) -> None:
    _add_stem(token, found, table)
    is_open = token.word not in _CLOSED | _NOT_NAMED
    is_long = len(token.word) >= _WORD_CHARS_MIN and token.text.isidentifier()
    if is_open and is_long and token.text not in found.new and not _is_exact(token.text, found):
        found.new.append(token.text)


def _add_stem(token: Token, found: Vocabulary, table: SymbolTable) -> None:
    """Add the module that a word is the name of."""
    stems = [one for one in table.modules() if one.rpartition("/")[2] == f"{token.text}.py"]
    own = [one for one in stems if not one.startswith(("test", "docs"))]
    if len(own) == 1 and token.word not in _CLOSED and own[0] not in found.modules:
        found.modules.append(own[0])


def _add_path(text: str, found: Vocabulary, table: SymbolTable) -> None:
    there = [one for one in table.modules() if one == text or one.endswith(f"/{text}")]
    folders = [one for one in table.folders() if one == text.strip("/")]
    own = there or folders
    if own:
        best = min(own, key=lambda one: (len(one), one))
        found.modules += [best] if best not in found.modules else []
    elif text not in found.files:
        found.files.append(text)
