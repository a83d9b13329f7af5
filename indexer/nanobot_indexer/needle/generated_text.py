"""Logs, configuration and documents, made by seed.

They fill the part of the haystack that no installed package has. All text follows from
the random generator that is passed in.
"""

import random
from datetime import UTC, datetime, timedelta
from typing import Final

from nanobot_indexer.needle.vocabulary import ADJECTIVES, NOUNS, VERBS, snake_name

_LOG_LINES: Final = 1200
_LOG_START: Final = datetime(2025, 1, 1, tzinfo=UTC)
_LEVELS: Final = ("DEBUG", "INFO", "INFO", "INFO", "INFO", "WARNING", "ERROR")
_WORDS_BY_SLOT: Final = {
    "noun": NOUNS,
    "verb": VERBS,
    "adjective": ADJECTIVES,
    "status": ("200", "200", "201", "304", "404", "429", "500"),
    "digit": tuple("123456789"),
}
_LOG_MESSAGES: Final = (
    "{verb} {noun} {number} for {noun} {hex}",
    "{adjective} {noun} took {number} ms, limit {number} ms",
    "{noun} {hex}: {verb} done, {number} of {number} {noun} entries",
    "could not {verb} {adjective} {noun} {hex}: {noun} is {adjective}",
    "route=/v{digit}/{noun}/{verb} status={status} ms={number} bytes={number}",
    "{noun} pool: {number} {adjective}, {number} waiting",
    "{verb} of {noun} skipped, {noun} unchanged since {number}",
    "heartbeat from {noun}-{digit}: lag {number} ms, {noun} {number}",
)
_SENTENCES: Final = (
    "The {adjective} {noun} keeps one {noun} per {noun}, and stays {adjective} until then.",
    "Use `{name}` to {verb} the {noun} before the {noun} is {adjective}.",
    "When a {noun} can not {verb} its {noun}, the {noun} is asked again after {number} ms.",
    "By default {number} {noun} entries are kept; set `{name}` to change that.",
    "A {noun} belongs to exactly one {noun}, but a {noun} may hold many of them.",
    "Every {noun} is {adjective} first, so that the {noun} can {verb} it without a {noun}.",
    "To {verb} a {adjective} {noun}, open the {noun} and call `{name}()` with its {noun}.",
    "If the {noun} is {adjective}, nothing happens and `{name}` returns at once.",
    "The {noun} and the {noun} share a {adjective} {noun}, see `{name}`.",
    "Since version {digit}.{digit} the {noun} may {verb} several {noun} entries side by side.",
)
_CONFIG_COMMENTS: Final = (
    "# How the {noun} should {verb} a {adjective} {noun}.",
    "# Upper bound on {adjective} {noun} entries.",
    "# Only for the {adjective} {noun}.",
)


def log_text(order: random.Random) -> str:
    """Return one day of a service's log."""
    moment = _LOG_START + timedelta(days=order.randrange(700), seconds=order.randrange(86_400))
    services = order.sample(NOUNS, 6)
    lines = []
    for _ in range(_LOG_LINES):
        moment += timedelta(milliseconds=order.randrange(1, 4000))
        message = _filled(order, order.choice(_LOG_MESSAGES))
        lines.append(log_line(order, moment, order.choice(services), message))
    return "\n".join(lines) + "\n"


def log_line(order: random.Random, moment: datetime, service: str, message: str) -> str:
    """Format one line."""
    stamp = f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
    return f"{stamp} {order.choice(_LEVELS):7} {service}[{order.randrange(100, 9999)}] {message}"


def doc_text(order: random.Random) -> str:
    """Return a Markdown page: headings, paragraphs, lists and examples."""
    lines = [f"# {_title(order)}", ""]
    for _ in range(order.randrange(6, 14)):
        lines += [f"## {_title(order)}", ""]
        for _ in range(order.randrange(2, 5)):
            sentences = order.choices(_SENTENCES, k=order.randrange(2, 6))
            lines += [*(_filled(order, sentence) for sentence in sentences), ""]
        if order.random() < 0.4:
            lines += [f"* {_filled(order, order.choice(_SENTENCES))}" for _ in range(3)] + [""]
        if order.random() < 0.3:
            call = f"{snake_name(order)}({order.choice(NOUNS)}={order.randrange(1000)})"
            lines += ["```python", call, "```", ""]
    return "\n".join(lines)


def config_text(order: random.Random) -> str:
    """Return a TOML file. Top-level keys come first, then tables."""
    lines = _entries(order, order.randrange(6, 15))
    for _ in range(order.randrange(8, 20)):
        lines += ["", f"[{order.choice(NOUNS)}.{snake_name(order)}]", *_entries(order, 6)]
    return "\n".join(lines) + "\n"


def _entries(order: random.Random, count: int) -> list[str]:
    lines = []
    for _ in range(count):
        if order.random() < 0.3:
            lines.append(_filled(order, order.choice(_CONFIG_COMMENTS)))
        values = (str(order.randrange(100_000)), f'"{order.choice(NOUNS)}"', "true", "false")
        lines.append(f"{order.choice(ADJECTIVES)}_{order.choice(NOUNS)} = {order.choice(values)}")
    return lines


def _title(order: random.Random) -> str:
    return f"{order.choice(ADJECTIVES)} {order.choice(NOUNS)} {order.choice(NOUNS)}".capitalize()


def _filled(order: random.Random, template: str) -> str:
    """Draw each slot by itself: `{noun}` twice gives two nouns."""
    pieces = template.split("{")
    filled = [pieces[0]]
    for piece in pieces[1:]:
        slot, _, rest = piece.partition("}")
        filled.append(_drawn(order, slot) + rest)
    return "".join(filled)


def _drawn(order: random.Random, slot: str) -> str:
    if slot in _WORDS_BY_SLOT:
        return order.choice(_WORDS_BY_SLOT[slot])
    if slot == "name":
        return snake_name(order)
    if slot == "hex":
        return f"{order.randrange(16**8):08x}"
    assert slot == "number", slot
    return str(order.randrange(1, 100_000))
