"""Needles that are asked for by their literal text: constants, codes, messages, keys.

The literal occurs once in the whole haystack, so one answer is right and the first hit
must be it.
"""

import random

from nanobot_indexer.needle.needle import Form, Needle, NeedleKind
from nanobot_indexer.needle.vocabulary import ADJECTIVES, NOUNS, VERBS, invented_word

_CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"


def exact_needles(order: random.Random, count: int) -> list[Needle]:
    """Return needles of all forms in turn; their questions differ."""
    makers = (_constant, _error_code, _config_key, _message, _hexadecimal, _version_pin)
    needles: dict[str, Needle] = {}
    while len(needles) < count:
        needle = makers[len(needles) % len(makers)](order)
        needles.setdefault(needle.question, needle)
    return list(needles.values())


def _constant(order: random.Random) -> Needle:
    words = (order.choice(ADJECTIVES), invented_word(order, 3), order.choice(NOUNS), "LIMIT")
    name = "_".join(words).upper()
    return _exact(Form.PYTHON, f"{name} = {order.randrange(1000, 100_000)}", name)


def _error_code(order: random.Random) -> Needle:
    letters = "".join(order.choices(_CODE_LETTERS, k=4))
    code = f"E{order.randrange(1000, 10_000)}-{letters}"
    noun, verb = order.choice(NOUNS), order.choice(VERBS)
    return _exact(Form.LOG, f"{code} {noun} refused to {verb} the {order.choice(NOUNS)}", code)


def _config_key(order: random.Random) -> Needle:
    name = f"{invented_word(order, 3)}_{order.choice(NOUNS)}_ms"
    return _exact(Form.CONFIG, f"{name} = {order.randrange(1000, 100_000)}", name)


def _message(order: random.Random) -> Needle:
    message = (
        f"refusing to {order.choice(VERBS)} {order.choice(ADJECTIVES)} {order.choice(NOUNS)} "
        f"{order.randrange(1000, 100_000)} twice"
    )
    name = f"_check_{order.choice(NOUNS)}_{order.randrange(100, 1000)}"
    text = f'def {name}(count):\n    if count > 1:\n        raise RuntimeError("{message}")'
    return _exact(Form.PYTHON, text, message, answer_line=2)


def _hexadecimal(order: random.Random) -> Needle:
    value = f"0x{order.randrange(16**12):012X}"
    name = f"_{order.choice(NOUNS)}_mask".upper()
    return _exact(Form.PYTHON, f"{name} = {value}", value)


def _version_pin(order: random.Random) -> Needle:
    version = ".".join(str(order.randrange(10, 100)) for _ in range(4))
    sentence = f"The {order.choice(NOUNS)} is pinned to {version} until the {order.choice(NOUNS)} "
    return _exact(Form.DOC, f"{sentence}is {order.choice(ADJECTIVES)}.", version)


def _exact(form: Form, text: str, literal: str, *, answer_line: int = 0) -> Needle:
    assert literal in text.split("\n")[answer_line]
    return Needle(NeedleKind.EXACT, form, text, literal, answer_line=answer_line)
