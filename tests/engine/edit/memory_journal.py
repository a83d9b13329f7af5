"""A journal that is a dictionary."""

from collections.abc import Sequence

from nanobot_engine.edit import PendingWrite


class MemoryJournal:
    """Implements `ApplyJournal` and remembers every call in `calls`."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self._pending: dict[str, PendingWrite] = {}

    def intent(self, write: PendingWrite) -> None:
        assert write.path not in self._pending
        self.calls.append(f"intent {write.path}")
        self._pending[write.path] = write

    def done(self, path: str) -> None:
        self.calls.append(f"done {path}")
        del self._pending[path]

    def abandoned(self, path: str) -> None:
        self.calls.append(f"abandoned {path}")
        del self._pending[path]

    def pending(self) -> Sequence[PendingWrite]:
        return tuple(self._pending.values())
