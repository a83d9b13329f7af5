"""Questions that lead to each other, answered the same whatever was asked before.

Names of a program are defined by each other, so a question about one leads to others, and
in a circle back to itself. There the answer is cut short: it is `UNKNOWN` inside, while the
question is open. Limits of depth cut short, too.

Invariant: an answer is a function of its question. So an answer is remembered for others only
where nothing was cut short on the way to it, together with how far that way went: where a
limit would have cut it short, it is worked out again.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from nanobot_engine.python.value import UNKNOWN, Values

# How many questions may wait for each other. Deeper chains are rare and long ones
# would end in Python's own limit.
_DEPTH_MAX: Final = 40
# What a caller passes may be a parameter of its own: so many callers up.
_CALLERS_MAX: Final = 2
_CUT_ANSWERS_MAX: Final = 100
"""How many answers of one question may be cut short before they are used again."""


@dataclass(frozen=True, slots=True)
class _Answer:
    values: Values
    depth: int
    """How many questions waited for each other below this one."""
    callers: int
    """How many callers up it asked."""


class Questions:
    """Asks and remembers. For one project, whose files do not change."""

    def __init__(self) -> None:
        self._known: dict[object, _Answer] = {}
        # What only the limit of callers cut short is the same where as many were asked already.
        self._known_below: dict[tuple[object, int], _Answer] = {}
        self._known_alone: dict[object, Values] = {}
        self._cut_count = 0
        self._callers_cut_count = 0
        self._start()

    def _start(self) -> None:
        # With how many callers up they are asked: what is passed there is another question.
        self._open: set[tuple[object, int]] = set()
        self._entered: set[tuple[object, int]] = set()
        self._callers = 0
        self._depth_seen = 0
        self._callers_seen = 0
        # Names that define each other are asked about along every path between them, which
        # are too many soon: then the answers that a circle cut short have to do.
        self._cut_short: dict[tuple[object, int], Values] = {}
        self._cut_answer_count = 0

    def answer(self, key: object, ask: Callable[[], Values]) -> Values:
        """Answer a question, `UNKNOWN` where it is being answered already.

        Args:
            key: The question.
            ask: Works it out; may ask others.
        """
        known = self._remembered(key)
        if known is not None:
            return known
        if not self._open:
            if key not in self._known_alone:
                self._start()
                self._known_alone[key] = self._asked(key, ask)
            return self._known_alone[key]
        if (key, self._callers) in self._open or len(self._open) >= _DEPTH_MAX:
            self._cut_count += 1
            return UNKNOWN
        if self._cut_answer_count > _CUT_ANSWERS_MAX and (key, self._callers) in self._cut_short:
            self._cut_count += 1
            return self._cut_short[key, self._callers]
        return self._asked(key, ask)

    def _remembered(self, key: object) -> Values | None:
        known = self._known.get(key)
        depth = len(self._open)
        if (
            known is not None
            and depth + known.depth < _DEPTH_MAX
            and self._callers + known.callers <= _CALLERS_MAX
        ):
            self._reach(depth + known.depth, self._callers + known.callers)
            return known.values
        known = self._known_below.get((key, self._callers))
        if known is not None and depth + known.depth < _DEPTH_MAX:
            self._reach(depth + known.depth, _CALLERS_MAX)
            self._callers_cut_count += 1
            return known.values
        return None

    def _asked(self, key: object, ask: Callable[[], Values]) -> Values:
        depth, callers = len(self._open), self._callers
        cuts, callers_cuts = self._cut_count, self._callers_cut_count
        outer = self._depth_seen, self._callers_seen
        self._depth_seen, self._callers_seen = depth, callers
        self._open.add((key, callers))
        try:
            found = ask()
        finally:
            self._open.discard((key, callers))
        answer = _Answer(found, self._depth_seen - depth, self._callers_seen - callers)
        if cuts != self._cut_count:
            self._cut_answer_count += 1
            self._cut_short[key, callers] = found
        elif callers_cuts != self._callers_cut_count:
            self._known_below[key, callers] = answer
        else:
            self._known[key] = answer
        self._reach(*outer)
        return found

    def _reach(self, depth: int, callers: int) -> None:
        self._depth_seen = max(self._depth_seen, depth)
        self._callers_seen = max(self._callers_seen, callers)

    def unless_open(self, key: object, ask: Callable[[], Values]) -> Values:
        """Work out what is not remembered, `UNKNOWN` where it is being worked out already."""
        entered = (key, self._callers)
        if entered in self._entered:
            self._cut_count += 1
            return UNKNOWN
        self._entered.add(entered)
        try:
            return ask()
        finally:
            self._entered.discard(entered)

    def of_callers(self, ask: Callable[[], Values], otherwise: Values) -> Values:
        """Ask what callers pass, `otherwise` where too many callers were asked already."""
        if self._callers >= _CALLERS_MAX:
            self._callers_cut_count += 1
            return otherwise
        callers = self._callers
        self._callers = callers + 1
        self._reach(0, self._callers)
        try:
            return ask()
        finally:
            self._callers = callers

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Ask as if no question were open: for answers that others keep for themselves."""
        kept = dict(vars(self))
        self._start()
        try:
            yield
        finally:
            vars(self).update(kept)
