"""Whether definitions lie in the scope that a qualified query names.

`Runner.run` asks for a `run` in a `Runner`; `json.dumps` for one in a module. So
the scope of a definition goes from the folders of its file over the file to what
encloses it, and the scope of a query is its end.
"""

import numpy as np
import numpy.typing as npt

from nanobot_indexer.search.symbol_names import SymbolNames
from nanobot_indexer.volume.format import Section


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
    suffix = b"." + scope
    owners = names.owners_of(definitions)
    has_own_scope = names.segment.array(Section.DEFINITIONS)["scope_size"][definitions] > 0
    found = np.zeros(len(definitions), np.bool_)
    # Most have another parent, which is seen without putting names together.
    symbol = names.find(scope.rpartition(b".")[2])
    is_near = ~has_own_scope
    is_near &= (owners < 0) | (
        names.symbols[np.maximum(owners, 0)] == (-1 if symbol is None else symbol)
    )
    near_owners, rows = np.unique(owners[is_near], return_inverse=True)
    is_inside = [names.place_of(owner).endswith(suffix) for owner in near_owners.tolist()]
    found[is_near] = np.array(is_inside, np.bool_)[rows]
    for row in np.flatnonzero(has_own_scope).tolist():
        own = names.own_scope_of(int(definitions[row]))
        found[row] = (names.place_of(int(owners[row])) + b"." + own).endswith(suffix)
    return found
