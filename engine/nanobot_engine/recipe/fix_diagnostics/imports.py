"""Imports that a statement written anew needs: of what the rule speaks of, or of types."""

import re
import sys
from collections.abc import Sequence
from typing import Final

from nanobot_engine.edit import SourceFile, TextEdit
from nanobot_engine.python import Inference, PythonFile, PythonProject
from nanobot_engine.recipe.new_import import import_edits
from nanobot_engine.refactor.imports.import_edit import NewImport
from nanobot_engine.refactor.name_check import undefined_names

_FROM_ABC: Final = frozenset(
    {"Callable", "Iterable", "Iterator", "Mapping", "MutableMapping", "Sequence", "Collection",
     "Generator", "AsyncIterator", "AsyncIterable", "Awaitable", "Coroutine", "Hashable"}
)  # fmt: skip
_FROM_TYPING: Final = frozenset({"Optional", "Union", "Literal", "Final", "ClassVar", "Self"})


def needed_imports(source: SourceFile, after: bytes, said: str) -> Sequence[TextEdit]:
    """Return edits of a file that import what it uses with some statements written anew.

    Args:
        source: The file.
        after: Its bytes with these statements.
        said: What diagnostics and their rules say: a module must be in it.
    """
    old, new = (PythonProject({source.path: data}) for data in (source.data, after))
    was, now = old.file(source.path), new.file(source.path)
    if was is None or now is None:
        return ()
    missing = _undefined(now, new) - _undefined(was, old)
    words = set(re.findall(r"\w+", said))
    wanted = []
    for name in sorted(missing):
        if name in _FROM_ABC:
            wanted.append(NewImport("collections.abc", name))
        elif name in _FROM_TYPING:
            wanted.append(NewImport("typing", name))
        elif name in sys.stdlib_module_names and name in words:
            wanted.append(NewImport(name))
    return import_edits(source, wanted)


def _undefined(file: PythonFile, project: PythonProject) -> frozenset[str]:
    return undefined_names(file, Inference(project))
