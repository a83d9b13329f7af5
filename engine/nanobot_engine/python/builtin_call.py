"""What functions and methods of builtins give, where that is always the same."""

from types import MappingProxyType
from typing import Final

from nanobot_engine.python.value import ContainerValue, ForeignValue, Values, builtin_instance

_FUNCTIONS: Final = MappingProxyType(
    {
        "str": ("repr", "ascii", "bin", "chr", "format", "hex", "input", "oct"),
        "int": ("len", "ord", "hash", "id"),
        "bool": ("any", "all", "callable", "hasattr", "isinstance", "issubclass"),
        "NoneType": ("print", "setattr", "delattr"),
    }
)
_TYPE_BY_FUNCTION: Final = MappingProxyType(
    {f"builtins.{name}": kind for kind, names in _FUNCTIONS.items() for name in names}
)
_TEXT_LISTS: Final = frozenset({"split", "rsplit", "splitlines", "partition", "rpartition"})
_TEXT_NUMBERS: Final = frozenset({"find", "rfind", "index", "rindex", "count"})


def builtin_result(name: str) -> Values | None:
    """Return what a call gives.

    Args:
        name: Dotted, from `builtins`: `builtins.len`, `builtins.str.split`.

    Returns:
        None when it is not known, or depends on the arguments.
    """
    if name == "builtins.open":
        return frozenset((ForeignValue("io.TextIOWrapper", is_instance=True),))
    kind = _TYPE_BY_FUNCTION.get(name)
    if kind is not None:
        return builtin_instance(kind)
    match name.split("."):
        case ["builtins", "str" | "bytes" as text, method]:
            return _of_text(text, method)
    return None


def _of_text(kind: str, method: str) -> Values:
    if method in _TEXT_LISTS:
        return frozenset((ContainerValue(builtin_instance(kind)),))
    if method in _TEXT_NUMBERS:
        return builtin_instance("int")
    if method.startswith("is") or method in {"startswith", "endswith"}:
        return builtin_instance("bool")
    if method in {"encode", "decode"}:
        return builtin_instance("bytes" if method == "encode" else "str")
    return builtin_instance(kind)
