"""Tasks about boltons."""

from typing import Final

from benchmarks import result_checks as check
from benchmarks import result_task as task

_MAKE: Final = task.Tasks("boltons")
_B: Final = "boltons/"
TASKS: Final[tuple[task.Task, ...]] = (
    _MAKE.one(
        task.PRECISE, "rename function",
        "Rename the function `bytes2human` in `boltons/strutils.py` to `human_bytes`, update all"
        " uses, and change it in the documentation, too.",
        task.rename(_B + "strutils.py::bytes2human", "human_bytes", task.DOCS),
        check.defines(_B + "strutils.py", "human_bytes"), check.gone("bytes2human"),
        check.has("CHANGELOG.md", "human_bytes"),
    ),
    _MAKE.one(
        task.PRECISE, "print to logging",
        "Convert the `print` calls in `boltons/ecoutils.py` to logging.",
        task.beneath("convert print to logging", _B + "ecoutils.py"),
        check.lacks_text(_B + "ecoutils.py", r"^\s+print\("),
        check.has(_B + "ecoutils.py", r"logg"),
        check.only(_B + "ecoutils.py"),
    ),
    _MAKE.one(
        task.PRECISE, "move module",
        "Rename the module `boltons/easterutils.py` to `boltons/gobutils.py`.",
        task.Planned("move module",
                     {"module": _B + "easterutils.py", "target": _B + "gobutils.py"}),
        check.exists(_B + "gobutils.py"), check.is_gone(_B + "easterutils.py"),
    ),
    _MAKE.one(
        task.PRECISE, "parameter object",
        "Introduce a parameter object `ChunkLayout` for the parameters `input_offset`,"
        " `overlap_size` and `align` of the function `chunk_ranges` in `boltons/iterutils.py`.",
        task.Planned("introduce parameter object",
                     {"function": _B + "iterutils.py::chunk_ranges", "class_name": "ChunkLayout",
                      "parameters": "input_offset, overlap_size, align"}),
        check.defines(_B + "iterutils.py", "ChunkLayout"),
        check.has(_B + "iterutils.py", r"def chunk_ranges\([^)]*ChunkLayout"),
    ),
    _MAKE.one(
        task.PRECISE, "add postponed annotations",
        "Add `from __future__ import annotations` to the module `boltons/strutils.py`.",
        task.beneath("add postponed annotations", _B + "strutils.py"),
        check.has(_B + "strutils.py", r"^from __future__ import annotations"),
        check.only(_B + "strutils.py"),
    ),
    _MAKE.one(
        task.LOOSE, "deduplicate",
        "the shell escaping functions in ecoutils.py and strutils.py are duplicates, deduplicate"
        " them",
        task.Planned("deduplicate"), check.changes(_B), check.lacks(_B + "ecoutils.py", "_args2sh"),
    ),
    _MAKE.one(
        task.LOOSE, "remove unused parameters",
        "remove the unused parameters in ecoutils.py",
        task.beneath("remove unused parameters", _B + "ecoutils.py"),
        check.signature(_B + "ecoutils.py", "_args2sh", "args"),
        check.signature(_B + "ecoutils.py", "_args2cmd", "args"),
    ),
    _MAKE.one(
        task.LOOSE, "extract variable",
        "in ceil of mathutils pull len(options) out into a variable called count",
        task.Planned("extract variable", {"function": _B + "mathutils.py::ceil",
                                          "expression": "len(options)", "new_name": "count"}),
        check.has(_B + "mathutils.py", r"^    count = len\(options\)$"),
        check.has(_B + "mathutils.py", r"if i == count:"), check.only(_B + "mathutils.py"),
    ),
    _MAKE.one(
        task.LOOSE, "add error handling",
        "add error handling to rotate_file in fileutils",
        task.Planned("error"), check.handles_errors(_B + "fileutils.py", "rotate_file"),
        check.only(_B + "fileutils.py"),
    ),
    _MAKE.one(
        task.LOOSE, "add logging", "add logging to the function mkdir_p in fileutils.py",
        task.Planned("logging"), check.logs(_B + "fileutils.py", "mkdir_p"),
        check.only(_B + "fileutils.py"),
    ),
    _MAKE.one(
        task.LOOSE, "rename attribute", "the attribute val of Bits should be called value",
        task.rename(_B + "mathutils.py::Bits.val", "value"),
        check.has(_B + "mathutils.py", r"__slots__ = \('value', 'len'\)"),
        check.lacks_text(_B + "mathutils.py", r"(self|other)\.val\b"),
    ),
    _MAKE.one(
        task.LOOSE, "rename several",
        "rename args2sh to args_to_sh and args2cmd to args_to_cmd",
        (task.rename(_B + "strutils.py::args2sh", "args_to_sh"),
         task.rename(_B + "strutils.py::args2cmd", "args_to_cmd")),
        check.defines(_B + "strutils.py", "args_to_sh", "args_to_cmd"), check.gone("args2sh"),
    ),
    _MAKE.one(
        task.TERSE, "make keyword only", "clamp in mathutils: lower + upper kw only",
        task.Planned("make keyword only", {"function": _B + "mathutils.py::clamp",
                                           "parameter": "lower"}),
        check.signature(_B + "mathutils.py", "clamp",
                        "x, *, lower=float('-inf'), upper=float('inf')"),
    ),
    _MAKE.one(
        task.TERSE, "rename function", "rename shrinkuser 2 collapse_user evrywhere",
        task.rename(_B + "pathutils.py::shrinkuser", "collapse_user", task.ANY_TEXTS),
        check.defines(_B + "pathutils.py", "collapse_user"), check.gone("shrinkuser"),
    ),
    _MAKE.one(
        task.TERSE, "rename function", "gobs_program -> gobs",
        task.rename(_B + "easterutils.py::gobs_program", "gobs"),
        check.defines(_B + "easterutils.py", "gobs"), check.gone("gobs_program"),
    ),
    _MAKE.one(
        task.TERSE, "add __all__", "typeutils has no __all__",
        task.beneath("add all", _B + "typeutils.py"),
        check.defines(_B + "typeutils.py", "__all__"), check.only(_B + "typeutils.py"),
    ),
    _MAKE.refused(task.PRECISE,
            "Turn the method `as_hex` of the class `Bits` in `boltons/mathutils.py` into a static"
            " method."),
    _MAKE.refused(task.TERSE, "mathutils: clamp -> ceil"),
)  # fmt: skip
