"""Why a refactoring is not done.

EngineError
└── RefactorError
    ├── ArgumentError     what was asked for does not exist, or is not what it must be
    └── UnsafeError       it exists, and doing it would change what programs do
"""

from nanobot_engine.errors import EngineError


class RefactorError(EngineError):
    """A refactoring that is not done; nothing was changed."""


class ArgumentError(RefactorError):
    """An argument names nothing, or the wrong kind of thing."""


class UnsafeError(RefactorError):
    """Programs would do something else afterwards."""
