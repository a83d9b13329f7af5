"""What a package of JavaScript or TypeScript gives to others: who else uses a name."""

import json
import posixpath
from collections.abc import Iterator
from typing import Final

from nanobot_engine.language.code_files import CodeFiles

_ENTRIES: Final = ("main", "module", "browser", "exports", "types", "typings")
_USUAL: Final = ("./index.js", "./src/index.js", "./lib/index.js")
_PACKAGE: Final = "package.json"


def entries_by_package(files: CodeFiles) -> dict[str, frozenset[str]]:
    """Return the first files that others see of each package that can be published.

    Returns:
        By path of the `package.json`: stems of paths, as an import names them. Where none of
        those that it lists is there (they may be built), those that people mostly begin with.
    """
    found: dict[str, frozenset[str]] = {}
    for path, data in files.data_by_path.items():
        folder, _, name = path.rpartition("/")
        if name != _PACKAGE or "node_modules" in folder.split("/"):
            continue
        try:
            package = json.loads(data)
        except (ValueError, RecursionError):
            continue
        if isinstance(package, dict) and package.get("private") is not True:
            listed = [text for key in _ENTRIES for text in _texts(package.get(key))]
            found[path] = _stems(folder, listed, files) or _stems(folder, _USUAL, files)
    return found


def _texts(value: object) -> Iterator[str]:
    """Yield the texts in a value of JSON, however deep."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one


def _stems(folder: str, listed: list[str] | tuple[str, ...], files: CodeFiles) -> frozenset[str]:
    known = {stem_of(path) for path in files.paths}
    stems = {stem_of(posixpath.normpath(posixpath.join(folder, one))) for one in listed}
    return frozenset((stems | {f"{one}/index" for one in stems}) & known)


def stem_of(path: str) -> str:
    """Return a path without the suffix that tells what kind of script it is."""
    folder, slash, name = path.rpartition("/")
    return folder + slash + name.removesuffix(".d.ts").partition(".")[0]
