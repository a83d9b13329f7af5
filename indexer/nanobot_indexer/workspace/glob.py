r"""Translate the patterns of ignore files into regular expressions that run in linear time.

A pattern is hostile text. Between two stars the leftmost match is as good as any
other, because what lies between has a fixed length; so each such part is an atomic
group, and nothing is tried twice. The same holds for whole path components between
two `**`.

Syntax: gitignore(5), read the way Git does. `*` and `?` stop at `/`, `[...]` is a set
with ranges and POSIX classes, `\` takes the next character literally, `**` between
slashes is any number of folders. What is one character is the caller's choice: Git
counts bytes.
"""

import re
from typing import Final

NEVER: Final = re.compile(r"(?!)")
"""Matches nothing: what Git does with a pattern that is none."""

_CLASSES: Final = {
    "alnum": "a-zA-Z0-9",
    "alpha": "a-zA-Z",
    "blank": " \\t",
    "cntrl": "\\x00-\\x1f\\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": "!-/:-@\\[-`{-~",
    "space": " \\t\\n\\r",
    "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
}

_STAR: Final = "*"
_LITERAL_BEFORE_ANY_DEPTH: Final = re.compile(r"[^*?\[\\]*[^*?\[\\/](?=\*\*+(?:\\?/|\Z))")


class NoPatternError(Exception):
    """The text is no pattern: an open bracket or a backslash at its end."""


def name_pattern(glob: str) -> re.Pattern[str]:
    """Return the expression for one name; to be used with `fullmatch`."""
    try:
        return re.compile(_component(glob), re.DOTALL)
    except (NoPatternError, re.error):
        return NEVER


def path_pattern(glob: str) -> re.Pattern[str]:
    """Return the expression for a relative path; to be used with `fullmatch`.

    Args:
        glob: With or without a leading `/`, without one at its end.
    """
    group = ""
    try:
        literal, components = path_components(glob.removeprefix("/"))
        expression = re.escape(literal)
        is_any = [is_any_depth(part) for part in components]
        for part, is_any_part in zip(components[:-1], is_any, strict=False):
            if is_any_part:
                expression += _closed(expression, group)
                group = "(?:[^/]*/)*?"
            else:
                group += f"(?>{_component(part)}/)"
        if is_any[-1]:
            expression += _closed(expression, group) + ".*"
        else:
            # The last group has to reach the end, so it alone may be tried again.
            expression += group + _component(components[-1])
        return re.compile(expression, re.DOTALL)
    except (NoPatternError, re.error):
        return NEVER


def is_any_depth(component: str) -> bool:
    """Tell whether a component of a pattern stands for any number of folders."""
    return len(component) > 1 and not component.strip(_STAR)


def path_components(glob: str) -> tuple[str, list[str]]:
    """Split a pattern at its slashes.

    Returns:
        The text in front of a `**` that does not follow a slash, and the components of
        the rest: Git compares what precedes the first wildcard on its own, so what
        follows counts as a beginning. Mostly empty, and all components.

    Raises:
        NoPatternError: The text is no pattern.
    """
    literal = _LITERAL_BEFORE_ANY_DEPTH.match(glob)
    before = literal[0] if literal else ""
    rest = glob[len(before) :]
    if "[" not in rest and "\\" not in rest:
        return before, rest.split("/")
    components = [""]
    at = 0
    while at < len(rest):
        start = at
        at += 1
        if rest[start] == "[":
            _, at = _set(rest, at)
        elif rest[start] == "\\":
            if at == len(rest):
                raise NoPatternError
            # An escaped slash is a slash.
            start += rest[at] == "/"
            at += 1
        if rest[start:at] == "/":
            components.append("")
        else:
            components[-1] += rest[start:at]
    return before, components


def _closed(before: str, group: str) -> str:
    return f"(?>{group})" if group or before else ""


def _component(glob: str) -> str:
    """Return the expression of one path component, which matches no `/`."""
    parts = _parts(glob)
    if len(parts) == 1:
        return parts[0]
    middle = "".join(f"(?>[^/]*?{part})" for part in parts[1:-1] if part)
    return f"{parts[0]}{middle}[^/]*{parts[-1]}"


def _parts(glob: str) -> list[str]:
    """Return the expressions of what lies between the stars; each of a fixed length."""
    parts = [""]
    at = 0
    while at < len(glob):
        char = glob[at]
        at += 1
        if char == _STAR:
            parts.append("")
        elif char == "?":
            parts[-1] += "[^/]"
        elif char == "[":
            expression, at = _set(glob, at)
            parts[-1] += expression
        elif char == "\\":
            if at == len(glob):
                raise NoPatternError
            parts[-1] += re.escape(glob[at])
            at += 1
        else:
            parts[-1] += re.escape(char)
    return parts


def _set(glob: str, at: int) -> tuple[str, int]:
    """Return the expression of a set and where it ends.

    Args:
        glob: The whole pattern.
        at: Behind the opening bracket.
    """
    is_negated = glob[at : at + 1] in {"!", "^"}
    at += is_negated
    members = ""
    is_first = True
    while True:
        if at >= len(glob):
            raise NoPatternError
        if glob[at] == "]" and not is_first:
            break
        is_first = False
        if glob.startswith("[:", at):
            end = glob.find("]", at + 2)
            if end < 0:
                raise NoPatternError
            if end > at + 2 and glob[end - 1] == ":":
                if glob[at + 2 : end - 1] not in _CLASSES:
                    raise NoPatternError
                members += _CLASSES[glob[at + 2 : end - 1]]
                at = end + 1
                continue
        low, at = _member(glob, at)
        members += re.escape(low)
        if glob[at : at + 1] == "-" and glob[at + 1 : at + 2] not in {"", "]"}:
            high, at = _member(glob, at + 1)
            # A range that runs backwards holds no more than where it starts.
            members += f"-{re.escape(high)}" if low <= high else ""
    # No set holds a slash: names do not.
    return (f"[^/{members}]" if is_negated else f"(?!/)[{members}]"), at + 1


def _member(glob: str, at: int) -> tuple[str, int]:
    if glob[at] == "\\":
        at += 1
    if at >= len(glob):
        raise NoPatternError
    return glob[at], at + 1
