"""What can be told of a rewritten function: proved, likely, or refused with the reason.

proved   its tree of decisions is the same, or only `var` changed and every name means the
         same declaration
likely   it makes the same calls, writes and comparisons, throws and waits as before, with the
         same literals, conditions and returned values, and names nothing new; that it decides
         the same is not proved
refused  its head changed, a comment is lost, or it differs in one of these unasked
"""

from dataclasses import dataclass
from typing import Final

from nanobot_engine.language.control_flow import does_same
from nanobot_engine.language.effects import differences
from nanobot_engine.language.functions import CodeFunction
from nanobot_engine.recipe.rewrite.other_languages.var_keyword import means_the_same

PROVED: Final = "proved to do the same"
LIKELY: Final = (
    "likely: the same calls, writes and literals; that it decides the same is not proved"
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found."""

    problem: str = ""
    """Why the rewrite is refused; empty when it is not."""
    is_proved: bool = False
    asked: tuple[str, ...] = ()
    """Differences in what it does that the user named."""

    @property
    def label(self) -> str:
        """Say what is known, and what is not."""
        if self.is_proved:
            return PROVED
        return "; ".join([LIKELY, *(f"as asked, {one}" for one in self.asked)])


def verdict_of(before: CodeFunction, after: CodeFunction, said: frozenset[str]) -> Verdict:
    """Compare a function with what it became.

    Args:
        before: The function.
        after: The same place after the edit.
        said: Words of the user's sentence: what they name may come and go.
    """
    if before.head != after.head:
        return Verdict("its head changed")
    lost = _lost(before.comments, after.comments)
    if lost:
        return Verdict(f"the comment {lost!r} is gone")
    one, other = (before.tree, before.node), (after.tree, after.node)
    if does_same(one, other, before.language) or means_the_same(before, after):
        return Verdict(is_proved=True)
    unasked, asked = differences(before, after, said)
    return Verdict(unasked[0] if unasked else "", asked=tuple(asked))


def _lost(before: list[str], after: list[str]) -> str:
    left = list(after)
    for one in before:
        if one not in left:
            return one
        left.remove(one)
    return ""
