"""Words that generated text and code are made of.

Everyday words of software, so that generated text has the statistics of real text: a
needle must not stand out because all around it is noise.
"""

import random
from collections.abc import Sequence
from typing import Final


def _words(text: str) -> tuple[str, ...]:
    words = tuple(text.split())
    assert len(set(words)) == len(words), "a word twice would be drawn twice as often"
    return words


NOUNS: Final = _words(
    "account adapter agent alert archive asset batch bucket buffer cache catalog channel chunk "
    "client cluster column command config connection container context counter cursor dataset "
    "deadline device digest document domain endpoint entry event factory feature field file "
    "filter folder frame gateway graph group handler header index instance invoice item job "
    "journal kernel key label layer ledger limit link listener lock mapping message metric "
    "migration model module monitor network node object offset order packet page parser "
    "partition password path payload pipeline plugin policy pool port process profile project "
    "proxy query queue record region registry release replica report request resource response "
    "result route rule scheduler schema scope segment sensor server service session shard signal "
    "snapshot socket source stack stage state storage stream subject table task template tenant "
    "thread ticket timeline token topic trace transaction trigger user value vector version "
    "volume watcher window worker workflow workspace zone"
)
VERBS: Final = _words(
    "accept acquire adjust allocate append apply assign attach audit bind build cancel check "
    "clear close collect commit compare compress compute connect convert copy create decode "
    "defer delete deliver detach discard dispatch drain drop emit encode enqueue evict expand "
    "expire export fetch filter flush forward gather generate handle hash import inspect install "
    "invoke join load lock log lookup map mark measure merge migrate mount move notify open pack "
    "parse patch persist poll prepare probe process prune publish pull push read rebuild receive "
    "recover refresh register reject release reload remove rename render repair replace replay "
    "report request reserve reset resolve restore resume retry revoke rotate route run sample "
    "save scan schedule seal search send serve settle shift skip split start stop store submit "
    "subscribe swap sync throttle trim update upgrade validate verify visit wait warm watch write"
)
ADJECTIVES: Final = _words(
    "active async atomic basic blocked brief cached central clean cold common compact complete "
    "current dirty distributed double dry eager early empty exact external fast final first fresh "
    "full global hidden idle immutable initial inner internal large last late lazy legacy light "
    "linear local long lost main manual minimal missing mutable native nested old online open "
    "optional outer parallel partial pending plain primary private public quick random raw recent "
    "regular remote safe secondary shared short silent simple slow small sorted stable stale "
    "static strict sync temporary tiny total transient trusted unique unknown unused upper valid "
    "virtual visible volatile warm weak wide"
)
CONSONANTS: Final = "bcdfghjklmnpqrstvwz"
VOWELS: Final = "aeiou"


def snake_name(order: random.Random) -> str:
    """Return a name such as `flush_stale_cursor`."""
    return f"{order.choice(VERBS)}_{order.choice(ADJECTIVES)}_{order.choice(NOUNS)}"


def camel(parts: Sequence[str], *, upper: bool) -> str:
    """Join parts as `retryBudget`, or as `RetryBudget`."""
    joined = "".join(part[:1].upper() + part[1:] for part in parts)
    return joined if upper else joined[:1].lower() + joined[1:]


def invented_word(order: random.Random, syllables: int) -> str:
    """Return a word that no dictionary has, such as `tovaneki`."""
    return "".join(order.choice(CONSONANTS) + order.choice(VOWELS) for _ in range(syllables))
