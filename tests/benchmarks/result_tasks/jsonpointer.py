"""Tasks about jsonpointer."""

from typing import Final

from benchmarks.result_checks import (
    annotated,
    defines,
    documented,
    gone,
    has,
    lacks,
    lacks_text,
    only,
    signature,
)
from benchmarks.result_task import (
    ANY_TEXTS,
    LOOSE,
    PRECISE,
    TERSE,
    Planned,
    Task,
    Tasks,
    beneath,
    rename,
)

_MAKE: Final = Tasks("jsonpointer")
_J: Final = "jsonpointer.py"
TASKS: Final[tuple[Task, ...]] = (
    _MAKE.one(
        PRECISE, "rename method",
        "In `jsonpointer.py` the method `to_last` of `JsonPointer` shall be named"
        " `parent_and_key`. Change the calls in the tests as well.",
        rename(_J + "::JsonPointer.to_last", "parent_and_key", ANY_TEXTS),
        defines(_J, "JsonPointer.parent_and_key"), gone("to_last"),
    ),
    _MAKE.one(
        PRECISE, "rename parameter",
        "Rename parameter `inplace` of the module-level function `set_pointer` in"
        " `jsonpointer.py` to `in_place`, also where it is passed by keyword.",
        rename(_J + "::set_pointer.<locals>.inplace", "in_place", ANY_TEXTS),
        signature(_J, "set_pointer", "doc, pointer, value, in_place=True"),
        lacks_text("tests.py", r"set_pointer\(.*\binplace="),
    ),
    _MAKE.one(
        PRECISE, "convert bare except",
        "There is one bare `except:` in `jsonpointer.py`. Let it catch `Exception` explicitly.",
        beneath("convert bare except", _J, ""),
        lacks_text(_J, r"except:"), has(_J, r"except Exception:"), only(_J),
    ),
    _MAKE.one(
        PRECISE, "extract constant",
        "Introduce a module-level constant `ITEM_GETTER` in `jsonpointer.py` for the string"
        " `'__getitem__'` and use it in place of the literal.",
        Planned("extract constant", {"module": _J, "new_name": "ITEM_GETTER",
                                     "literal": ("'__getitem__'", '"__getitem__"')}),
        defines(_J, "ITEM_GETTER"), has(_J, r"hasattr\(doc, ITEM_GETTER\)"),
        lacks_text(_J, r"hasattr\(doc, '__getitem__'\)"), only(_J),
    ),
    _MAKE.one(
        PRECISE, "extract function",
        "Put lines 286 to 291 of `jsonpointer.py` in a separate function `parts_of_suffix`.",
        Planned("extract function", {"module": _J, "lines": "286-291",
                                     "new_name": "parts_of_suffix"}),
        has(_J, r"^\s*def parts_of_suffix\("),
        has(_J, r"= (self\.|JsonPointer\.)?parts_of_suffix\("),
        only(_J),
    ),
    _MAKE.one(
        LOOSE, "rename class",
        "by convention exceptions end in Error, so JsonPointerException should become"
        " JsonPointerError",
        rename(_J + "::JsonPointerException", "JsonPointerError", ANY_TEXTS),
        defines(_J, "JsonPointerError"), gone("JsonPointerException"),
    ),
    _MAKE.one(
        LOOSE, "move symbols",
        "escape and unescape could live in a file of their own, escaping.py, next to"
        " jsonpointer.py",
        Planned("move|split module", {"symbols": f"{_J}::escape\n{_J}::unescape",
                                      "target": "escaping.py"}),
        defines("escaping.py", "escape", "unescape"), lacks(_J, "escape", "unescape"),
    ),
    _MAKE.one(
        LOOSE, "method to static method",
        "JsonPointer.walk has no use for self, can we have it as a staticmethod?",
        Planned("method to static method", {"method": _J + "::JsonPointer.walk"}),
        signature(_J, "JsonPointer.walk", "doc, part"),
        has(_J, r"@staticmethod\n    def walk\("),
    ),
    _MAKE.one(
        LOOSE, "reorder parameters",
        "swap the first two arguments of set_pointer: the pointer first, then doc, then the rest",
        Planned("reorder parameters", {"function": _J + "::set_pointer",
                                       "order": ("pointer,doc,value,inplace",
                                                 "pointer, doc, value, inplace")}),
        signature(_J, "set_pointer", "pointer, doc, value, inplace=True"),
        has("tests.py", r"""set_pointer\("/fud", doc, """),
    ),
    _MAKE.one(
        LOOSE, "add docstrings",
        "the two functions at the end of jsonpointer.py, escape and unescape, lack docstrings,"
        " please write them",
        Planned("document"), documented(_J, "escape", "unescape"), only(_J),
    ),
    _MAKE.refused(LOOSE, "the resolve method of JsonPointer should be called walk from now on"),
    _MAKE.one(
        TERSE, "rename class", "EndOfList > PastTheEnd",
        rename(_J + "::EndOfList", "PastTheEnd", ANY_TEXTS),
        defines(_J, "PastTheEnd"), gone("EndOfList"),
    ),
    _MAKE.one(
        TERSE, "add type annotations", "type hints 4 escape + unescape",
        Planned("annot"), annotated(_J, "escape", "unescape"), only(_J),
    ),
    _MAKE.one(
        TERSE, "rename function", "pairwise shoud be adjacent_pairs, tests too",
        rename(_J + "::pairwise", "adjacent_pairs", ANY_TEXTS),
        defines(_J, "adjacent_pairs"), gone("pairwise"),
    ),
    _MAKE.one(
        TERSE, "convert format strings", "jsonpointer.py fstrings plz",
        beneath("convert format strings", _J),
        lacks_text(_J, r"'\.format\("), only(_J),
    ),
)  # fmt: skip
