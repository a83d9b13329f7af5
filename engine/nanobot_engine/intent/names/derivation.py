"""New names that are made of old ones: another case, a part less, a part more.

Each returns "" where it is not certain what is meant; whoever asks then has no name.
"""

import re
from typing import Final

from nanobot_engine.intent.words.spelling import style_of

UPPER, SNAKE, CAMEL, CAP_WORDS = "upper case", "snake_case", "camelCase", "CapWords"
_PART: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_EDGES: Final = re.compile(r"(_*)(.*?)(_*)")
# Words whose plural is not made by a rule, or whose ending only looks like a plural's.
_IRREGULAR_LINES: Final = """
alias aliases analysis analyses axes axis basis bases cache caches calf calories child children
cookies corpus criteria data datum die dies feet foot geese goose half indexes index indices info
knife leaf lens lenses lie lies life loaf matrix man media men metadata mice mouse movies news
people person pies quiz quizzes schema self series sheep shelf species statuses status thief tie
ties tooth vertex wife wolf woman women zombies
"""
_IRREGULAR: Final = frozenset(_IRREGULAR_LINES.split())


def in_case(name: str, case: str) -> str:
    """Return a name in another case; underscores around it stay.

    Args:
        name: An identifier.
        case: `UPPER`, `SNAKE`, `CAMEL` or `CAP_WORDS`.
    """
    before, inner, after = _edges(name)
    parts = _PART.findall(inner)
    if "".join(parts) != inner.replace("_", ""):
        return ""
    titles = [part[:1].upper() + part[1:].lower() for part in parts]
    made = {
        UPPER: "_".join(parts).upper(),
        SNAKE: "_".join(parts).lower(),
        CAMEL: "".join([part.lower() for part in parts[:1]] + titles[1:]),
        CAP_WORDS: "".join(titles),
    }
    return _new(name, before + made[case] + after)


def without_part(name: str, part: str) -> str:
    """Return a name without one whole part of it.

    Args:
        name: An identifier.
        part: As it stands in the name, with or without the underscore beside it.
    """
    if name.count(part) != 1 or not part.strip("_"):
        return ""
    if part.startswith("_") or part.endswith("_"):
        is_at_end = name.startswith(part) or name.endswith(part)
        return _new(name, name.replace(part, "")) if is_at_end else ""
    before, inner, after = _edges(name)
    words = inner.split("_")
    if part in words:
        return _new(name, before + "_".join(word for word in words if word != part) + after)
    humps = _PART.findall(inner)
    if "_" not in inner and part in {humps[0], humps[-1]} and "".join(humps) == inner:
        return _new(name, before + inner.replace(part, "") + after)
    return ""


def without_underscore(name: str, *, where: str = "") -> str:
    """Return a name without the underscores at its beginning, or else at its end.

    Args:
        name: An identifier.
        where: "leading" or "trailing" where the sentence says which.
    """
    before, inner, after = _edges(name)
    if "__" in {before, after} or (not where and before and after):
        return ""
    is_leading = where == "leading" or (not where and before != "")
    return _new(name, inner + after if is_leading else before + inner)


def private(name: str) -> str:
    """Return a name with an underscore before it."""
    return "" if name.startswith("_") else f"_{name}"


def public(name: str) -> str:
    """Return a name without the one underscore before it."""
    before, inner, after = _edges(name)
    return _new(name, inner + after) if before == "_" else ""


def with_prefix(name: str, prefix: str) -> str:
    """Return a name with a part more at its beginning, in its style."""
    if name.startswith("_"):
        # Whether it stays private must be said by the prefix.
        is_private = prefix.startswith("_") and not name.startswith("__")
        return with_prefix(name[1:], prefix) if is_private else ""
    if prefix.endswith("_") or style_of(name) == "class":
        return _new(name, prefix + name)
    prefix = prefix.upper() if style_of(name) == "constant" else prefix
    return _new(name, f"{prefix}_{name}")


def with_suffix(name: str, suffix: str) -> str:
    """Return a name with a part more at its end, in its style."""
    if name.endswith("_"):
        return ""
    if suffix.startswith("_"):
        return _new(name, name + suffix)
    match style_of(name):
        case "class":
            return _new(name, name + suffix[:1].upper() + suffix[1:])
        case "constant":
            return _new(name, f"{name}_{suffix.upper()}")
        case _:
            return _new(name, f"{name}_{suffix.lower()}")


def plural(name: str) -> str:
    """Return a name whose last word is in plural, where a rule makes it."""
    head, last = _last_word(name)
    if not last or last.lower() in _IRREGULAR or re.search(r"(?:s|z|f|fe|o)$", last.lower()):
        return ""
    if re.search(r"[^aeiou]y$", last.lower()):
        return _new(name, head + last[:-1] + _like(last, "ies"))
    end = "es" if re.search(r"(?:x|ch|sh)$", last.lower()) else "s"
    return _new(name, head + last + _like(last, end))


def singular(name: str) -> str:
    """Return a name whose last word is in singular, where a rule makes it."""
    head, last = _last_word(name)
    low = last.lower()
    if low in _IRREGULAR or re.search(r"(?:ches|zzes|(?<!s)ses|ss|us|is|as|os|oes|ves)$", low):
        return ""
    if low.endswith("ies"):
        return _new(name, head + last[:-3] + _like(last, "y"))
    if re.search(r"(?:sses|xes|shes)$", low):
        return _new(name, head + last[:-2])
    return _new(name, head + last[:-1]) if low.endswith("s") and len(low) > 2 else ""


def _last_word(name: str) -> tuple[str, str]:
    words = [found.span() for found in _PART.finditer(name)]
    if not words or words[-1][1] != len(name):
        return name, ""
    start = words[-1][0]
    return name[:start], name[start:]


def _like(word: str, end: str) -> str:
    return end.upper() if len(word) > 1 and word.isupper() else end


def _edges(name: str) -> tuple[str, str, str]:
    found = _EDGES.fullmatch(name)
    return (found[1], found[2], found[3]) if found is not None else ("", name, "")


def _new(old: str, name: str) -> str:
    return name if name.isidentifier() and name != old and name.strip("_") else ""
