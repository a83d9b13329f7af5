"""A plugin of pytest that writes down what became of each test, one JSON line each.

Loaded by the interpreter of the workspace, by a name of its own; the environment says which
file. What pytest prints is for people, and tests may print the same.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

_RESULTS = os.environ["NANOBOT_TEST_RESULTS"]


def pytest_runtest_logreport(report: Any) -> None:
    """Take the result of one phase of a test."""
    # A test that is expected to fail and does counts as skipped.
    is_expected = report.skipped and hasattr(report, "wasxfail")
    if report.failed or is_expected or (report.when == "call" and report.passed):
        _write("failed" if report.failed else "passed", report.nodeid)


def pytest_collectreport(report: Any) -> None:
    """Take a module that can not be imported."""
    if report.failed:
        _write("failed", report.nodeid)


def pytest_sessionfinish(session: Any, exitstatus: int) -> None:
    """Say that it came to its end."""
    # Where tests are spread over processes, only the one that started them is at the end.
    if not hasattr(session.config, "workerinput"):
        _write("end", str(int(exitstatus)))
    if _elsewhere():
        _write("elsewhere", _elsewhere())


def _elsewhere() -> str:
    """Return a module that was imported from the workspace itself; empty without one."""
    workspace = Path(os.environ["NANOBOT_WORKSPACE"]).resolve()
    # An environment may lie in the workspace, and so may the copy.
    places = (Path(_RESULTS).parent.parent, Path(sys.prefix), Path(sys.base_prefix))
    known = [str(one.resolve()) + os.sep for one in places]
    for name, module in list(sys.modules.items()):
        path = str(Path(getattr(module, "__file__", None) or os.sep).resolve())
        if path.startswith(str(workspace) + os.sep) and not path.startswith(tuple(known)):
            return name + " from " + path
    return ""


def _write(what: str, name: str) -> None:
    with open(_RESULTS, "a") as file:  # noqa: PTH123 - may be an old Python
        file.write(json.dumps([what, name]) + "\n")
