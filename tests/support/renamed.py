"""Rename something in code of other languages and compare the files afterwards."""

from nanobot_engine.refactor.rename.rename import Rename
from support.refactored import check


def check_rename(
    before: dict[str, str], after: dict[str, str | None] | dict[str, str], symbol: str, new: str
) -> None:
    """Compare all files after a renaming that leaves nothing in doubt.

    Args:
        before: All files, as indented text.
        after: Those that change.
        symbol: As the refactoring takes it.
        new: The new name.
    """
    change = check(Rename(), before, after, symbol=symbol, new_name=new)
    assert not change.doubts, [doubt.question for doubt in change.doubts]
