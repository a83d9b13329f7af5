"""Plain words of a sentence for a recipe that are names of the code: "docstring for esc".

A recipe reads what is written like a name, for it knows no code. Without the code "esc" is a
word like any other, and the whole workspace would be meant; so such words are put in
backticks before a recipe reads the sentence.
"""

import re
from collections.abc import Iterator
from typing import Final

from nanobot_engine.intent.names.resolution import CALLABLE, hinted, matches
from nanobot_engine.intent.names.symbol_table import METHOD, SymbolTable
from nanobot_engine.intent.recipe_goal import recipe_goal
from nanobot_engine.intent.words.clause import VERBS
from nanobot_engine.intent.words.mention import KIND_WORDS, NOISE, Mention
from nanobot_engine.intent.words.sentence import Token, TokenKind, tokenized
from nanobot_engine.intent.words.spelling import EXACT
from nanobot_engine.recipe import Goal, GoalAmbiguousError

_OWN_LINES: Final = """
add added adding annotate annotated annotation annotations catch check class classes code comment
comments cover covered coverage debug describe described doc docs docstring docstrings document
documentation documented error errors exception exceptions explain fail fails function functions
get handle handled handling hint hints in info into level levels line lines log logged logger
logging logs message messages method methods miss missing module modules of on package packages
parameter parameters private public raise raises return returns robust set some test tested testing
tests to try type typed types typing undocumented unit untested what where which whole with without
workspace write writes
"""
_OWN: Final = frozenset(_OWN_LINES.split())
_PLURALS: Final = frozenset({"functions", "methods", "classes", "modules", "files", "helpers"})


def may_name_more(sentence: str, goal: Goal) -> bool:
    """Tell whether a recipe's sentence has words that may be names, and none that is read as one.

    Args:
        sentence: Plain English.
        goal: That a recipe read in it.
    """
    return not goal.arguments.get("names") and any(_candidates(sentence))


def goal_with_names(sentence: str, table: SymbolTable) -> Goal | None:
    """Return the goal of a recipe, with plain words that are names of the code read as such.

    Returns:
        None when the sentence asks for no recipe, or for several.
    """
    try:
        goal = recipe_goal(sentence)
        if goal is None or not may_name_more(sentence, goal):
            return goal
        quoted = sentence
        for token in _candidates(sentence):
            meant = token.raw if _is_name(token, sentence, table) else _module(token, table)
            if meant:
                word = rf"(?<![\w`./]){re.escape(token.raw)}(?![\w`])"
                quoted = re.sub(word, f"`{meant}`", quoted)
        return recipe_goal(quoted) or goal
    except GoalAmbiguousError:
        return None


def _candidates(sentence: str) -> Iterator[Token]:
    """Yield the words that nothing else explains."""
    tokens = tokenized(sentence)
    for token, after in zip(tokens, [*tokens[1:], None], strict=True):
        is_plain = token.word and token.word not in _OWN | NOISE | VERBS.keys() | KIND_WORDS.keys()
        is_group = after is not None and after.word in _PLURALS
        if token.kind is TokenKind.DOTTED or (is_plain and len(token.text) > 1 and not is_group):
            yield token


def _module(token: Token, table: SymbolTable) -> str:
    """Return the path of the one module that a word is the name of; "" for none."""
    found = [
        path
        for path in table.modules()
        if path.rpartition("/")[2].removesuffix(".py").lstrip("_") == token.word
    ]
    return found[0] if len(found) == 1 else ""


def _is_name(token: Token, sentence: str, table: SymbolTable) -> bool:
    """Tell whether a word is the very name of a function or class."""
    found = [
        one.entry
        for one in matches(table, Mention(token.text, is_code=True), CALLABLE)
        if one.fit.score == EXACT and not one.entry.is_test
    ]
    outer = token.text.rpartition(".")[0]
    if outer:
        found = [one for one in found if hinted(one, outer) == 1.0]
    others = {one.text for one in tokenized(sentence)} - {token.text}
    # A method is mostly a plain word as well: its class must be named, too.
    return any(one.kind != METHOD or outer or {*one.owners} & others for one in found)
