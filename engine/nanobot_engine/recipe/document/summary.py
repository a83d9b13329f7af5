"""The words of a one-sentence docstring: form, red flags, and sameness.

A program compares what the sentence claims with what the code shows. What it
can not check is left to the votes: two samples that say the same in other words
are one vote for it.
"""

import re
from typing import Final

from nanobot_engine.recipe.document.described import Described
from nanobot_engine.recipe.recipe import Candidate, RedFlag

_LENGTH_MAX: Final = 110
_WORDS_MIN: Final = 3
_WORDS_MAX: Final = 20

# Two sentences are the same vote when this share of their content words is
# common (Dice's coefficient). `docs/decisions/0002-votes-over-sentences.md` says
# what was read to choose it.
_AGREEMENT_MIN: Final = 0.6

_SENTENCE: Final = re.compile(r"[A-Z][ -~]*\.")
_META: Final = re.compile(
    r"^(this|the (given |following )?(function|method|class|code)\b|here|sure|summary|docstring)",
    re.IGNORECASE,
)
_CODE_NAME: Final = re.compile(
    r"[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)+|_[A-Za-z_][A-Za-z0-9_]*|[a-z]+[A-Z][A-Za-z]*|"
    r"[A-Z][a-z]+[A-Z][A-Za-z]*|[A-Za-z_][A-Za-z0-9_]*(?=\(\))"
)
_WORD: Final = re.compile(r"[A-Za-z0-9]+")
# What a small model adds to "Write the values to a file", from examples and from habit.
_FORMAT: Final = re.compile(r"\b(JSON|YAML|XML|CSV|TOML|HTML|SQL)\b")

# Verbs whose third person a model writes by mistake, in the form the style asks.
_IMPERATIVE_BY_THIRD_PERSON: Final = {
    verb + ending: verb
    for ending, verbs in {
        "s": (
            "Return Get Set Write Read Parse Check Create Add Remove Convert Compute Call Close "
            "Open Update Yield Raise Make Build Print Move Erase Reset Restore Initialize Handle "
            "Format Generate Load Save Send Start Stop Split Join Test Validate Wrap Enable "
            "Disable Calculate Determine Provide Render Register Replace Retrieve Run Display "
            "Extract Insert"
        ),
        "es": "Process Match Search Fetch Push Flush Patch Pass Dispatch",
    }.items()
    for verb in verbs.split()
}

_STOP_WORDS_TEXT: Final = """
a an the of to in on at by for from with and or as is are be it its this that these those into
given specified provided using based if any all which when where their them such current value
values object function method class whether should being been was were has have
"""
_STOP_WORDS: Final = frozenset(_STOP_WORDS_TEXT.split())

# A class is a thing: "Defines styles." would be about its code.
_CLASS_VERBS: Final = re.compile(
    r"^(Define|Represent|Provide|Handle|Manage|Implement|Contain|Create|Initialize)s?\b"
)

# "stripped" is "strip"; "filled", "passed" and "added" have both letters without the ending.
_DOUBLED: Final = re.compile(r"([bgmnprt])\1$")

_NEGATIONS: Final = frozenset({"not", "no", "without", "never", "un"})


def checked(answer: str, definition: Described) -> str | RedFlag:
    """Return the sentence in its normal form, or why it does not count."""
    text = " ".join(answer.split()).strip("`\"' ")
    text = _imperative(text)
    words = text.split()
    if not text or not _SENTENCE.fullmatch(text):
        return RedFlag("form", "not one sentence from a capital letter to a period")
    if not _WORDS_MIN <= len(words) <= _WORDS_MAX or len(text) > _LENGTH_MAX:
        return RedFlag("length", f"{len(words)} words, {len(text)} characters")
    if _META.match(text):
        return RedFlag("meta", "it talks about the code instead of saying what it does")
    unbalanced = text.count("(") != text.count(")") or (text.count("'") % 2 and " '" in text)
    if unbalanced:
        return RedFlag("form", "unbalanced brackets or quotes")
    return _contradiction(text, definition) or text


def _imperative(text: str) -> str:
    """Turn "Returns the sum." into "Return the sum."."""
    first, space, rest = text.partition(" ")
    return _IMPERATIVE_BY_THIRD_PERSON.get(first, first) + space + rest


def _contradiction(text: str, definition: Described) -> RedFlag | None:
    """Compare what the sentence claims with facts of the code."""
    code = definition.own_source.decode("utf-8", errors="replace")
    unknown = _unknown(text, code, definition.qualified_name.split("."))
    if unknown is not None:
        return unknown
    if definition.kind == "class":
        if _CLASS_VERBS.match(text):
            return RedFlag("form", "a class is described by a noun phrase")
        return None
    verb = text.partition(" ")[0]
    gives_nothing = not (definition.returns_value or definition.is_generator or definition.is_stub)
    if verb == "Return" and gives_nothing:
        return RedFlag("claims a return", "the code returns no value")
    if verb == "Yield" and not definition.is_generator:
        return RedFlag("claims a yield", "the code yields nothing")
    return None


def _unknown(text: str, code: str, parents: list[str]) -> RedFlag | None:
    """Find what a sentence names and the code does not."""
    for name in _CODE_NAME.findall(text):
        if name not in code and name not in parents:
            return RedFlag("unknown name", f"the code has no {name!r}")
    for name in _FORMAT.findall(text):
        if name.lower() not in code.lower():
            return RedFlag("unknown format", f"the code has no {name}")
    return None


def content_words(text: str) -> frozenset[str]:
    """Return the stems of the words that carry meaning, with negations kept."""
    words = [word.lower() for word in _WORD.findall(text)]
    return frozenset(_stem(word) for word in words if word not in _STOP_WORDS)


def same_meaning(first: Candidate, second: Candidate) -> bool:
    """Tell whether two sentences say the same.

    They share most content words and agree on every negation and number.
    Symmetric, but not transitive: votes compare with the first of a class.
    """
    a, b = first.features, second.features
    if first.text == second.text:
        return True
    decisive = {word for word in a ^ b if word in _NEGATIONS or word.isdigit()}
    if decisive or not a or not b:
        return False
    return 2 * len(a & b) / (len(a) + len(b)) >= _AGREEMENT_MIN


def _stem(word: str) -> str:
    """Cut common English endings, so that "tokens" is "token".

    A light suffix stripper in the spirit of the S-stemmer (D. Harman, "How
    effective is suffixing?", JASIS 1991), with -ing and -ed added.
    """
    for ending, least in (("ies", 5), ("ing", 6), ("ed", 5), ("es", 5), ("s", 4)):
        if word.endswith(ending) and len(word) >= least and not word.endswith("ss"):
            stem = word[: -len(ending)]
            if ending in {"ing", "ed"} and _DOUBLED.search(stem):
                return stem[:-1]
            return stem + "y" if ending == "ies" else stem.rstrip("e")
    return word.rstrip("e") if len(word) > 4 else word
