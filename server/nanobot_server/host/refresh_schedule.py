"""When the index is published anew. Pure: the caller brings the time.

file changed ──quiet──> refresh            constant change ──interval──> refresh
too much changed ──> refresh at once       refresh failed ──back-off──> refresh
"""

from typing import Final

QUIET_S: Final = 1.5
"""So long nothing changes before a refresh, unless changes never end."""
BACK_OFF_S: Final = 5.0
BACK_OFF_S_MAX: Final = 300.0


class RefreshSchedule:
    """Times are seconds of one clock that never goes back.

    Args:
        interval_s: Least time between two refreshes, and the longest wait of a change
            that others follow.
    """

    def __init__(self, *, interval_s: float) -> None:
        self._interval_s = interval_s
        self._first_at: float | None = None
        self._last_at = 0.0
        self._is_urgent = False
        self._began_at = 0.0
        self._failures = 0
        self._not_before = 0.0
        self._not_before_urgent = 0.0

    @property
    def is_urgent(self) -> bool:
        """Something has changed that searches do not know of."""
        return self._is_urgent

    def changed(self, now: float, *, is_urgent: bool = False) -> None:
        """Note a change.

        Args:
            now: The time.
            is_urgent: Searches do not know of it before the refresh.
        """
        if self._first_at is None:
            self._first_at = now
        self._last_at = now
        self._is_urgent |= is_urgent

    def began(self, now: float) -> None:
        """A refresh begins; what changes from now on is for the next one."""
        self._began_at = now
        self._first_at = None
        self._is_urgent = False

    def ended(self, now: float) -> None:
        """The refresh is done."""
        self._failures = 0
        # One that takes long is not followed by the next at once.
        duration_s = now - self._began_at
        self._not_before = now + max(self._interval_s, duration_s)
        self._not_before_urgent = now + duration_s

    def failed(self, now: float) -> None:
        """The refresh is to be tried again, later each time."""
        delay_s = min(BACK_OFF_S * 2.0**self._failures, BACK_OFF_S_MAX)
        if delay_s < BACK_OFF_S_MAX:
            # No further: a host lives for months, and a power of two has an end.
            self._failures += 1
        self.changed(now, is_urgent=True)
        self._not_before = self._not_before_urgent = now + delay_s

    def due_at(self) -> float | None:
        """Return when the next refresh should begin; None when nothing is to be done."""
        if self._first_at is None:
            return None
        if self._is_urgent:
            return max(self._first_at, self._not_before_urgent)
        quiet_at = min(self._last_at + QUIET_S, self._first_at + self._interval_s)
        return max(quiet_at, self._not_before)
