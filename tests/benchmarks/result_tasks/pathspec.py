"""Tasks about pathspec."""

from typing import Final

from benchmarks.result_checks import (
    defines,
    exists,
    gone,
    has,
    is_gone,
    lacks,
    lacks_text,
    only,
    signature,
)
from benchmarks.result_task import (
    ANY_TEXTS,
    LOOSE,
    PRECISE,
    TERSE,
    Planned,
    Task,
    Tasks,
    beneath,
    rename,
)

_MAKE: Final = Tasks("pathspec")
_P: Final = "pathspec/"
_UTIL: Final = _P + "util.py"
_SPEC: Final = _P + "pathspec.py"
_WILD: Final = _P + "patterns/gitwildmatch.py"
TASKS: Final[tuple[Task, ...]] = (
    _MAKE.one(
        PRECISE, "rename function",
        "Please rename `lookup_pattern` (a function of `pathspec/util.py`) to"
        " `get_pattern_factory`, along with its imports and its entry in `__all__`.",
        rename(_UTIL + "::lookup_pattern", "get_pattern_factory", ANY_TEXTS),
        defines(_UTIL, "get_pattern_factory"), gone("lookup_pattern"),
        has(_P + "__init__.py", r"""^\s*['"]get_pattern_factory['"]"""),
    ),
    _MAKE.one(
        PRECISE, "move symbols",
        "Create a module `pathspec/errors.py` and move the exception classes"
        " `AlreadyRegisteredError` and `RecursionError` from `pathspec/util.py` to it.",
        Planned("move|split module",
                {"symbols": f"{_UTIL}::AlreadyRegisteredError\n{_UTIL}::RecursionError",
                 "target": _P + "errors.py"}),
        defines(_P + "errors.py", "AlreadyRegisteredError", "RecursionError"),
        lacks(_UTIL, "AlreadyRegisteredError", "RecursionError"),
    ),
    _MAKE.one(
        PRECISE, "add parameter",
        "The function `match_file` in `pathspec/util.py` needs another parameter, `strict`,"
        " at the end, whose default is `False`. No caller passes it yet.",
        Planned("add parameter", {"function": _UTIL + "::match_file", "parameter": "strict",
                                  "default": "False", "annotation": ("", "bool")}),
        has(_UTIL, r"^def match_file\(patterns: Iterable\[Pattern\], file: str,"
                   r" strict(: bool)? ?= ?False\)"),
        only(_UTIL),
    ),
    _MAKE.one(
        PRECISE, "convert format strings",
        "In `pathspec/util.py`, change the calls of `str.format` to f-strings.",
        beneath("convert format strings", _UTIL),
        lacks_text(_UTIL, r"\.format\("), only(_UTIL),
    ),
    _MAKE.one(
        PRECISE, "inline variable",
        "In `pathspec/pathspec.py`, the method `PathSpec.__eq__` has a local variable"
        " `paired_patterns` that is used once. Inline it.",
        Planned("inline variable",
                {"symbol": _SPEC + "::PathSpec.__eq__.<locals>.paired_patterns"}),
        has(_SPEC, r"for a, b in zip_longest\(self\.patterns, other\.patterns\)"),
        lacks_text(_SPEC, "paired_patterns"), only(_SPEC),
    ),
    _MAKE.one(
        LOOSE, "rename class",
        "GitWildMatchPatternError is a mouthful. Make it InvalidGitPattern, wherever it is used",
        rename(_WILD + "::GitWildMatchPatternError", "InvalidGitPattern", ANY_TEXTS),
        defines(_WILD, "InvalidGitPattern"), gone("GitWildMatchPatternError"),
    ),
    _MAKE.one(
        LOOSE, "move module",
        "the file patterns/gitwildmatch.py ought to be called patterns/wildmatch.py",
        Planned("move module", {"module": _WILD, "target": _P + "patterns/wildmatch.py"}),
        exists(_P + "patterns/wildmatch.py"), is_gone(_WILD), gone("gitwildmatch"),
    ),
    _MAKE.one(
        LOOSE, "rename function",
        "mkfile, the helper of the tests, only ever makes empty files - so let's name it"
        " touch_file",
        rename("tests/util.py::mkfile", "touch_file", ANY_TEXTS),
        defines("tests/util.py", "touch_file"), gone("mkfile"), only("tests/"),
    ),
    _MAKE.one(
        LOOSE, "convert unittest",
        "I'd like test_01_util.py in plain pytest style without all those self.assertEqual",
        beneath("convert unittest to pytest", "tests/test_01_util.py"),
        lacks_text("tests/test_01_util.py", r"self\.assert"), only("tests/test_01_util.py"),
    ),
    _MAKE.one(
        LOOSE, "keyword-only parameters",
        "nobody should be able to pass on_error and follow_links of iter_tree_files by position",
        Planned("make keyword only", {"function": _UTIL + "::iter_tree_files",
                                      "parameter": "on_error"}),
        signature(_UTIL, "iter_tree_files",
                  "root: StrPath, *, on_error: Optional[Callable[[OSError], None]]=None,"
                  " follow_links: Optional[bool]=None"),
    ),
    _MAKE.one(
        TERSE, "rename function", "its normalise_file not normalize_file. fix evrywhere",
        rename(_UTIL + "::normalize_file", "normalise_file", ANY_TEXTS),
        defines(_UTIL, "normalise_file", "normalize_files"), gone("normalize_file"),
    ),
    _MAKE.one(
        TERSE, "inline function", "inline _is_iterable",
        Planned("inline function", {"function": _UTIL + "::_is_iterable"}),
        lacks(_UTIL, "_is_iterable"), gone("_is_iterable"),
    ),
    _MAKE.one(
        TERSE, "move symbols", "mv TreeEntry to pathspec/tree.py",
        Planned("move|split module",
                {"symbols": _UTIL + "::TreeEntry", "target": _P + "tree.py"}),
        defines(_P + "tree.py", "TreeEntry"), lacks(_UTIL, "TreeEntry"),
    ),
    _MAKE.one(
        TERSE, "rename function", "check_match_fil -> check_single_file",
        rename(_UTIL + "::check_match_file", "check_single_file", ANY_TEXTS),
        defines(_UTIL, "check_single_file"), gone("check_match_file"),
    ),
    _MAKE.refused(TERSE, "why is match_files deprecated??"),
)  # fmt: skip
