"""A reader of moves that say what they are about: "put everything about colours in colours.py".

    (move …) everything about X (from SOURCE) to TARGET
    split SOURCE: everything about X goes to TARGET
    X-related code of SOURCE to TARGET

What the words choose is shown in the plan; what may belong to it is asked.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from nanobot_engine.intent.coverage import is_meaningless
from nanobot_engine.intent.names.about import AboutIt, definitions_about
from nanobot_engine.intent.names.module_place import new_module_path
from nanobot_engine.intent.plan import Argument, Question, Sureness, listed
from nanobot_engine.intent.readers.reading import Context, Reading
from nanobot_engine.intent.words.mention import Mention

_THINGS: Final = (
    r"(?:code|stuff|things?|parts?|functions?|classes|helpers?|definitions?|utilities|bits|logic)"
)
_SEVERAL: Final = r"(?:code|stuff|things|parts|functions|classes|helpers|utilities|bits|logic)"
_ABOUT: Final = (
    r"(?:about|around|concerning|regarding|for|related to|relating to|to do with"
    r"|(?:that|which) (?:is|are) (?:about|related to|for|concerned with)"
    r"|(?:that|which) (?:has|have) (?:something )?to do with"
    r"|(?:that|which) deals? with|dealing with|handling|(?:that|which) handles?)"
)
_END: Final = (
    r"(?=\s*(?:$|[,;:.!](?:\s|$)|\b(?:from|of|in|inside|out|to|into|goes|go|should|must|belongs?"
    r"|moves?|lives?|ends?|gets?|lands?|please|pls|and put|and move)\b|->|→|=>))"
)
_SUBJECTS: Final = (
    re.compile(
        rf"\b(?:everything|anything|whatever|all(?: of)?(?: the| that)?(?: {_THINGS})?"
        rf"|the {_THINGS}|{_THINGS}) {_ABOUT} (?:the )?(?P<about>[\w` -]+?){_END}",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b(?:all(?: of)?(?: the)?|the|every|any|everything) (?P<about>\w[\w-]*(?: [\w-]+)?)"
        rf"[ -](?:related )?{_SEVERAL}{_END}",
        re.IGNORECASE,
    ),
)
_PLACE: Final = r"(?:the |an? |its |their )?(?:new |own |separate |existing )*(?:module |file )?"
_TARGET: Final = re.compile(
    rf"(?:\b(?:to|into|in)\b|->|→|=>) {_PLACE}(?:called |named )?`?(?P<path>[\w./-]+)`?",
    re.IGNORECASE,
)
_SOURCE: Final = re.compile(
    r"\b(?:from|of|out of|in|inside|split(?: up)?|break up|divide) (?:the )?(?:module |file )?"
    r"`?(?P<path>[\w./-]+)`?",
    re.IGNORECASE,
)
_PATH: Final = re.compile(r"(?:[\w.-]+/)*[\w-]+\.pyi?\b|(?:[\w.-]+/)+(?=[\s`,;:]|$)")
_WISH: Final = re.compile(
    r"\b(?:move|put|extract|split|take|pull|separate|factor|carve|break|divide|goes?|belongs?"
    r"|should|into|to)\b|->|→|=>",
    re.IGNORECASE,
)
_SCORE: Final = 1.3
_ASKED_MAX: Final = 6


@dataclass(frozen=True, slots=True)
class _Said:
    about: str
    target: str
    sources: tuple[str, ...]


def read_about(context: Context) -> Reading | None:
    """Read a whole sentence.

    Returns:
        None when it does not speak of what something is about; a reading with
        `missing` when it does, and something else is not clear.
    """
    said = _said(context.sentence)
    if said is None:
        return None
    reading = Reading("move", _SCORE)
    found = _chosen(context, said)
    if found is None:
        reading.missing = f"which module has what is about {said.about!r}"
        return reading
    source, about, sureness = found
    if not said.target:
        reading.missing = f"where what is about {said.about!r} goes"
        return reading
    names = [*about.certain, *_asked(context, about, said.about)]
    target = _target(context, said.target, source)
    if target == source:
        reading.missing = f"another module than {source}"
        return reading
    reading.refactoring = "move" if target in context.table.modules() else "split module"
    value = "\n".join(f"{source}::{name}" for name in names)
    evidence = f"about {said.about!r} in {source}: {listed(names)}"
    reading.arguments = [
        Argument("symbols", value, listed(names), evidence, sureness),
        Argument("target", target, target, "", Sureness.SURE),
    ]
    reading.summary = f"move {listed(names)} from {source} to {target}"
    return reading


def _said(sentence: str) -> _Said | None:
    text = " ".join(sentence.split())
    for pattern in _SUBJECTS:
        match = pattern.search(text)
        if match is None:
            continue
        rest = f"{text[: match.start()]} {text[match.end() :]}"
        if not _WISH.search(rest):
            continue
        sources = [m["path"].rstrip(".") for m in _SOURCE.finditer(rest) if _may_be_place(m)]
        places = [m["path"].rstrip(".") for m in _TARGET.finditer(rest) if _may_be_place(m)]
        # "into a module of its own, a/b.py": the path stands behind what it is.
        paths = [m[0] for m in _PATH.finditer(rest) if m[0] not in {*sources, *places}]
        written = [one for one in places if "/" in one or "." in one] or paths or places
        target = written[-1] if written else ""
        about = match["about"].replace("`", "").strip()
        return _Said(about, target, tuple(one for one in sources if one != target))
    return None


def _may_be_place(match: re.Match[str]) -> bool:
    """Tell whether a word can be the name of a module: "of" in "a module of its own" is not."""
    text = match["path"].rstrip(".")
    return "/" in text or "." in text or not is_meaningless(text.lower())


def _chosen(context: Context, said: _Said) -> tuple[str, AboutIt, Sureness] | None:
    """Return the module that is meant, what of it moves, and how sure that is."""
    found = [(path, about) for path, about in _candidates(context, said) if about.certain]
    if not found:
        return None
    if len(found) == 1 or said.sources:
        return *found[0], Sureness.LIKELY
    found.sort(key=lambda one: -len(one[1].certain))
    if len(found[0][1].certain) > 2 * len(found[1][1].certain):
        return *found[0], Sureness.LIKELY
    options = tuple(f"{path}: {listed(about.certain)}" for path, about in found[:_ASKED_MAX])
    text = f"Which module is meant by {said.about!r}?"
    given = context.answers.get(text)
    if given in options:
        return *found[options.index(given)], Sureness.CHOSEN
    context.questions.append(Question(text, options, is_about_words=False))
    return *found[0], Sureness.OPEN


def _candidates(context: Context, said: _Said) -> Iterator[tuple[str, AboutIt]]:
    table = context.table
    paths = [
        argument.value
        for written in said.sources
        if (argument := context.module(Mention(written, is_code=True), "symbols")) is not None
    ]
    if said.sources and not paths:
        return
    for path in paths or [one for one in table.modules() if not _is_test(one)]:
        file = table.codebase.project.file(path)
        if file is not None and path.endswith(".py"):
            yield path, definitions_about(file, said.about)


def _asked(context: Context, about: AboutIt, words: str) -> list[str]:
    """Return what the docstring speaks of and somebody says belongs to it."""
    taken = []
    for name in about.possible[:_ASKED_MAX]:
        text = f"Does {name} belong to what is about {words!r}?"
        options = ("no, it stays", "yes, it moves, too")
        given = context.answers.get(text)
        if given == options[1]:
            taken.append(name)
        elif given is None:
            context.questions.append(
                Question(text, options, is_about_words=True, sentence=context.sentence)
            )
    return taken


def _target(context: Context, written: str, source: str) -> str:
    existing = context.module(Mention(written, is_code=True, is_path="/" in written), "target")
    if existing is not None and existing.sureness is Sureness.SURE:
        return existing.value
    return new_module_path(context.table, written, beside=source)


def _is_test(path: str) -> bool:
    return any(part in {"tests", "test", "testing", "docs"} for part in path.split("/")[:-1])
