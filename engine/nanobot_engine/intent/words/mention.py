"""From the tokens of a noun phrase to what it names, and what it says about where that is.

"the parameter `size` of send in client.py" names `size`, says that it is a parameter, and
gives `send` and `client.py` as hints.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from nanobot_engine.intent.names import symbol_table as st
from nanobot_engine.intent.words.sentence import Token, TokenKind, declared

MODULE: Final = "module"
_KIND_LINES: Final = {
    "function functions func fn helper routine def": {st.FUNCTION, st.METHOD},
    "method methods classmethod staticmethod": {st.METHOD},
    "property": {st.METHOD, st.ATTRIBUTE},
    "class classes exception dataclass protocol enum": {st.CLASS},
    "attribute attributes attr field member": {st.ATTRIBUTE, st.METHOD},
    "constant const": {st.CONSTANT, st.VARIABLE},
    "variable var": {st.VARIABLE, st.LOCAL, st.CONSTANT, st.ATTRIBUTE},
    "global": {st.VARIABLE, st.CONSTANT},
    "local": {st.LOCAL},
    "parameter parameters param params argument arguments arg args kwarg keyword": {st.PARAMETER},
    "module modules file package folder subpackage": {MODULE},
}
KIND_WORDS: Final = {
    word: frozenset(kinds) for words, kinds in _KIND_LINES.items() for word in words.split()
}
_NOISE_LINES: Final = """
the a an this that these those its it's their our my his please pls plz thx thanks everywhere every
all each any use uses usage usages reference references occurrence occurrences callers caller calls
across throughout whole entire project codebase repo code repository new old name names now also too
just only is are be it there here called named existing current unused useless obsolete something
like and or so we i you want would could can have has do does not dont don't no longer anymore
instead should must thing stuff kindly okay ok well their them they him import imports both private
public own defined definition live lives lib library top level top-level proper better badly
actually really maybe rather quickly safely properly one ones misspelled bad wrong confusing single
separate other value signature plain ordinary regular normal free standalone
"""
NOISE: Final = frozenset(_NOISE_LINES.split())
_NEVER: Final = frozenset(["the", "a", "an", "pls", "plz", "please", "thx"])
_OF: Final = frozenset({"of", "in", "inside", "within", "on", "at", "from", "under", "for"})
# What follows says more of a name, and is no part of it.
NAME_ENDS: Final = frozenset(
    {"which", "whose", "unless", "if", "when", "because", "since", "not", "but", "so"}
)


@dataclass(frozen=True, slots=True)
class Mention:
    """Something that a sentence names."""

    text: str
    """The name, dotted or not; or words that describe it."""
    is_code: bool
    """Written like code, so that it is no description."""
    kinds: frozenset[str] = frozenset()
    """What the sentence says it is; empty when it does not say."""
    hints: tuple[str, ...] = ()
    """Paths and names that it is said to be in."""
    is_pronoun: bool = False
    """It is what the part before spoke of."""
    is_path: bool = False
    full: str = ""
    """`text` with the words that usually mean nothing; tried first."""
    new_name: str = ""
    """What it is to be called: a class is not renamed to `read_file`."""
    others: tuple["Mention", ...] = ()
    """Further things of a list: `a, b and c`."""

    def listed(self) -> list["Mention"]:
        """Return it and the others."""
        return [replace(self, others=()), *self.others]


def mention_of(tokens: Sequence[Token], *extra_hints: Sequence[Token]) -> Mention | None:
    """Read a noun phrase.

    Args:
        tokens: Of one role.
        *extra_hints: Tokens of other roles that say where it is.

    Returns:
        None when it names nothing.
    """
    head, hints = _split_off_hints(tokens)
    for more in extra_hints:
        hints += [text for one in more if (text := _hint_text(one))]
    kinds, names = _kinds_and_names(head)
    if not names and any(token.word in {"it", "that", "them", "its"} for token in head):
        return Mention("", is_code=False, kinds=kinds, hints=tuple(hints), is_pronoun=True)
    if not names:
        return None
    items = _items(names)
    owners = [token.text for token in head if token.is_owner]
    hints += owners
    made = [_made(item, kinds, tuple(hints)) for item in items]
    full = (
        " ".join(t.text for t in head if t.word and t.word not in _NEVER) if len(made) == 1 else ""
    )
    return replace(made[0], full=full if not made[0].is_code else "", others=tuple(made[1:]))


def _made(item: Sequence[Token], kinds: frozenset[str], hints: tuple[str, ...]) -> Mention:
    code = [token for token in item if token.is_code]
    if code:
        token = code[0]
        text = token.text
        if token.kind is TokenKind.DECLARATION:
            found = declared(token.text)
            text = found[0] if found is not None else text
        is_phrase = token.kind is TokenKind.PHRASE
        more = tuple(one.text for one in code[1:] if one.kind in {TokenKind.PATH, TokenKind.DOTTED})
        return Mention(
            text,
            is_code=not is_phrase,
            kinds=kinds,
            hints=(*hints, *more),
            is_path=token.kind is TokenKind.PATH,
        )
    text = " ".join(token.text for token in item)
    return Mention(text, is_code=False, kinds=kinds, hints=hints)


def _split_off_hints(tokens: Sequence[Token]) -> tuple[list[Token], list[str]]:
    """Return the name with its kind, and what follows "of", "in" and the like."""
    head: list[Token] = []
    hints: list[str] = []
    is_hint = False
    for token in tokens:
        if token.word in _OF and (head or is_hint):
            is_hint = True
        elif is_hint:
            text = _hint_text(token)
            if text:
                hints.append(text)
        elif token.word in _OF:
            is_hint = True
        else:
            head.append(token)
    return head, hints


def _hint_text(token: Token) -> str:
    if token.kind is TokenKind.PUNCTUATION or token.word in NOISE or token.word in KIND_WORDS:
        return ""
    return "" if token.word in _OF or token.kind is TokenKind.EXPRESSION else token.text


def _kinds_and_names(head: Sequence[Token]) -> tuple[frozenset[str], list[Token]]:
    kinds: frozenset[str] = frozenset()
    names: list[Token] = []
    kind_tokens: list[Token] = []
    has_code = any(token.is_code and not token.is_owner for token in head)
    for token in head:
        if token.is_owner:
            continue
        if token.word in KIND_WORDS:
            kinds = kinds or KIND_WORDS[token.word]
            kind_tokens.append(token)
        elif token.text in {",", "&"} or token.word == "and":
            names.append(token)
        elif token.kind is TokenKind.PUNCTUATION or token.word in NOISE:
            continue
        elif token.is_code or not has_code:
            names.append(token)
    while names and not _is_name(names[-1]):
        names.pop()
    while names and not _is_name(names[0]):
        names.pop(0)
    if not names and len(kind_tokens) > 1:
        # "the param file": the last of the two is the name.
        return KIND_WORDS[kind_tokens[0].word], [kind_tokens[-1]]
    return kinds, names


def _is_name(token: Token) -> bool:
    return token.kind is not TokenKind.PUNCTUATION and token.word != "and"


def _items(names: Sequence[Token]) -> list[list[Token]]:
    """Cut a list at its commas and "and"; two code tokens in a row are two items as well."""
    items: list[list[Token]] = [[]]
    for token in names:
        if not _is_name(token):
            items.append([])
        elif items[-1] and items[-1][-1].is_code and token.kind in {TokenKind.NAME}:
            items.append([token])
        else:
            items[-1].append(token)
    return [item for item in items if item]
