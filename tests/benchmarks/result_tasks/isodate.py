"""Tasks about isodate."""

from typing import Final

from benchmarks import result_checks as check
from benchmarks import result_task as task

_MAKE: Final = task.Tasks("isodate")
_I: Final = "src/isodate/"
TASKS: Final[tuple[task.Task, ...]] = (
    _MAKE.one(
        task.PRECISE, "rename function",
        "Rename the function `fquotmod` in `src/isodate/duration.py` to `bounded_divmod` and"
        " update every use.",
        task.rename(_I + "duration.py::fquotmod", "bounded_divmod"),
        check.defines(_I + "duration.py", "bounded_divmod"), check.gone("fquotmod"),
    ),
    _MAKE.one(
        task.PRECISE, "move module",
        "Rename the module `src/isodate/isoerror.py` to `src/isodate/errors.py`.",
        task.Planned("move module", {"module": _I + "isoerror.py", "target": _I + "errors.py"}),
        check.exists(_I + "errors.py"), check.is_gone(_I + "isoerror.py"),
        check.gone("isoerror", "src/"),
    ),
    _MAKE.one(
        task.PRECISE, "add parameter",
        "Add a parameter `strict` with the default value `False` to the function `parse_datetime`"
        " in `src/isodate/isodatetime.py`.",
        task.Planned("add parameter", {"function": _I + "isodatetime.py::parse_datetime",
                                       "parameter": "strict", "default": "False"}),
        check.signature(_I + "isodatetime.py", "parse_datetime", "datetimestring, strict=False"),
    ),
    _MAKE.one(
        task.PRECISE, "rename class",
        "Rename the class `FixedOffset` in `src/isodate/tzinfo.py` to `FixedTimezone`.",
        task.rename(_I + "tzinfo.py::FixedOffset", "FixedTimezone"),
        check.defines(_I + "tzinfo.py", "FixedTimezone"), check.gone("FixedOffset"),
        check.has(_I + "__init__.py", r'"FixedTimezone"'),
    ),
    _MAKE.one(
        task.PRECISE, "convert format strings",
        "Convert the %-format strings in `src/isodate/isotzinfo.py` to f-strings.",
        task.beneath("convert format strings", _I + "isotzinfo.py"),
        check.lacks_text(_I + "isotzinfo.py", r'"\s*% [\(\w]'), check.only(_I + "isotzinfo.py"),
    ),
    _MAKE.one(
        task.LOOSE, "move symbols",
        "put max_days_in_month in its own new module src/isodate/calendar_days.py",
        task.Planned("move", {"symbols": _I + "duration.py::max_days_in_month",
                              "target": _I + "calendar_days.py"}),
        check.defines(_I + "calendar_days.py", "max_days_in_month"),
        check.lacks(_I + "duration.py", "max_days_in_month"),
    ),
    _MAKE.one(
        task.LOOSE, "rename parameter", "rename tdt to value in strftime of isostrf",
        task.rename(_I + "isostrf.py::strftime.<locals>.tdt", "value"),
        check.signature(_I + "isostrf.py", "strftime", "value, format, yeardigits=4"),
    ),
    _MAKE.one(
        task.LOOSE, "reorder parameters",
        "reorder build_tzinfo so that tzhour and tzmin come before tzsign",
        task.Planned("reorder parameters", {"function": _I + "isotzinfo.py::build_tzinfo",
                                            "order": "tzname, tzhour, tzmin, tzsign"}),
        check.signature(_I + "isotzinfo.py", "build_tzinfo",
                        "tzname, tzhour=0, tzmin=0, tzsign='+'"),
    ),
    _MAKE.one(
        task.LOOSE, "add __all__", "add __all__ to the modules in src/isodate that lack it",
        task.beneath("add all", "src/isodate", "src/isodate/", "src/isodate/**"),
        check.defines(_I + "tzinfo.py", "__all__"), check.defines(_I + "isostrf.py", "__all__"),
        check.only(_I),
    ),
    _MAKE.one(
        task.LOOSE, "merge modules", "merge the isoerror module into isotzinfo.py",
        task.Planned("merge modules",
                     {"module": _I + "isoerror.py", "target": _I + "isotzinfo.py"}),
        check.defines(_I + "isotzinfo.py", "ISO8601Error"), check.is_gone(_I + "isoerror.py"),
    ),
    _MAKE.one(
        task.LOOSE, "extract constant",
        "pull the magic number 1000000 in isostrf out as MICROSECONDS_PER_SECOND",
        task.Planned("extract constant", {"module": _I + "isostrf.py", "literal": "1000000",
                                          "new_name": "MICROSECONDS_PER_SECOND"}),
        check.has(_I + "isostrf.py", r"^MICROSECONDS_PER_SECOND = 1000000$"),
        check.has(_I + "isostrf.py", r"divmod\(usecs, MICROSECONDS_PER_SECOND\)"),
    ),
    _MAKE.one(
        task.TERSE, "rename class", "class Utc -> UtcZone",
        task.rename(_I + "tzinfo.py::Utc", "UtcZone"),
        check.defines(_I + "tzinfo.py", "UtcZone"), check.gone("Utc"),
    ),
    _MAKE.one(
        task.TERSE, "rename parameter", "parse_date: yeardigits -> year_digits",
        task.rename(_I + "isodates.py::parse_date.<locals>.yeardigits", "year_digits"),
        check.has(_I + "isodates.py", r"def parse_date\(\s*datestring, year_digits=4"),
    ),
    _MAKE.one(
        task.TERSE, "move symbols", "mov parse_tzinfo + build_tzinfo to tzparsing.py",
        task.Planned("move", {"symbols": f"{_I}isotzinfo.py::parse_tzinfo\n"
                                    f"{_I}isotzinfo.py::build_tzinfo",
                              "target": _I + "tzparsing.py"}),
        check.defines(_I + "tzparsing.py", "parse_tzinfo", "build_tzinfo"),
        check.lacks(_I + "isotzinfo.py", "parse_tzinfo", "build_tzinfo"),
    ),
    _MAKE.one(
        task.TERSE, "add annotations", "type hints for max_days_in_month",
        task.Planned("annot"), check.annotated(_I + "duration.py", "max_days_in_month"),
        check.only(_I + "duration.py"),
    ),
    _MAKE.refused(task.PRECISE, "Rename the function `parse_time` in `src/isodate/isotime.py` to"
                  " `parse_date`."),
    _MAKE.refused(task.LOOSE, "inline the _Utc helper function of tzinfo"),
    _MAKE.refused(task.TERSE, "isodate sucks"),
)  # fmt: skip
