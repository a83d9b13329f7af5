"""The options that allow checks to run programs, for every command that starts a process."""

from typing import Annotated

import typer

from nanobot_engine.process import Check

CheckImports = Annotated[
    bool,
    typer.Option(
        "--check-imports", help="Import the changed modules in a confined copy: runs your code."
    ),
]
CheckTypes = Annotated[
    bool,
    typer.Option("--check-types", help="Run the type checker in a confined copy: runs your code."),
]
CheckLint = Annotated[
    bool,
    typer.Option(
        "--check-lint", help="Run any linter in a confined copy: its plugins are your code."
    ),
]
RunTests = Annotated[
    bool,
    typer.Option(
        "--run-tests", help="Run the workspace's tests in a confined copy: runs your code."
    ),
]


def allowed_checks(*, imports: bool, lint: bool, types: bool, tests: bool) -> list[Check]:
    """Return what the options allow."""
    wanted = {
        Check.IMPORTS: imports,
        Check.LINT: lint,
        Check.TYPES: types,
        Check.TESTS: tests,
    }
    return [check for check, is_wanted in wanted.items() if is_wanted]
