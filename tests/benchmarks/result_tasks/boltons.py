"""Tasks about boltons."""

from typing import Final

from benchmarks.result_checks import (
    changes,
    defines,
    exists,
    gone,
    handles_errors,
    has,
    is_gone,
    lacks,
    lacks_text,
    logs,
    only,
    signature,
)
from benchmarks.result_task import (
    ANY_TEXTS,
    DOCS,
    LOOSE,
    PRECISE,
    TERSE,
    Planned,
    Task,
    Tasks,
    beneath,
    rename,
)

_MAKE: Final = Tasks("boltons")
_B: Final = "boltons/"
TASKS: Final[tuple[Task, ...]] = (
    _MAKE.one(
        PRECISE, "rename function",
        "Rename the function `bytes2human` in `boltons/strutils.py` to `human_bytes`, update all"
        " uses, and change it in the documentation, too.",
        rename(_B + "strutils.py::bytes2human", "human_bytes", DOCS),
        defines(_B + "strutils.py", "human_bytes"), gone("bytes2human"),
        has("CHANGELOG.md", "human_bytes"),
    ),
    _MAKE.one(
        PRECISE, "print to logging",
        "Convert the `print` calls in `boltons/ecoutils.py` to logging.",
        beneath("convert print to logging", _B + "ecoutils.py"),
        lacks_text(_B + "ecoutils.py", r"^\s+print\("), has(_B + "ecoutils.py", r"logg"),
        only(_B + "ecoutils.py"),
    ),
    _MAKE.one(
        PRECISE, "move module",
        "Rename the module `boltons/easterutils.py` to `boltons/gobutils.py`.",
        Planned("move module", {"module": _B + "easterutils.py", "target": _B + "gobutils.py"}),
        exists(_B + "gobutils.py"), is_gone(_B + "easterutils.py"),
    ),
    _MAKE.one(
        PRECISE, "parameter object",
        "Introduce a parameter object `ChunkLayout` for the parameters `input_offset`,"
        " `overlap_size` and `align` of the function `chunk_ranges` in `boltons/iterutils.py`.",
        Planned("introduce parameter object",
                {"function": _B + "iterutils.py::chunk_ranges", "class_name": "ChunkLayout",
                 "parameters": "input_offset, overlap_size, align"}),
        defines(_B + "iterutils.py", "ChunkLayout"),
        has(_B + "iterutils.py", r"def chunk_ranges\([^)]*ChunkLayout"),
    ),
    _MAKE.one(
        PRECISE, "add postponed annotations",
        "Add `from __future__ import annotations` to the module `boltons/strutils.py`.",
        beneath("add postponed annotations", _B + "strutils.py"),
        has(_B + "strutils.py", r"^from __future__ import annotations"), only(_B + "strutils.py"),
    ),
    _MAKE.one(
        LOOSE, "deduplicate",
        "the shell escaping functions in ecoutils.py and strutils.py are duplicates, deduplicate"
        " them",
        Planned("deduplicate"), changes(_B), lacks(_B + "ecoutils.py", "_args2sh"),
    ),
    _MAKE.one(
        LOOSE, "remove unused parameters",
        "remove the unused parameters in ecoutils.py",
        beneath("remove unused parameters", _B + "ecoutils.py"),
        signature(_B + "ecoutils.py", "_args2sh", "args"),
        signature(_B + "ecoutils.py", "_args2cmd", "args"),
    ),
    _MAKE.one(
        LOOSE, "extract variable",
        "in ceil of mathutils pull len(options) out into a variable called count",
        Planned("extract variable", {"function": _B + "mathutils.py::ceil",
                                     "expression": "len(options)", "new_name": "count"}),
        has(_B + "mathutils.py", r"^    count = len\(options\)$"),
        has(_B + "mathutils.py", r"if i == count:"), only(_B + "mathutils.py"),
    ),
    _MAKE.one(
        LOOSE, "add error handling",
        "add error handling to rotate_file in fileutils",
        Planned("error"), handles_errors(_B + "fileutils.py", "rotate_file"),
        only(_B + "fileutils.py"),
    ),
    _MAKE.one(
        LOOSE, "add logging", "add logging to the function mkdir_p in fileutils.py",
        Planned("logging"), logs(_B + "fileutils.py", "mkdir_p"), only(_B + "fileutils.py"),
    ),
    _MAKE.one(
        LOOSE, "rename attribute", "the attribute val of Bits should be called value",
        rename(_B + "mathutils.py::Bits.val", "value"),
        has(_B + "mathutils.py", r"__slots__ = \('value', 'len'\)"),
        lacks_text(_B + "mathutils.py", r"(self|other)\.val\b"),
    ),
    _MAKE.one(
        LOOSE, "rename several",
        "rename args2sh to args_to_sh and args2cmd to args_to_cmd",
        (rename(_B + "strutils.py::args2sh", "args_to_sh"),
         rename(_B + "strutils.py::args2cmd", "args_to_cmd")),
        defines(_B + "strutils.py", "args_to_sh", "args_to_cmd"), gone("args2sh"),
    ),
    _MAKE.one(
        TERSE, "make keyword only", "clamp in mathutils: lower + upper kw only",
        Planned("make keyword only", {"function": _B + "mathutils.py::clamp",
                                      "parameter": "lower"}),
        signature(_B + "mathutils.py", "clamp",
                  "x, *, lower=float('-inf'), upper=float('inf')"),
    ),
    _MAKE.one(
        TERSE, "rename function", "rename shrinkuser 2 collapse_user evrywhere",
        rename(_B + "pathutils.py::shrinkuser", "collapse_user", ANY_TEXTS),
        defines(_B + "pathutils.py", "collapse_user"), gone("shrinkuser"),
    ),
    _MAKE.one(
        TERSE, "rename function", "gobs_program -> gobs",
        rename(_B + "easterutils.py::gobs_program", "gobs"),
        defines(_B + "easterutils.py", "gobs"), gone("gobs_program"),
    ),
    _MAKE.one(
        TERSE, "add __all__", "typeutils has no __all__",
        beneath("add all", _B + "typeutils.py"),
        defines(_B + "typeutils.py", "__all__"), only(_B + "typeutils.py"),
    ),
    _MAKE.refused(PRECISE,
            "Turn the method `as_hex` of the class `Bits` in `boltons/mathutils.py` into a static"
            " method."),
    _MAKE.refused(TERSE, "mathutils: clamp -> ceil"),
)  # fmt: skip
