"""Tasks about deepmerge."""

from typing import Final

from benchmarks import result_checks as check
from benchmarks import result_task as task

_MAKE: Final = task.Tasks("deepmerge")
_D: Final = "deepmerge/"
_S: Final = "deepmerge/strategy/"
TASKS: Final[tuple[task.Task, ...]] = (
    _MAKE.one(
        task.PRECISE, "rename class",
        "Rename the class `ExtendedSet` in `deepmerge/extended_set.py` to `TolerantSet` and"
        " update all imports.",
        task.rename(_D + "extended_set.py::ExtendedSet", "TolerantSet"),
        check.defines(_D + "extended_set.py", "TolerantSet"), check.gone("ExtendedSet"),
    ),
    _MAKE.one(
        task.PRECISE, "method to static",
        "Turn the method `_hash_element` of the class `ExtendedSet` into a static method.",
        task.Planned("method to static method",
                     {"method": _D + "extended_set.py::ExtendedSet._hash_element"}),
        check.has(_D + "extended_set.py", r"@staticmethod\n    def _hash_element\(element: Any\)"),
    ),
    _MAKE.one(
        task.PRECISE, "move symbols",
        "Move the class `ExtendedSet` from `deepmerge/extended_set.py` to"
        " `deepmerge/strategy/list.py`.",
        task.Planned("move",
                     {"symbols": _D + "extended_set.py::ExtendedSet", "target": _S + "list.py"}),
        check.defines(_S + "list.py", "ExtendedSet"),
        check.lacks(_D + "extended_set.py", "ExtendedSet"),
    ),
    _MAKE.one(
        task.PRECISE, "move package",
        "Rename the package `deepmerge/strategy` to `deepmerge/strategies`.",
        task.Planned("move module", {"module": ("deepmerge/strategy", "deepmerge/strategy/"),
                                     "target": ("deepmerge/strategies", "deepmerge/strategies/")}),
        check.exists("deepmerge/strategies/core.py"), check.is_gone(_S + "core.py"),
    ),
    _MAKE.one(
        task.PRECISE, "rename parameter",
        "Rename the parameter `nxt` of the method `merge` of the class `Merger` to `incoming`.",
        task.rename(_D + "merger.py::Merger.merge.<locals>.nxt", "incoming"),
        check.signature(_D + "merger.py", "Merger.merge", "self, base: _T, incoming: _T"),
    ),
    _MAKE.one(
        task.PRECISE, "add __all__",
        "Add `__all__` to `deepmerge/exception.py` and `deepmerge/merger.py`.",
        task.beneath("add all", f"{_D}exception.py,{_D}merger.py",
                     f"{_D}merger.py,{_D}exception.py"),
        check.defines(_D + "exception.py", "__all__"), check.defines(_D + "merger.py", "__all__"),
        check.only(_D + "exception.py", _D + "merger.py"),
    ),
    _MAKE.one(
        task.LOOSE, "rename variable",
        "always_merger should be called lenient_merger, in code and docs",
        task.rename(_D + "__init__.py::always_merger", "lenient_merger", task.DOCS),
        check.defines(_D + "__init__.py", "lenient_merger"), check.gone("always_merger"),
        check.has("docs/guide.rst", "lenient_merger"),
    ),
    _MAKE.one(
        task.LOOSE, "add logging", "add logging to value_strategy of the Merger class",
        task.Planned("logging"), check.logs(_D + "merger.py", "Merger.value_strategy"),
        check.only(_D + "merger.py"),
    ),
    _MAKE.one(
        task.LOOSE, "inline variable", "inline sorted_keys in _hash_element",
        task.Planned("inline variable", {"symbol": _D + "extended_set.py::ExtendedSet._hash_element"
                                              ".<locals>.sorted_keys"}),
        check.gone("sorted_keys"), check.only(_D + "extended_set.py"),
    ),
    _MAKE.one(
        task.LOOSE, "rewrite", "simplify the _insert method of ExtendedSet",
        task.Planned("rewrite"), check.changes(_D + "extended_set.py"),
        check.only(_D + "extended_set.py"),
        check.defines(_D + "extended_set.py", "ExtendedSet._insert"),
    ),
    _MAKE.one(
        task.LOOSE, "convert os.path", "docs/conf.py should use pathlib instead of os.path",
        task.beneath("convert os.path to pathlib", "docs/conf.py"),
        check.lacks_text("docs/conf.py", r"^[^#\n]*os\.path\."), check.only("docs/conf.py"),
    ),
    _MAKE.one(
        task.TERSE, "rename class", "StrategyNotFound exc -> UnknownStrategy",
        task.rename(_D + "exception.py::StrategyNotFound", "UnknownStrategy"),
        check.defines(_D + "exception.py", "UnknownStrategy"), check.gone("StrategyNotFound"),
    ),
    _MAKE.one(
        task.TERSE, "move module", "strategy/core.py -> strategy/foundation.py",
        task.Planned("move module", {"module": _S + "core.py", "target": _S + "foundation.py"}),
        check.exists(_S + "foundation.py"), check.is_gone(_S + "core.py"),
    ),
    _MAKE.one(
        task.TERSE, "add tests", "tests for ExtendedSet",
        task.Planned("test"), check.tested("ExtendedSet"),
    ),
    _MAKE.one(
        task.TERSE, "merge modules", "fold fallback.py into core.py",
        task.Planned("merge modules", {"module": _S + "fallback.py", "target": _S + "core.py"}),
        check.defines(_S + "core.py", "FallbackStrategies"), check.is_gone(_S + "fallback.py"),
    ),
    _MAKE.one(
        task.TERSE, "rename constant", "STRATEGY_END -> END_OF_STRATEGIES evrywhere",
        task.rename(_D + "strategy/core.py::STRATEGY_END", "END_OF_STRATEGIES", task.ANY_TEXTS),
        check.defines(_S + "core.py", "END_OF_STRATEGIES"), check.gone("STRATEGY_END"),
    ),
    _MAKE.refused(task.LOOSE, "rename strategy_append_unique to strategy_override in the list"
                  " strategies"),
    _MAKE.refused(task.TERSE, "asdf qwer"),
)  # fmt: skip
