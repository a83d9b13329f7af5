"""Run the user's code in a scratch copy, and compare what it does before and after.

Suggested reading order: `launcher` and `confined` (a command that can not do harm),
`scratch` (the copy), `import_check`, `own_tests`.

Nothing here is called unless the user allowed it: a workspace's code is not trusted.
"""

from nanobot_engine.check.import_check import check_imports
from nanobot_engine.check.outcome import CheckOutcome, CheckResult
from nanobot_engine.check.own_tests import check_tests, has_tests
from nanobot_engine.check.scratch import ScratchError, ScratchWorkspace, scratch_workspace

__all__ = [
    "CheckOutcome",
    "CheckResult",
    "ScratchError",
    "ScratchWorkspace",
    "check_imports",
    "check_tests",
    "has_tests",
    "scratch_workspace",
]
