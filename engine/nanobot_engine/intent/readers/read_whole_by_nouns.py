"""Refactorings of whole files by their nouns, in sentences whose other words nobody knows.

"get rid of the percent formatting in a.py, f-strings read better" speaks of nothing but
formatting and a file. What is named must be files, and what such a change is about; a
word that turns it around or restricts it makes it nothing.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from nanobot_engine.intent.named import named_in
from nanobot_engine.intent.plan import Argument, Sureness
from nanobot_engine.intent.readers.reading import Context, Reading
from nanobot_engine.intent.words.conditions import is_against, is_question, without_reasons
from nanobot_engine.intent.words.sentence import Token

_SCORE: Final = 1.0
_WISH: Final = re.compile(
    r"\b(?:change|convert|turn|make|use|replace|let|get|remove|want|like|need|needs|prefer|rewrite"
    r"|moderni[sz]e|should|could|can|please|plz|pls|add|put|switch|go|move|port|better|give|fix)\b"
)
_STATED: Final = re.compile(r"\b(?:is|are|was|were|stays?|remains?|works?|has|have|looks?)\b")
_TERSE_WORDS_MAX: Final = 8
_REMOVE: Final = r"\b(?:remove|drop|delete|kill|strip|get rid of|without)\b"


@dataclass(frozen=True, slots=True)
class _Nouns:
    """How one refactoring is spoken of, whatever is said around it."""

    refactoring: str
    subject: str
    """A regular expression that must be found."""
    against: str
    """One that must not: the other way round, or something else."""
    foreign: str
    """What may be written like code without being defined here, in full."""
    consumed: str = ""
    """What denies nothing: "without all those self.assertEqual"."""


_FORMATS: Final = r"(?:percent|%|str\.format|\.format|printf|format)"
_ALL: Final = (
    _Nouns(
        "convert format strings",
        r"\bf-?strings?\b|\bf strings?\b|\b(?:percent|%|printf)(?:-| )?(?:style )?format",
        rf"\bf-?strings? (?:to|by|into|with|->)\b|\bto {_FORMATS}"
        r"|\b(?:remove|drop|no) (?:the |all )?f-?strings?"
        r"|\b(?:log\w*|add|write|use|prefer) (?:the )?(?:percent|%)|\bslow\w*|\bwrong\b"
        r"|\blocali[sz]|\btranslat|\bprint",
        r"str\.format|format|.*\.format|%\w?",
        r"\b(?:instead of|rather than|without|no)(?: the| all| any| more)* "
        r"(?:percent|%|str\.format|format|printf)\b|\bto format strings?\b",
    ),
    _Nouns(
        "convert bare except",
        r"\b(?:bare|naked) `?except",
        r"\bto (?:a )?(?:bare|naked)\b|\bcatch (?!exception\b)\w+|\breraise|\blog\b|\bpass\b",
        r"Exception|except",
        r"\b(?:bare|naked) `?excepts?(?: ?:)?",
    ),
    _Nouns(
        "convert unittest to pytest",
        r"\bpytest\b",
        r"\bpytest (?:to|into|by|->)\b|\bto (?:plain )?unittest\b"
        r"|\b(?:run|install|configure|fixture|plugin|marks?|parametri[sz]e\w*|config|skip|cover\w*|write|add)\b",
        r"self\.assert\w*|unittest(?:\.\w+)?|assert\w+|TestCase|setUp|tearDown",
        r"\b(?:without|no|instead of|rather than)(?: all| any| more| the| those| these| of)* "
        r"(?:self\.assert\w+|assert\w+|unittest\S*|testcase\w*|test cases?|classes)",
    ),
    _Nouns(
        "add all",
        r"(?:^| )__all__(?: |$)",
        rf"{_REMOVE}|\b(?:sort|rename|fix|clean|move|wrong|from|replace|entry|entries|reads?|uses?"
        r"|update|check|import|star|order|tests?|docs?)\b",
        r"__all__",
    ),
    _Nouns(
        "add postponed annotations",
        r"\b(?:future|__future__|postponed|deferred|lazy) (?:import of |import )?annotations\b"
        r"|\b(?:postponed|deferred|lazy) evaluation of annotations\b",
        rf"{_REMOVE}|\b(?:old|wrong|fix|sort|unnecessary|needed|check|runtime)\b",
        r"__future__|annotations|__future__\.annotations",
    ),
)  # fmt: skip


def whole_by_nouns(
    tokens: Sequence[Token], context: Context, available: Collection[str]
) -> Reading | None:
    """Read a sentence by what it speaks of; None where that leaves a doubt.

    Args:
        tokens: Of the sentence.
        context: The codebase.
        available: Names of the refactorings that there are.
    """
    named = named_in(tokens, context.table)
    text = without_reasons(named.text)
    found = [one for one in _ALL if re.search(one.subject, text)]
    if len(found) != 1 or found[0].refactoring not in available or is_question(text):
        return None
    nouns = found[0]
    is_other = bool(named.symbols or named.new or named.files or named.declarations or named.lines)
    own = (*named.foreign, *(one.rstrip(":").strip() for one in named.expressions))
    is_foreign = all(re.fullmatch(nouns.foreign, one) for one in own)
    if is_other or not is_foreign or not named.modules:
        return None
    if re.search(nouns.against, text) or is_turned_around(nouns.refactoring, text):
        return None
    if is_against(re.sub(nouns.consumed, " ", text) if nouns.consumed else text):
        return None
    is_terse = len(text.split()) <= _TERSE_WORDS_MAX and not _STATED.search(text)
    if not is_terse and _WISH.search(text) is None:
        return None
    where = ",".join(dict.fromkeys(named.modules))
    reading = Reading(nouns.refactoring, _SCORE)
    evidence = f"the sentence speaks of nothing but {nouns.refactoring.partition(' ')[2]}"
    reading.arguments = [Argument("where", where, where, evidence, Sureness.LIKELY)]
    reading.summary = f"{nouns.refactoring} in {where}"
    return reading


_TURNED_AROUND: Final = {
    "convert format strings": re.compile(
        rf"\bf-?strings?\b[^,;]* (?:to|by|into|with) (?:the )?{_FORMATS}"
        r"|\binstead of f-?strings?\b|\b(?:remove|drop) (?:the |all )?f-?strings?\b"
    ),
    "convert unittest to pytest": re.compile(
        r"\bpytest\b[^,;]* (?:to|into|by) (?:plain )?unittest\b|\binstead of pytest\b"
    ),
    "convert os.path to pathlib": re.compile(
        r"\bpathlib\b[^,;]* (?:to|by|into|with) os\b|\binstead of pathlib\b"
    ),
    "convert print to logging": re.compile(
        r"\blog\w*\b[^,;]* (?:to|by|into|with) print|\binstead of log"
    ),
}


def is_turned_around(refactoring: str, text: str) -> bool:
    """Tell whether a sentence asks for the opposite of a conversion.

    Args:
        refactoring: Its name.
        text: The sentence in lower case.
    """
    pattern = _TURNED_AROUND.get(refactoring)
    return pattern is not None and pattern.search(text) is not None
