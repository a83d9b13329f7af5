"""What checkers print is read: text of their real answers."""

from pathlib import Path

from nanobot_engine.check.code_tool import FLAKE8, TOOLS
from nanobot_engine.check.diagnostic import Diagnostic

PYRIGHT = """No configuration file found.
{
    "version": "1.1.414",
    "time": "1795437636649",
    "generalDiagnostics": [
        {
            "file": "/code/pkg/__init__.py",
            "severity": "error",
            "message": "Import \\"nowhere\\" could not be resolved",
            "range": {
                "start": {"line": 1, "character": 5}, "end": {"line": 1, "character": 12}
            },
            "rule": "reportMissingImports"
        },
        {
            "file": "/code/pkg/__init__.py",
            "severity": "error",
            "message": "\\"int\\" is not assignable\\n\\u00a0\\u00a0\\"int\\" is not \\"str\\"",
            "range": {
                "start": {"line": 5, "character": 11}, "end": {"line": 5, "character": 16}
            },
            "rule": "reportReturnType"
        },
        {
            "file": "/code/pkg/__init__.py",
            "severity": "warning",
            "message": "Import \\"yaml\\" could not be resolved from source",
            "range": {
                "start": {"line": 2, "character": 5}, "end": {"line": 2, "character": 12}
            },
            "rule": "reportMissingModuleSource"
        }
    ],
    "summary": {"filesAnalyzed": 1, "errorCount": 2, "warningCount": 1}
}
"""


def test_errors_of_pyright_are_read_as_one_line_each() -> None:
    pyright = next(tool for tool in TOOLS if tool.name == "pyright")

    assert pyright.read(PYRIGHT, Path("/code")) == [
        Diagnostic(
            "pkg/__init__.py", 2, "reportMissingImports", 'Import "nowhere" could not be resolved'
        ),
        Diagnostic(
            "pkg/__init__.py", 6, "reportReturnType",
            '"int" is not assignable "int" is not "str"',
        ),
    ]  # fmt: skip


def test_lines_of_flake8_are_read() -> None:
    output = (
        "./pkg/__init__.py:1:1: F401 'os' imported but unused\n"
        "./pkg/__init__.py:2:1: F401 'nowhere.nothing' imported but unused\n"
    )

    assert FLAKE8.read(output, Path("/code")) == [
        Diagnostic("pkg/__init__.py", 1, "F401", "'os' imported but unused"),
        Diagnostic("pkg/__init__.py", 2, "F401", "'nowhere.nothing' imported but unused"),
    ]
