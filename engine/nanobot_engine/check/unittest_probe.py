"""Run tests with unittest and write down what became of each: `unittest_probe.py RESULTS …`.

Run as a script by the interpreter of the workspace. After RESULTS come a folder to look for
tests in, or `--` and names of tests. RESULTS gets one JSON line per test.
"""

import json
import os
import sys
import unittest
from pathlib import Path
from typing import Any

_PATTERNS = ("test*.py", "*_test.py")
# A module that can not be imported has a test of its own.
_NOT_LOADED = "unittest.loader._FailedTest."


class _Result(unittest.TestResult):
    """Writes as it goes: what comes later may end Python."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path

    def write(self, what: str, name: str) -> None:
        with open(self._path, "a") as file:  # noqa: PTH123 - may be an old Python
            file.write(json.dumps([what, name.replace(_NOT_LOADED, "", 1)]) + "\n")

    def addSuccess(self, test: Any) -> None:  # noqa: N802 - unittest's own name
        self.write("passed", test.id())

    def addExpectedFailure(self, test: Any, err: Any) -> None:  # noqa: ARG002, N802 - as above
        self.write("passed", test.id())

    def addUnexpectedSuccess(self, test: Any) -> None:  # noqa: N802 - as above
        self.write("failed", test.id())

    def addFailure(self, test: Any, err: Any) -> None:  # noqa: ARG002, N802 - as above
        self.write("failed", test.id())

    def addError(self, test: Any, err: Any) -> None:  # noqa: ARG002, N802 - as above
        self.write("failed", test.id())

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:  # noqa: ARG002, N802 - as above
        if err is not None:
            self.write("failed", test.id())


def main(results: str, arguments: "list[str]") -> None:
    """Load and run."""
    # As `python -m unittest` has it; the folder of this script is none of the workspace's.
    sys.path[0] = ""
    suite = unittest.TestSuite()
    if arguments[:1] == ["--"]:
        suite = unittest.TestLoader().loadTestsFromNames(arguments[1:])
    else:
        for pattern in _PATTERNS:
            suite.addTest(unittest.TestLoader().discover(arguments[0], pattern))
    result = _Result(results)
    suite.run(result)
    result.write("end", "0")
    if _elsewhere(results):
        result.write("elsewhere", _elsewhere(results))


def _elsewhere(results: str) -> str:
    """Return a module that was imported from the workspace itself; empty without one."""
    workspace = Path(os.environ["NANOBOT_WORKSPACE"]).resolve()
    # An environment may lie in the workspace, and so may the copy.
    places = (Path(results).parent.parent, Path(sys.prefix), Path(sys.base_prefix))
    known = [str(one.resolve()) + os.sep for one in places]
    for name, module in list(sys.modules.items()):
        path = str(Path(getattr(module, "__file__", None) or os.sep).resolve())
        if path.startswith(str(workspace) + os.sep) and not path.startswith(tuple(known)):
            return name + " from " + path
    return ""


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
