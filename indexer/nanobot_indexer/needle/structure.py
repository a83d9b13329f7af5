"""Needles that are asked for by what their code is made of.

Each is a function or class in Python, Go or TypeScript whose name says nothing about the
question. Two decoys go with each: they have one half of what is asked for, and the words
of the other half are not in them.
"""

import random
from typing import Final

from nanobot_indexer.needle.needle import Form, Needle, NeedleKind
from nanobot_indexer.needle.vocabulary import ADJECTIVES, NOUNS, VERBS, camel, invented_word

# What a parameter is called in a question; in code the words are joined.
PARAMETERS: Final = (
    "retry budget", "host name", "lease duration", "shard count", "tenant id", "backoff factor",
    "cursor position", "checksum seed", "page size", "grace period", "queue depth", "byte range",
    "sample rate", "region code", "batch window", "priority level", "parent span", "quorum size",
    "replica list", "clock skew", "burst limit", "column mask", "decay constant", "disk quota",
    "error threshold", "fan out", "frame width", "hash ring", "idle timeout", "jitter share",
    "key prefix", "landing zone", "memory ceiling", "offset table", "packet loss", "poll interval",
    "rate ceiling", "row filter", "seek target", "socket path", "token bucket", "trace parent",
    "upload slot", "vote weight", "warm pool", "write concern",
)  # fmt: skip
RESULTS: Final = ("delay", "plan", "verdict", "digest", "route", "estimate", "receipt", "ranking")

_BODY_PYTHON: Final = """\
    if {a} is None:
        return {result}({b}, 0)
    share = {a} / max(1, len(str({b})))
    for attempt in range(3):
        share = share * 0.5 + attempt
    return {result}({b}, share)"""


def structural_needles(order: random.Random, count: int) -> list[Needle]:
    """Return needles, each followed by its two decoys. No two share both parameters."""
    makers = (_python_function, _python_class, _go_function, _typescript_function)
    asked: set[frozenset[str]] = set()
    while len(asked) < count:
        asked.add(frozenset(order.sample(PARAMETERS, 2)))
    needles = []
    # A set has no order of its own that a seed would fix.
    for number, pair in enumerate(sorted(map(sorted, asked))):
        first, second = pair
        maker = makers[number % len(makers)]
        needles.append(maker(order, first, second))
        for kept in pair:
            lone = [p for p in PARAMETERS if p not in pair and frozenset((kept, p)) not in asked]
            needles.append(_decoy(maker(order, kept, order.choice(lone))))
    return needles


def _decoy(needle: Needle) -> Needle:
    return Needle(
        needle.kind,
        needle.form,
        needle.text,
        needle.question,
        is_decoy=True,
        file_name=needle.file_name,
        answer_line=needle.answer_line,
    )


def _python_function(order: random.Random, first: str, second: str) -> Needle:
    a, b = first.replace(" ", "_"), second.replace(" ", "_")
    result = order.choice(RESULTS)
    name = f"{order.choice(VERBS)}_{invented_word(order, 3)}"
    is_async = order.random() < 0.25
    head = f"{'async ' if is_async else ''}def {name}({a}: float, {b}: str) -> {result.title()}:"
    body = _BODY_PYTHON.format(a=a, b=b, result=result.title())
    what = "coroutine" if is_async else "function"
    question = f"the {what} that takes {_with_article(first)} and {_with_article(second)}"
    if order.random() < 0.5:
        question += f" and returns {_with_article(result)}"
    return Needle(NeedleKind.STRUCTURAL, Form.PYTHON, f"{head}\n{body}", question)


def _python_class(order: random.Random, first: str, second: str) -> Needle:
    a, b = first.replace(" ", "_"), second.replace(" ", "_")
    name = camel((invented_word(order, 3), order.choice(NOUNS)), upper=True)
    verb, adjective = order.choice(VERBS), order.choice(ADJECTIVES)
    text = (
        f"class {name}:\n"
        f"    def __init__(self, {a}, {b}):\n"
        f"        self.{a} = {a}\n"
        f"        self.{b} = {b}\n\n"
        f"    def {verb}_{adjective}(self):\n"
        f"        return [self.{a}, self.{b}]"
    )
    question = f"class constructed with {_with_article(first)} and {_with_article(second)}"
    return Needle(NeedleKind.STRUCTURAL, Form.PYTHON, text, question, answer_line=1)


def _go_function(order: random.Random, first: str, second: str) -> Needle:
    a, b = camel(first.split(), upper=False), camel(second.split(), upper=False)
    package = invented_word(order, 3)
    name = camel((order.choice(VERBS), invented_word(order, 2)), upper=True)
    other = camel((order.choice(VERBS), order.choice(NOUNS)), upper=True)
    text = (
        f'package {package}\n\nimport "errors"\n\n'
        f"func {other}(input []byte) int {{\n\treturn len(input) * {order.randrange(2, 9)}\n}}\n\n"
        f"func {name}({a} int, {b} string) (string, error) {{\n"
        f'\tif {a} <= 0 {{\n\t\treturn "", errors.New("nothing left")\n\t}}\n'
        f"\treturn {b}[:{a}%len({b})], nil\n}}"
    )
    question = f"Go function that takes {_with_article(first)} and {_with_article(second)}"
    return Needle(
        NeedleKind.STRUCTURAL,
        Form.FILE,
        text,
        question,
        file_name=f"{package}.go",
        answer_line=8,
    )


def _typescript_function(order: random.Random, first: str, second: str) -> Needle:
    a, b = camel(first.split(), upper=False), camel(second.split(), upper=False)
    name = camel((order.choice(VERBS), invented_word(order, 2)), upper=False)
    other = camel((order.choice(VERBS), order.choice(NOUNS)), upper=False)
    result = order.choice(RESULTS).title()
    text = (
        f"export function {other}(input: string): number {{\n"
        f"  return input.length * {order.randrange(2, 9)};\n}}\n\n"
        f"export function {name}({a}: number, {b}: string): {result} {{\n"
        f"  const parts = {b}.split('/').slice(0, {a});\n"
        f"  return new {result}(parts.join('.'));\n}}"
    )
    question = (
        f"TypeScript function with parameters {first} and {second} that returns "
        f"{_with_article(result.lower())}"
    )
    return Needle(
        NeedleKind.STRUCTURAL,
        Form.FILE,
        text,
        question,
        file_name=f"{invented_word(order, 3)}.ts",
        answer_line=4,
    )


def _with_article(words: str) -> str:
    return f"an {words}" if words[0] in "aeiou" else f"a {words}"
