"""Tasks about tinydb."""

from typing import Final

from benchmarks import result_checks as check
from benchmarks import result_task as task

_MAKE: Final = task.Tasks("tinydb")
_T: Final = "tinydb/"
TASKS: Final[tuple[task.Task, ...]] = (
    _MAKE.one(
        task.PRECISE, "rename function",
        "Rename the function `touch` in `tinydb/storages.py` to `ensure_file` and update all"
        " imports and calls.",
        task.rename(_T + "storages.py::touch", "ensure_file"),
        check.defines(_T + "storages.py", "ensure_file"), check.lacks(_T + "storages.py", "touch"),
        check.gone("touch"),
    ),
    _MAKE.one(
        task.PRECISE, "move symbols",
        "Move `FrozenDict` and `freeze` from `tinydb/utils.py` into a new module"
        " `tinydb/frozen.py`.",
        task.Planned("move", {"symbols": f"{_T}utils.py::FrozenDict\n{_T}utils.py::freeze",
                              "target": _T + "frozen.py"}),
        check.defines(_T + "frozen.py", "FrozenDict", "freeze"),
        check.lacks(_T + "utils.py", "FrozenDict", "freeze"),
    ),
    _MAKE.one(
        task.PRECISE, "rename parameter",
        "In `tinydb/operations.py`, rename the parameter `n` of the function `add` to `amount`.",
        task.rename(_T + "operations.py::add.<locals>.n", "amount"),
        check.signature(_T + "operations.py", "add", "field: str, amount: Union[int, float]"),
        check.signature(_T + "operations.py", "subtract", "field: str, n: Union[int, float]"),
    ),
    _MAKE.one(
        task.PRECISE, "convert os.path",
        "Convert the `os.path` calls in `tinydb/storages.py` to `pathlib`.",
        task.beneath("convert os.path to pathlib", _T + "storages.py"),
        check.lacks_text(_T + "storages.py", r"os\.path\."),
        check.has(_T + "storages.py", r"\bPath\b"),
        check.only(_T + "storages.py"),
    ),
    _MAKE.one(
        task.PRECISE, "replace pattern",
        "In `tinydb/storages.py`, replace the call `IOError($*args)` by `OSError($*args)`.",
        task.Planned("replace pattern",
                     {"pattern": "IOError($*args)", "replacement": "OSError($*args)",
                                         "where": _T + "storages.py"}),
        check.lacks_text(_T + "storages.py", r"IOError"),
        check.has(_T + "storages.py", r"raise OSError\("),
        check.only(_T + "storages.py"),
    ),
    _MAKE.one(
        task.LOOSE, "add __all__",
        "add __all__ to the operations and middlewares modules",
        task.Planned("add all", {"where": (f"{_T}operations.py,{_T}middlewares.py",
                                           f"{_T}middlewares.py,{_T}operations.py")}),
        check.defines(_T + "operations.py", "__all__"),
        check.defines(_T + "middlewares.py", "__all__"),
        check.only(_T + "operations.py", _T + "middlewares.py"),
    ),
    _MAKE.one(
        task.LOOSE, "convert format strings",
        "use f-strings instead of .format everywhere in the tinydb folder",
        task.Planned("convert format strings", {"where": ("tinydb", "tinydb/", "tinydb/**")}),
        check.lacks_text(_T, r"'\.format\("), check.only(_T),
    ),
    _MAKE.one(
        task.LOOSE, "rename method",
        "insert_multiple on Table should be called insert_many everywhere, also in the tests",
        task.rename(_T + "table.py::Table.insert_multiple", "insert_many", task.ANY_TEXTS),
        check.defines(_T + "table.py", "Table.insert_many"), check.gone("insert_multiple"),
    ),
    _MAKE.one(
        task.LOOSE, "add parameter",
        "give touch a new parameter mode that defaults to 0o666",
        task.Planned("add parameter", {"function": _T + "storages.py::touch", "parameter": "mode",
                                       "default": "0o666"}),
        check.signature(_T + "storages.py", "touch", "path: str, create_dirs: bool, mode=438"),
        check.only(_T + "storages.py"),
    ),
    _MAKE.one(
        task.LOOSE, "make keyword only",
        "make create_dirs keyword-only in touch",
        task.Planned("make keyword only", {"function": _T + "storages.py::touch",
                                           "parameter": "create_dirs"}),
        check.signature(_T + "storages.py", "touch", "path: str, *, create_dirs: bool"),
        check.has("tests/test_storages.py", r"touch\(filename, create_dirs=False\)"),
    ),
    _MAKE.one(
        task.TERSE, "rename class", "rename lru cache class to RecentCache",
        task.rename(_T + "utils.py::LRUCache", "RecentCache", task.ANY_TEXTS),
        check.defines(_T + "utils.py", "RecentCache"), check.gone("LRUCache"),
        check.has(_T + "utils.py", r"__all__.*'RecentCache'"),
    ),
    _MAKE.one(
        task.TERSE, "rename class", "JSONStorage -> JsonStorage pls, readme as well",
        task.rename(_T + "storages.py::JSONStorage", "JsonStorage", task.DOCS),
        check.defines(_T + "storages.py", "JsonStorage"), check.gone("JSONStorage"),
    ),
    _MAKE.one(
        task.TERSE, "move symbols", "move touch out of storages into utils",
        task.Planned("move", {"symbols": _T + "storages.py::touch", "target": _T + "utils.py"}),
        check.defines(_T + "utils.py", "touch"), check.lacks(_T + "storages.py", "touch"),
    ),
    _MAKE.one(
        task.TERSE, "inline function", "get rid of is_seqence in queries, inline it",
        task.Planned("inline function", {"function": _T + "queries.py::is_sequence"}),
        check.gone("is_sequence"), check.has(_T + "queries.py", r"hasattr\(\w+, '__iter__'\)"),
    ),
    _MAKE.one(
        task.TERSE, "add docstrings", "docstrings for middlewares.py pls",
        task.Planned("document"),
        check.documented(_T + "middlewares.py", "CachingMiddleware.read",
                         "CachingMiddleware.close"),
        check.only(_T + "middlewares.py"),
    ),
    _MAKE.one(
        task.TERSE, "remove dead code", "unused imports out of middlewares",
        task.Planned("remove dead code", {"kinds": "imports", "where": _T + "middlewares.py"}),
        check.lacks_text(_T + "middlewares.py", r"Optional"), check.only(_T + "middlewares.py"),
    ),
    _MAKE.refused(task.PRECISE,
            "Rename the method `insert` of the class `Table` in `tinydb/table.py` to `update`."),
    _MAKE.refused(task.TERSE, "make it faster"),
)  # fmt: skip
