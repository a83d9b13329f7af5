"""Tasks about pathspec."""

from typing import Final

from benchmarks import result_checks as check
from benchmarks import result_task as task

_MAKE: Final = task.Tasks("pathspec")
_P: Final = "pathspec/"
_UTIL: Final = _P + "util.py"
_SPEC: Final = _P + "pathspec.py"
_WILD: Final = _P + "patterns/gitwildmatch.py"
TASKS: Final[tuple[task.Task, ...]] = (
    _MAKE.one(
        task.PRECISE, "rename function",
        "Please rename `lookup_pattern` (a function of `pathspec/util.py`) to"
        " `get_pattern_factory`, along with its imports and its entry in `__all__`.",
        task.rename(_UTIL + "::lookup_pattern", "get_pattern_factory", task.ANY_TEXTS),
        check.defines(_UTIL, "get_pattern_factory"), check.gone("lookup_pattern"),
        check.has(_P + "__init__.py", r"""^\s*['"]get_pattern_factory['"]"""),
    ),
    _MAKE.one(
        task.PRECISE, "move symbols",
        "Create a module `pathspec/errors.py` and move the exception classes"
        " `AlreadyRegisteredError` and `RecursionError` from `pathspec/util.py` to it.",
        task.Planned("move|split module",
                     {"symbols": f"{_UTIL}::AlreadyRegisteredError\n{_UTIL}::RecursionError",
                      "target": _P + "errors.py"}),
        check.defines(_P + "errors.py", "AlreadyRegisteredError", "RecursionError"),
        check.lacks(_UTIL, "AlreadyRegisteredError", "RecursionError"),
    ),
    _MAKE.one(
        task.PRECISE, "add parameter",
        "The function `match_file` in `pathspec/util.py` needs another parameter, `strict`,"
        " at the end, whose default is `False`. No caller passes it yet.",
        task.Planned("add parameter", {"function": _UTIL + "::match_file", "parameter": "strict",
                                       "default": "False", "annotation": ("", "bool")}),
        check.has(_UTIL, r"^def match_file\(patterns: Iterable\[Pattern\], file: str,"
                   r" strict(: bool)? ?= ?False\)"),
        check.only(_UTIL),
    ),
    _MAKE.one(
        task.PRECISE, "convert format strings",
        "In `pathspec/util.py`, change the calls of `str.format` to f-strings.",
        task.beneath("convert format strings", _UTIL),
        check.lacks_text(_UTIL, r"\.format\("), check.only(_UTIL),
    ),
    _MAKE.one(
        task.PRECISE, "inline variable",
        "In `pathspec/pathspec.py`, the method `PathSpec.__eq__` has a local variable"
        " `paired_patterns` that is used once. Inline it.",
        task.Planned("inline variable",
                     {"symbol": _SPEC + "::PathSpec.__eq__.<locals>.paired_patterns"}),
        check.has(_SPEC, r"for a, b in zip_longest\(self\.patterns, other\.patterns\)"),
        check.lacks_text(_SPEC, "paired_patterns"), check.only(_SPEC),
    ),
    _MAKE.one(
        task.LOOSE, "rename class",
        "GitWildMatchPatternError is a mouthful. Make it InvalidGitPattern, wherever it is used",
        task.rename(_WILD + "::GitWildMatchPatternError", "InvalidGitPattern", task.ANY_TEXTS),
        check.defines(_WILD, "InvalidGitPattern"), check.gone("GitWildMatchPatternError"),
    ),
    _MAKE.one(
        task.LOOSE, "move module",
        "the file patterns/gitwildmatch.py ought to be called patterns/wildmatch.py",
        task.Planned("move module", {"module": _WILD, "target": _P + "patterns/wildmatch.py"}),
        check.exists(_P + "patterns/wildmatch.py"), check.is_gone(_WILD),
        check.gone("gitwildmatch"),
    ),
    _MAKE.one(
        task.LOOSE, "rename function",
        "mkfile, the helper of the tests, only ever makes empty files - so let's name it"
        " touch_file",
        task.rename("tests/util.py::mkfile", "touch_file", task.ANY_TEXTS),
        check.defines("tests/util.py", "touch_file"), check.gone("mkfile"), check.only("tests/"),
    ),
    _MAKE.one(
        task.LOOSE, "convert unittest",
        "I'd like test_01_util.py in plain pytest style without all those self.assertEqual",
        task.beneath("convert unittest to pytest", "tests/test_01_util.py"),
        check.lacks_text("tests/test_01_util.py", r"self\.assert"),
        check.only("tests/test_01_util.py"),
    ),
    _MAKE.one(
        task.LOOSE, "keyword-only parameters",
        "nobody should be able to pass on_error and follow_links of iter_tree_files by position",
        task.Planned("make keyword only", {"function": _UTIL + "::iter_tree_files",
                                           "parameter": "on_error"}),
        check.signature(_UTIL, "iter_tree_files",
                        "root: StrPath, *, on_error: Optional[Callable[[OSError], None]]=None,"
                        " follow_links: Optional[bool]=None"),
    ),
    _MAKE.one(
        task.TERSE, "rename function", "its normalise_file not normalize_file. fix evrywhere",
        task.rename(_UTIL + "::normalize_file", "normalise_file", task.ANY_TEXTS),
        check.defines(_UTIL, "normalise_file", "normalize_files"), check.gone("normalize_file"),
    ),
    _MAKE.one(
        task.TERSE, "inline function", "inline _is_iterable",
        task.Planned("inline function", {"function": _UTIL + "::_is_iterable"}),
        check.lacks(_UTIL, "_is_iterable"), check.gone("_is_iterable"),
    ),
    _MAKE.one(
        task.TERSE, "move symbols", "mv TreeEntry to pathspec/tree.py",
        task.Planned("move|split module",
                     {"symbols": _UTIL + "::TreeEntry", "target": _P + "tree.py"}),
        check.defines(_P + "tree.py", "TreeEntry"), check.lacks(_UTIL, "TreeEntry"),
    ),
    _MAKE.one(
        task.TERSE, "rename function", "check_match_fil -> check_single_file",
        task.rename(_UTIL + "::check_match_file", "check_single_file", task.ANY_TEXTS),
        check.defines(_UTIL, "check_single_file"), check.gone("check_match_file"),
    ),
    _MAKE.refused(task.TERSE, "why is match_files deprecated??"),
)  # fmt: skip
