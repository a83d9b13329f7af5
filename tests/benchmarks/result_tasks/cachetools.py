"""Tasks about cachetools."""

from typing import Final

from benchmarks.result_checks import (
    changes,
    defines,
    documented,
    exists,
    gone,
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

_MAKE: Final = Tasks("cachetools")
_C: Final = "src/cachetools/"
TASKS: Final[tuple[Task, ...]] = (
    _MAKE.one(
        PRECISE, "rename variable",
        "Rename the variable `_kwmark` in `src/cachetools/keys.py` to `_KWARGS_MARK`.",
        rename(_C + "keys.py::_kwmark", "_KWARGS_MARK"),
        defines(_C + "keys.py", "_KWARGS_MARK"), gone("_kwmark"),
    ),
    _MAKE.one(
        PRECISE, "convert unittest", "Convert `tests/test_keys.py` from unittest to pytest.",
        beneath("convert unittest to pytest", "tests/test_keys.py"),
        lacks_text("tests/test_keys.py", r"unittest|self\.assert"), only("tests/test_keys.py"),
    ),
    _MAKE.one(
        PRECISE, "rename class",
        "Rename the class `RRCache` in `src/cachetools/__init__.py` to `RandomCache`, in the"
        " documentation, too.",
        rename(_C + "__init__.py::RRCache", "RandomCache", DOCS),
        defines(_C + "__init__.py", "RandomCache"), gone("RRCache"),
        has(_C + "__init__.pyi", r"class RandomCache"),
    ),
    _MAKE.one(
        PRECISE, "rename function",
        "Rename the private function `_cache` in `src/cachetools/func.py` to `_decorated`.",
        rename(_C + "func.py::_cache", "_decorated"),
        defines(_C + "func.py", "_decorated"), gone("_cache", _C + "func.py"),
    ),
    _MAKE.one(
        PRECISE, "extract variable",
        "In the function `_cache` of `src/cachetools/func.py`, extract the expression"
        " `Condition()` into a variable named `condition`.",
        Planned("extract variable", {"expression": "Condition()", "new_name": "condition",
                                     "function": (_C + "func.py::_cache",
                                                  _C + "func.py::_cache.<locals>.decorator")}),
        has(_C + "func.py", r"^\s+condition = Condition\(\)$"),
        has(_C + "func.py", r"condition=condition"),
    ),
    _MAKE.one(
        LOOSE, "rename several",
        "rename methodkey to method_key and typedmethodkey to typed_method_key",
        (rename(_C + "keys.py::methodkey", "method_key"),
         rename(_C + "keys.py::typedmethodkey", "typed_method_key")),
        defines(_C + "keys.py", "method_key", "typed_method_key"), gone("methodkey"),
        gone("typedmethodkey"),
    ),
    _MAKE.one(
        LOOSE, "deduplicate", "keys.py has near duplicate functions, deduplicate them",
        Planned("deduplicate"), changes(_C + "keys.py"),
        defines(_C + "keys.py", "hashkey", "methodkey", "typedkey", "typedmethodkey"),
    ),
    _MAKE.one(
        LOOSE, "convert format strings", "f-strings instead of % in cachetools/__init__.py please",
        beneath("convert format strings", _C + "__init__.py"),
        lacks_text(_C + "__init__.py", r'"%s[^"]*" % '), only(_C + "__init__.py"),
    ),
    _MAKE.one(
        LOOSE, "rename method", "the expire method of TTLCache should be called purge",
        rename(_C + "__init__.py::TTLCache.expire", "purge"),
        defines(_C + "__init__.py", "TTLCache.purge"),
        lacks(_C + "__init__.py", "TTLCache.expire"),
    ),
    _MAKE.one(
        LOOSE, "make keyword only", "make typed keyword-only in ttl_cache",
        Planned("make keyword only", {"function": _C + "func.py::ttl_cache",
                                      "parameter": "typed"}),
        signature(_C + "func.py", "ttl_cache",
                  "maxsize=128, ttl=600, timer=time.monotonic, *, typed=False"),
    ),
    _MAKE.one(
        LOOSE, "add docstrings", "write docstrings for the class LRUCacheTest in test_lru.py",
        Planned("document"), documented("tests/test_lru.py", "LRUCacheTest"),
        only("tests/test_lru.py"),
    ),
    _MAKE.one(
        LOOSE, "add logging", "add logging to _cache in func.py",
        Planned("logging"), logs(_C + "func.py", "_cache"), only(_C + "func.py"),
    ),
    _MAKE.one(
        TERSE, "move module", "keys.py -> key_functions.py",
        Planned("move module", {"module": _C + "keys.py", "target": _C + "key_functions.py"}),
        exists(_C + "key_functions.py"), is_gone(_C + "keys.py"),
    ),
    _MAKE.one(
        TERSE, "move symbols", "CacheInfo into its own module cache_info.py",
        Planned("move", {"symbols": _C + "__init__.py::CacheInfo",
                         "target": _C + "cache_info.py"}),
        defines(_C + "cache_info.py", "CacheInfo"), lacks(_C + "__init__.py", "CacheInfo"),
    ),
    _MAKE.one(
        TERSE, "rename function", "rename lfu_cache decorater to least_used_cache",
        rename(_C + "func.py::lfu_cache", "least_used_cache", ANY_TEXTS),
        defines(_C + "func.py", "least_used_cache"), gone("lfu_cache"),
    ),
    _MAKE.one(
        TERSE, "convert unittest", "test_keys 2 pytest pls",
        beneath("convert unittest to pytest", "tests/test_keys.py"),
        lacks_text("tests/test_keys.py", r"unittest|self\.assert"), only("tests/test_keys.py"),
    ),
    _MAKE.refused(PRECISE, "Remove the parameter `maxsize` of the method `Cache.__init__` in"
                  " `src/cachetools/__init__.py`."),
    _MAKE.refused(LOOSE, "make the whole library async"),
)  # fmt: skip
