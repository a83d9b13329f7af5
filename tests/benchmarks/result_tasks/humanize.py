"""Tasks about humanize."""

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
    only,
    signature,
    tested,
)
from benchmarks.result_task import (
    LOOSE,
    PRECISE,
    TERSE,
    Planned,
    Task,
    Tasks,
    rename,
)

_MAKE: Final = Tasks("humanize")
_H: Final = "src/humanize/"
TASKS: Final[tuple[Task, ...]] = (
    _MAKE.one(
        PRECISE, "rename function",
        "Rename `_rounding_by_fmt` in src/humanize/time.py to `_round_like_format` and update"
        " every use, including the tests.",
        rename(_H + "time.py::_rounding_by_fmt", "_round_like_format"),
        defines(_H + "time.py", "_round_like_format"), gone("_rounding_by_fmt"),
    ),
    _MAKE.one(
        PRECISE, "rename class",
        "Rename the enum class `Unit` in `src/humanize/time.py` to `TimeUnit`.",
        rename(_H + "time.py::Unit", "TimeUnit"),
        defines(_H + "time.py", "TimeUnit"), lacks(_H + "time.py", "Unit"),
    ),
    _MAKE.one(
        PRECISE, "extract constant",
        "In `src/humanize/filesize.py`, extract the literal `1024` into a module constant named"
        " `BINARY_BASE`.",
        Planned("extract constant", {"module": _H + "filesize.py", "literal": "1024",
                                     "new_name": "BINARY_BASE"}),
        has(_H + "filesize.py", r"^BINARY_BASE(: \w+)? = 1024$"),
        has(_H + "filesize.py", r"base = BINARY_BASE if"),
    ),
    _MAKE.one(
        PRECISE, "move symbols",
        "Move the function `clamp` from `src/humanize/number.py` to a new module"
        " `src/humanize/limits.py` and fix the imports.",
        Planned("move", {"symbols": _H + "number.py::clamp", "target": _H + "limits.py"}),
        defines(_H + "limits.py", "clamp"), lacks(_H + "number.py", "clamp"),
    ),
    _MAKE.one(
        PRECISE, "reorder parameters",
        "Reorder the parameters of `_rounding_by_fmt` in `src/humanize/time.py` so that `value`"
        " comes before `format`.",
        Planned("reorder parameters", {"function": _H + "time.py::_rounding_by_fmt",
                                       "order": ("value, format", "value,format")}),
        signature(_H + "time.py", "_rounding_by_fmt", "value: float, format: str"),
        has(_H + "time.py", r"_rounding_by_fmt\(value / divisor, format\)"),
        has("tests/test_time.py", r"_rounding_by_fmt\(value, fmt\)"),
    ),
    _MAKE.one(
        LOOSE, "move module",
        "the lists module should be called series",
        Planned("move module", {"module": _H + "lists.py", "target": _H + "series.py"}),
        exists(_H + "series.py"), is_gone(_H + "lists.py"), lacks_text("src/", r"humanize\.lists"),
    ),
    _MAKE.one(
        LOOSE, "merge modules", "merge lists.py into number.py",
        Planned("merge modules", {"module": _H + "lists.py", "target": _H + "number.py"}),
        defines(_H + "number.py", "natural_list"), is_gone(_H + "lists.py"),
    ),
    _MAKE.one(
        LOOSE, "inline function",
        "inline _abs_timedelta, all it does is call abs",
        Planned("inline function", {"function": _H + "time.py::_abs_timedelta"}),
        gone("_abs_timedelta"), has(_H + "time.py", r"return date, abs\(delta\)"),
    ),
    _MAKE.one(
        LOOSE, "rename parameter",
        "call the ndigits parameter of intcomma digits instead",
        rename(_H + "number.py::intcomma.<locals>.ndigits", "digits"),
        signature(_H + "number.py", "intcomma",
                  "value: NumberOrString, digits: int | None=None"),
        lacks_text("tests/", r"ndigits="),
    ),
    _MAKE.one(
        LOOSE, "add tests", "write some tests for natural_list in lists.py",
        Planned("test"), tested("natural_list"), lacks_text(_H + "lists.py", "assert"),
    ),
    _MAKE.one(
        LOOSE, "rewrite",
        "simplify natural_list so that it needs fewer branches, same results",
        Planned("rewrite"), changes(_H + "lists.py"), only(_H + "lists.py"),
        defines(_H + "lists.py", "natural_list"),
    ),
    _MAKE.one(
        TERSE, "rename variable", "powers -> POWERS_OF_TEN in number",
        rename(_H + "number.py::powers", "POWERS_OF_TEN"),
        defines(_H + "number.py", "POWERS_OF_TEN"), lacks(_H + "number.py", "powers"),
    ),
    _MAKE.one(
        TERSE, "make keyword only", "_quotient_and_remainder: format kw only",
        Planned("make keyword only", {"function": _H + "time.py::_quotient_and_remainder",
                                      "parameter": "format"}),
        has(_H + "time.py", r"\*,\n?\s*format: str"),
    ),
    _MAKE.one(
        TERSE, "rename function", "rename func naturl_list to join_words",
        rename(_H + "lists.py::natural_list", "join_words"),
        defines(_H + "lists.py", "join_words"), gone("natural_list"),
    ),
    _MAKE.one(
        TERSE, "split module", "split number.py, clamp n metric go to bounds.py",
        Planned("split module|move", {"symbols": f"{_H}number.py::clamp\n{_H}number.py::metric",
                                      "target": _H + "bounds.py"}),
        defines(_H + "bounds.py", "clamp", "metric"), lacks(_H + "number.py", "clamp", "metric"),
    ),
    _MAKE.refused(PRECISE,
            "Remove the parameter `divisor` of the function `_quotient_and_remainder` in"
            " `src/humanize/time.py`."),
    _MAKE.refused(LOOSE, "translate the whole package to Rust"),
    _MAKE.refused(TERSE, "naturalsize -> naturaldate"),
)  # fmt: skip
