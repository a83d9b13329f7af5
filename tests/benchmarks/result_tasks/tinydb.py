"""Tasks about tinydb."""

from typing import Final

from benchmarks.result_checks import (
    defines,
    documented,
    gone,
    has,
    lacks,
    lacks_text,
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

_MAKE: Final = Tasks("tinydb")
_T: Final = "tinydb/"
TASKS: Final[tuple[Task, ...]] = (
    _MAKE.one(
        PRECISE, "rename function",
        "Rename the function `touch` in `tinydb/storages.py` to `ensure_file` and update all"
        " imports and calls.",
        rename(_T + "storages.py::touch", "ensure_file"),
        defines(_T + "storages.py", "ensure_file"), lacks(_T + "storages.py", "touch"),
        gone("touch"),
    ),
    _MAKE.one(
        PRECISE, "move symbols",
        "Move `FrozenDict` and `freeze` from `tinydb/utils.py` into a new module"
        " `tinydb/frozen.py`.",
        Planned("move", {"symbols": f"{_T}utils.py::FrozenDict\n{_T}utils.py::freeze",
                         "target": _T + "frozen.py"}),
        defines(_T + "frozen.py", "FrozenDict", "freeze"),
        lacks(_T + "utils.py", "FrozenDict", "freeze"),
    ),
    _MAKE.one(
        PRECISE, "rename parameter",
        "In `tinydb/operations.py`, rename the parameter `n` of the function `add` to `amount`.",
        rename(_T + "operations.py::add.<locals>.n", "amount"),
        signature(_T + "operations.py", "add", "field: str, amount: Union[int, float]"),
        signature(_T + "operations.py", "subtract", "field: str, n: Union[int, float]"),
    ),
    _MAKE.one(
        PRECISE, "convert os.path",
        "Convert the `os.path` calls in `tinydb/storages.py` to `pathlib`.",
        beneath("convert os.path to pathlib", _T + "storages.py"),
        lacks_text(_T + "storages.py", r"os\.path\."), has(_T + "storages.py", r"\bPath\b"),
        only(_T + "storages.py"),
    ),
    _MAKE.one(
        PRECISE, "replace pattern",
        "In `tinydb/storages.py`, replace the call `IOError($*args)` by `OSError($*args)`.",
        Planned("replace pattern", {"pattern": "IOError($*args)", "replacement": "OSError($*args)",
                                    "where": _T + "storages.py"}),
        lacks_text(_T + "storages.py", r"IOError"), has(_T + "storages.py", r"raise OSError\("),
        only(_T + "storages.py"),
    ),
    _MAKE.one(
        LOOSE, "add __all__",
        "add __all__ to the operations and middlewares modules",
        Planned("add all", {"where": (f"{_T}operations.py,{_T}middlewares.py",
                                      f"{_T}middlewares.py,{_T}operations.py")}),
        defines(_T + "operations.py", "__all__"), defines(_T + "middlewares.py", "__all__"),
        only(_T + "operations.py", _T + "middlewares.py"),
    ),
    _MAKE.one(
        LOOSE, "convert format strings",
        "use f-strings instead of .format everywhere in the tinydb folder",
        Planned("convert format strings", {"where": ("tinydb", "tinydb/", "tinydb/**")}),
        lacks_text(_T, r"'\.format\("), only(_T),
    ),
    _MAKE.one(
        LOOSE, "rename method",
        "insert_multiple on Table should be called insert_many everywhere, also in the tests",
        rename(_T + "table.py::Table.insert_multiple", "insert_many", ANY_TEXTS),
        defines(_T + "table.py", "Table.insert_many"), gone("insert_multiple"),
    ),
    _MAKE.one(
        LOOSE, "add parameter",
        "give touch a new parameter mode that defaults to 0o666",
        Planned("add parameter", {"function": _T + "storages.py::touch", "parameter": "mode",
                                  "default": "0o666"}),
        signature(_T + "storages.py", "touch", "path: str, create_dirs: bool, mode=438"),
        only(_T + "storages.py"),
    ),
    _MAKE.one(
        LOOSE, "make keyword only",
        "make create_dirs keyword-only in touch",
        Planned("make keyword only", {"function": _T + "storages.py::touch",
                                      "parameter": "create_dirs"}),
        signature(_T + "storages.py", "touch", "path: str, *, create_dirs: bool"),
        has("tests/test_storages.py", r"touch\(filename, create_dirs=False\)"),
    ),
    _MAKE.one(
        TERSE, "rename class", "rename lru cache class to RecentCache",
        rename(_T + "utils.py::LRUCache", "RecentCache", ANY_TEXTS),
        defines(_T + "utils.py", "RecentCache"), gone("LRUCache"),
        has(_T + "utils.py", r"__all__.*'RecentCache'"),
    ),
    _MAKE.one(
        TERSE, "rename class", "JSONStorage -> JsonStorage pls, readme as well",
        rename(_T + "storages.py::JSONStorage", "JsonStorage", DOCS),
        defines(_T + "storages.py", "JsonStorage"), gone("JSONStorage"),
    ),
    _MAKE.one(
        TERSE, "move symbols", "move touch out of storages into utils",
        Planned("move", {"symbols": _T + "storages.py::touch", "target": _T + "utils.py"}),
        defines(_T + "utils.py", "touch"), lacks(_T + "storages.py", "touch"),
    ),
    _MAKE.one(
        TERSE, "inline function", "get rid of is_seqence in queries, inline it",
        Planned("inline function", {"function": _T + "queries.py::is_sequence"}),
        gone("is_sequence"), has(_T + "queries.py", r"hasattr\(\w+, '__iter__'\)"),
    ),
    _MAKE.one(
        TERSE, "add docstrings", "docstrings for middlewares.py pls",
        Planned("document"),
        documented(_T + "middlewares.py", "CachingMiddleware.read", "CachingMiddleware.close"),
        only(_T + "middlewares.py"),
    ),
    _MAKE.one(
        TERSE, "remove dead code", "unused imports out of middlewares",
        Planned("remove dead code", {"kinds": "imports", "where": _T + "middlewares.py"}),
        lacks_text(_T + "middlewares.py", r"Optional"), only(_T + "middlewares.py"),
    ),
    _MAKE.refused(PRECISE,
            "Rename the method `insert` of the class `Table` in `tinydb/table.py` to `update`."),
    _MAKE.refused(TERSE, "make it faster"),
)  # fmt: skip
