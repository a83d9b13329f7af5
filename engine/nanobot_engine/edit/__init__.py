"""Turn texts into verified edits of source files, apply them, and take them back.

Suggested reading order: `source` (a file as bytes), `plan` (edits as data),
`python_syntax` and `docstring` (where a docstring goes), `gates` (what accepts
it), `apply` over `write`, `create` and `remove` (the only way to the user's disk),
`replan`, `undo` over `three_way`.

This part knows files and Python. It does not know models, steps or editors; a
journal is handed in. It changes nothing but what a plan names, only when the file
is byte for byte the one the plan was verified against.
"""

from nanobot_engine.edit.apply import (
    ApplyJournal,
    ApplyReport,
    FileRefusal,
    PendingWrite,
    RecoveryReport,
    apply_plan,
    plan_refusals,
    recover,
    sha256_hex,
)
from nanobot_engine.edit.characters import shown
from nanobot_engine.edit.diff import file_diff, unified_diff
from nanobot_engine.edit.docstring import docstring_length_max, insert_docstring
from nanobot_engine.edit.errors import (
    ApplyError,
    BaseChangedError,
    DocstringError,
    EditError,
    HardLinkError,
    PathRefusedError,
    PlanInvalidError,
    SourceEncodingError,
    SourceError,
    SourceMissingError,
    SourceSyntaxError,
    SourceUnreadableError,
    WriteError,
)
from nanobot_engine.edit.gates import (
    BytesKeptGate,
    Gate,
    OnlyDocstringsChangedGate,
    ParsesGate,
    Verdict,
    run_gates,
)
from nanobot_engine.edit.plan import (
    NO_FILE,
    EditPlan,
    FileEdit,
    TextEdit,
    apply_edits,
    edit_from_json,
    edit_to_json,
    file_from_json,
    file_to_json,
    sorted_edits,
)
from nanobot_engine.edit.protected import protected_reason
from nanobot_engine.edit.python_names import is_public_module, is_test_module
from nanobot_engine.edit.python_syntax import (
    PythonDefinition,
    PythonModule,
    parse_python,
    parse_source,
)
from nanobot_engine.edit.replan import EditRefusal, Replan, moved_edits, replan, replan_lines
from nanobot_engine.edit.source import SourceFile, read_source, source_from_bytes
from nanobot_engine.edit.undo import (
    AppliedFile,
    UndoOutcome,
    UndoResult,
    planned_undo,
    undo_applied,
    undo_file,
)
from nanobot_engine.edit.write import write_file_beneath

__all__ = [
    "NO_FILE",
    "AppliedFile",
    "ApplyError",
    "ApplyJournal",
    "ApplyReport",
    "BaseChangedError",
    "BytesKeptGate",
    "DocstringError",
    "EditError",
    "EditPlan",
    "EditRefusal",
    "FileEdit",
    "FileRefusal",
    "Gate",
    "HardLinkError",
    "OnlyDocstringsChangedGate",
    "ParsesGate",
    "PathRefusedError",
    "PendingWrite",
    "PlanInvalidError",
    "PythonDefinition",
    "PythonModule",
    "RecoveryReport",
    "Replan",
    "SourceEncodingError",
    "SourceError",
    "SourceFile",
    "SourceMissingError",
    "SourceSyntaxError",
    "SourceUnreadableError",
    "TextEdit",
    "UndoOutcome",
    "UndoResult",
    "Verdict",
    "WriteError",
    "apply_edits",
    "apply_plan",
    "docstring_length_max",
    "edit_from_json",
    "edit_to_json",
    "file_diff",
    "file_from_json",
    "file_to_json",
    "insert_docstring",
    "is_public_module",
    "is_test_module",
    "moved_edits",
    "parse_python",
    "parse_source",
    "plan_refusals",
    "planned_undo",
    "protected_reason",
    "read_source",
    "recover",
    "replan",
    "replan_lines",
    "run_gates",
    "sha256_hex",
    "shown",
    "sorted_edits",
    "source_from_bytes",
    "undo_applied",
    "undo_file",
    "unified_diff",
    "write_file_beneath",
]
