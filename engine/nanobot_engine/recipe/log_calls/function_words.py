"""A function's name as a phrase: `load_config` is "Loading config".

Only verbs that names of functions start with are known, and few that are nouns as often
("request", "index"): a name that starts with another word gives no phrase, because it would
be a wrong one.
"""

import re
from typing import Final

_VERBS_TEXT: Final = """
accept acquire activate add adjust allocate analyze append apply assemble assign attach bind build
calculate cancel check choose clean clear clone close collect combine compare compile compress
compute configure confirm connect consume convert copy count create cut decode decompress decrypt
delete deliver deploy derive deserialize detach detect determine disable discard disconnect
discover dispatch download draw drop dump emit enable encode encrypt enqueue ensure enter escape
estimate evaluate exclude execute expand expire export extend extract fetch fill filter find
finish fix flush follow forget format forward free freeze generate get grant handle hide highlight
identify import include increment infer initialize insert inspect install interpolate invalidate
invoke join keep kill launch listen load lock make mark match merge migrate modify mount move
normalize notify obtain open optimize pack parse patch perform persist poll populate post prepare
print process protect provide prune publish pull push put raise read rebuild receive recover
redirect reduce refresh register reject release reload remove rename render reopen reorder replace
replay require reset resize resolve respond restart restore resume retrieve retry revert revoke
rotate run sanitize save scan search seek select send serialize serve set setup show shuffle shut
simplify skip sort spawn split start stop store submit subscribe summarize sync tokenize touch
transfer transform translate traverse truncate unlink unlock unpack unregister unsubscribe update
upload validate verify visit wait walk warn watch wrap write
"""
_VERBS: Final = frozenset(_VERBS_TEXT.split())
_DOUBLED: Final = frozenset(
    {
        "begin", "commit", "cut", "drop", "emit", "forget", "format", "get", "log", "map", "plan",
        "put", "run", "set", "shut", "skip", "split", "stop", "strip", "submit", "swap", "trim",
        "wrap",
    }
)  # fmt: skip
_PARTS: Final = {"setup": "Setting up", "backup": "Backing up", "rollback": "Rolling back"}
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def words_of(name: str) -> list[str]:
    """Return the words of an identifier, in lower case; abbreviations stay as they are."""
    found = _WORD.findall(name)
    return [word if len(word) > 1 and word.isupper() else word.lower() for word in found]


def doing(name: str) -> str | None:
    """Return what a function does while it runs: "Loading config"; None for no verb."""
    words = words_of(name)
    if not words or words[0].lower() not in _VERBS:
        return None
    return " ".join((_gerund(words[0].lower()).capitalize(), *words[1:]))


def _gerund(verb: str) -> str:
    if verb in _PARTS:
        return _PARTS[verb]
    if verb in _DOUBLED:
        return f"{verb}{verb[-1]}ing"
    if verb.endswith("e") and not verb.endswith("ee"):
        return f"{verb[:-1]}ing"
    return f"{verb}ing"
