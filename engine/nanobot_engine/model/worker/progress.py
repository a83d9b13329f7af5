"""How far a worker is with what it was asked: what its watch goes by.

Kept by the client of a worker, read by the watch. Both run on the event loop, but for
`step`, which comes from the thread that reads an answer: there is one such thread for a
request, and a step that is lost between two is made good by the next.
"""

from collections.abc import Iterator
from contextlib import contextmanager


class Progress:
    """Counts of one worker. `in_flight` requests of the model, `steps` of their answers."""

    def __init__(self) -> None:
        self.in_flight = 0
        self.steps = 0
        self.unread_tokens = 0
        """At most, of the prompts in flight whose answer has not begun."""
        self.is_exact = False
        """All of these are read: none is taken from what was read before."""

    @contextmanager
    def asking(self, prompt_tokens: int, *, is_exact: bool) -> Iterator[None]:
        """Be at a request that has so many tokens to read, or at most so many."""
        self.is_exact = is_exact and self.in_flight == 0
        self.in_flight += 1
        self.unread_tokens += prompt_tokens
        try:
            yield
        finally:
            self.in_flight -= 1
            self.step()

    def step(self) -> None:
        """Note that a piece of an answer came, or all of it."""
        self.steps += 1
        if self.in_flight <= 1:
            self.unread_tokens = 0
