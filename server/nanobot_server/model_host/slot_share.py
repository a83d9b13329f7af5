"""Which slot of a worker serves which prompt of whom.

A workspace counts its own slots from 0. The worker has as many as the user needs who types
in one place at a time, so the workspaces share them: who was away longest gives one up.
"""

from collections import OrderedDict
from collections.abc import Hashable


class SlotShare:
    """Runs on the event loop.

    Args:
        slots: Of the worker.
    """

    def __init__(self, slots: int) -> None:
        self._free = list(range(slots))
        # The one that was used last is last.
        self._slot_by_prompt: OrderedDict[tuple[Hashable, int], int] = OrderedDict()

    def slot(self, owner: Hashable, number: int) -> tuple[int, tuple[Hashable, int] | None]:
        """Return the worker's slot for an owner's slot, and whose it was until now.

        Args:
            owner: Who asks.
            number: Its name for the slot.
        """
        key = (owner, number)
        found = self._slot_by_prompt.get(key)
        if found is not None:
            self._slot_by_prompt.move_to_end(key)
            return found, None
        lost = None
        if self._free:
            found = self._free.pop(0)
        else:
            lost, found = self._slot_by_prompt.popitem(last=False)
        self._slot_by_prompt[key] = found
        return found, lost

    def forget(self, owner: Hashable) -> None:
        """Give back what an owner had that is gone."""
        for key in [key for key in self._slot_by_prompt if key[0] == owner]:
            self._free.append(self._slot_by_prompt.pop(key))
