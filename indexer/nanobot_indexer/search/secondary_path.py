"""Which files are about other code: tests, examples, copies of other people's code."""

import re
from typing import Final

_SECONDARY: Final = re.compile(
    rb"(?:^|/)(?:tests?|testing|testdata|__tests__|specs?|fixtures|examples?|samples?|"
    rb"benchmarks?|vendor|vendored|_vendor|third_party|compat|_compat)/|"
    rb"(?:^|/)(?:test_[^/]*|conftest\.[^/]*|[^/]*(?:_test|_spec|\.test|\.spec|Test|Tests)\.[a-z]+)$"
)


def is_secondary(path: bytes) -> bool:
    """Tell whether a file comes after the code it is about."""
    return _SECONDARY.search(path) is not None
