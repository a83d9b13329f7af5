"""Whether definitions lie in the scope that a qualified query names.

`Runner.run` asks for a `run` in a `Runner`; `json.dumps` for one in a module. So
the scope of a definition goes from the folders of its file over the file to what
encloses it, and the scope of a query is its end.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from nanobot_indexer.search.symbol_names import SymbolNames
from nanobot_indexer.volume.format import Section

SCOPES_COMPARED_MAX: Final = 5_000
"""In one segment, of those whose parent has the right name."""

# Names of files that stand for their folder.
_FOLDER_STEMS: Final = frozenset({b"__init__", b"index", b"mod", b"lib"})


def is_in_scope(
    names: SymbolNames, definitions: npt.NDArray[np.int64], scope: bytes
) -> npt.NDArray[np.bool_]:
    """Return which definitions lie in a scope.

    Args:
        names: Of the segment.
        definitions: Shape `(definition,)`.
        scope: Folded components, joined by dots; empty for any scope.

    Returns:
        Shape `(definition,)`.
    """
    if not scope or not len(definitions):
        return np.ones(len(definitions), np.bool_)
    table = names.segment.array(Section.DEFINITIONS)[definitions]
    files = names.files[definitions]
    parents = table["parent"].astype(np.int64)
    has_own_scope = table["scope_size"] > 0
    suffix = b"." + scope
    found = np.zeros(len(definitions), np.bool_)
    # What stands at the top of its file is in the scope of the file.
    is_top = (parents < 0) & ~has_own_scope
    unique_files, rows = np.unique(files[is_top], return_inverse=True)
    is_module = [_module_of(names, file).endswith(suffix) for file in unique_files.tolist()]
    found[is_top] = np.array(is_module, np.bool_)[rows]
    # Most others have another parent, which is seen without reading names.
    symbol = names.find(scope.rpartition(b".")[2])
    owners = names.symbols[names.segment.definition_starts[files] + np.maximum(parents, 0)]
    is_inside = (parents >= 0) & (owners == (-1 if symbol is None else symbol))
    for row in np.flatnonzero(is_inside | has_own_scope)[:SCOPES_COMPARED_MAX].tolist():
        found[row] = _scope_of(names, int(definitions[row])).endswith(suffix)
    return found


def _scope_of(names: SymbolNames, definition: int) -> bytes:
    """Return the folded scope of a definition from its folders inwards, a dot before each."""
    segment = names.segment
    table = segment.array(Section.DEFINITIONS)
    file = int(names.files[definition])
    first = int(segment.definition_starts[file])
    parts: list[bytes] = []
    own = definition
    while True:
        row = table[own]
        if row["scope_size"]:
            offset = int(row["scope_offset"])
            written = segment.array(Section.NAMES)[offset : offset + int(row["scope_size"])]
            parts.append(written.tobytes().lower())
        if row["parent"] < 0:
            break
        own = first + int(row["parent"])
        parts.append(names.name(int(names.symbols[own])))
    return _module_of(names, file) + b"".join(b"." + part for part in reversed(parts))


def _module_of(names: SymbolNames, file: int) -> bytes:
    """Return the folders and the stem of a file, folded, a dot before each."""
    folders, _, file_name = names.segment.path_of(file).encode("utf-8").lower().rpartition(b"/")
    stem = file_name.partition(b".")[0]
    parts = [part for part in folders.split(b"/") if part]
    return b"".join(b"." + part for part in (parts if stem in _FOLDER_STEMS else [*parts, stem]))
