"""Which files of other languages the people of a project write: no tests, nothing foreign."""

import re
from typing import Final

from nanobot_engine.edit.source import SourceFile

_TEST: Final = re.compile(
    r"(^|/)(tests?|testing|__tests__|spec|benches|benchmarks?|examples?)/"
    r"|(_test\.go|[._](test|spec)\.[cm]?[jt]sx?|Tests?\.java|(^|[/_])tests?\.\w+"
    r"|(^|/)test_[^/]*|_test\.\w+)$"
)
_FOREIGN: Final = re.compile(
    r"(^|/)(node_modules|vendor|third_party|third-party|dist|target)/|\.min\.[cm]?js$|\.d\.[cm]?ts$"
)
_GENERATED: Final = re.compile(rb"\A.{0,2000}?(Code generated|DO NOT EDIT|@generated)", re.DOTALL)


def is_worked_on(source: SourceFile, *, with_tests: bool) -> bool:
    """Tell whether people would work on a file.

    Args:
        source: In any language but Python.
        with_tests: Whether tests count.
    """
    if _FOREIGN.search(source.path) or _GENERATED.match(source.data):
        return False
    return with_tests or not _TEST.search(source.path)
