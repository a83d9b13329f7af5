"""Tasks about isodate."""

from typing import Final

from benchmarks.result_checks import (
    annotated,
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
    LOOSE,
    PRECISE,
    TERSE,
    Planned,
    Task,
    Tasks,
    beneath,
    rename,
)

_MAKE: Final = Tasks("isodate")
_I: Final = "src/isodate/"
TASKS: Final[tuple[Task, ...]] = (
    _MAKE.one(
        PRECISE, "rename function",
        "Rename the function `fquotmod` in `src/isodate/duration.py` to `bounded_divmod` and"
        " update every use.",
        rename(_I + "duration.py::fquotmod", "bounded_divmod"),
        defines(_I + "duration.py", "bounded_divmod"), gone("fquotmod"),
    ),
    _MAKE.one(
        PRECISE, "move module",
        "Rename the module `src/isodate/isoerror.py` to `src/isodate/errors.py`.",
        Planned("move module", {"module": _I + "isoerror.py", "target": _I + "errors.py"}),
        exists(_I + "errors.py"), is_gone(_I + "isoerror.py"), gone("isoerror", "src/"),
    ),
    _MAKE.one(
        PRECISE, "add parameter",
        "Add a parameter `strict` with the default value `False` to the function `parse_datetime`"
        " in `src/isodate/isodatetime.py`.",
        Planned("add parameter", {"function": _I + "isodatetime.py::parse_datetime",
                                  "parameter": "strict", "default": "False"}),
        signature(_I + "isodatetime.py", "parse_datetime", "datetimestring, strict=False"),
    ),
    _MAKE.one(
        PRECISE, "rename class",
        "Rename the class `FixedOffset` in `src/isodate/tzinfo.py` to `FixedTimezone`.",
        rename(_I + "tzinfo.py::FixedOffset", "FixedTimezone"),
        defines(_I + "tzinfo.py", "FixedTimezone"), gone("FixedOffset"),
        has(_I + "__init__.py", r'"FixedTimezone"'),
    ),
    _MAKE.one(
        PRECISE, "convert format strings",
        "Convert the %-format strings in `src/isodate/isotzinfo.py` to f-strings.",
        beneath("convert format strings", _I + "isotzinfo.py"),
        lacks_text(_I + "isotzinfo.py", r'"\s*% [\(\w]'), only(_I + "isotzinfo.py"),
    ),
    _MAKE.one(
        LOOSE, "move symbols",
        "put max_days_in_month in its own new module src/isodate/calendar_days.py",
        Planned("move", {"symbols": _I + "duration.py::max_days_in_month",
                         "target": _I + "calendar_days.py"}),
        defines(_I + "calendar_days.py", "max_days_in_month"),
        lacks(_I + "duration.py", "max_days_in_month"),
    ),
    _MAKE.one(
        LOOSE, "rename parameter", "rename tdt to value in strftime of isostrf",
        rename(_I + "isostrf.py::strftime.<locals>.tdt", "value"),
        signature(_I + "isostrf.py", "strftime", "value, format, yeardigits=4"),
    ),
    _MAKE.one(
        LOOSE, "reorder parameters",
        "reorder build_tzinfo so that tzhour and tzmin come before tzsign",
        Planned("reorder parameters", {"function": _I + "isotzinfo.py::build_tzinfo",
                                       "order": "tzname, tzhour, tzmin, tzsign"}),
        signature(_I + "isotzinfo.py", "build_tzinfo", "tzname, tzhour=0, tzmin=0, tzsign='+'"),
    ),
    _MAKE.one(
        LOOSE, "add __all__", "add __all__ to the modules in src/isodate that lack it",
        beneath("add all", "src/isodate", "src/isodate/", "src/isodate/**"),
        defines(_I + "tzinfo.py", "__all__"), defines(_I + "isostrf.py", "__all__"), only(_I),
    ),
    _MAKE.one(
        LOOSE, "merge modules", "merge the isoerror module into isotzinfo.py",
        Planned("merge modules", {"module": _I + "isoerror.py", "target": _I + "isotzinfo.py"}),
        defines(_I + "isotzinfo.py", "ISO8601Error"), is_gone(_I + "isoerror.py"),
    ),
    _MAKE.one(
        LOOSE, "extract constant",
        "pull the magic number 1000000 in isostrf out as MICROSECONDS_PER_SECOND",
        Planned("extract constant", {"module": _I + "isostrf.py", "literal": "1000000",
                                     "new_name": "MICROSECONDS_PER_SECOND"}),
        has(_I + "isostrf.py", r"^MICROSECONDS_PER_SECOND = 1000000$"),
        has(_I + "isostrf.py", r"divmod\(usecs, MICROSECONDS_PER_SECOND\)"),
    ),
    _MAKE.one(
        TERSE, "rename class", "class Utc -> UtcZone",
        rename(_I + "tzinfo.py::Utc", "UtcZone"),
        defines(_I + "tzinfo.py", "UtcZone"), gone("Utc"),
    ),
    _MAKE.one(
        TERSE, "rename parameter", "parse_date: yeardigits -> year_digits",
        rename(_I + "isodates.py::parse_date.<locals>.yeardigits", "year_digits"),
        has(_I + "isodates.py", r"def parse_date\(\s*datestring, year_digits=4"),
    ),
    _MAKE.one(
        TERSE, "move symbols", "mov parse_tzinfo + build_tzinfo to tzparsing.py",
        Planned("move", {"symbols": f"{_I}isotzinfo.py::parse_tzinfo\n"
                                    f"{_I}isotzinfo.py::build_tzinfo",
                         "target": _I + "tzparsing.py"}),
        defines(_I + "tzparsing.py", "parse_tzinfo", "build_tzinfo"),
        lacks(_I + "isotzinfo.py", "parse_tzinfo", "build_tzinfo"),
    ),
    _MAKE.one(
        TERSE, "add annotations", "type hints for max_days_in_month",
        Planned("annot"), annotated(_I + "duration.py", "max_days_in_month"),
        only(_I + "duration.py"),
    ),
    _MAKE.refused(PRECISE, "Rename the function `parse_time` in `src/isodate/isotime.py` to"
                  " `parse_date`."),
    _MAKE.refused(LOOSE, "inline the _Utc helper function of tzinfo"),
    _MAKE.refused(TERSE, "isodate sucks"),
)  # fmt: skip
