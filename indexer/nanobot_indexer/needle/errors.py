"""Errors of the proof.

IndexerError
└── NothingInstalledError   no source files to make a haystack of: use another Python
"""

import sys

from nanobot_indexer.errors import IndexerError


class NothingInstalledError(IndexerError):
    """The interpreter comes without any source file."""

    def __init__(self) -> None:
        super().__init__(
            f"{sys.prefix}: no installed source files to make a haystack of; "
            "run nanobot with a Python that has its standard library as files"
        )
