"""Which code an error gets, the same over the wire and on the command line.

The codes are in `errors`; `docs/protocol.md` and `docs/cli.md` explain them.
"""

from typing import Final

from nanobot_engine.errors import EngineError
from nanobot_engine.model import ModelMissingError, UnknownTierError
from nanobot_engine.process import ProcessUnknownError
from nanobot_engine.recipe import GoalUnknownError
from nanobot_indexer import (
    FileNotIndexedError,
    IndexerError,
    QueryError,
    WorkspaceUnreadableError,
)
from nanobot_server.host.errors import FAILED, MODEL_MISSING, NOT_FOUND, USAGE, HostError

# The errors that nanobot knows: one sentence for people, no traceback.
KNOWN_ERRORS: Final = (HostError, EngineError, IndexerError)

_MISSING_ERRORS: Final = (FileNotIndexedError, ProcessUnknownError)
_USAGE_ERRORS: Final = (GoalUnknownError, QueryError, UnknownTierError, WorkspaceUnreadableError)


def code_of(error: HostError | EngineError | IndexerError) -> str:
    """Return the code of an error that nanobot knows."""
    if isinstance(error, HostError):
        return error.code
    if isinstance(error, _USAGE_ERRORS):
        return USAGE
    if isinstance(error, _MISSING_ERRORS):
        return NOT_FOUND
    return MODEL_MISSING if isinstance(error, ModelMissingError) else FAILED
