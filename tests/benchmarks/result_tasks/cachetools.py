"""Tasks about cachetools."""

from typing import Final

from benchmarks import result_checks as check
from benchmarks import result_task as task

_MAKE: Final = task.Tasks("cachetools")
_C: Final = "src/cachetools/"
TASKS: Final[tuple[task.Task, ...]] = (
    _MAKE.one(
        task.PRECISE, "rename variable",
        "Rename the variable `_kwmark` in `src/cachetools/keys.py` to `_KWARGS_MARK`.",
        task.rename(_C + "keys.py::_kwmark", "_KWARGS_MARK"),
        check.defines(_C + "keys.py", "_KWARGS_MARK"), check.gone("_kwmark"),
    ),
    _MAKE.one(
        task.PRECISE, "convert unittest", "Convert `tests/test_keys.py` from unittest to pytest.",
        task.beneath("convert unittest to pytest", "tests/test_keys.py"),
        check.lacks_text("tests/test_keys.py", r"unittest|self\.assert"),
        check.only("tests/test_keys.py"),
    ),
    _MAKE.one(
        task.PRECISE, "rename class",
        "Rename the class `RRCache` in `src/cachetools/__init__.py` to `RandomCache`, in the"
        " documentation, too.",
        task.rename(_C + "__init__.py::RRCache", "RandomCache", task.DOCS),
        check.defines(_C + "__init__.py", "RandomCache"), check.gone("RRCache"),
        check.has(_C + "__init__.pyi", r"class RandomCache"),
    ),
    _MAKE.one(
        task.PRECISE, "rename function",
        "Rename the private function `_cache` in `src/cachetools/func.py` to `_decorated`.",
        task.rename(_C + "func.py::_cache", "_decorated"),
        check.defines(_C + "func.py", "_decorated"), check.gone("_cache", _C + "func.py"),
    ),
    _MAKE.one(
        task.PRECISE, "extract variable",
        "In the function `_cache` of `src/cachetools/func.py`, extract the expression"
        " `Condition()` into a variable named `condition`.",
        task.Planned("extract variable", {"expression": "Condition()", "new_name": "condition",
                                          "function": (_C + "func.py::_cache",
                                                       _C + "func.py::_cache.<locals>.decorator")}),
        check.has(_C + "func.py", r"^\s+condition = Condition\(\)$"),
        check.has(_C + "func.py", r"condition=condition"),
    ),
    _MAKE.one(
        task.LOOSE, "rename several",
        "rename methodkey to method_key and typedmethodkey to typed_method_key",
        (task.rename(_C + "keys.py::methodkey", "method_key"),
         task.rename(_C + "keys.py::typedmethodkey", "typed_method_key")),
        check.defines(_C + "keys.py", "method_key", "typed_method_key"), check.gone("methodkey"),
        check.gone("typedmethodkey"),
    ),
    _MAKE.one(
        task.LOOSE, "deduplicate", "keys.py has near duplicate functions, deduplicate them",
        task.Planned("deduplicate"), check.changes(_C + "keys.py"),
        check.defines(_C + "keys.py", "hashkey", "methodkey", "typedkey", "typedmethodkey"),
    ),
    _MAKE.one(
        task.LOOSE, "convert format strings",
        "f-strings instead of % in cachetools/__init__.py please",
        task.beneath("convert format strings", _C + "__init__.py"),
        check.lacks_text(_C + "__init__.py", r'"%s[^"]*" % '), check.only(_C + "__init__.py"),
    ),
    _MAKE.one(
        task.LOOSE, "rename method", "the expire method of TTLCache should be called purge",
        task.rename(_C + "__init__.py::TTLCache.expire", "purge"),
        check.defines(_C + "__init__.py", "TTLCache.purge"),
        check.lacks(_C + "__init__.py", "TTLCache.expire"),
    ),
    _MAKE.one(
        task.LOOSE, "make keyword only", "make typed keyword-only in ttl_cache",
        task.Planned("make keyword only", {"function": _C + "func.py::ttl_cache",
                                           "parameter": "typed"}),
        check.signature(_C + "func.py", "ttl_cache",
                        "maxsize=128, ttl=600, timer=time.monotonic, *, typed=False"),
    ),
    _MAKE.one(
        task.LOOSE, "add docstrings", "write docstrings for the class LRUCacheTest in test_lru.py",
        task.Planned("document"), check.documented("tests/test_lru.py", "LRUCacheTest"),
        check.only("tests/test_lru.py"),
    ),
    _MAKE.one(
        task.LOOSE, "add logging", "add logging to _cache in func.py",
        task.Planned("logging"), check.logs(_C + "func.py", "_cache"), check.only(_C + "func.py"),
    ),
    _MAKE.one(
        task.TERSE, "move module", "keys.py -> key_functions.py",
        task.Planned("move module", {"module": _C + "keys.py", "target": _C + "key_functions.py"}),
        check.exists(_C + "key_functions.py"), check.is_gone(_C + "keys.py"),
    ),
    _MAKE.one(
        task.TERSE, "move symbols", "CacheInfo into its own module cache_info.py",
        task.Planned("move", {"symbols": _C + "__init__.py::CacheInfo",
                              "target": _C + "cache_info.py"}),
        check.defines(_C + "cache_info.py", "CacheInfo"),
        check.lacks(_C + "__init__.py", "CacheInfo"),
    ),
    _MAKE.one(
        task.TERSE, "rename function", "rename lfu_cache decorater to least_used_cache",
        task.rename(_C + "func.py::lfu_cache", "least_used_cache", task.ANY_TEXTS),
        check.defines(_C + "func.py", "least_used_cache"), check.gone("lfu_cache"),
    ),
    _MAKE.one(
        task.TERSE, "convert unittest", "test_keys 2 pytest pls",
        task.beneath("convert unittest to pytest", "tests/test_keys.py"),
        check.lacks_text("tests/test_keys.py", r"unittest|self\.assert"),
        check.only("tests/test_keys.py"),
    ),
    _MAKE.refused(task.PRECISE, "Remove the parameter `maxsize` of the method `Cache.__init__` in"
                  " `src/cachetools/__init__.py`."),
    _MAKE.refused(task.LOOSE, "make the whole library async"),
)  # fmt: skip
