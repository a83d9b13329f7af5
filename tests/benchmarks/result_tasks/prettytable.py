"""Tasks about prettytable."""

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
    only,
    signature,
    tested,
)
from benchmarks.result_task import (
    ANY_TEXTS,
    DOCS,
    LOOSE,
    PRECISE,
    TERSE,
    Planned,
    Task,
    Tasks,
    beneath,
    rename,
)

_MAKE: Final = Tasks("prettytable")
_P: Final = "src/prettytable/"
_M: Final = "src/prettytable/prettytable.py"
TASKS: Final[tuple[Task, ...]] = (
    _MAKE.one(
        PRECISE, "print to logging",
        "Convert the print calls in `src/prettytable/__main__.py` to logging.",
        beneath("convert print to logging", _P + "__main__.py"),
        lacks_text(_P + "__main__.py", r"^\s+print\("), has(_P + "__main__.py", "logg"),
        only(_P + "__main__.py"),
    ),
    _MAKE.one(
        PRECISE, "rename function",
        "Rename the function `_str_block_width` in `src/prettytable/prettytable.py` to"
        " `_display_width` everywhere.",
        rename(_M + "::_str_block_width", "_display_width", ANY_TEXTS),
        defines(_M, "_display_width"), gone("_str_block_width"),
    ),
    _MAKE.one(
        PRECISE, "move symbols",
        "Move the classes `Theme` and `Themes` from `src/prettytable/colortable.py` to a new"
        " module `src/prettytable/theme.py`.",
        Planned("move", {"symbols": f"{_P}colortable.py::Theme\n{_P}colortable.py::Themes",
                         "target": _P + "theme.py"}),
        defines(_P + "theme.py", "Theme", "Themes"), lacks(_P + "colortable.py", "Theme"),
    ),
    _MAKE.one(
        PRECISE, "method to function",
        "Convert the static method `format_code` of the class `Theme` in"
        " `src/prettytable/colortable.py` to a function.",
        Planned("method to function", {"method": _P + "colortable.py::Theme.format_code"}),
        defines(_P + "colortable.py", "format_code"),
        lacks(_P + "colortable.py", "Theme.format_code"),
    ),
    _MAKE.one(
        PRECISE, "rename method",
        "Rename the method `PrettyTable._justify` in `src/prettytable/prettytable.py` to"
        " `_align_text`.",
        rename(_M + "::PrettyTable._justify", "_align_text"),
        defines(_M, "PrettyTable._align_text"), gone("_justify"),
    ),
    _MAKE.one(
        LOOSE, "rename function", "rename from_html_one to from_single_html, readme included",
        rename(_M + "::from_html_one", "from_single_html", DOCS),
        defines(_M, "from_single_html"), gone("from_html_one"),
        lacks_text("README.md", "from_html_one"),
    ),
    _MAKE.one(
        LOOSE, "add docstrings", "add docstrings to the classes in colortable.py",
        Planned("document"), documented(_P + "colortable.py", "Theme", "Themes", "ColorTable"),
        only(_P + "colortable.py"),
    ),
    _MAKE.one(
        LOOSE, "move module", "the colortable module should be named colored",
        Planned("move module", {"module": _P + "colortable.py", "target": _P + "colored.py"}),
        exists(_P + "colored.py"), is_gone(_P + "colortable.py"),
    ),
    _MAKE.one(
        LOOSE, "rename several", "rename from_csv to read_csv and from_json to read_json",
        (rename(_M + "::from_csv", "read_csv"), rename(_M + "::from_json", "read_json")),
        defines(_M, "read_csv", "read_json"), gone("from_csv"), gone("from_json"),
    ),
    _MAKE.one(
        LOOSE, "method to static",
        "_validate_nonnegative_int doesn't use self, can you make it static?",
        Planned("method to static method",
                {"method": _M + "::PrettyTable._validate_nonnegative_int"}),
        has(_M, r"@staticmethod\n    def _validate_nonnegative_int\("),
    ),
    _MAKE.one(
        LOOSE, "add parameter",
        "from_json needs a new optional argument encoding with default 'utf-8'",
        Planned("add parameter", {"function": _M + "::from_json", "parameter": "encoding",
                                  "default": "'utf-8'"}),
        has(_M, r"def from_json\([^)]*encoding[^)]*= ?['\"]utf-8['\"]"),
    ),
    _MAKE.one(
        TERSE, "rename class", "HRuleStyle => RowRules",
        rename(_M + "::HRuleStyle", "RowRules", ANY_TEXTS),
        defines(_M, "RowRules"), gone("HRuleStyle"),
    ),
    _MAKE.one(
        TERSE, "rename constant", "RESET_CODE const -> ANSI_RESET",
        rename(_P + "colortable.py::RESET_CODE", "ANSI_RESET"),
        defines(_P + "colortable.py", "ANSI_RESET"), gone("RESET_CODE"),
    ),
    _MAKE.one(
        TERSE, "rename parameter", "add_autoindex param fieldname to field_name",
        rename(_M + "::PrettyTable.add_autoindex.<locals>.fieldname", "field_name"),
        signature(_M, "PrettyTable.add_autoindex", "self, field_name: str='Index'"),
    ),
    _MAKE.one(
        TERSE, "print to logging", "no prints in __main__, use logger",
        beneath("convert print to logging", _P + "__main__.py"),
        lacks_text(_P + "__main__.py", r"^\s+print\("), has(_P + "__main__.py", "logg"),
    ),
    _MAKE.one(
        TERSE, "add tests", "add tests for _get_size",
        Planned("test"), tested("_get_size"),
    ),
    _MAKE.refused(LOOSE, "port prettytable to JavaScript"),
    _MAKE.refused(TERSE, "get_string -> get_html_string"),
)  # fmt: skip
