"""Tasks about semver."""

from typing import Final

from benchmarks import result_checks as check
from benchmarks import result_task as task

_MAKE: Final = task.Tasks("semver")
_V: Final = "src/semver/"
TASKS: Final[tuple[task.Task, ...]] = (
    _MAKE.one(
        task.PRECISE, "rename method",
        "Rename the static method `_increment_string` of the class `Version` in"
        " `src/semver/version.py` to `_bump_digits`; update the callers and the tests.",
        task.rename(_V + "version.py::Version._increment_string", "_bump_digits"),
        check.defines(_V + "version.py", "Version._bump_digits"), check.gone("_increment_string"),
    ),
    _MAKE.one(
        task.PRECISE, "move module",
        "Move the module `src/semver/_types.py` to `src/semver/_aliases.py`.",
        task.Planned("move module", {"module": _V + "_types.py", "target": _V + "_aliases.py"}),
        check.exists(_V + "_aliases.py"), check.is_gone(_V + "_types.py"),
        check.gone("_types", "src/"),
    ),
    _MAKE.one(
        task.PRECISE, "inline variable",
        "Inline the local variable `ver1` of the function `cmd_compare` in `src/semver/cli.py`.",
        task.Planned("inline variable", {"symbol": _V + "cli.py::cmd_compare.<locals>.ver1"}),
        check.has(_V + "cli.py", r"Version\.parse\(args\.version1\)\.compare\(args\.version2\)"),
    ),
    _MAKE.one(
        task.PRECISE, "extract function",
        "Extract the lines 111-118 of `src/semver/cli.py` into a function named"
        " `add_bump_parsers`.",
        task.Planned("extract function", {"module": _V + "cli.py", "lines": "111-118",
                                          "new_name": "add_bump_parsers"}),
        check.defines(_V + "cli.py", "add_bump_parsers"),
        check.has(_V + "cli.py", r"^    add_bump_parsers\("),
    ),
    _MAKE.one(
        task.PRECISE, "convert os.path",
        "Replace `os.path` by `pathlib` in `src/semver/__main__.py`.",
        task.beneath("convert os.path to pathlib", _V + "__main__.py"),
        check.lacks_text(_V + "__main__.py", r"os\.path\.dirname"), check.only(_V + "__main__.py"),
    ),
    _MAKE.one(
        task.LOOSE, "rename function", "cmd_nextver in cli.py should be cmd_next",
        task.rename(_V + "cli.py::cmd_nextver", "cmd_next"),
        check.defines(_V + "cli.py", "cmd_next"), check.lacks(_V + "cli.py", "cmd_nextver"),
    ),
    _MAKE.one(
        task.LOOSE, "move symbols",
        "put _cmp and _comparator into a new file src/semver/comparing.py",
        task.Planned("move", {"symbols": f"{_V}version.py::_cmp\n{_V}version.py::_comparator",
                              "target": _V + "comparing.py"}),
        check.defines(_V + "comparing.py", "_cmp", "_comparator"),
        check.lacks(_V + "version.py", "_cmp", "_comparator"),
    ),
    _MAKE.one(
        task.LOOSE, "add docstrings",
        "add docstrings to everything in src/semver/__main__.py that has none",
        task.Planned("document"), check.documented(_V + "__main__.py", "main"),
        check.only(_V + "__main__.py"),
    ),
    _MAKE.one(
        task.LOOSE, "method to function",
        "turn the static method _increment_prerelease of Version into a plain function",
        task.Planned("method to function",
                     {"method": _V + "version.py::Version._increment_prerelease"}),
        check.defines(_V + "version.py", "_increment_prerelease"),
        check.lacks(_V + "version.py", "Version._increment_prerelease"),
    ),
    _MAKE.one(
        task.LOOSE, "rename parameter",
        "the cliargs argument of main in cli.py should be argv",
        task.rename(_V + "cli.py::main.<locals>.cliargs", "argv"),
        check.signature(_V + "cli.py", "main", "argv: Optional[List[str]]=None"),
    ),
    _MAKE.one(
        task.LOOSE, "convert format strings",
        "replace the % formatting in version.py by f-strings",
        task.beneath("convert format strings", _V + "version.py"),
        check.lacks_text(_V + "version.py", r'^\s+(return|raise \w+\()\s*"[^"]*"\s*%'),
        check.changes(_V + "version.py"), check.only(_V + "version.py"),
    ),
    _MAKE.one(
        task.LOOSE, "add postponed annotations",
        "add from __future__ import annotations to cli.py",
        task.beneath("add postponed annotations", _V + "cli.py"),
        check.has(_V + "cli.py", r"^from __future__ import annotations"), check.only(_V + "cli.py"),
    ),
    _MAKE.one(
        task.TERSE, "rename method", "is_valid => is_semver everywhere",
        task.rename(_V + "version.py::Version.is_valid", "is_semver", task.ANY_TEXTS),
        check.defines(_V + "version.py", "Version.is_semver"), check.gone("is_valid"),
    ),
    _MAKE.one(
        task.TERSE, "add __all__", "add all to cli n _types",
        task.Planned("add all",
                     {"where": (f"{_V}cli.py,{_V}_types.py", f"{_V}_types.py,{_V}cli.py")}),
        check.defines(_V + "cli.py", "__all__"), check.defines(_V + "_types.py", "__all__"),
        check.only(_V + "cli.py", _V + "_types.py"),
    ),
    _MAKE.one(
        task.TERSE, "rename constant", "SEMVER_SPEC_VERSION should just be SPEC_VERSION",
        task.rename(_V + "__about__.py::SEMVER_SPEC_VERSION", "SPEC_VERSION"),
        check.defines(_V + "__about__.py", "SPEC_VERSION"), check.gone("SEMVER_SPEC_VERSION"),
    ),
    _MAKE.one(
        task.TERSE, "add error handling", "error handling for cmd_bump in cli",
        task.Planned("error"), check.handles_errors(_V + "cli.py", "cmd_bump"),
        check.only(_V + "cli.py"),
    ),
    _MAKE.refused(task.LOOSE, "rename the bump_major method of Version to bump_minor"),
    _MAKE.refused(task.TERSE, "fix all bugs lol"),
)  # fmt: skip
