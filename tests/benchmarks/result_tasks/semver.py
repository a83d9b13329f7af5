"""Tasks about semver."""

from typing import Final

from benchmarks.result_checks import (
    changes,
    defines,
    documented,
    exists,
    gone,
    handles_errors,
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

_MAKE: Final = Tasks("semver")
_V: Final = "src/semver/"
TASKS: Final[tuple[Task, ...]] = (
    _MAKE.one(
        PRECISE, "rename method",
        "Rename the static method `_increment_string` of the class `Version` in"
        " `src/semver/version.py` to `_bump_digits`; update the callers and the tests.",
        rename(_V + "version.py::Version._increment_string", "_bump_digits"),
        defines(_V + "version.py", "Version._bump_digits"), gone("_increment_string"),
    ),
    _MAKE.one(
        PRECISE, "move module",
        "Move the module `src/semver/_types.py` to `src/semver/_aliases.py`.",
        Planned("move module", {"module": _V + "_types.py", "target": _V + "_aliases.py"}),
        exists(_V + "_aliases.py"), is_gone(_V + "_types.py"), gone("_types", "src/"),
    ),
    _MAKE.one(
        PRECISE, "inline variable",
        "Inline the local variable `ver1` of the function `cmd_compare` in `src/semver/cli.py`.",
        Planned("inline variable", {"symbol": _V + "cli.py::cmd_compare.<locals>.ver1"}),
        has(_V + "cli.py", r"Version\.parse\(args\.version1\)\.compare\(args\.version2\)"),
    ),
    _MAKE.one(
        PRECISE, "extract function",
        "Extract the lines 111-118 of `src/semver/cli.py` into a function named"
        " `add_bump_parsers`.",
        Planned("extract function", {"module": _V + "cli.py", "lines": "111-118",
                                     "new_name": "add_bump_parsers"}),
        defines(_V + "cli.py", "add_bump_parsers"), has(_V + "cli.py", r"^    add_bump_parsers\("),
    ),
    _MAKE.one(
        PRECISE, "convert os.path",
        "Replace `os.path` by `pathlib` in `src/semver/__main__.py`.",
        beneath("convert os.path to pathlib", _V + "__main__.py"),
        lacks_text(_V + "__main__.py", r"os\.path\.dirname"), only(_V + "__main__.py"),
    ),
    _MAKE.one(
        LOOSE, "rename function", "cmd_nextver in cli.py should be cmd_next",
        rename(_V + "cli.py::cmd_nextver", "cmd_next"),
        defines(_V + "cli.py", "cmd_next"), lacks(_V + "cli.py", "cmd_nextver"),
    ),
    _MAKE.one(
        LOOSE, "move symbols",
        "put _cmp and _comparator into a new file src/semver/comparing.py",
        Planned("move", {"symbols": f"{_V}version.py::_cmp\n{_V}version.py::_comparator",
                         "target": _V + "comparing.py"}),
        defines(_V + "comparing.py", "_cmp", "_comparator"),
        lacks(_V + "version.py", "_cmp", "_comparator"),
    ),
    _MAKE.one(
        LOOSE, "add docstrings",
        "add docstrings to everything in src/semver/__main__.py that has none",
        Planned("document"), documented(_V + "__main__.py", "main"), only(_V + "__main__.py"),
    ),
    _MAKE.one(
        LOOSE, "method to function",
        "turn the static method _increment_prerelease of Version into a plain function",
        Planned("method to function",
                {"method": _V + "version.py::Version._increment_prerelease"}),
        defines(_V + "version.py", "_increment_prerelease"),
        lacks(_V + "version.py", "Version._increment_prerelease"),
    ),
    _MAKE.one(
        LOOSE, "rename parameter",
        "the cliargs argument of main in cli.py should be argv",
        rename(_V + "cli.py::main.<locals>.cliargs", "argv"),
        signature(_V + "cli.py", "main", "argv: Optional[List[str]]=None"),
    ),
    _MAKE.one(
        LOOSE, "convert format strings",
        "replace the % formatting in version.py by f-strings",
        beneath("convert format strings", _V + "version.py"),
        lacks_text(_V + "version.py", r'^\s+(return|raise \w+\()\s*"[^"]*"\s*%'),
        changes(_V + "version.py"), only(_V + "version.py"),
    ),
    _MAKE.one(
        LOOSE, "add postponed annotations",
        "add from __future__ import annotations to cli.py",
        beneath("add postponed annotations", _V + "cli.py"),
        has(_V + "cli.py", r"^from __future__ import annotations"), only(_V + "cli.py"),
    ),
    _MAKE.one(
        TERSE, "rename method", "is_valid => is_semver everywhere",
        rename(_V + "version.py::Version.is_valid", "is_semver", ANY_TEXTS),
        defines(_V + "version.py", "Version.is_semver"), gone("is_valid"),
    ),
    _MAKE.one(
        TERSE, "add __all__", "add all to cli n _types",
        Planned("add all", {"where": (f"{_V}cli.py,{_V}_types.py", f"{_V}_types.py,{_V}cli.py")}),
        defines(_V + "cli.py", "__all__"), defines(_V + "_types.py", "__all__"),
        only(_V + "cli.py", _V + "_types.py"),
    ),
    _MAKE.one(
        TERSE, "rename constant", "SEMVER_SPEC_VERSION should just be SPEC_VERSION",
        rename(_V + "__about__.py::SEMVER_SPEC_VERSION", "SPEC_VERSION"),
        defines(_V + "__about__.py", "SPEC_VERSION"), gone("SEMVER_SPEC_VERSION"),
    ),
    _MAKE.one(
        TERSE, "add error handling", "error handling for cmd_bump in cli",
        Planned("error"), handles_errors(_V + "cli.py", "cmd_bump"), only(_V + "cli.py"),
    ),
    _MAKE.refused(LOOSE, "rename the bump_major method of Version to bump_minor"),
    _MAKE.refused(TERSE, "fix all bugs lol"),
)  # fmt: skip
