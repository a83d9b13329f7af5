"""Which Python files a refactoring of many files is about."""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Final

from nanobot_engine.python import PythonFile
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.errors import ArgumentError
from nanobot_engine.refactor.refactoring import Parameter, ParameterKind

WHERE: Final = Parameter(
    "where",
    ParameterKind.TEXT,
    "which files: paths, folders or patterns, comma separated; all without it",
    is_optional=True,
)


def chosen_files(codebase: Codebase, arguments: Mapping[str, str]) -> Iterator[PythonFile]:
    """Yield the Python files that the argument `where` means, by path.

    Raises:
        ArgumentError: There is none.
    """
    written = _written(arguments)
    is_any = False
    for file in codebase.project.files():
        if not written or any(_is_meant(file.path, one) for one in written):
            is_any = True
            yield file
    if not is_any:
        raise ArgumentError(f"{', '.join(written) or 'the workspace'}: holds no Python file")


def is_named(path: str, arguments: Mapping[str, str]) -> bool:
    """Tell whether the argument `where` says the path of a file, and not only its folder."""
    return path in {one.removeprefix("./") for one in _written(arguments)}


def _written(arguments: Mapping[str, str]) -> list[str]:
    return [one.strip() for one in arguments.get("where", "").split(",") if one.strip()]


def _is_meant(path: str, written: str) -> bool:
    folder = written.removeprefix("./").rstrip("/")
    is_below = folder in {"", "."} or path == folder or path.startswith(f"{folder}/")
    return is_below or fnmatchcase(path, folder)
