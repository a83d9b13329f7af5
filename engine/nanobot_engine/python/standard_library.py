"""What the classes of Python's standard library define, read from its source files.

It is the library of the Python that runs nanobot; the workspace's may be another version, so
what is not found there can still be there. No file of it is run.
"""

import importlib
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from nanobot_engine.python.project import PythonProject
from nanobot_engine.python.value import ClassValue, ForeignValue, Values

if TYPE_CHECKING:
    from nanobot_engine.python.inference import Inference

_ELSEWHERE: Final = frozenset({"site-packages", "dist-packages", "test", "tests", "__pycache__"})


class StandardLibrary:
    """Answers what a class of the standard library has. Reads files when they are needed."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], bool | None] = {}

    def has(self, base: str, name: str) -> bool | None:
        """Tell whether a class has an attribute, its own or inherited.

        Args:
            base: Of the class, dotted: `logging.Formatter`.
            name: Of the attribute.

        Returns:
            None where nobody can tell: another library, a class that answers for any name, or
            one that is not written in Python.
        """
        key = (base, name)
        if key not in self._known:
            # For a class that inherits from itself by mistake.
            self._known[key] = None
            self._known[key] = self._has(base, name)
        return self._known[key]

    def _has(self, base: str, name: str) -> bool | None:
        module, _, last = base.rpartition(".")
        if hasattr(object, name):
            return True
        if module.partition(".")[0] not in sys.stdlib_module_names or not last:
            return None
        if module in sys.builtin_module_names:
            kind = getattr(importlib.import_module(module), last, None)
            return hasattr(kind, name) if isinstance(kind, type) else None
        answers = [self._value_has(value, name) for value in self._values(module, last)]
        if True in answers:
            return True
        return False if answers and None not in answers else None

    def _values(self, module: str, last: str) -> Values:
        path = self._inference.project.modules.path_of(module, importer="")
        file = self._inference.project.file(path) if path is not None else None
        return self._inference.module_member(file, last) if file is not None else frozenset()

    def _value_has(self, value: object, name: str) -> bool | None:
        classes = self._inference.classes
        match value:
            case ForeignValue(name=outer, is_instance=False):
                return self.has(outer, name)
            case ClassValue() as of:
                if next(classes.owners(of, name), None) is not None:
                    return True
                answers = [self.has(base, name) for base in classes.foreign_bases(of)]
                if True in answers:
                    return True
                return None if None in answers or classes.has_dynamic_attributes(of) else False
        return None

    @cached_property
    def _inference(self) -> "Inference":
        # It answers questions about the library, and the library's questions are its own.
        from nanobot_engine.python.inference import Inference  # noqa: PLC0415

        return Inference(PythonProject(_Sources(Path(sysconfig.get_paths()["stdlib"]))))


class _Sources(Mapping[str, bytes]):
    """The source files of the standard library by path, without its tests."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._paths = dict.fromkeys(
            path.relative_to(root).as_posix()
            for path in sorted(root.rglob("*.py"))
            if not _ELSEWHERE & {*path.relative_to(root).parts}
        )

    def __getitem__(self, path: str) -> bytes:
        if path not in self._paths:
            raise KeyError(path)
        try:
            return (self._root / path).read_bytes()
        except OSError:
            # Something is being installed: a file without names says nothing.
            return b""

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)
