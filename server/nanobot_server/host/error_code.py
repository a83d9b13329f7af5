"""Which code an error gets, the same over the wire and on the command line.

The codes are in `errors`; `docs/host.md` and `docs/cli.md` explain them. Errors are
known by name here: importing all their modules would cost every command time.
"""

from types import MappingProxyType
from typing import Final

from nanobot_engine.errors import EngineError
from nanobot_indexer.errors import IndexerError
from nanobot_server.host.errors import FAILED, MODEL_MISSING, NOT_FOUND, USAGE, HostError

# The errors that nanobot knows: one sentence for people, no traceback.
KNOWN_ERRORS: Final = (HostError, EngineError, IndexerError)

# Of a class and those below it that are not named themselves.
CODE_BY_ERROR: Final = MappingProxyType(
    {
        "nanobot_engine.intent.errors.IntentError": USAGE,
        "nanobot_engine.model.errors.ModelMissingError": MODEL_MISSING,
        "nanobot_engine.model.errors.UnknownModelError": NOT_FOUND,
        "nanobot_engine.model.errors.UnknownTierError": USAGE,
        "nanobot_engine.process.errors.ChoiceError": NOT_FOUND,
        "nanobot_engine.process.errors.ProcessUnknownError": NOT_FOUND,
        "nanobot_engine.recipe.errors.GoalAmbiguousError": USAGE,
        "nanobot_engine.recipe.errors.GoalUnknownError": USAGE,
        "nanobot_engine.recipe.rewrite.goal.GoalUnreliableError": USAGE,
        "nanobot_indexer.errors.FileNotIndexedError": NOT_FOUND,
        "nanobot_indexer.errors.HandleLostError": NOT_FOUND,
        "nanobot_indexer.errors.QueryError": USAGE,
        "nanobot_indexer.errors.WorkspaceUnreadableError": USAGE,
    }
)


def code_of(error: HostError | EngineError | IndexerError) -> str:
    """Return the code of an error that nanobot knows."""
    if isinstance(error, HostError):
        return error.code
    for kind in type(error).__mro__:
        code = CODE_BY_ERROR.get(f"{kind.__module__}.{kind.__qualname__}")
        if code is not None:
            return code
    return FAILED
