"""Check a change in a scratch copy: run what the user allows, and compare before and after.

Suggested reading order: `launcher` and `confined` (a command that can not do harm),
`scratch` (the copy), `result_cache`, `trial`, `import_check`; for tests `suite_proposal`,
`suite_run`, `own_tests`; for checkers `code_tool`, `environment`, `diagnostic`, `tool_check`.

Nothing that runs code of the workspace is called unless the user allowed it: it is not
trusted.
"""

from nanobot_engine.check.code_tool import TOOLS, CodeTool, Role, is_configured
from nanobot_engine.check.diagnostic import Diagnostic, edits_at, new_diagnostics
from nanobot_engine.check.environment import NO_PYTHON, ToolAccess, tool_program, workspace_python
from nanobot_engine.check.import_check import check_imports
from nanobot_engine.check.outcome import CheckOutcome, CheckResult, NoAnswerError
from nanobot_engine.check.own_tests import check_tests
from nanobot_engine.check.result_cache import ResultCache, results_of
from nanobot_engine.check.scratch import (
    ScratchError,
    ScratchWorkspace,
    scratch_of_files,
    scratch_workspace,
)
from nanobot_engine.check.suite_proposal import (
    SuiteProposal,
    said_way,
    suite_proposals,
    why_no_tests,
)
from nanobot_engine.check.tool_check import check_tool
from nanobot_engine.check.trial import Trial

__all__ = [
    "NO_PYTHON",
    "TOOLS",
    "CheckOutcome",
    "CheckResult",
    "CodeTool",
    "Diagnostic",
    "NoAnswerError",
    "ResultCache",
    "Role",
    "ScratchError",
    "ScratchWorkspace",
    "SuiteProposal",
    "ToolAccess",
    "Trial",
    "check_imports",
    "check_tests",
    "check_tool",
    "edits_at",
    "is_configured",
    "new_diagnostics",
    "results_of",
    "said_way",
    "scratch_of_files",
    "scratch_workspace",
    "suite_proposals",
    "tool_program",
    "why_no_tests",
    "workspace_python",
]
