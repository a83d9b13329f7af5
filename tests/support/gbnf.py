"""A small reader of GBNF: what a grammar accepts, and texts that it generates.

Knows what our grammars have: rules, terminals, classes, groups, alternatives, counts.
"""

import random
import re
from dataclasses import dataclass
from typing import Final

_TOKEN: Final = re.compile(
    r'\s*(?:(?P<text>"(?:\\.|[^"\\])*")|(?P<class>\[(?:\\.|[^\]\\])*\])|(?P<name>[\w-]+)'
    r"|\{(?P<least>\d+),(?P<most>\d+)\}|(?P<mark>[()|?*+]))"
)
_ESCAPE: Final = re.compile(r"\\x([0-9A-Fa-f]{2})|\\(.)", re.DOTALL)
_ENDLESS: Final = 1 << 30


@dataclass(frozen=True)
class Chars:
    """One character of some ranges, or of none of them."""

    ranges: tuple[tuple[str, str], ...]
    is_negated: bool

    def has(self, char: str) -> bool:
        return any(low <= char <= high for low, high in self.ranges) is not self.is_negated


@dataclass(frozen=True)
class Rule:
    name: str


@dataclass(frozen=True)
class Repeat:
    what: "Node"
    least: int
    most: int


@dataclass(frozen=True)
class Choice:
    options: tuple[tuple["Node", ...], ...]


Node = str | Chars | Rule | Repeat | Choice


class Grammar:
    """Read once, asked often."""

    def __init__(self, source: str) -> None:
        self.rules: dict[str, Choice] = {}
        for line in source.splitlines():
            name, _, body = line.partition(" ::= ")
            assert name not in self.rules, f"{name} twice"
            tokens = list(_TOKEN.finditer(body))
            assert "".join(match[0] for match in tokens).strip() == body.strip(), body
            choice, rest = _choice(tokens)
            assert not rest, body
            self.rules[name] = choice

    def accepts(self, text: str) -> bool:
        return len(text) in self._ends(self.rules["root"], text, {0})

    def generate(self, chance: random.Random) -> str:
        return self._made(self.rules["root"], chance)

    @property
    def has_end(self) -> bool:
        """Whether nothing in it is repeated without a bound."""
        return not any(
            isinstance(node, Repeat) and node.most == _ENDLESS
            for choice in self.rules.values()
            for node in _all_nodes(choice)
        )

    def _ends(self, node: Node, text: str, starts: set[int]) -> set[int]:
        """Return where a node can end that begins at one of some places."""
        match node:
            case str():
                return {at + len(node) for at in starts if text.startswith(node, at)}
            case Chars():
                return {at + 1 for at in starts if at < len(text) and node.has(text[at])}
            case Rule(name):
                return self._ends(self.rules[name], text, starts)
            case Choice(options):
                ends: set[int] = set()
                for option in options:
                    places = starts
                    for part in option:
                        places = self._ends(part, text, places)
                    ends |= places
                return ends
            case Repeat(what, least, most):
                found, places, count = (set(starts) if not least else set()), starts, 0
                while places and count < most:
                    places, count = self._ends(what, text, places), count + 1
                    if count >= least:
                        found |= places
                return found

    def _made(self, node: Node, chance: random.Random) -> str:
        match node:
            case str():
                return node
            case Chars():
                return _any_char(node, chance)
            case Rule(name):
                return self._made(self.rules[name], chance)
            case Choice(options):
                return "".join(self._made(part, chance) for part in chance.choice(options))
            case Repeat(what, least, most):
                times = chance.choice([least, most, chance.randint(least, min(most, least + 9))])
                return "".join(self._made(what, chance) for _ in range(times))


def _choice(tokens: list[re.Match[str]]) -> tuple[Choice, list[re.Match[str]]]:
    options: list[list[Node]] = [[]]
    while tokens and tokens[0]["mark"] != ")":
        token, tokens = tokens[0], tokens[1:]
        if token["mark"] == "|":
            options.append([])
        elif token["mark"] == "(":
            inner, tokens = _choice(tokens)
            assert tokens, "a group without its end"
            options[-1].append(inner)
            tokens = tokens[1:]
        elif token["mark"] or token["least"]:
            least, most = {"?": (0, 1), "*": (0, _ENDLESS), "+": (1, _ENDLESS)}.get(
                token["mark"] or "", (int(token["least"] or 0), int(token["most"] or 0))
            )
            options[-1].append(Repeat(options[-1].pop(), least, most))
        elif token["text"]:
            options[-1].append(_unescaped(token["text"][1:-1]))
        elif token["class"]:
            options[-1].append(_chars(token["class"][1:-1]))
        else:
            options[-1].append(Rule(token["name"]))
    assert all(options), "an alternative without anything"
    return Choice(tuple(map(tuple, options))), tokens


def _unescaped(text: str) -> str:
    def plain(match: re.Match[str]) -> str:
        if match[1]:
            return chr(int(match[1], 16))
        return {"n": "\n", "r": "\r", "t": "\t"}.get(match[2], match[2])

    return _ESCAPE.sub(plain, text)


def _chars(text: str) -> Chars:
    is_negated = text.startswith("^")
    items = re.findall(r"\\x[0-9A-Fa-f]{2}|\\.|.", text.removeprefix("^"), re.DOTALL)
    ranges, at = [], 0
    while at < len(items):
        first = _unescaped(items[at])
        if items[at + 1 : at + 2] == ["-"] and at + 2 < len(items):
            ranges.append((first, _unescaped(items[at + 2])))
            at += 3
        else:
            ranges.append((first, first))
            at += 1
    return Chars(tuple(ranges), is_negated)


def _any_char(chars: Chars, chance: random.Random) -> str:
    if not chars.is_negated:
        low, high = chance.choice(chars.ranges)
        return chr(chance.randint(ord(low), ord(high)))
    pool = 'aZ09 _-/.,{}[]":\\\x7fü€\u2028😀' + "".join(map(chr, range(32)))
    return chance.choice([char for char in pool if chars.has(char)])


def _all_nodes(node: Node) -> list[Node]:
    match node:
        case Choice(options):
            return [
                node,
                *(one for option in options for part in option for one in _all_nodes(part)),
            ]
        case Repeat(what, _, _):
            return [node, *_all_nodes(what)]
        case _:
            return [node]
