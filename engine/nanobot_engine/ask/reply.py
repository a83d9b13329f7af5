"""Check a reply: what it says it read must be what it was shown.

A reply that cites an excerpt which was not shown, copies a line that is not in it, or
answers with a name or a number that is neither there nor in the question is discarded
before it counts.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from nanobot_engine.ask.retrieval import SUBJECT_SHARE_MIN, Retrieved, has_verbatim
from nanobot_engine.context import Shown
from nanobot_engine.recipe import Candidate, RedFlag

_REPLY: Final = re.compile(r"line: (?:none|(?P<line>[^\n]*)\nanswer: (?P<answer>[^\n]*))")
_SPACE: Final = re.compile(r"\s+")
_CODE_WORD: Final = re.compile(r"[A-Za-z_$][\w$]*|[0-9][0-9A-Za-z_.]*")
_CODE_LIKE: Final = re.compile(
    r"[^\W_]_+[^\W_]|^_+\w|[a-z0-9][A-Z]|[A-Z]{2,}[a-z]|^[0-9]|^[A-Z][A-Z0-9]+$"
)
_VALUE: Final = re.compile(r"^[0-9]|^(?:[Tt]rue|[Ff]alse|None|null|nil)$")
_LONE_NAME: Final = re.compile(
    r"(?:[A-Za-z_$][\w$]*(?:\.|::|->|#))*(?P<last>[A-Za-z_$][\w$]*)(?:\(\))?"
)
_WORD: Final = re.compile(r"\w+")
_ASKS_FOR_DEFINITION: Final = re.compile(
    r"^(?:which|what is the name of the)\s+(?:\w+\s+)?(?:function|method|class|coroutine)\b",
    re.IGNORECASE,
)
_DEFINED: Final = re.compile(
    r"\b(?:def|class|func|function|fn|struct|interface)\s+(?:\([^)]*\)\s*)?(?P<name>\w+)"
    r"|(?P<called>\w+)\s*\("
)
_QUOTE_CHARS_MIN: Final = 12
"""A shorter part of a line proves nothing, unless it is half of it."""
_SHARE_OF_BEST_MIN: Final = 0.8
"""What is cited has nearly as much of the question as the best evidence there is."""
_LITERAL_LINES: Final = 1
"""What the question quotes is so near to the copied line."""
_NEAR_LINES: Final = 4
"""A value stands so near to the copied line, or where a name in it is set."""


@dataclass(frozen=True, slots=True)
class Citation:
    """A line, and where it stands."""

    shown: Shown
    line_number: int
    """1-based, of the file."""

    @property
    def quote(self) -> str:
        """The line as the file has it, without the space around it."""
        piece = self.shown.evidence
        return piece.lines[self.line_number - piece.start_line].strip()


@dataclass(frozen=True, slots=True)
class Claim:
    """A reply that passed every check."""

    answer: str
    """Empty: nothing of what was shown answers the question."""
    citations: tuple[Citation, ...]
    """The copied line, and the line where a name in it is set when the answer is its value.
    Empty exactly for an empty answer."""


def checked(reply: str, shown: Sequence[Shown], retrieved: Retrieved) -> Claim | RedFlag:
    """Return the claim of a reply, or why it is discarded."""
    match = _REPLY.fullmatch(reply.strip())
    if match is None:
        return RedFlag("form", "it is not in the form that was asked for")
    if match["line"] is None:
        return Claim("", ())
    cited = _located(match["line"], shown)
    if cited is None:
        return RedFlag("quote", "the copied line is not in the evidence")
    answer = _told(match["answer"].strip().rstrip("."), cited, retrieved.question.literals)
    citations = _citations(answer, cited, shown, retrieved.question.text)
    if isinstance(citations, RedFlag):
        return citations
    if not _is_about(citations, retrieved):
        return RedFlag("subject", "the evidence has too few words of the question")
    return Claim(answer, citations)


def _is_of_kind(answer: str, citations: Sequence[Citation], question: str) -> bool:
    """Tell whether an answer names a definition, when the question asks for one."""
    if not _ASKS_FOR_DEFINITION.search(question):
        return True
    names = set(_CODE_WORD.findall(answer))
    for citation in citations:
        piece = citation.shown.evidence
        headers = [piece.lines[number - piece.start_line] for number in _headers_around(citation)]
        found = [match for text in headers if (match := _DEFINED.search(text)) is not None]
        defined = {match["name"] or match["called"] for match in found}
        # Above the piece there may be more; its name says what it is in.
        if not names.isdisjoint(defined or piece.name.split(".")):
            return True
    return False


def _is_about(citations: Sequence[Citation], retrieved: Retrieved) -> bool:
    """Tell whether what is cited is about what was asked: not only something near it is."""
    question = retrieved.question
    if question.literals:
        # A log has a line about something else next to every line.
        near = "\n".join(_lines_near(citation) for citation in citations)
        return any(literal in near for literal in question.literals)
    if retrieved.definitions:
        return any(_is_in_definition(citation, retrieved) for citation in citations)
    whole = "\n".join(citation.shown.evidence.text for citation in citations)
    if has_verbatim(question, whole):
        return True
    texts = [
        f"{citation.shown.evidence.path} {citation.shown.evidence.name}\n{_region(citation)}"
        for citation in citations
    ]
    needed = max(SUBJECT_SHARE_MIN, _SHARE_OF_BEST_MIN * retrieved.share_max)
    return retrieved.relevance.covered("\n".join(texts)) >= needed


def _is_in_definition(citation: Citation, retrieved: Retrieved) -> bool:
    """Tell whether a line is in a definition of what is asked about, or sets a name in one.

    That something is called elsewhere does not say what it returns.
    """
    path, line = citation.shown.evidence.path, citation.line_number
    target, sets, _ = citation.quote.partition("=")
    names = {word for word in _CODE_WORD.findall(target) if _CODE_LIKE.search(word)}
    for piece in retrieved.definitions:
        if piece.path == path and piece.start_line <= line <= piece.end_line:
            return True
        if sets and not names.isdisjoint(_CODE_WORD.findall(piece.text)):
            return True
    return False


def _lines_near(citation: Citation) -> str:
    piece = citation.shown.evidence
    place = citation.line_number - piece.start_line
    return "\n".join(piece.lines[max(0, place - _LITERAL_LINES) : place + _LITERAL_LINES + 1])


def _region(citation: Citation) -> str:
    """Return the definition that a line is in, as far as the piece has it, and those around."""
    piece = citation.shown.evidence
    headers = _headers_around(citation)
    if not headers:
        return piece.text
    lines = {number: piece.lines[number - piece.start_line] for number in piece.header_lines}
    first, depth = headers[0], _indentation(lines[headers[0]])
    ends = [one for one in lines if one > first and _indentation(lines[one]) <= depth]
    last = (min(ends) if ends else piece.end_line + 1) - 1
    own = piece.lines[first - piece.start_line : last - piece.start_line + 1]
    return "\n".join([*(lines[number] for number in headers[1:]), *own])


def _headers_around(citation: Citation) -> list[int]:
    """Return where the definitions around a line begin, innermost first."""
    piece = citation.shown.evidence
    found: list[int] = []
    for number in reversed(piece.header_lines):
        if number > citation.line_number:
            continue
        depth = _indentation(piece.lines[number - piece.start_line])
        if not found or depth < _indentation(piece.lines[found[-1] - piece.start_line]):
            found.append(number)
    return found


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip())


def _told(answer: str, cited: Citation, literals: Sequence[str]) -> str:
    """Return the copied line for an answer that only repeats what the question quotes.

    Small models copy the right line and then name the code that they were asked about.
    """
    is_repeated = _words(answer) <= _words(" ".join(literals))
    if is_repeated and any(literal in cited.quote for literal in literals):
        return cited.quote
    return answer


def _citations(
    answer: str, cited: Citation, shown: Sequence[Shown], question: str
) -> tuple[Citation, ...] | RedFlag:
    """Return the lines that an answer is from, or why it is from nowhere."""
    words = _words(answer)
    if not words:
        return RedFlag("empty", "the answer has no word")
    if words <= _words(question) and not words & {"yes", "no"}:
        return RedFlag("echo", "the answer only repeats the question")
    citations = [cited]
    for word in _CODE_WORD.findall(answer):
        found = _support(word.rstrip("."), cited, shown, question)
        if found is None:
            return RedFlag("unsupported", f"{word} is not in the evidence")
        if found not in citations:
            citations.append(found)
    if not _is_of_kind(answer, citations, question):
        return RedFlag("kind", "the question asks for a definition and the answer names none")
    return tuple(citations)


def says_the_same(first: Candidate, second: Candidate) -> bool:
    """Tell whether two answers are the same vote: the same names and values, like words."""
    if first.text == second.text:
        return True
    exact = [
        {word.lower() for word in _CODE_WORD.findall(one.text) if _is_exact(word)}
        for one in (first, second)
    ]
    words = [_words(one.text) for one in (first, second)]
    common = len(words[0] & words[1])
    return exact[0] == exact[1] and 2 * common >= min(len(words[0]), len(words[1]))


def _is_exact(word: str) -> bool:
    return _CODE_LIKE.search(word) is not None or _VALUE.search(word) is not None


def _located(line: str, shown: Sequence[Shown]) -> Citation | None:
    """Find a copied line among the lines that were shown; space does not matter.

    Of several places a whole line goes before a part of one, then the best piece. A lone
    name stands for the line that defines it, or else has it first.
    """
    wanted = _plain(line)
    if not _WORD.search(wanted):
        return None
    lines = [(one, number) for one in shown for number in one.line_numbers]
    texts = [_plain(one.evidence.lines[number - one.evidence.start_line]) for one, number in lines]
    for place, text in zip(lines, texts, strict=True):
        if text == wanted:
            return Citation(*place)
    for place, text in zip(lines, texts, strict=True):
        if wanted in text and len(wanted) >= min(_QUOTE_CHARS_MIN, len(text) / 2):
            return Citation(*place)
    name = _LONE_NAME.fullmatch(wanted)
    if name is None or not _CODE_LIKE.search(name["last"]):
        return None
    named = [
        place
        for place, text in zip(lines, texts, strict=True)
        if name["last"] in _CODE_WORD.findall(text)
    ]
    defined = [(one, number) for one, number in named if number in one.evidence.header_lines]
    return Citation(*(defined or named)[0]) if named else None


def _support(word: str, cited: Citation, shown: Sequence[Shown], question: str) -> Citation | None:
    """Return the line that a word of the answer is from; None when it is from nowhere.

    Everyday words need no line. Names are in the piece or the question; values near the
    copied line, or where a name in that line is set.
    """
    if _VALUE.search(word):
        number = cited.line_number
        near = range(number - _NEAR_LINES, number + _NEAR_LINES + 1)
        piece = cited.shown.evidence
        for line in near:
            if line in cited.shown.line_numbers and word.lower() in _words(
                piece.lines[line - piece.start_line]
            ):
                return cited
        names = {name for name in _CODE_WORD.findall(cited.quote) if _CODE_LIKE.search(name)}
        for one in shown:
            for line in one.line_numbers:
                text = one.evidence.lines[line - one.evidence.start_line]
                if word.lower() in _words(text) and not names.isdisjoint(
                    _CODE_WORD.findall(text.partition("=")[0])
                ):
                    return Citation(one, line)
        return None
    if _CODE_LIKE.search(word) and word.lower() not in _words(f"{cited.quote}\n{question}"):
        piece = cited.shown.evidence
        for line in cited.shown.line_numbers:
            if word.lower() in _words(piece.lines[line - piece.start_line]):
                return Citation(cited.shown, line)
    seen = _words(f"{cited.shown.text}\n{cited.shown.evidence.text}\n{question}")
    return cited if not _CODE_LIKE.search(word) or word.lower() in seen else None


def _words(text: str) -> set[str]:
    """Return the words of a text and the parts of its identifiers, in small letters."""
    words = {word.lower() for word in _CODE_WORD.findall(text)}
    return words | {part for word in words for part in re.split(r"[_.]", word) if part}


def _plain(text: str) -> str:
    return _SPACE.sub(" ", text).strip().removesuffix("...").strip()
