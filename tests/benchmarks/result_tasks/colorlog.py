"""Tasks about colorlog."""

from typing import Final

from benchmarks import result_checks as check
from benchmarks import result_task as task

_MAKE: Final = task.Tasks("colorlog")
_C: Final = "colorlog/"
_CODES: Final = _C + "escape_codes.py"
_FORMATTER: Final = _C + "formatter.py"
_WRAPPERS: Final = _C + "wrappers.py"
TASKS: Final[tuple[task.Task, ...]] = (
    _MAKE.one(
        task.PRECISE, "rename function",
        "The function `esc` of `colorlog/escape_codes.py` gets the name `ansi_sequence`;"
        " all calls and the tests that import it follow.",
        task.rename(_CODES + "::esc", "ansi_sequence", task.ANY_TEXTS),
        check.defines(_CODES, "ansi_sequence"), check.gone("esc"),
    ),
    _MAKE.one(
        task.PRECISE, "rename method",
        "Rename method `ColoredFormatter._colorize` (file `colorlog/formatter.py`) to"
        " `_wants_color`.",
        task.rename(_FORMATTER + "::ColoredFormatter._colorize", "_wants_color", task.ANY_TEXTS),
        check.defines(_FORMATTER, "ColoredFormatter._wants_color"), check.gone("_colorize"),
    ),
    _MAKE.one(
        task.PRECISE, "move symbols",
        "Move `default_log_colors` and `default_formats` from `colorlog/formatter.py` into a new"
        " module `colorlog/defaults.py`. `colorlog.default_log_colors` must still exist.",
        task.Planned("move|split module",
                     {"symbols": f"{_FORMATTER}::default_log_colors\n{_FORMATTER}::default_formats",
                      "target": _C + "defaults.py"}),
        check.defines(_C + "defaults.py", "default_log_colors", "default_formats"),
        check.lacks(_FORMATTER, "default_log_colors", "default_formats"),
    ),
    _MAKE.one(
        task.PRECISE, "replace pattern",
        "In `colorlog/wrappers.py`, write `not logging.root.handlers` instead of"
        " `len(logging.root.handlers) == 0`.",
        task.Planned("replace pattern", {"pattern": "len(logging.root.handlers) == 0",
                                         "replacement": "not logging.root.handlers",
                                         "where": (_WRAPPERS, "")}),
        check.has(_WRAPPERS, r"if not logging\.root\.handlers:"),
        check.lacks_text(_WRAPPERS, r"len\(logging"), check.only(_WRAPPERS),
    ),
    _MAKE.refused(
        task.PRECISE,
        "Rename the function `load_color_table` in `colorlog/escape_codes.py` to `load_colors`.",
    ),
    _MAKE.one(
        task.LOOSE, "rename class",
        "LevelFormatter isn't very telling, PerLevelFormatter would be. change all code please",
        task.rename(_FORMATTER + "::LevelFormatter", "PerLevelFormatter", task.ANY_TEXTS),
        check.defines(_FORMATTER, "PerLevelFormatter"), check.gone("LevelFormatter"),
        check.has(_C + "__init__.py", r"""^\s*['"]PerLevelFormatter['"]"""),
    ),
    _MAKE.one(
        task.LOOSE, "method to function",
        "can _get_escape_code be an ordinary function in formatter.py instead of a static method"
        " of the formatter?",
        task.Planned("method to function",
                     {"method": _FORMATTER + "::ColoredFormatter._get_escape_code",
                      "new_name": ("", "_get_escape_code")}),
        check.defines(_FORMATTER, "_get_escape_code"),
        check.lacks(_FORMATTER, "ColoredFormatter._get_escape_code"),
    ),
    _MAKE.one(
        task.LOOSE, "add logging",
        "when parse_colors is called I want to see that in the log",
        task.Planned("log"), check.logs(_CODES, "parse_colors"), check.only(_CODES),
    ),
    _MAKE.one(
        task.LOOSE, "convert format strings",
        "get rid of the percent formatting in escape_codes.py, f-strings read better",
        task.beneath("convert format strings", _CODES),
        check.lacks_text(_CODES, r"_?%[sd]\" %"), check.has(_CODES, r"f\"bold_\{name\}\""),
        check.only(_CODES),
    ),
    _MAKE.refused(task.LOOSE, "ColoredFormatter is too long, simply call the class class"),
    _MAKE.one(
        task.TERSE, "rename function", "ensure_configured => with_config",
        task.rename(_WRAPPERS + "::ensure_configured", "with_config", task.ANY_TEXTS),
        check.defines(_WRAPPERS, "with_config"), check.gone("ensure_configured"),
    ),
    _MAKE.one(
        task.TERSE, "move module", "wrapers.py shd be logging_wrappers.py",
        task.Planned("move module", {"module": _WRAPPERS, "target": _C + "logging_wrappers.py"}),
        check.exists(_C + "logging_wrappers.py"), check.is_gone(_WRAPPERS), check.gone("wrappers"),
    ),
    _MAKE.one(
        task.TERSE, "add docstrings", "docstring for esc",
        task.Planned("document"), check.documented(_CODES, "esc"), check.only(_CODES),
    ),
    _MAKE.one(
        task.TERSE, "add postponed annotations", "future annotations in formatter + wrappers",
        task.beneath("add postponed annotations", f"{_FORMATTER},{_WRAPPERS}",
                     f"{_WRAPPERS},{_FORMATTER}"),
        check.has(_FORMATTER, r"^from __future__ import annotations"),
        check.has(_WRAPPERS, r"^from __future__ import annotations"),
        check.only(_FORMATTER, _WRAPPERS),
    ),
    _MAKE.refused(task.TERSE, "formatMessage to format_message, camelcase is ugly"),
)  # fmt: skip
