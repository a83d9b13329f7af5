"""Names that Python takes."""

import keyword

from nanobot_engine.refactor.errors import ArgumentError


def check_identifier(name: str) -> None:
    """Refuse what Python does not take as a name.

    Raises:
        ArgumentError: With the reason.
    """
    if not name.isidentifier() or keyword.iskeyword(name):
        raise ArgumentError(f"{name!r}: is no name that Python takes")
