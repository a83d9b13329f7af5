"""Types that docstrings state, in the styles of Sphinx, Google and NumPy.

Only types that mean one thing are read: builtins, and unions of them.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from nanobot_engine.recipe.annotate.expression_type import Types

_NAMES: Final = MappingProxyType(
    {
        "str": "str", "string": "str", "int": "int", "integer": "int", "bool": "bool",
        "boolean": "bool", "float": "float", "bytes": "bytes", "none": "None",
    }
)  # fmt: skip
_SPHINX_TYPE: Final = re.compile(r"^\s*:type\s+(\w+):\s*(.+)$", re.MULTILINE)
_SPHINX_PARAM: Final = re.compile(r"^\s*:param\s+([\w.| ]+?)\s+(\w+):", re.MULTILINE)
_SPHINX_RESULT: Final = re.compile(r"^\s*:rtype:\s*(.+)$", re.MULTILINE)
_GOOGLE_SECTION: Final = re.compile(
    r"^[ \t]*(?:Args|Arguments|Parameters):[ \t]*\n((?:[ \t]*\n|[ \t]+\S[^\n]*\n?)+)", re.MULTILINE
)
_GOOGLE: Final = re.compile(r"^\s+(\w+)\s*\(([^)]+)\):", re.MULTILINE)
_NUMPY: Final = re.compile(r"^\s*(\w+)\s+:\s+([\w\s,|]+)$", re.MULTILINE)
_SPLIT: Final = re.compile(r"\s*(?:\||,|\bor\b)\s*")


def docstring_types(docstring: str) -> Mapping[str, Types]:
    """Return the types of parameters by name, and that of the result under `return`."""
    found: dict[str, Types] = {}
    pairs = [(match[1], match[2]) for match in _SPHINX_TYPE.finditer(docstring)]
    pairs += [(match[2], match[1]) for match in _SPHINX_PARAM.finditer(docstring)]
    pairs += [("return", match[1]) for match in _SPHINX_RESULT.finditer(docstring)]
    for section in _GOOGLE_SECTION.finditer(docstring):
        pairs += [(match[1], match[2]) for match in _GOOGLE.finditer(section[1])]
    if "----" in docstring:
        pairs += [(match[1], match[2]) for match in _NUMPY.finditer(docstring)]
    for name, text in pairs:
        types = _read(text)
        if types is not None:
            found.setdefault(name, types)
    return found


def _read(text: str) -> Types | None:
    words = [word for word in _SPLIT.split(text.strip().strip("`").rstrip(".")) if word]
    optional = "optional" in words
    names = [_NAMES.get(word.lower()) for word in words if word != "optional"]
    if not names or None in names:
        return None
    del optional  # It says that a default exists, not that None is taken.
    return frozenset(name for name in names if name)
