"""A change that is tried: the texts of the touched files before and after, and the plan."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from nanobot_engine.edit import EditPlan


@dataclass(frozen=True, slots=True)
class Trial:
    """What checks compare."""

    before: Mapping[str, bytes | None]
    """By every path that is touched; None for a file that is created."""
    after: Mapping[str, bytes | None]
    """By the same paths; None for a file that is gone."""
    plan: EditPlan = field(default_factory=lambda: EditPlan(()))
    """Where the lines of the texts after come from."""

    @property
    def paths(self) -> tuple[str, ...]:
        """All touched paths, sorted."""
        return tuple(sorted({*self.before, *self.after}))
