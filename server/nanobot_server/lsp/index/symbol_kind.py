"""What a kind of definition of the index is called in the protocol."""

from typing import Final

from lsprotocol import types

_KIND_BY_NAME: Final = {
    "function": types.SymbolKind.Function,
    "method": types.SymbolKind.Method,
    "class": types.SymbolKind.Class,
    "struct": types.SymbolKind.Struct,
    "union": types.SymbolKind.Struct,
    "enum": types.SymbolKind.Enum,
    "interface": types.SymbolKind.Interface,
    "trait": types.SymbolKind.Interface,
    "module": types.SymbolKind.Module,
    "namespace": types.SymbolKind.Namespace,
    "type": types.SymbolKind.TypeParameter,
    "constant": types.SymbolKind.Constant,
    "variable": types.SymbolKind.Variable,
    "macro": types.SymbolKind.Function,
    # As other servers show headings.
    "section": types.SymbolKind.String,
}


def symbol_kind(name: object) -> types.SymbolKind:
    """Return the kind; a newer host may know others."""
    return _KIND_BY_NAME.get(str(name), types.SymbolKind.Object)
