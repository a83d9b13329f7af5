"""Which file is which module.

A file has the name that the folders with an `__init__` give it, as Python's path
finder and pytest's `rootdir` rule say. Folders without one may be namespace packages, or
roots like `src`, and only an import tells: so every longer dotted name is known, too.
"""

from collections.abc import Iterable, Sequence
from typing import Final

_SUFFIXES: Final = (".py", ".pyi")
# A longer dotted name than this is no import that people write.
_PARTS_MAX: Final = 16


class ModuleTree:
    """The modules of a workspace by path and by dotted name."""

    def __init__(self, paths: Iterable[str]) -> None:
        """Name all modules.

        Args:
            paths: Workspace-relative, `/`-separated; others than Python's are left out.
        """
        self._paths = frozenset(path for path in paths if path.endswith(_SUFFIXES))
        self._packages = frozenset(
            path.rpartition("/")[0]
            for path in self._paths
            if path.rpartition("/")[2] in {"__init__.py", "__init__.pyi"}
        )
        self._paths_by_name: dict[str, list[str]] = {}
        for path in sorted(self._paths):
            parts = _parts(path)
            for count in range(1, min(len(parts), _PARTS_MAX) + 1):
                name = ".".join(parts[-count:])
                self._paths_by_name.setdefault(name, []).append(path)

    @property
    def paths(self) -> frozenset[str]:
        """All Python files."""
        return self._paths

    def is_package(self, path: str) -> bool:
        """Tell whether a file is an `__init__`."""
        return path.rpartition("/")[2] in {"__init__.py", "__init__.pyi"}

    def name_of(self, path: str) -> str:
        """Return the dotted name by which others import the module; "" for a root `__init__`."""
        parts = _parts(path)
        folder = path.rpartition("/")[0]
        if self.is_package(path):
            folder = folder.rpartition("/")[0]
        count = 1
        while folder in self._packages and count < len(parts):
            count += 1
            folder = folder.rpartition("/")[0]
        return ".".join(parts[-count:])

    def path_of(self, name: str, *, importer: str) -> str | None:
        """Return the file of a module.

        Args:
            name: Absolute and dotted.
            importer: The file that imports it; of several files with this name the
                nearest counts.

        Returns:
            None when the workspace has no such module.
        """
        paths = self._paths_by_name.get(name)
        if not paths:
            return None
        # Two files may end alike (`a/x.py`, `b/x.py`): of those that Python would
        # name so, else of all, the one that shares the most folders.
        exact = [path for path in paths if self.name_of(path) == name]
        return min(
            exact or self._rooted(paths, name),
            key=lambda path: _distance(path, importer),
            default=None,
        )

    def _rooted(self, paths: Sequence[str], name: str) -> list[str]:
        """Return those files that a dotted name can mean although Python names them otherwise."""
        # `b.c` never means `a/b/c.py` when `a/b` is a package inside of package `a`:
        # its root would have to be inside of a package.
        found = []
        for path in paths:
            parts = _parts(path)
            root = "/".join(parts[: len(parts) - name.count(".") - 1])
            if root not in self._packages:
                found.append(path)
        return found

    def absolute(self, path: str, *, level: int, module: str) -> str | None:
        """Return the absolute name that an import in `path` means.

        Args:
            path: The importing file.
            level: Leading dots.
            module: What follows them; may be empty.

        Returns:
            None when the dots lead out of the package.
        """
        if level == 0:
            return module
        package = self.name_of(path)
        parts = package.split(".") if package else []
        if not self.is_package(path):
            parts = parts[:-1]
        if level - 1 > len(parts):
            return None
        parts = parts[: len(parts) - (level - 1)]
        return ".".join([*parts, *([module] if module else [])])

    def resolve(self, path: str, *, level: int, module: str) -> str | None:
        """Return the file that `from <dots><module>` in `path` means, None for others."""
        if level == 0:
            return self.path_of(module, importer=path)
        folder = path.rpartition("/")[0]
        for _ in range(level - 1):
            if not folder:
                return None
            folder = folder.rpartition("/")[0]
        stem = "/".join(part for part in (folder, *module.split(".")) if part)
        return self._file_at(stem)

    def submodule(self, package_path: str, name: str) -> str | None:
        """Return the file of a module directly inside of a package."""
        if not self.is_package(package_path):
            return None
        folder = package_path.rpartition("/")[0]
        return self._file_at(f"{folder}/{name}" if folder else name)

    def beside(self, path: str) -> str | None:
        """Return the stub of a module, or the module of a stub."""
        other = path.removesuffix("i") if path.endswith(".pyi") else f"{path}i"
        return other if other in self._paths else None

    def _file_at(self, stem: str) -> str | None:
        prefix = f"{stem}/" if stem else ""
        candidates = [f"{stem}.py", f"{prefix}__init__.py", f"{stem}.pyi", f"{prefix}__init__.pyi"]
        return next((path for path in candidates if path in self._paths), None)


def _parts(path: str) -> list[str]:
    parts = path.rpartition(".")[0].split("/")
    if parts[-1] == "__init__" and len(parts) > 1:
        parts.pop()
    return parts


def _distance(path: str, importer: str) -> tuple[int, bool, str]:
    """Order files by how many folders they share with `importer`, sources before stubs."""
    shared = 0
    for mine, theirs in zip(path.split("/")[:-1], importer.split("/")[:-1], strict=False):
        if mine != theirs:
            break
        shared += 1
    return -shared, path.endswith(".pyi"), path
