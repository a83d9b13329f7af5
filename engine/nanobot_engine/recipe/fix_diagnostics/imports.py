"""Imports that a statement written anew needs: of what the rule speaks of, or of types."""

import ast
import re
import sys
from collections.abc import Sequence
from typing import Final

from nanobot_engine.edit import SourceFile, TextEdit
from nanobot_engine.python import Inference, PythonFile, PythonProject
from nanobot_engine.recipe.new_import import import_edits
from nanobot_engine.refactor.composition import fits_between
from nanobot_engine.refactor.imports.import_edit import NewImport
from nanobot_engine.refactor.name_check import undefined_names

_FROM_ABC: Final = frozenset(
    {"Callable", "Iterable", "Iterator", "Mapping", "MutableMapping", "Sequence", "Collection",
     "Generator", "AsyncIterator", "AsyncIterable", "Awaitable", "Coroutine", "Hashable"}
)  # fmt: skip
_FROM_TYPING: Final = frozenset({"Optional", "Union", "Literal", "Final", "ClassVar", "Self"})


def needed_imports(
    source: SourceFile, after: bytes, said: str, taken: Sequence[TextEdit] = ()
) -> Sequence[TextEdit]:
    """Return edits of a file that import what it uses with some statements written anew.

    Args:
        source: The file.
        after: Its bytes with these statements.
        said: What diagnostics and their rules say: a module must be in it.
        taken: Edits of other steps, which stand already.
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
    made = import_edits(source, wanted)
    if all(fits_between(one, taken) for one in made):
        return made
    return _beside(source, was, wanted, taken)


def _beside(
    source: SourceFile, file: PythonFile, wanted: Sequence[NewImport], taken: Sequence[TextEdit]
) -> Sequence[TextEdit]:
    """Import where no other edit is: before or behind an import that is there."""
    lines = [
        f"import {one.module}" if one.name is None else f"from {one.module} import {one.name}"
        for one in sorted(wanted)
    ]
    text = "".join(line + source.newline for line in lines).encode(source.encoding)
    for node in file.tree.body:
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        last = node.end_lineno or node.lineno
        is_future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        for line in (last + 1,) if is_future else (node.lineno, last + 1):
            at = file.byte_map.line_start(line)
            made = TextEdit(at, at, text, "", "import what is used now")
            if fits_between(made, taken):
                return (made,)
    return ()


def _undefined(file: PythonFile, project: PythonProject) -> frozenset[str]:
    return undefined_names(file, Inference(project))
