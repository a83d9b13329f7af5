"""Notices that a conversation goes in circles, also when every call succeeds.

A small model repeats what worked. So the guard asks what changed, not what failed: it
keys on the tool, its normalised arguments, the hash of the result and the hash of the
state, where the state is everything that is known so far.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Final

STEPS_WITHOUT_NEWS_MAX: Final = 3


@dataclass(slots=True)
class LoopGuard:
    """What was done about one question."""

    steps_without_news_max: int = STEPS_WITHOUT_NEWS_MAX
    _known: set[str] = field(default_factory=set)
    _seen: set[tuple[str, str, str, str]] = field(default_factory=set)
    _without_news: int = 0

    @property
    def state_hash(self) -> str:
        """Of everything that is known."""
        return hashlib.sha256("\0".join(sorted(self._known)).encode()).hexdigest()

    def is_stuck(
        self, tool: str, arguments: str, *, result_hash: str, news: frozenset[str]
    ) -> bool:
        """Note a step, and tell whether another one like it can lead nowhere.

        Args:
            tool: What was called.
            arguments: Normalised: what does not change the call is not in them.
            result_hash: Of what came back.
            news: What it says; what was known before is no news.

        Returns:
            True when this very step was made before in this very state, or when nothing
            new came for `steps_without_news_max` steps, each of which may differ.
        """
        self._without_news = 0 if news - self._known else self._without_news + 1
        self._known |= news
        key = (tool, arguments, result_hash, self.state_hash)
        is_repeated = key in self._seen
        self._seen.add(key)
        return is_repeated or self._without_news >= self.steps_without_news_max
