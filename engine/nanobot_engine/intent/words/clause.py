"""From tokens to clauses: what one refactoring is asked by, cut at the words that give roles.

rename the method `send` of Client │ to │ `transmit` │ and │ its parameter x │ to │ y
─────────── clause 1 ────────────────────────────────       ─────── clause 2 ────────
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from nanobot_engine.intent.words.sentence import Token, TokenKind

TO: Final = "to"
INSTEAD: Final = "instead of"
IS: Final = "should be"
WITH: Final = "with"
DEFAULT: Final = "default"
NAMED: Final = "named"
AFTER: Final = "after"
BEFORE: Final = "before"
PASS: Final = "pass"  # noqa: S105 - what calls pass, no password
TYPE: Final = "type"
FROM: Final = "from"
FOR: Final = "for"
PLACE: Final = "place"
"""Where something belongs."""
TAKES: Final = "takes"
"""What a function is to take, or not."""

_MARKER_LINES: Final = """
instead of: instead of; in place of; rather than; in favour of; in favor of
should be: should be; should be called; should be named; should become; must be; becomes; become
should be: ought to be; ought to be called; is now; is now called; needs to be; has to be
should be: gets renamed to; should now be; should really be; should read; to be called; to be named
should be: to be renamed to; be called; be named; be renamed to; would be better named
should be: would be better called; renamed to; be renamed; is better called; is better named
should be: shall be; shall be called; shall be named; shall be renamed to
default: with default; with a default of; with the default; with the default value; default
default: with default value; defaulting to; defaults to; by default; default value; default is
default: with a default value of; that defaults to; which defaults to; default to; with a default
named: named; called; by the name of; under the name; with the name; name it; call it
named: the new name; a new name; the name
named: and call it; naming it
to: to; into; onto; as; over to; should be renamed to
place: belongs in; belongs to; belong in; belong to; should live in; should go to; should be put in
place: should go into; should go in; should be in; should be moved to; goes to; goes in; goes into
place: shall be moved to; shall move to; shall go to; could go into; could go to; could move to
place: to live in; should move to; can move to; can go to; should be moved into
place: lives better in; would fit better in; go to; go in; go into
with: with; by; using
from: from; out of
after: after; behind; following
before: before; in front of; ahead of
type: of type; typed; typed as; annotated; annotated as; with type; with the type
pass: pass; passing; and pass; callers pass; that pass
for: for
takes: should take; should accept; should get; should have; should also take; take; takes; accept
takes: accepts; must take; to take; to accept; needs; need; should support; taking; accepting
takes: gets; require; requires; has; has got
"""
# Longer ones first. What stands after a marker, up to the next, plays its role.
_MARKERS: Final = tuple(
    sorted(
        (
            (tuple(words.split()), role)
            for role, _, all_words in (
                line.partition(":") for line in _MARKER_LINES.strip().split("\n")
            )
            for words in all_words.split(";")
        ),
        key=lambda one: -len(one[0]),
    )
)

MARKER_WORDS: Final = frozenset(word for words, _ in _MARKERS for word in words)
"""Plain words that give roles."""

VERB_LINES: Final = """
rename: rename renaming renames ren
change: change alter switch make turn convert transform
call: call name
use: use prefer
replace: replace substitute swap exchange
move: move mv relocate put transfer shift bring migrate
add: add give introduce append include
remove: remove rm del drop delete kill strip eliminate "get-rid-of" lose
reorder: reorder rearrange permute flip order sort
extract: extract pull factor hoist lift
force: force require enforce
inline: inline
split: split
merge: merge combine join fold fuse
"""
VERBS: Final = {
    word: line.partition(":")[0]
    for line in VERB_LINES.split("\n")
    for word in line.partition(":")[2].replace('"', "").split()
}
# Words that change nothing wherever they stand.
_ADVERBS: Final = frozenset(
    {"just", "rather", "really", "simply", "probably", "actually", "perhaps", "maybe", "clearly"}
    | {"certainly", "definitely", "quickly", "kindly"}
)
_FORMER: Final = frozenset(
    {"it", "that", "them", "this", "the", "parameter", "param", "argument", "arg", "please", "pls"}
    | {"keyword-only", "keyword", "only", "kw-only", "completely", "entirely", "altogether"}
)
TAILS: Final = frozenset({"update", "fix", "adjust", "adapt", "keep", "leave", "touch", "edit"})
_SPLITS: Final = frozenset({"and", "then", "also", "plus", "afterwards"})
_LEADING: Final = _SPLITS | {"please", "pls", "plz", "so", "next", "finally", "hey", "hi"}
FILLERS: Final = frozenset(
    {"please", "pls", "also", "then", "and", "now", "can", "could", "would", "you", "i", "we", "d"}
    | {"want", "need", "like", "to", "lets", "let's", "let", "us", "finally", "first", "next"}
    | {"so", "just", "should", "afterwards", "plz", "hey", "hi", "must", "my", "id", "plus"}
)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Tokens that play one role."""

    role: str
    """What the marker before them says; "" for what comes first."""
    tokens: tuple[Token, ...]
    marker: tuple[Token, ...] = ()


@dataclass(frozen=True, slots=True)
class Clause:
    """What asks for one refactoring."""

    verb: str
    """A key of `VERB_LINES`; "" when there is none."""
    chunks: tuple[Chunk, ...]
    is_verb_inherited: bool = False
    tokens: tuple[Token, ...] = field(default=(), repr=False)

    def chunk(self, *roles: str) -> tuple[Token, ...]:
        """Return the tokens of the first of some roles that is there and not empty."""
        for role in roles:
            for one in self.chunks:
                if one.role == role and one.tokens:
                    return one.tokens
        return ()

    def has(self, *words: str) -> bool:
        """Tell whether one of some words stands in the clause."""
        return any(token.word in words for token in self.tokens)


def clauses(tokens: Sequence[Token]) -> list[Clause]:
    """Cut a sentence into what asks for one refactoring each."""
    found: list[Clause] = []
    verb = ""
    tokens = [token for token in tokens if token.word not in _ADVERBS]
    place, tokens = _leading_place(without_concession(tokens))
    for part in _parts(tokens):
        own_verb, rest = _verb(part)
        is_remark = own_verb not in {"add", "extract", "reorder"}
        chunks = tuple(_chunks(rest, with_remarks=is_remark))
        clause = Clause(own_verb, chunks, tokens=tuple(part))
        if not own_verb and verb and found:
            clause = replace(clause, verb=verb, is_verb_inherited=True)
        first = next((one.word for one in part if one.word not in FILLERS), "")
        former = found[-1].verb if found else ""
        is_more_exact = former == "remove" and own_verb == "inline"
        if own_verb and found and (not former or is_more_exact) and _is_about_former(rest):
            # "f takes a flag that nobody needs, remove it", "get rid of f, inline it"
            together = (*found[-1].tokens, *part)
            found[-1] = replace(found[-1], verb=own_verb, tokens=together)
            continue
        if place and not clause.chunk(FROM):
            clause = replace(clause, chunks=(*clause.chunks, Chunk(FROM, place)))
        if any(chunk.tokens for chunk in clause.chunks) and first not in TAILS:
            found.append(clause)
            verb = clause.verb
    return found


def without_concession(tokens: Sequence[Token]) -> Sequence[Token]:
    """Leave out what comes before a "but" and asks for nothing: "a is fine, but b …"."""
    for index, token in enumerate(tokens):
        before = tokens[:index]
        is_wish = any(one.word in VERBS for one in before) or (before and _has_pair(before))
        if token.word == "but" and not is_wish:
            return tokens[index + 1 :]
    return tokens


# "in the code, the tests and the examples" is everywhere, and no place of a symbol.
_ANYWHERE: Final = frozenset(
    {"code", "tests", "test", "examples", "sources", "source", "docs", "everything", "callers"}
)


def distributed(clause: Clause) -> list[Clause]:
    """Return a clause for each place: "x -> y in load and in dump" is asked of both."""
    last = clause.chunks[-1]
    cut = next((i for i, one in enumerate(last.tokens) if i and one.word in {"in", "of"}), None)
    if cut is None or clause.verb not in {"", "rename", "remove", "change"}:
        return [clause]
    items: list[list[Token]] = [[]]
    for token in last.tokens[cut:]:
        if token.word == "and" or token.text == ",":
            items.append([])
        elif token.word not in {"in", "of", "the", "both", "function", "functions"}:
            items[-1].append(token)
    places = [item for item in items if item]
    if any(item[0].word in _ANYWHERE for item in places):
        return [clause]
    if len(places) < 2 or any(len(item) > 1 for item in places):
        return [clause]
    head = last.tokens[: cut + 1]
    return [
        replace(clause, chunks=(*clause.chunks[:-1], replace(last, tokens=(*head, *item))))
        for item in places
    ]


def _leading_place(tokens: Sequence[Token]) -> tuple[tuple[Token, ...], Sequence[Token]]:
    """Take "in a.py, …" off the beginning: it holds for every clause."""
    if not tokens or tokens[0].word not in {"in", "inside", "within", "for", "on"}:
        return (), tokens
    for index, token in enumerate(tokens):
        if index > 1 and (token.text == "," or token.word in VERBS):
            return tuple(tokens[1:index]), tokens[index + (token.text == ",") :]
    return (), tokens


def _is_about_former(tokens: Sequence[Token]) -> bool:
    """Tell whether what follows a verb is only "it", "the parameter", "it keyword-only"."""
    words = [token.word for token in tokens if token.kind is not TokenKind.PUNCTUATION]
    return bool(words) and set(words) <= _FORMER


def _parts(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """Yield the tokens of each clause, without those that only ask for completeness."""
    current: list[Token] = []
    for index, token in enumerate(tokens):
        if _is_cut(tokens, index, current):
            if current:
                yield current
            current = []
            continue
        current.append(token)
    if current:
        yield current


def _is_cut(tokens: Sequence[Token], index: int, current: Sequence[Token]) -> bool:
    token = tokens[index]
    is_break = token.text in {";", ".", "!", "?", ","} or token.word in _SPLITS
    if token.text in {";", ".", "!", "?"} and token.kind is TokenKind.PUNCTUATION:
        return True
    if not is_break or not current:
        return False
    rest = tokens[index + 1 :]
    ahead = [one for one in rest if one.word not in FILLERS and one.text != ","]
    if not ahead or (ahead[0].is_code and not _says_all(current)):
        return False
    if ahead[0].word in VERBS and _begins_clause(rest):
        return _says_all(current) or VERBS[ahead[0].word] not in {"call", "take"}
    if ahead[0].word in TAILS:
        return True
    # `a to b, and c to d`: what comes has a pair of its own.
    upcoming = _until_break(rest)
    return _has_pair(current) and _has_pair(upcoming)


def _begins_clause(rest: Sequence[Token]) -> bool:
    """Tell whether a verb stands at the beginning, but for fillers."""
    for one in rest:
        if one.word in VERBS:
            return True
        if one.word not in FILLERS and one.text != ",":
            return False
    return False


def _until_break(tokens: Sequence[Token]) -> list[Token]:
    found: list[Token] = []
    for token in tokens:
        if found and (token.word in _SPLITS or token.text in {",", ";"}):
            break
        found.append(token)
    return found


def _has_pair(tokens: Sequence[Token]) -> bool:
    roles = [chunk for chunk in _chunks(list(tokens)) if chunk.role in {TO, INSTEAD, IS, WITH}]
    heads = [token for token in tokens if token.kind is not TokenKind.PUNCTUATION]
    return bool(roles) and bool(roles[0].tokens) and heads[0].word not in {"to", "into"}


def _says_all(tokens: Sequence[Token]) -> bool:
    """Tell whether a clause has something to speak of."""
    return any(token.is_code or token.word not in {*VERBS, *FILLERS} for token in tokens)


def _verb(tokens: Sequence[Token]) -> tuple[str, list[Token]]:
    """Take the verb off: it stands first, or behind "please", "can you" and the like."""
    colon = next((i for i, one in enumerate(tokens) if one.text == ":"), 0)
    if colon and colon + 1 < len(tokens) and tokens[colon + 1].word in VERBS:
        # "the settings module: rename to options"
        return VERBS[tokens[colon + 1].word], [*tokens[:colon], *tokens[colon + 2 :]]
    for index, token in enumerate(tokens):
        if token.word in VERBS:
            rest = list(tokens[index + 1 :])
            if rest and rest[0].word in {"out", "up", "over"}:
                rest = rest[1:]
            return VERBS[token.word], rest
        is_passed = token.word in FILLERS or token.kind is TokenKind.PUNCTUATION
        if not is_passed:
            break
    start = 0
    while start < len(tokens) - 1 and tokens[start].word in _LEADING:
        start += 1
    return "", list(tokens[start:])


def _chunks(tokens: list[Token], *, with_remarks: bool = False) -> Iterator[Chunk]:
    """Cut tokens at markers; what stands in brackets may be a remark that is not cut."""
    role, current, said = "", list[Token](), tuple[Token, ...]()
    index = 0
    while index < len(tokens):
        end = _remark_end(tokens, index) if with_remarks else index
        if end > index:
            current += tokens[index:end]
            index = end
            continue
        marker = _marker(tokens, index)
        if marker is None:
            current.append(tokens[index])
            index += 1
            continue
        if role and not current and index + marker[1] == len(tokens):
            # "rename x to default": what would be a marker is the name.
            current.append(tokens[index])
            index += 1
            continue
        yield Chunk(role, tuple(current), said)
        role, count = marker
        said = tuple(tokens[index : index + count])
        current, index = [], index + count
    yield Chunk(role, tuple(current), said)


def _remark_end(tokens: Sequence[Token], start: int) -> int:
    """Return the index behind the bracket that closes what opens at a token."""
    if tokens[start].text != "(":
        return start
    return next((i + 1 for i in range(start, len(tokens)) if tokens[i].text == ")"), start)


def _marker(tokens: Sequence[Token], index: int) -> tuple[str, int] | None:
    if tokens[index].kind is TokenKind.ARROW:
        return TO, 1
    for words, role in _MARKERS:
        part = tokens[index : index + len(words)]
        if role == TAKES and index + len(words) == len(tokens):
            continue  # "rename read to take": nothing is taken.
        if len(part) == len(words) and all(
            token.word == word for token, word in zip(part, words, strict=True)
        ):
            return role, len(words)
    return None
