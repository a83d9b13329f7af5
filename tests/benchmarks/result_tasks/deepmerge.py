"""Tasks about deepmerge."""

from typing import Final

from benchmarks.result_checks import (
    changes,
    defines,
    exists,
    gone,
    has,
    is_gone,
    lacks,
    lacks_text,
    logs,
    only,
    signature,
    tested,
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

_MAKE: Final = Tasks("deepmerge")
_D: Final = "deepmerge/"
_S: Final = "deepmerge/strategy/"
TASKS: Final[tuple[Task, ...]] = (
    _MAKE.one(
        PRECISE, "rename class",
        "Rename the class `ExtendedSet` in `deepmerge/extended_set.py` to `TolerantSet` and"
        " update all imports.",
        rename(_D + "extended_set.py::ExtendedSet", "TolerantSet"),
        defines(_D + "extended_set.py", "TolerantSet"), gone("ExtendedSet"),
    ),
    _MAKE.one(
        PRECISE, "method to static",
        "Turn the method `_hash_element` of the class `ExtendedSet` into a static method.",
        Planned("method to static method",
                {"method": _D + "extended_set.py::ExtendedSet._hash_element"}),
        has(_D + "extended_set.py", r"@staticmethod\n    def _hash_element\(element: Any\)"),
    ),
    _MAKE.one(
        PRECISE, "move symbols",
        "Move the class `ExtendedSet` from `deepmerge/extended_set.py` to"
        " `deepmerge/strategy/list.py`.",
        Planned("move", {"symbols": _D + "extended_set.py::ExtendedSet", "target": _S + "list.py"}),
        defines(_S + "list.py", "ExtendedSet"), lacks(_D + "extended_set.py", "ExtendedSet"),
    ),
    _MAKE.one(
        PRECISE, "move package",
        "Rename the package `deepmerge/strategy` to `deepmerge/strategies`.",
        Planned("move module", {"module": ("deepmerge/strategy", "deepmerge/strategy/"),
                                "target": ("deepmerge/strategies", "deepmerge/strategies/")}),
        exists("deepmerge/strategies/core.py"), is_gone(_S + "core.py"),
    ),
    _MAKE.one(
        PRECISE, "rename parameter",
        "Rename the parameter `nxt` of the method `merge` of the class `Merger` to `incoming`.",
        rename(_D + "merger.py::Merger.merge.<locals>.nxt", "incoming"),
        signature(_D + "merger.py", "Merger.merge", "self, base: _T, incoming: _T"),
    ),
    _MAKE.one(
        PRECISE, "add __all__",
        "Add `__all__` to `deepmerge/exception.py` and `deepmerge/merger.py`.",
        beneath("add all", f"{_D}exception.py,{_D}merger.py", f"{_D}merger.py,{_D}exception.py"),
        defines(_D + "exception.py", "__all__"), defines(_D + "merger.py", "__all__"),
        only(_D + "exception.py", _D + "merger.py"),
    ),
    _MAKE.one(
        LOOSE, "rename variable",
        "always_merger should be called lenient_merger, in code and docs",
        rename(_D + "__init__.py::always_merger", "lenient_merger", DOCS),
        defines(_D + "__init__.py", "lenient_merger"), gone("always_merger"),
        has("docs/guide.rst", "lenient_merger"),
    ),
    _MAKE.one(
        LOOSE, "add logging", "add logging to value_strategy of the Merger class",
        Planned("logging"), logs(_D + "merger.py", "Merger.value_strategy"),
        only(_D + "merger.py"),
    ),
    _MAKE.one(
        LOOSE, "inline variable", "inline sorted_keys in _hash_element",
        Planned("inline variable", {"symbol": _D + "extended_set.py::ExtendedSet._hash_element"
                                              ".<locals>.sorted_keys"}),
        gone("sorted_keys"), only(_D + "extended_set.py"),
    ),
    _MAKE.one(
        LOOSE, "rewrite", "simplify the _insert method of ExtendedSet",
        Planned("rewrite"), changes(_D + "extended_set.py"), only(_D + "extended_set.py"),
        defines(_D + "extended_set.py", "ExtendedSet._insert"),
    ),
    _MAKE.one(
        LOOSE, "convert os.path", "docs/conf.py should use pathlib instead of os.path",
        beneath("convert os.path to pathlib", "docs/conf.py"),
        lacks_text("docs/conf.py", r"^[^#\n]*os\.path\."), only("docs/conf.py"),
    ),
    _MAKE.one(
        TERSE, "rename class", "StrategyNotFound exc -> UnknownStrategy",
        rename(_D + "exception.py::StrategyNotFound", "UnknownStrategy"),
        defines(_D + "exception.py", "UnknownStrategy"), gone("StrategyNotFound"),
    ),
    _MAKE.one(
        TERSE, "move module", "strategy/core.py -> strategy/foundation.py",
        Planned("move module", {"module": _S + "core.py", "target": _S + "foundation.py"}),
        exists(_S + "foundation.py"), is_gone(_S + "core.py"),
    ),
    _MAKE.one(
        TERSE, "add tests", "tests for ExtendedSet",
        Planned("test"), tested("ExtendedSet"),
    ),
    _MAKE.one(
        TERSE, "merge modules", "fold fallback.py into core.py",
        Planned("merge modules", {"module": _S + "fallback.py", "target": _S + "core.py"}),
        defines(_S + "core.py", "FallbackStrategies"), is_gone(_S + "fallback.py"),
    ),
    _MAKE.one(
        TERSE, "rename constant", "STRATEGY_END -> END_OF_STRATEGIES evrywhere",
        rename(_D + "strategy/core.py::STRATEGY_END", "END_OF_STRATEGIES", ANY_TEXTS),
        defines(_S + "core.py", "END_OF_STRATEGIES"), gone("STRATEGY_END"),
    ),
    _MAKE.refused(LOOSE, "rename strategy_append_unique to strategy_override in the list"
                  " strategies"),
    _MAKE.refused(TERSE, "asdf qwer"),
)  # fmt: skip
