"""Tasks about humanize."""

from typing import Final

from benchmarks import result_checks as check
from benchmarks import result_task as task

_MAKE: Final = task.Tasks("humanize")
_H: Final = "src/humanize/"
TASKS: Final[tuple[task.Task, ...]] = (
    _MAKE.one(
        task.PRECISE, "rename function",
        "Rename `_rounding_by_fmt` in src/humanize/time.py to `_round_like_format` and update"
        " every use, including the tests.",
        task.rename(_H + "time.py::_rounding_by_fmt", "_round_like_format"),
        check.defines(_H + "time.py", "_round_like_format"), check.gone("_rounding_by_fmt"),
    ),
    _MAKE.one(
        task.PRECISE, "rename class",
        "Rename the enum class `Unit` in `src/humanize/time.py` to `TimeUnit`.",
        task.rename(_H + "time.py::Unit", "TimeUnit"),
        check.defines(_H + "time.py", "TimeUnit"), check.lacks(_H + "time.py", "Unit"),
    ),
    _MAKE.one(
        task.PRECISE, "extract constant",
        "In `src/humanize/filesize.py`, extract the literal `1024` into a module constant named"
        " `BINARY_BASE`.",
        task.Planned("extract constant", {"module": _H + "filesize.py", "literal": "1024",
                                          "new_name": "BINARY_BASE"}),
        check.has(_H + "filesize.py", r"^BINARY_BASE(: \w+)? = 1024$"),
        check.has(_H + "filesize.py", r"base = BINARY_BASE if"),
    ),
    _MAKE.one(
        task.PRECISE, "move symbols",
        "Move the function `clamp` from `src/humanize/number.py` to a new module"
        " `src/humanize/limits.py` and fix the imports.",
        task.Planned("move", {"symbols": _H + "number.py::clamp", "target": _H + "limits.py"}),
        check.defines(_H + "limits.py", "clamp"), check.lacks(_H + "number.py", "clamp"),
    ),
    _MAKE.one(
        task.PRECISE, "reorder parameters",
        "Reorder the parameters of `_rounding_by_fmt` in `src/humanize/time.py` so that `value`"
        " comes before `format`.",
        task.Planned("reorder parameters", {"function": _H + "time.py::_rounding_by_fmt",
                                            "order": ("value, format", "value,format")}),
        check.signature(_H + "time.py", "_rounding_by_fmt", "value: float, format: str"),
        check.has(_H + "time.py", r"_rounding_by_fmt\(value / divisor, format\)"),
        check.has("tests/test_time.py", r"_rounding_by_fmt\(value, fmt\)"),
    ),
    _MAKE.one(
        task.LOOSE, "move module",
        "the lists module should be called series",
        task.Planned("move module", {"module": _H + "lists.py", "target": _H + "series.py"}),
        check.exists(_H + "series.py"), check.is_gone(_H + "lists.py"),
        check.lacks_text("src/", r"humanize\.lists"),
    ),
    _MAKE.one(
        task.LOOSE, "merge modules", "merge lists.py into number.py",
        task.Planned("merge modules", {"module": _H + "lists.py", "target": _H + "number.py"}),
        check.defines(_H + "number.py", "natural_list"), check.is_gone(_H + "lists.py"),
    ),
    _MAKE.one(
        task.LOOSE, "inline function",
        "inline _abs_timedelta, all it does is call abs",
        task.Planned("inline function", {"function": _H + "time.py::_abs_timedelta"}),
        check.gone("_abs_timedelta"), check.has(_H + "time.py", r"return date, abs\(delta\)"),
    ),
    _MAKE.one(
        task.LOOSE, "rename parameter",
        "call the ndigits parameter of intcomma digits instead",
        task.rename(_H + "number.py::intcomma.<locals>.ndigits", "digits"),
        check.signature(_H + "number.py", "intcomma",
                        "value: NumberOrString, digits: int | None=None"),
        check.lacks_text("tests/", r"ndigits="),
    ),
    _MAKE.one(
        task.LOOSE, "add tests", "write some tests for natural_list in lists.py",
        task.Planned("test"), check.tested("natural_list"),
        check.lacks_text(_H + "lists.py", "assert"),
    ),
    _MAKE.one(
        task.LOOSE, "rewrite",
        "simplify natural_list so that it needs fewer branches, same results",
        task.Planned("rewrite"), check.changes(_H + "lists.py"), check.only(_H + "lists.py"),
        check.defines(_H + "lists.py", "natural_list"),
    ),
    _MAKE.one(
        task.TERSE, "rename variable", "powers -> POWERS_OF_TEN in number",
        task.rename(_H + "number.py::powers", "POWERS_OF_TEN"),
        check.defines(_H + "number.py", "POWERS_OF_TEN"), check.lacks(_H + "number.py", "powers"),
    ),
    _MAKE.one(
        task.TERSE, "make keyword only", "_quotient_and_remainder: format kw only",
        task.Planned("make keyword only", {"function": _H + "time.py::_quotient_and_remainder",
                                           "parameter": "format"}),
        check.has(_H + "time.py", r"\*,\n?\s*format: str"),
    ),
    _MAKE.one(
        task.TERSE, "rename function", "rename func naturl_list to join_words",
        task.rename(_H + "lists.py::natural_list", "join_words"),
        check.defines(_H + "lists.py", "join_words"), check.gone("natural_list"),
    ),
    _MAKE.one(
        task.TERSE, "split module", "split number.py, clamp n metric go to bounds.py",
        task.Planned("split module|move",
                     {"symbols": f"{_H}number.py::clamp\n{_H}number.py::metric",
                                           "target": _H + "bounds.py"}),
        check.defines(_H + "bounds.py", "clamp", "metric"),
        check.lacks(_H + "number.py", "clamp", "metric"),
    ),
    _MAKE.refused(task.PRECISE,
            "Remove the parameter `divisor` of the function `_quotient_and_remainder` in"
            " `src/humanize/time.py`."),
    _MAKE.refused(task.LOOSE, "translate the whole package to Rust"),
    _MAKE.refused(task.TERSE, "naturalsize -> naturaldate"),
)  # fmt: skip
