"""Tasks about sqlparse."""

from typing import Final

from benchmarks import result_checks as check
from benchmarks import result_task as task

_MAKE: Final = task.Tasks("sqlparse")
_S: Final = "sqlparse/"
_INIT: Final = _S + "__init__.py"
_KEYWORDS: Final = _S + "keywords.py"
_OTHERS: Final = _S + "filters/others.py"
_GROUPING: Final = _S + "engine/grouping.py"
_SPLITTER: Final = _S + "engine/statement_splitter.py"
_MARGIN: Final = _S + "filters/right_margin.py"
_HARNESS: Final = "benchmarks/_harness.py"
_SPANS: Final = (f"{_KEYWORDS}::DelimitedSpans", f"{_KEYWORDS}::find_delimited_spans")
_NO_SPANS: Final = f"{_KEYWORDS}::_NO_SPANS"
_SPAN_PATTERNS: Final = tuple(
    f"{_KEYWORDS}::{name}"
    for name in (
        "_DOLLAR_QUOTE_DELIM",
        "_DOLLAR_QUOTE_OPENER_OK",
        "_COMMENT_HINT_OPEN",
        "_COMMENT_OPEN",
        "_COMMENT_CLOSE",
        "_COMMENT_TAG",
    )
)
TASKS: Final[tuple[task.Task, ...]] = (
    _MAKE.one(
        task.PRECISE, "rename function",
        "Rename the function `imt` in `sqlparse/utils.py` to `token_matches` and update every"
        " place that imports or calls it.",
        task.rename(_S + "utils.py::imt", "token_matches", task.ANY_TEXTS),
        check.defines(_S + "utils.py", "token_matches"), check.gone("imt"),
    ),
    _MAKE.one(
        task.PRECISE, "move symbols",
        "Move `remove_quotes` from `sqlparse/utils.py` to `sqlparse/sql.py`; the test that goes"
        " through `utils.remove_quotes` has to follow.",
        task.Planned("move|split module", {"symbols": _S + "utils.py::remove_quotes",
                                           "target": _S + "sql.py"}),
        check.defines(_S + "sql.py", "remove_quotes"),
        check.lacks(_S + "utils.py", "remove_quotes"),
        check.lacks_text("tests/", r"utils\.remove_quotes"),
    ),
    _MAKE.one(
        task.PRECISE, "add parameter",
        "Add a parameter `max_statements` of type `int | None` with the default `None` to the"
        " function `split` in `sqlparse/__init__.py`.",
        task.Planned("add parameter", {"function": _INIT + "::split",
                                       "parameter": "max_statements", "default": "None",
                                       "annotation": "int | None", "keyword_only": ("", "no")}),
        check.has(_INIT, r"strip_semicolon: bool = False,\s+max_statements: int \| None = None"),
        check.only(_INIT),
    ),
    _MAKE.one(
        task.PRECISE, "remove parameter",
        "The parameter `group` of `RightMarginFilter._process` is never read. Remove it from the"
        " signature and from the calls.",
        task.Planned("remove parameter", {"function": _MARGIN + "::RightMarginFilter._process",
                                          "parameter": "group"}),
        check.signature(_MARGIN, "RightMarginFilter._process", "self, stream"),
        check.has(_MARGIN, r"self\._process\(token\.tokens\)"), check.only(_MARGIN),
    ),
    _MAKE.one(
        task.PRECISE, "static method",
        "Turn `StripTrailingSemicolonFilter.process` in sqlparse/filters/others.py into a static"
        " method.",
        task.Planned("method to static method",
                     {"method": _OTHERS + "::StripTrailingSemicolonFilter.process"}),
        check.has(_OTHERS, r"@staticmethod\s+def process\(stmt\):\s+while stmt\.tokens and"),
    ),
    _MAKE.one(
        task.PRECISE, "inline variable",
        "Inline the local variable `func_name` of `StripWhitespaceFilter._stripws`.",
        task.Planned("inline variable", {
            "symbol": _OTHERS + "::StripWhitespaceFilter._stripws.<locals>.func_name"}),
        check.lacks_text(_OTHERS, "func_name"),
        check.has(_OTHERS, r"getattr\(\s*self, \(?f'_stripws_\{type\(tlist\)\.__name__\}'\)?"
                           r"\.lower\(\),"),
        check.only(_OTHERS),
    ),
    _MAKE.refused(
        task.PRECISE,
        "Rename the class `StatementCache` in sqlparse/engine to `StatementStore` and fix its"
        " imports.",
    ),
    _MAKE.one(
        task.LOOSE, "rename attribute",
        "the attribute consume_ws of the statement splitter is badly named, it should be"
        " skip_whitespace",
        task.rename(_SPLITTER + "::StatementSplitter.consume_ws", "skip_whitespace",
                    task.ANY_TEXTS),
        check.defines(_SPLITTER, "StatementSplitter.skip_whitespace"), check.gone("consume_ws"),
    ),
    _MAKE.one(
        task.LOOSE, "merge modules",
        "we don't need a whole module for one exception, merge sqlparse/exceptions.py into"
        " utils.py",
        task.Planned("merge modules", {"module": _S + "exceptions.py", "target": _S + "utils.py"}),
        check.is_gone(_S + "exceptions.py"), check.defines(_S + "utils.py", "SQLParseError"),
        check.lacks_text("tests/", r"sqlparse\.exceptions"),
        check.lacks_text("benchmarks/", r"sqlparse\.exceptions"),
    ),
    _MAKE.one(
        task.LOOSE, "function to method",
        "run_vector in the benchmark harness would be nicer as a method of Vector",
        task.Planned("function to method", {"function": _HARNESS + "::run_vector",
                                            "class": _HARNESS + "::Vector",
                                            "new_name": ("", "run_vector")}),
        check.defines(_HARNESS, "Vector.run_vector"), check.lacks(_HARNESS, "run_vector"),
        check.has(_HARNESS, r"\.run_vector\("), check.only(_HARNESS),
    ),
    _MAKE.one(
        task.LOOSE, "split module",
        "could you pull everything that has to do with delimited spans out of keywords.py into a"
        " module of its own, sqlparse/delimiters.py",
        task.Planned("split module|move", {
            "symbols": ("\n".join((*_SPANS, _NO_SPANS, *_SPAN_PATTERNS)),
                        "\n".join((*_SPANS, _NO_SPANS)), "\n".join(_SPANS)),
            "target": _S + "delimiters.py"}),
        check.defines(_S + "delimiters.py", "DelimitedSpans", "find_delimited_spans"),
        check.lacks(_KEYWORDS, "DelimitedSpans", "find_delimited_spans"),
        check.defines(_KEYWORDS, "SQL_REGEX", "PROCESS_AS_KEYWORD"),
    ),
    _MAKE.one(
        task.LOOSE, "remove feature flag",
        "We only ever run the benchmarks on Unix these days, so treat _CAN_ALARM as always true"
        " and get rid of it.",
        task.Planned("remove feature flag", {"flag": _HARNESS + "::_CAN_ALARM", "value": "true"}),
        check.gone("_CAN_ALARM"), check.only(_HARNESS),
        check.has(_HARNESS, r"^signal\.signal\(signal\.SIGALRM, _alarm_handler\)"),
        check.has(_HARNESS, r"^    signal\.alarm\(timeout\)"),
    ),
    _MAKE.one(
        task.LOOSE, "keyword-only parameters",
        "nobody should be passing include_end or extend to group_tokens positionally, please"
        " enforce that",
        task.Planned("make keyword only", {"function": _S + "sql.py::TokenList.group_tokens",
                                           "parameter": "include_end"}),
        check.signature(_S + "sql.py", "TokenList.group_tokens",
                        "self, grp_cls, start, end, *, include_end=True, extend=False"),
    ),
    _MAKE.one(
        task.LOOSE, "two at once",
        "rename parsestream to parse_stream, and make its encoding keyword-only while you are"
        " at it",
        (task.rename(_INIT + "::parsestream", "parse_stream", task.ANY_TEXTS),
         task.Planned("make keyword only", {
             "function": (_INIT + "::parse_stream", _INIT + "::parsestream"),
             "parameter": "encoding"})),
        check.signature(_INIT, "parse_stream",
                        "stream: str | IO[str], *, encoding: str | None=None"),
        check.gone("parsestream"),
    ),
    _MAKE.one(
        task.TERSE, "rename function", "grouping: group_functions -> group_function_calls",
        task.rename(_GROUPING + "::group_functions", "group_function_calls", task.ANY_TEXTS),
        check.defines(_GROUPING, "group_function_calls"), check.gone("group_functions"),
    ),
    _MAKE.one(
        task.TERSE, "rename class", "SerialiserUnicode should be UnicodeSerializer",
        task.rename(_OTHERS + "::SerializerUnicode", "UnicodeSerializer", task.ANY_TEXTS),
        check.defines(_OTHERS, "UnicodeSerializer"), check.gone("SerializerUnicode"),
        check.has(_S + "filters/__init__.py", r"""^\s*['"]UnicodeSerializer['"]"""),
    ),
    _MAKE.one(
        task.TERSE, "rename constant", "KEYWORDS_PLPGSQL → KEYWORDS_POSTGRES, also in the docs",
        task.rename(_KEYWORDS + "::KEYWORDS_PLPGSQL", "KEYWORDS_POSTGRES", task.DOCS),
        check.defines(_KEYWORDS, "KEYWORDS_POSTGRES"), check.gone("KEYWORDS_PLPGSQL"),
        check.lacks_text("docs/", "KEYWORDS_PLPGSQL"),
    ),
    _MAKE.one(
        task.TERSE, "add logging", "logging for _process_file in cli.py",
        task.Planned("log"), check.logs(_S + "cli.py", "_process_file"), check.only(_S + "cli.py"),
    ),
    _MAKE.one(
        task.TERSE, "convert print", "prints -> logging, only benchmarks/_harness.py",
        task.beneath("convert print to logging", _HARNESS),
        check.lacks_text(_HARNESS, r"\bprint\("), check.has(_HARNESS, r"^import logging"),
        check.only(_HARNESS),
    ),
    _MAKE.one(
        task.TERSE, "remove dead code", "unused imports in tests/, kill them",
        task.Planned("remove dead code", {"kinds": "imports", "where": ("tests/", "tests")}),
        check.lacks_text("tests/conftest.py", r"^import io$"), check.only("tests/"),
    ),
)  # fmt: skip
