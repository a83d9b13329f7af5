"""Clauses that ask for nothing: what a sentence only says of what it speaks of."""

from collections.abc import Sequence

from nanobot_engine.intent.names.symbol_table import Entry
from nanobot_engine.intent.readers.reading import Context
from nanobot_engine.intent.words.clause import Clause
from nanobot_engine.intent.words.mention import mention_of
from nanobot_engine.intent.words.spelling import EXACT


def remarked(clause: Clause, upcoming: Sequence[Clause], context: Context) -> Entry | None:
    """Return what a clause only speaks of: "f doesn't use self, can you make it static?"."""
    is_wish_next = (
        bool(upcoming)
        and bool(upcoming[0].verb)
        and upcoming[0].has("it")
        and not any(token.is_code for token in upcoming[0].tokens)
    )
    mention = mention_of(clause.chunk("")) if is_wish_next and not clause.verb else None
    if mention is None or mention.is_pronoun or mention.others:
        return None
    found = context.symbol(mention, None, "symbol")
    is_certain = found is not None and not context.questions and found[1].fit.score >= EXACT
    return found[1].entry if found is not None and is_certain else None


def asks_for_something(clause: Clause) -> bool:
    """Tell whether a clause that was not understood may matter."""
    has_code = any(token.is_code for token in clause.tokens)
    return has_code or (bool(clause.verb) and not clause.is_verb_inherited)
