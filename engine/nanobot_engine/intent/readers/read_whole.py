"""A strict reader of refactorings that need no argument: "use f-strings in a.py and b.py".

Anything could be read into such a sentence, so every word of it must be explained: it
speaks of what is changed, says to do it, names files that are there, or means nothing.
One word more, and nothing is read.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from nanobot_engine.intent.names.about import definitions_about
from nanobot_engine.intent.plan import Argument, Sureness, listed
from nanobot_engine.intent.readers.read_whole_by_nouns import is_turned_around
from nanobot_engine.intent.readers.reading import Context, Reading, said
from nanobot_engine.intent.words.conditions import is_question
from nanobot_engine.intent.words.mention import KIND_WORDS, MODULE, NOISE, Mention
from nanobot_engine.intent.words.sentence import Token, TokenKind

_SCORE: Final = 1.4
"""Above what any other reader gives: nothing of the sentence is left over."""


@dataclass(frozen=True, slots=True)
class Topic:
    """How people speak of one refactoring."""

    refactoring: str
    subjects: tuple[str, ...]
    """Regular expressions of what must be spoken of; all of them are found."""
    words: str
    """What else may be said of it, without the words that mean nothing anywhere."""
    wish: str = ""
    """A regular expression that must be found, too: what says to do it."""
    arguments: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


_CHANGE: Final = (
    "convert replace use using turn change switch make rewrite modernize modernise transform port"
    " migrate translate update instead of to by with into from should prefer go over style old"
)
_REMOVE: Final = (
    "remove delete drop kill strip eliminate clean cleanup clean-up tidy up out of get rid prune"
    " purge away throw lose"
)
_WISH_TO_REMOVE: Final = (
    r"\b(remove|delete|drop|kill|strip|eliminate|clean|cleanup|clean-up|tidy|rid|prune|purge|lose"
    r"|out of|throw)\b"
)
_UNUSED: Final = r"(?:unused|dead|superfluous|unneeded|needless|unnecessary|unreferenced|uncalled)"
_NOT_USED: Final = (
    r"(?:that|which) (?:(?:nothing|nobody|no one|no code|noone) (?:ever )?(?:calls|uses|needs)"
    r"|(?:are|is) (?:never|not|nowhere) (?:used|called|needed))"
)
_DEFINITIONS: Final = r"(?:functions?|definitions?|classes|class|helpers?|methods?)"
_PARAMETERS: Final = r"(?:parameters?|params?|arguments?|args?)"
_TOOLS: Final = "mypy|basedpyright|pyright|ruff|flake8"
_DIAGNOSTICS: Final = (
    rf"\b(?:{_TOOLS}|lint(?:er|ing)?|type[- ]check(?:er|ing)?|static|typing|type)"
    r"(?:'s)? (?:diagnostics?|errors?|warnings?|issues?|problems?|findings?|complaints?)\b"
    r"|\bdiagnostics?\b"
)
_CODE: Final = re.compile(r"[A-Z]{1,4}\d{1,4}|report[A-Z]\w+")
TOPICS: Final = (
    Topic(
        "convert format strings",
        (r"\bf-?strings?\b|\bf strings?\b",),
        f"{_CHANGE} percent % . str format formatting string strings printf calls call literals",
        r"\b(convert|replace|use|using|turn|change|switch|make|rewrite|moderni[sz]e|transform|port"
        r"|migrate|instead|prefer|to f|update)\b|^f",
    ),
    Topic(
        "convert bare except",
        (r"\b(?:bare|naked) excepts?\b|\bexcepts? without an? (?:exception|type)\b",),
        f"{_CHANGE} {_REMOVE} fix clauses clause handlers handler statements blocks exception"
        " except",
        r"\b(convert|replace|turn|change|fix|remove|rid|make|rewrite)\b",
    ),
    Topic(
        "convert unittest to pytest",
        (r"\bpytest\b",),
        f"{_CHANGE} unittest tests test cases case asserts assertions classes plain unittests move",
        r"\b(convert|replace|use|turn|change|switch|rewrite|moderni[sz]e|transform|port|migrate"
        r"|move|to pytest|instead|pytest (?:pls|please)|pytest$)",
    ),
    Topic(
        "convert os.path to pathlib",
        (r"\bpathlib\b",),
        f"{_CHANGE} os.path os path paths pathlib.path calls call functions usage no",
        r"\b(convert|replace|use|turn|change|switch|rewrite|moderni[sz]e|transform|port|migrate"
        r"|to pathlib|instead|prefer)\b",
    ),
    Topic(
        "convert print to logging",
        (r"\b(?:prints?|printing)\b", r"\b(?:logging|loggers?|logs?)\b"),
        f"{_CHANGE} statements calls call output messages statement no",
        r"\b(convert|replace|use|turn|change|switch|rewrite|transform|port|migrate|instead|prefer"
        r"|to (?:logging|logs?))\b",
    ),
    Topic(
        "add all",
        (r"\b__all__|\bdunder all\b|^(?:\w+ )?add (?:an? )?all to\b",),
        "add define declare give missing lacks lack needs need has have none no list of exports"
        " one get to which who write",
        r"\b(add|define|declare|give|missing|lacks?|needs?|has no|have no|write)\b",
    ),
    Topic(
        "add postponed annotations",
        (
            r"\b(?:from __future__ import|postponed|future|__future__) annotations\b",
        ),
        "add enable use import line evaluation of statement to put at",
        r"\b(add|enable|use|put)\b",
    ),
    Topic(
        "remove dead code",
        (rf"\b{_UNUSED} imports?\b|\bimports? {_NOT_USED}\b",),
        _REMOVE,
        _WISH_TO_REMOVE,
        MappingProxyType({"kinds": "imports"}),
    ),
    Topic(
        "remove dead code",
        (rf"\b{_UNUSED} {_DEFINITIONS}\b|\b{_DEFINITIONS} {_NOT_USED}\b",),
        f"{_REMOVE} functions classes",
        _WISH_TO_REMOVE,
        MappingProxyType({"kinds": "definitions"}),
    ),
    Topic(
        "remove dead code",
        (r"\bunreachable (?:code|statements?|lines?)\b|\bcode (?:that|which) is never reached\b",),
        _REMOVE,
        _WISH_TO_REMOVE,
        MappingProxyType({"kinds": "unreachable"}),
    ),
    Topic(
        "remove dead code", (r"\b(?:dead|unused) (?:code|stuff)\b",), _REMOVE, _WISH_TO_REMOVE
    ),
    Topic(
        "remove unused parameters",
        (rf"\b{_UNUSED} {_PARAMETERS}\b|\b{_PARAMETERS} {_NOT_USED}\b",),
        f"{_REMOVE} functions function methods method their signatures",
        _WISH_TO_REMOVE,
    ),
    Topic(
        "fix diagnostics",
        (_DIAGNOSTICS,),
        "fix repair solve resolve correct clean up clear of reported reports by that which",
        r"\b(fix|repair|solve|resolve|correct|clean|clear)\b",
    ),
    Topic(
        "deduplicate",
        (r"\bdedup(?:e|licate)?\b|\bduplicat(?:es?|ed|ion)\b|\bnear-duplicates?\b",),
        f"{_REMOVE} functions function code near copies copy merge unify into helper one share"
        " shared common extract definitions methods",
        r"\b(dedup\w*|merge|unify|extract|remove|rid|factor|share)\b",
    ),
)  # fmt: skip
_NEGATIONS: Final = frozenset({"except", "unless", "never", "without", "but", "dont", "not"})
_PLACES: Final = frozenset(
    {"in", "of", "on", "at", "from", "under", "inside", "within", "for", "to"}
)
_MEANINGLESS: Final = (
    _PLACES | NOISE | {"and", "please", "can", "could", "everything", "everywhere", "directory"}
    | {word for word, kinds in KIND_WORDS.items() if MODULE in kinds} | {"files", "packages"}
    | {"folders", "some", "both", "none", "lets", "want", "would", "like"}
)  # fmt: skip


def read_whole(
    tokens: Sequence[Token], context: Context, available: Collection[str]
) -> Reading | None:
    """Read tokens as a refactoring of whole files; None where anything is left over.

    Args:
        tokens: Of a sentence, or of one clause with its place.
        context: The codebase.
        available: Names of the refactorings that there are.
    """
    text, places = _joined(tokens)
    found = [
        one
        for one in TOPICS
        if one.refactoring in available
        and all(re.search(subject, text) for subject in one.subjects)
        and (not one.wish or re.search(one.wish, text))
    ]
    if not found or len({one.refactoring for one in found}) > 1:
        return None
    name = found[0].refactoring
    left = _left_over(tokens, text, places, found)
    if left is None or is_turned_around(name, text) or is_question(text):
        return None
    reading = Reading(name, _SCORE)
    if name == "fix diagnostics":
        left = _with_diagnostics(left, text, reading)
    described: list[Token] = []
    if name == "deduplicate":
        left, described = _with_described(left, context)
    where = _where(left, context)
    if where is None:
        return None
    if described:
        where = _about_all(where, described, context)
        if where is None:
            return None
    kinds = ",".join(value for one in found if (value := one.arguments.get("kinds", "")))
    # "dead code" is more than its kinds: who says both means all of it.
    if kinds and all(one.arguments for one in found):
        reading.arguments.append(said("kinds", kinds))
    if where.value:
        reading.arguments.append(where)
    shown = "".join(f" {one.name} {one.value}" for one in reading.arguments if one is not where)
    reading.summary = f"{name}{shown} in {where.label or 'all files'}"
    return reading


def _with_described(left: Sequence[Token], context: Context) -> tuple[list[Token], list[Token]]:
    """Tell paths from words that describe functions: "the shell escaping functions in a.py"."""
    if not any(token.kind is TokenKind.PATH for token in left):
        return list(left), []
    described = [
        token
        for token in left
        if token.kind is TokenKind.WORD and _file(token, (), context) is None
    ]
    return [token for token in left if token not in described], described


def _about_all(where: Argument, described: Sequence[Token], context: Context) -> Argument | None:
    """Explain a description by what each of the files has; None where one has nothing so."""
    words = " ".join(token.text for token in described)
    meant: list[str] = []
    for path in where.value.split(","):
        file = context.table.codebase.project.file(path)
        about = definitions_about(file, words) if file is not None else None
        if about is None or not (about.certain or about.possible):
            return None
        meant += [name for name in (*about.certain, *about.possible) if name not in meant]
    evidence = f"'{words}' was taken for {listed(meant)}; all duplicates there are merged"
    evidence = "; ".join(one for one in (where.evidence, evidence) if one)
    return replace(where, evidence=evidence, sureness=Sureness.LIKELY)


def _with_diagnostics(left: Sequence[Token], text: str, reading: Reading) -> list[Token]:
    """Take the tool and the codes out of what is left over."""
    tool = re.search(rf"\b(?:{_TOOLS})\b", text)
    if tool is not None:
        reading.arguments.append(said("tool", tool[0]))
    codes = [token.text for token in left if _CODE.fullmatch(token.text)]
    if codes:
        reading.arguments.append(said("codes", ",".join(dict.fromkeys(codes))))
    return [token for token in left if token.text not in codes and token.word != (tool or [""])[0]]


def _joined(tokens: Sequence[Token]) -> tuple[str, list[tuple[int, int]]]:
    """Return the text that topics are looked for in, and where each token stands in it."""
    text, places = "", list[tuple[int, int]]()
    for token in tokens:
        start = len(text) + bool(text)
        text = f"{text} {token.text.lower()}" if text else token.text.lower()
        places.append((start, len(text)))
    return text, places


def _left_over(
    tokens: Sequence[Token],
    text: str,
    places: Sequence[tuple[int, int]],
    topics: Sequence[Topic],
) -> list[Token] | None:
    """Return what only files can explain; None where something speaks against it all."""
    subjects = [subject for one in topics for subject in one.subjects]
    spans = [match.span() for subject in subjects for match in re.finditer(subject, text)]
    own = {word for one in topics for word in one.words.split()}
    left = []
    for token, (start, end) in zip(tokens, places, strict=True):
        if any(start < last and first < end for first, last in spans):
            continue
        lower = token.text.lower()
        is_path = token.kind is TokenKind.PATH
        if not is_path and lower in own:
            continue
        if token.word in _NEGATIONS:
            return None
        if token.kind is TokenKind.PUNCTUATION or token.word in _MEANINGLESS:
            continue
        left.append(token)
    return left


def _where(left: Sequence[Token], context: Context) -> Argument | None:
    """Return the files that are named; None where a word names none."""
    found: list[str] = []
    evidence: list[str] = []
    hints: list[str] = []
    paths = [token.text for token in left if token.kind is TokenKind.PATH]
    for token in left:
        if token.kind in {TokenKind.EXPRESSION, TokenKind.DECLARATION, TokenKind.PHRASE}:
            return None
        near = tuple(one.text for one in left if one is not token and len(paths) == 1)
        argument = _file(token, near, context)
        if argument is None:
            return None
        if paths and token.kind is TokenKind.WORD and _contains(argument.value, paths, context):
            hints.append(argument.value)
            continue
        if argument.value not in found:
            found.append(argument.value)
            evidence += [argument.evidence] if argument.evidence else []
    is_sure = not evidence and not context.questions
    sureness = Sureness.SURE if is_sure else Sureness.LIKELY
    label = ", ".join(found)
    return Argument("where", ",".join(found), label, "; ".join(evidence), sureness)


def _file(token: Token, near: Sequence[str], context: Context) -> Argument | None:
    is_path = token.kind is TokenKind.PATH
    mention = Mention(token.text, is_code=True, is_path=is_path)
    questions = len(context.questions)
    argument = context.module(mention, "where", with_packages=True)
    if argument is not None and len(context.questions) > questions and near:
        # "validate.py of configobj": the other word says which of several.
        del context.questions[questions:]
        hinted = Mention(token.text, is_code=True, is_path=is_path, hints=tuple(near))
        argument = context.module(hinted, "where", with_packages=True)
    if argument is None:
        return None
    is_like = is_path or not argument.evidence or "the same words" in argument.evidence
    return argument if is_like or len(argument.candidates) > 1 else None


def _contains(folder: str, paths: Sequence[str], context: Context) -> bool:
    modules = context.table.modules()
    return folder in context.table.folders() and all(
        any(one.startswith(f"{folder}/") and one.endswith(path) for one in modules)
        for path in paths
    )
