"""New names that a sentence says by how they differ: "should be upper case", "drop the MODERN_".

The words are replaced by the rename that they mean, and the sentence is read on from there:
a program makes the name, for the words that describe it are no name themselves.
"""

import re
from collections.abc import Callable, Sequence
from typing import Final

from nanobot_engine.intent.names import derivation
from nanobot_engine.intent.names.resolution import CALLABLE
from nanobot_engine.intent.names.symbol_table import CLASS, Entry, SymbolTable
from nanobot_engine.intent.readers.reading import Reading
from nanobot_engine.intent.words.sentence import Token, TokenKind, tokenized

_NAME: Final = r"(?P<name>`[^\W\d][\w.]*(?:\(\))?`|[^\W\d][\w.]*\w(?:\(\))?|\w)"
_PART: Final = r"[`\"']?(?P<part>\w+)[`\"']?"
_KIND: Final = (
    r"(?:function|method|class|constant|variable|global|helper|attribute|exception|error"
    r"|parameter|name)"
)
_THE: Final = rf"(?:the |this |our )?(?:{_KIND} )?"
_OBJECT: Final = rf"{_THE}(?:name of |names of )?{_NAME}(?:'s name)?(?: {_KIND}\b)?"
_IN: Final = r"(?P<place> in `?[\w./]+\.py`?)?"
_CASE: Final = (
    r"(?P<case>(?:all )?upper[- ]?case|UPPER_CASE|UPPER_SNAKE_CASE|all[- ]caps|ALL_CAPS"
    r"|capital letters|lower[- ]?case|snake[-_ ]?case|camel[- ]?case|cap[- ]?words"
    r"|pascal[- ]?case)(?![\w`])"
)
_SHOULD: Final = r"(?:should|must|needs to|has to|ought to|is to|had better)(?: really| rather)? be"
_WRITTEN: Final = r"(?: written| spelled| spelt| named| called)?(?: in| as| all| all in)*"
_MAKE: Final = r"(?:make|turn|convert|put|write|change|rename|switch|bring)"
# What one thing is, before what is to become of it: "f is a helper, make it private".
_REMARK: Final = (
    rf"{_OBJECT}{_IN} (?:is|was|looks like)(?P<remark> [^.;`]{{1,60}}?)"
    r"(?:[,;.:]|,? (?:and|so))(?: (?:and|so|then|please|it|that|which))* ?"
)
_END: Final = (
    r"(?: too| please| instead| again| then| now| name| names)?"
    r"(?=$|[.,;:!?()]|\s+(?:and|also|because|since|as|in|so|but|everywhere|please|like|per)\b)"
)
_RESTRICTED: Final = re.compile(
    r"\b(?:not|no|never|if|unless|until|except|why|whether|n't|dont)\b|n't", re.IGNORECASE
)
_CAPS: Final = re.compile(r"upper|caps$|capital l", re.IGNORECASE)
_STYLES: Final = re.compile(
    r"(?:all_?)?(?:upper|lower|snake|camel|pascal|cap|title)_?(?:case|words|letters)|all_?caps"
    r"|(?:upper|lower)|private|public|plural|singular|underscores?|prefix|suffix",
    re.IGNORECASE,
)
_SHORTENED: Final = re.compile(
    r"\b(?:drop|remove|strip|delete|cut|lose|omit|without|minus|less|get rid of)\b", re.IGNORECASE
)

Maker = Callable[[re.Match[str], Entry], str]


def _cased(found: re.Match[str], entry: Entry) -> str:
    case = found["case"]
    low = re.sub(r"[-_ ]", "", case.lower())
    if _CAPS.search(case):
        if entry.kind in CALLABLE:
            # "rename f to uppercase" may say what `f` does.
            return ""
        wanted = derivation.UPPER
    elif low in {"lowercase", "snakecase"}:
        wanted = derivation.SNAKE
    elif low in {"capwords", "pascalcase"} or case.startswith("Camel") or entry.kind == CLASS:
        wanted = derivation.CAP_WORDS
    else:
        wanted = derivation.CAMEL
    return derivation.in_case(entry.name, wanted)


def _hidden(found: re.Match[str], entry: Entry) -> str:
    is_public = found["access"].lower() == "public"
    return derivation.public(entry.name) if is_public else derivation.private(entry.name)


def _counted(found: re.Match[str], entry: Entry) -> str:
    is_plural = found["count"].lower() == "plural"
    return derivation.plural(entry.name) if is_plural else derivation.singular(entry.name)


def _shortened(found: re.Match[str], entry: Entry) -> str:
    return derivation.without_part(entry.name, found["part"])


def _bare(found: re.Match[str], entry: Entry) -> str:
    return derivation.without_underscore(entry.name, where=(found["where"] or "").lower())


def _prefixed(found: re.Match[str], entry: Entry) -> str:
    return derivation.with_prefix(entry.name, found["part"])


def _suffixed(found: re.Match[str], entry: Entry) -> str:
    return derivation.with_suffix(entry.name, found["part"])


def _joined(found: re.Match[str], entry: Entry) -> str:
    """Return a name with what is put at an end of it, where that can be no parameter."""
    part, is_front = found["part"], found["end"].lower() in {"front", "start", "beginning"}
    is_glue = part.endswith("_") if is_front else part.startswith("_")
    is_said = re.search(r"\bname\b", found[0]) is not None
    if not (is_glue or is_said or (entry.kind == CLASS and part[:1].isupper())):
        return ""
    return (derivation.with_prefix if is_front else derivation.with_suffix)(entry.name, part)


_DROP: Final = r"(?:drop|remove|strip|delete|cut|lose|omit|get rid of|take)(?: off| away)?"
_AS_IS: Final = rf"(?:rename |call |make )?{_OBJECT}{_IN}(?: {_SHOULD}{_WRITTEN})?"
_FRAGMENT: Final = rf"(?:prefix |suffix )?{_PART}(?:[- ](?:prefix|suffix|part|bit))?"
_JOIN: Final = r"(?:add |put |append |prepend |\+ ?)(?:an? |the )?"
_WHICH_END: Final = r"(?:the |its )?(?P<end>end|front|start|beginning)"
_WHERE: Final = r"(?:the |its |that |their )?(?:(?P<where>leading|trailing) )?underscores?"
_ACCESS: Final = rf"(?:as |a |an )*(?P<access>private|public)(?: {_KIND}\b)?"
_COUNT: Final = r"(?:in |into |the |a )*(?P<count>plural|singular)"
_FORMS: Final[Sequence[tuple[str, Maker]]] = (
    (rf"{_REMARK}(?:it |that )?{_SHOULD}{_WRITTEN} {_CASE}", _cased),
    (rf"{_REMARK}{_MAKE} (?:it|that)(?: into| to| in| as| all)* {_CASE}", _cased),
    (rf"{_OBJECT}{_IN} {_SHOULD}{_WRITTEN} {_CASE}", _cased),
    (rf"{_MAKE} {_OBJECT}{_IN}(?: into| to| in| as| all)* {_CASE}", _cased),
    (rf"{_REMARK}(?:{_MAKE}|mark) (?:it|that) {_ACCESS}", _hidden),
    (rf"{_REMARK}(?:it |that )?{_SHOULD} {_ACCESS}", _hidden),
    (rf"(?:{_MAKE}|mark) {_OBJECT}{_IN} {_ACCESS}", _hidden),
    (rf"{_OBJECT}{_IN} {_SHOULD} {_ACCESS}", _hidden),
    (rf"{_DROP} {_WHERE} (?:of|from|in|off|on) {_OBJECT}{_IN}", _bare),
    (rf"{_AS_IS} without {_WHERE}", _bare),
    (rf"{_DROP} (?:the |its )?{_FRAGMENT} (?:of|from|in|off|on) {_OBJECT}{_IN}", _shortened),
    (rf"{_AS_IS} without (?:the |its )?{_FRAGMENT}", _shortened),
    (rf"prefix {_OBJECT}{_IN} (?:with|by) (?:an? |the )?{_PART}", _prefixed),
    (rf"suffix {_OBJECT}{_IN} (?:with|by) (?:an? |the )?{_PART}", _suffixed),
    (rf"(?:add|put|use) (?:the |a )?prefix {_PART} (?:to|on|for) {_OBJECT}{_IN}", _prefixed),
    (rf"(?:add|put|use) (?:the |a )?suffix {_PART} (?:to|on|for) {_OBJECT}{_IN}", _suffixed),
    (rf"{_JOIN}{_PART} (?:at|to|on|in) {_WHICH_END} of {_OBJECT}{_IN}", _joined),
    (rf"{_OBJECT}{_IN}[:,]? ?\+ ?{_PART} (?:at|to|on|in) {_WHICH_END}", _joined),
    (rf"{_MAKE} {_OBJECT}{_IN} {_COUNT}", _counted),
    (rf"{_OBJECT}{_IN} {_SHOULD}{_WRITTEN} {_COUNT}", _counted),
)  # fmt: skip
_COMPILED: Final = tuple(
    (re.compile(rf"(?<![\w`.]){form}{_END}", re.IGNORECASE), make) for form, make in _FORMS
)


def with_derived_names(sentence: str, table: SymbolTable) -> str:
    """Return a sentence in which the names stand that it only describes.

    Args:
        sentence: Plain English.
        table: The codebase.
    """
    text = " ".join(sentence.split())
    for pattern, make in _COMPILED:
        for found in [*pattern.finditer(text)][::-1]:
            entry = _entry(found["name"], table)
            parts = found.groupdict()
            is_remark_plain = _is_plain(parts.get("remark") or "", table)
            if entry is None or not is_remark_plain or _RESTRICTED.search(found[0]):
                continue
            if "part" in parts and _is_own(found["part"], entry, table):
                continue
            new = make(found, entry)
            if new:
                old, place = found["name"].strip("`"), parts.get("place") or ""
                text = (
                    f"{text[: found.start()]}rename `{old}`{place} to `{new}`{text[found.end() :]}"
                )
    return text


def misnamed(readings: Sequence[Reading], tokens: Sequence[Token]) -> str:
    """Return the new name of a reading that only describes one; "" for none.

    Args:
        readings: Of a sentence.
        tokens: Of the sentence.
    """
    text = " ".join(token.raw for token in tokens)
    for reading in readings:
        values = {one.name: one.value for one in reading.arguments}
        new = values.get("new_name", "") if reading.refactoring == "rename" else ""
        if not new or f"`{new}`" in text:
            continue
        is_written = any(one.kind is TokenKind.NAME and one.text == new for one in tokens)
        if _STYLES.fullmatch(new) and not is_written:
            return new
        old = values["symbol"].rpartition("::")[2].rpartition(".")[2]
        is_part = new.strip("_").lower() in old.lower() and new != old.strip("_")
        is_told = re.search(rf"(?:\bto|\bas|->|\bcalled|\bnamed|=>) {re.escape(new)}\b", text)
        if is_part and _SHORTENED.search(text) and not is_told:
            return new
    return ""


def _entry(written: str, table: SymbolTable) -> Entry | None:
    """Return the first symbol that has the very name that is written."""
    name = written.strip("`").removesuffix("()").rpartition(".")[2]
    return next(iter(table.named(name)), None)


def _is_plain(text: str, table: SymbolTable) -> bool:
    return not any(token.is_code or table.named(token.text) for token in tokenized(text))


def _is_own(part: str, entry: Entry, table: SymbolTable) -> bool:
    """Tell whether a part of a name is the name of something inside of what has it."""
    return part in {one.name for one in table.members(entry)} | {*table.parameters(entry)}
