"""Tasks about colorlog."""

from typing import Final

from benchmarks.result_checks import (
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

_MAKE: Final = Tasks("colorlog")
_C: Final = "colorlog/"
_CODES: Final = _C + "escape_codes.py"
_FORMATTER: Final = _C + "formatter.py"
_WRAPPERS: Final = _C + "wrappers.py"
TASKS: Final[tuple[Task, ...]] = (
    _MAKE.one(
        PRECISE, "rename function",
        "The function `esc` of `colorlog/escape_codes.py` gets the name `ansi_sequence`;"
        " all calls and the tests that import it follow.",
        rename(_CODES + "::esc", "ansi_sequence", ANY_TEXTS),
        defines(_CODES, "ansi_sequence"), gone("esc"),
    ),
    _MAKE.one(
        PRECISE, "rename method",
        "Rename method `ColoredFormatter._colorize` (file `colorlog/formatter.py`) to"
        " `_wants_color`.",
        rename(_FORMATTER + "::ColoredFormatter._colorize", "_wants_color", ANY_TEXTS),
        defines(_FORMATTER, "ColoredFormatter._wants_color"), gone("_colorize"),
    ),
    _MAKE.one(
        PRECISE, "move symbols",
        "Move `default_log_colors` and `default_formats` from `colorlog/formatter.py` into a new"
        " module `colorlog/defaults.py`. `colorlog.default_log_colors` must still exist.",
        Planned("move|split module",
                {"symbols": f"{_FORMATTER}::default_log_colors\n{_FORMATTER}::default_formats",
                 "target": _C + "defaults.py"}),
        defines(_C + "defaults.py", "default_log_colors", "default_formats"),
        lacks(_FORMATTER, "default_log_colors", "default_formats"),
    ),
    _MAKE.one(
        PRECISE, "replace pattern",
        "In `colorlog/wrappers.py`, write `not logging.root.handlers` instead of"
        " `len(logging.root.handlers) == 0`.",
        Planned("replace pattern", {"pattern": "len(logging.root.handlers) == 0",
                                    "replacement": "not logging.root.handlers",
                                    "where": (_WRAPPERS, "")}),
        has(_WRAPPERS, r"if not logging\.root\.handlers:"),
        lacks_text(_WRAPPERS, r"len\(logging"), only(_WRAPPERS),
    ),
    _MAKE.refused(
        PRECISE,
        "Rename the function `load_color_table` in `colorlog/escape_codes.py` to `load_colors`.",
    ),
    _MAKE.one(
        LOOSE, "rename class",
        "LevelFormatter isn't very telling, PerLevelFormatter would be. change all code please",
        rename(_FORMATTER + "::LevelFormatter", "PerLevelFormatter", ANY_TEXTS),
        defines(_FORMATTER, "PerLevelFormatter"), gone("LevelFormatter"),
        has(_C + "__init__.py", r"""^\s*['"]PerLevelFormatter['"]"""),
    ),
    _MAKE.one(
        LOOSE, "method to function",
        "can _get_escape_code be an ordinary function in formatter.py instead of a static method"
        " of the formatter?",
        Planned("method to function",
                {"method": _FORMATTER + "::ColoredFormatter._get_escape_code",
                 "new_name": ("", "_get_escape_code")}),
        defines(_FORMATTER, "_get_escape_code"),
        lacks(_FORMATTER, "ColoredFormatter._get_escape_code"),
    ),
    _MAKE.one(
        LOOSE, "add logging",
        "when parse_colors is called I want to see that in the log",
        Planned("log"), logs(_CODES, "parse_colors"), only(_CODES),
    ),
    _MAKE.one(
        LOOSE, "convert format strings",
        "get rid of the percent formatting in escape_codes.py, f-strings read better",
        beneath("convert format strings", _CODES),
        lacks_text(_CODES, r"_?%[sd]\" %"), has(_CODES, r"f\"bold_\{name\}\""), only(_CODES),
    ),
    _MAKE.refused(LOOSE, "ColoredFormatter is too long, simply call the class class"),
    _MAKE.one(
        TERSE, "rename function", "ensure_configured => with_config",
        rename(_WRAPPERS + "::ensure_configured", "with_config", ANY_TEXTS),
        defines(_WRAPPERS, "with_config"), gone("ensure_configured"),
    ),
    _MAKE.one(
        TERSE, "move module", "wrapers.py shd be logging_wrappers.py",
        Planned("move module", {"module": _WRAPPERS, "target": _C + "logging_wrappers.py"}),
        exists(_C + "logging_wrappers.py"), is_gone(_WRAPPERS), gone("wrappers"),
    ),
    _MAKE.one(
        TERSE, "add docstrings", "docstring for esc",
        Planned("document"), documented(_CODES, "esc"), only(_CODES),
    ),
    _MAKE.one(
        TERSE, "add postponed annotations", "future annotations in formatter + wrappers",
        beneath("add postponed annotations", f"{_FORMATTER},{_WRAPPERS}",
                f"{_WRAPPERS},{_FORMATTER}"),
        has(_FORMATTER, r"^from __future__ import annotations"),
        has(_WRAPPERS, r"^from __future__ import annotations"), only(_FORMATTER, _WRAPPERS),
    ),
    _MAKE.refused(TERSE, "formatMessage to format_message, camelcase is ugly"),
)  # fmt: skip
