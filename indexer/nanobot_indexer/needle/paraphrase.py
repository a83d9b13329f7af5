"""Needles that are asked for in other words than they have.

A table written by hand: what stands in the haystack, and how somebody asks who does not
know its words. A pair shares no rare word: at most everyday ones and those of
`vocabulary`, which are all over any haystack. Most pairs share none at all, so that
matching words can not find them. A test checks that. Slots in `{}` are filled by seed.
"""

import random
import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from nanobot_indexer.needle.needle import Form, Needle, NeedleKind
from nanobot_indexer.needle.vocabulary import ADJECTIVES, NOUNS, VERBS

_EVERYDAY_TEXT: Final = (
    "a about after again all an and any are as at be before by can do does each file for from "
    "get has have how if in into is it its just me more much must no not of off on one only "
    "or our out over so some than that the their them then there they this time to too two "
    "up use user was we what when where which while who why will with without you your data "
    "every long many old new number code because since"
)
EVERYDAY: Final = frozenset(_EVERYDAY_TEXT.split())
"""Words that say nothing about what is asked."""

_WORD: Final = re.compile(r"[a-z]{2,}")
_ENDINGS: Final = ("ing", "ed", "es", "s", "ly", "er", "e")


class Pair(NamedTuple):
    """A needle and its question."""

    form: Form
    text: str
    question: str


PAIRS: Final[tuple[Pair, ...]] = (
    Pair(
        Form.DOC,
        "Invoices older than {number} days are moved to cold storage on the first {weekday} of "
        "the month; nobody can edit them from then on.",
        "When does an invoice of the past become read-only?",
    ),
    Pair(
        Form.DOC,
        "Whoever is on call in {city} carries the pager for the payments cluster between six in "
        "the evening and six in the morning.",
        "Which office handles incidents of that cluster overnight?",
    ),
    Pair(
        Form.DOC,
        "The nightly backup runs at 03:{minute}; a restore drill takes place each quarter.",
        "How often do we practise recovering from disaster?",
    ),
    Pair(
        Form.DOC,
        "Staff may expense a train ticket of up to {number} euros; anything beyond needs a "
        "signature from finance.",
        "What is the travel cost limit that employees have without approval?",
    ),
    Pair(
        Form.DOC,
        "Passwords are stretched with {number} rounds of PBKDF2 prior to being written to disk.",
        "How many iterations of key derivation protect a password?",
    ),
    Pair(
        Form.DOC,
        "Pictures wider than {number} pixels are shrunk on upload, and their EXIF position is "
        "removed.",
        "Do we strip GPS location out of photos that people send?",
    ),
    Pair(
        Form.DOC,
        "The {city} warehouse ships on {weekday}s only, because the lorry comes once a week.",
        "Why is delivery so infrequent at that depot?",
    ),
    Pair(
        Form.DOC,
        "A trial ends silently after {number} days: the workspace turns grey and export stays "
        "possible for a fortnight.",
        "What happens to a free workspace that nobody pays for?",
    ),
    Pair(
        Form.DOC,
        "Postgres is vacuumed by hand during the {weekday} maintenance window, since autovacuum "
        "stalled replication in spring.",
        "Reason for turning off automatic cleanup of dead rows in our database",
    ),
    Pair(
        Form.DOC,
        "The mascot, a purple heron named {name}, may not be tilted or recoloured in print.",
        "Brand guidelines concerning the bird logo",
    ),
    Pair(
        Form.DOC,
        "Contractors receive a badge that opens the {city} lab from eight to five; weekends are "
        "refused at the turnstile.",
        "Building access hours of external workers",
    ),
    Pair(
        Form.DOC,
        "Glossary: a 'tumble' is what the operators call a primary and its standby swapping "
        "roles; {name} coined it.",
        "Internal slang meaning failover",
    ),
    Pair(
        Form.DOC,
        "Meals for the hackathon are vegetarian throughout; tell {name} about allergies ahead of "
        "{weekday}.",
        "Who should know that I can't eat nuts at the coding event?",
    ),
    Pair(
        Form.DOC,
        "Since the flood, tapes live in a bunker {number} kilometres outside {city}.",
        "Where is our off-site archive kept?",
    ),
    Pair(
        Form.LOG,
        "certificate chain of edge-{number} lapses in nine days, renewal robot got 403",
        "TLS is going to expire soon because automatic reissue is forbidden",
    ),
    Pair(
        Form.LOG,
        "oom-killer reaped postmaster, anon-rss {number} kB",
        "database died since the machine ran out of memory",
    ),
    Pair(
        Form.LOG,
        "clock drifted {number} ms against stratum 1, slewing",
        "host wall time is wrong and gets corrected slowly by NTP",
    ),
    Pair(
        Form.LOG,
        "seventh wrong PIN for card ending {number}, chip swallowed",
        "customer locked out by failed authentication attempts at the teller machine",
    ),
    Pair(
        Form.LOG,
        "fan 3 stuck at 0 rpm, throttling package to {number} MHz",
        "processor slowed down because cooling broke",
    ),
    Pair(
        Form.LOG,
        "inode table of the spool exhausted, {number} zero-length leftovers",
        "cannot create anything although the filesystem shows plenty of space",
    ),
    Pair(
        Form.LOG,
        "shedding {number} callers with 503, run queue above ceiling",
        "too many requests were rejected since the queue is full",
    ),
    Pair(
        Form.LOG,
        "consumer group rewound to earliest, replaying {number} orders",
        "purchases are processed a second time because the group went back to an old offset",
    ),
    Pair(
        Form.PYTHON,
        "def settle_pigeons(entries):\n"
        "    # Keeps whichever came first, drops what repeats.\n"
        "    seen = set()\n"
        "    return [e for e in entries if not (e in seen or seen.add(e))]  # {number}",
        "remove duplicate entries preserving order",
    ),
    Pair(
        Form.PYTHON,
        "def marzipan(amount, tries):\n"
        "    # Waits twice as long on every try, with some noise, at most {number} s.\n"
        "    return min({number}, amount * 2 ** tries) * random.uniform(0.5, 1.5)",
        "exponential backoff plus jitter",
    ),
    Pair(
        Form.PYTHON,
        "def is_quiet(moment):\n"
        "    # Nobody is disturbed between dusk and breakfast.\n"
        "    return moment.hour >= 22 or moment.hour < {digit}",
        "suppress notifications at night",
    ),
    Pair(
        Form.PYTHON,
        "def fold_tail(numbers, size={number}):\n"
        "    # Mean of the last few, to smooth spikes away.\n"
        "    return sum(numbers[-size:]) / size",
        "moving average filter on a series",
    ),
    Pair(
        Form.PYTHON,
        "def lantern(left, right):\n"
        "    # How many letters must be swapped, put in or taken out: at most {number}.\n"
        "    row = list(range(len(right) + 1))\n"
        "    return row[-1] + abs(len(left) - len(right))",
        "Levenshtein edit distance between strings",
    ),
    Pair(
        Form.PYTHON,
        "def thimble(parcel):\n"
        "    # Nothing but digits may pass; a blank counts as {number}.\n"
        "    return int(''.join(c for c in parcel if c.isdigit()) or {number})",
        "sanitise numeric input, fallback to default value",
    ),
    Pair(
        Form.PYTHON,
        "def gondola(jobs):\n"
        "    # Whoever waits longest goes first, {number} of them at once.\n"
        "    return sorted(jobs, key=lambda j: j.born)[:{number}]",
        "FIFO scheduling, pick the oldest job",
    ),
    Pair(
        Form.PYTHON,
        "def parasol(temperature):\n"
        "    # From what Americans read to what Europeans read.\n"
        "    return (temperature - 32) / 1.8  # {number}",
        "convert Fahrenheit into Celsius",
    ),
    Pair(
        Form.PYTHON,
        "def walnut(pieces):\n"
        "    # Heaviest goes into the emptiest crate, {number} crates.\n"
        "    crates = [0] * {number}\n"
        "    for p in sorted(pieces, reverse=True):\n"
        "        crates[crates.index(min(crates))] += p\n"
        "    return crates",
        "greedy load balancing, bin packing",
    ),
    Pair(
        Form.PYTHON,
        "def harvest(pages):\n"
        "    # Follows every link breadth first, never leaves the site, {number} at most.\n"
        "    frontier = [pages]\n"
        "    return frontier[:{number}]",
        "web crawler that visits each page of a domain",
    ),
    Pair(
        Form.PYTHON,
        "def tambour(plain, pad):\n"
        "    # Both ends know the pad; whoever listens hears gibberish.\n"
        "    return bytes(p ^ q for p, q in zip(plain, pad))  # {number}",
        "symmetric XOR encryption",
    ),
    Pair(
        Form.PYTHON,
        "def quill(text):\n"
        "    # Reads the same from both sides, capitals do not matter.\n"
        "    return text.lower() == text.lower()[::-1]  # {number}",
        "detect palindromes ignoring upper case",
    ),
    Pair(
        Form.CONFIG,
        "# The gas ring goes dark when nobody stirs for this many minutes.\nember_nap = {number}",
        "stove auto shut-off when idle",
    ),
    Pair(
        Form.CONFIG,
        "# Two keys must be turned to open the vault.\nquorum_hands = {digit}",
        "dual approval setting required by the safe",
    ),
    Pair(
        Form.CONFIG,
        "# Letters leave through this door.\nmail_relay_port = {number}",
        "outgoing SMTP port",
    ),
    Pair(
        Form.CONFIG,
        "# Guests see prices in this money.\nhouse_coin = \"{name}\"",
        "default currency shown to visitors",
    ),
    Pair(
        Form.CONFIG,
        "# Rows beyond this are cut from the answer.\nledger_ceiling = {number}",
        "maximum result size of a query",
    ),
    Pair(
        Form.CONFIG,
        "# Keep talking to a lodger for this long although the line is dead.\n"
        "ghost_patience_s = {number}",
        "keepalive timeout on broken connections",
    ),
    Pair(
        Form.CONFIG,
        "# Minors are turned away.\nyoungest_guest = {digit}",
        "age restriction at registration",
    ),
    Pair(
        Form.CONFIG,
        "# Paint the dashboard black after sunset.\nnocturne = true  # {number}",
        "dark mode theme in the evening",
    ),
)  # fmt: skip

_CITIES: Final = ("Tampere", "Valparaiso", "Izmir", "Leeds", "Graz", "Osaka", "Durban", "Oslo")
_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
_NAMES: Final = ("Odalys", "Thorvald", "Imke", "Bashir", "Quenby", "Ludmila", "Ansgar", "Yewande")


def paraphrased_needles(order: random.Random, count: int) -> list[Needle]:
    """Return needles of different pairs.

    Args:
        order: Chooses pairs and fills slots.
        count: At most `len(PAIRS)`.
    """
    return [
        Needle(
            NeedleKind.PARAPHRASED,
            pair.form,
            _filled(order, pair.text),
            pair.question,
            answer_line=1 if pair.form is Form.CONFIG else 0,
        )
        for pair in order.sample(PAIRS, count)
    ]


def shared_words(pair: Pair) -> set[str]:
    """Return what a needle and its question share beyond everyday words, as stems."""
    return _stems(pair.text) & _stems(pair.question)


def rare_words(words: set[str]) -> set[str]:
    """Return those stems that generated text does not use everywhere."""
    return words - {_stem(word) for word in (*NOUNS, *VERBS, *ADJECTIVES)}


def _stems(text: str) -> set[str]:
    return {_stem(word) for word in _WORD.findall(text.lower()) if word not in EVERYDAY}


def _stem(word: str) -> str:
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending)
    return word


def _filled(order: random.Random, text: str) -> str:
    values: dict[str, Sequence[str]] = {
        "{number}": [str(order.randrange(10, 10_000))],
        "{digit}": [str(order.randrange(2, 10))],
        "{minute}": [str(order.randrange(10, 60))],
        "{city}": _CITIES,
        "{weekday}": _WEEKDAYS,
        "{name}": _NAMES,
    }
    for slot, choices in values.items():
        text = text.replace(slot, order.choice(choices))
    return text
