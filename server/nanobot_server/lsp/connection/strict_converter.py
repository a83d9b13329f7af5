"""JSON values to typed parameters, without a guess at what was meant.

cattrs turns anything into a text: `["a"]` becomes the URI `['a']`, and null the word
`None`. A change whose text is a number would be typed into our copy of a document.
"""

from enum import Enum

from cattrs import Converter
from pygls.protocol import default_converter


def strict_converter() -> Converter:
    """Return the converter of pygls that refuses a value of another type."""
    converter: Converter = default_converter()  # type: ignore[no-untyped-call]  # Of pygls.
    converter.register_structure_hook(str, _text)
    converter.register_structure_hook(bool, _truth)
    converter.register_structure_hook(int, _integer)
    converter.register_structure_hook(float, _number)
    # Where the protocol allows values of others, such as a severity of 5, they stay what
    # they are, and go back to the editor in the diagnostics of an action.
    converter.register_unstructure_hook_func(_is_enumeration, _value)
    return converter


def _is_enumeration(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, Enum)


def _value(member: object) -> object:
    return member.value if isinstance(member, Enum) else member


def _text(value: object, _kind: object) -> str:
    if type(value) is not str:
        raise _refused(value, "text")
    return value


def _truth(value: object, _kind: object) -> bool:
    if type(value) is not bool:
        raise _refused(value, "true or false")
    return value


def _integer(value: object, _kind: object) -> int:
    if type(value) is int:
        return value
    if type(value) is float and value.is_integer():
        return int(value)  # JSON knows one kind of number.
    raise _refused(value, "integer")


def _number(value: object, _kind: object) -> float:
    if type(value) is int or type(value) is float:
        return float(value)
    raise _refused(value, "number")


def _refused(value: object, wanted: str) -> TypeError:
    return TypeError(f"a JSON {type(value).__name__}, not {wanted}")
