"""Tasks about prettytable."""

from typing import Final

from benchmarks import result_checks as check
from benchmarks import result_task as task

_MAKE: Final = task.Tasks("prettytable")
_P: Final = "src/prettytable/"
_M: Final = "src/prettytable/prettytable.py"
TASKS: Final[tuple[task.Task, ...]] = (
    _MAKE.one(
        task.PRECISE, "print to logging",
        "Convert the print calls in `src/prettytable/__main__.py` to logging.",
        task.beneath("convert print to logging", _P + "__main__.py"),
        check.lacks_text(_P + "__main__.py", r"^\s+print\("), check.has(_P + "__main__.py", "logg"),
        check.only(_P + "__main__.py"),
    ),
    _MAKE.one(
        task.PRECISE, "rename function",
        "Rename the function `_str_block_width` in `src/prettytable/prettytable.py` to"
        " `_display_width` everywhere.",
        task.rename(_M + "::_str_block_width", "_display_width", task.ANY_TEXTS),
        check.defines(_M, "_display_width"), check.gone("_str_block_width"),
    ),
    _MAKE.one(
        task.PRECISE, "move symbols",
        "Move the classes `Theme` and `Themes` from `src/prettytable/colortable.py` to a new"
        " module `src/prettytable/theme.py`.",
        task.Planned("move", {"symbols": f"{_P}colortable.py::Theme\n{_P}colortable.py::Themes",
                              "target": _P + "theme.py"}),
        check.defines(_P + "theme.py", "Theme", "Themes"),
        check.lacks(_P + "colortable.py", "Theme"),
    ),
    _MAKE.one(
        task.PRECISE, "method to function",
        "Convert the static method `format_code` of the class `Theme` in"
        " `src/prettytable/colortable.py` to a function.",
        task.Planned("method to function", {"method": _P + "colortable.py::Theme.format_code"}),
        check.defines(_P + "colortable.py", "format_code"),
        check.lacks(_P + "colortable.py", "Theme.format_code"),
    ),
    _MAKE.one(
        task.PRECISE, "rename method",
        "Rename the method `PrettyTable._justify` in `src/prettytable/prettytable.py` to"
        " `_align_text`.",
        task.rename(_M + "::PrettyTable._justify", "_align_text"),
        check.defines(_M, "PrettyTable._align_text"), check.gone("_justify"),
    ),
    _MAKE.one(
        task.LOOSE, "rename function", "rename from_html_one to from_single_html, readme included",
        task.rename(_M + "::from_html_one", "from_single_html", task.DOCS),
        check.defines(_M, "from_single_html"), check.gone("from_html_one"),
        check.lacks_text("README.md", "from_html_one"),
    ),
    _MAKE.one(
        task.LOOSE, "add docstrings", "add docstrings to the classes in colortable.py",
        task.Planned("document"),
        check.documented(_P + "colortable.py", "Theme", "Themes", "ColorTable"),
        check.only(_P + "colortable.py"),
    ),
    _MAKE.one(
        task.LOOSE, "move module", "the colortable module should be named colored",
        task.Planned("move module", {"module": _P + "colortable.py", "target": _P + "colored.py"}),
        check.exists(_P + "colored.py"), check.is_gone(_P + "colortable.py"),
    ),
    _MAKE.one(
        task.LOOSE, "rename several", "rename from_csv to read_csv and from_json to read_json",
        (task.rename(_M + "::from_csv", "read_csv"), task.rename(_M + "::from_json", "read_json")),
        check.defines(_M, "read_csv", "read_json"), check.gone("from_csv"), check.gone("from_json"),
    ),
    _MAKE.one(
        task.LOOSE, "method to static",
        "_validate_nonnegative_int doesn't use self, can you make it static?",
        task.Planned("method to static method",
                     {"method": _M + "::PrettyTable._validate_nonnegative_int"}),
        check.has(_M, r"@staticmethod\n    def _validate_nonnegative_int\("),
    ),
    _MAKE.one(
        task.LOOSE, "add parameter",
        "from_json needs a new optional argument encoding with default 'utf-8'",
        task.Planned("add parameter", {"function": _M + "::from_json", "parameter": "encoding",
                                       "default": "'utf-8'"}),
        check.has(_M, r"def from_json\([^)]*encoding[^)]*= ?['\"]utf-8['\"]"),
    ),
    _MAKE.one(
        task.TERSE, "rename class", "HRuleStyle => RowRules",
        task.rename(_M + "::HRuleStyle", "RowRules", task.ANY_TEXTS),
        check.defines(_M, "RowRules"), check.gone("HRuleStyle"),
    ),
    _MAKE.one(
        task.TERSE, "rename constant", "RESET_CODE const -> ANSI_RESET",
        task.rename(_P + "colortable.py::RESET_CODE", "ANSI_RESET"),
        check.defines(_P + "colortable.py", "ANSI_RESET"), check.gone("RESET_CODE"),
    ),
    _MAKE.one(
        task.TERSE, "rename parameter", "add_autoindex param fieldname to field_name",
        task.rename(_M + "::PrettyTable.add_autoindex.<locals>.fieldname", "field_name"),
        check.signature(_M, "PrettyTable.add_autoindex", "self, field_name: str='Index'"),
    ),
    _MAKE.one(
        task.TERSE, "print to logging", "no prints in __main__, use logger",
        task.beneath("convert print to logging", _P + "__main__.py"),
        check.lacks_text(_P + "__main__.py", r"^\s+print\("), check.has(_P + "__main__.py", "logg"),
    ),
    _MAKE.one(
        task.TERSE, "add tests", "add tests for _get_size",
        task.Planned("test"), check.tested("_get_size"),
    ),
    _MAKE.refused(task.LOOSE, "port prettytable to JavaScript"),
    _MAKE.refused(task.TERSE, "get_string -> get_html_string"),
)  # fmt: skip
