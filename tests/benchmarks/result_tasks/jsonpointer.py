"""Tasks about jsonpointer."""

from typing import Final

from benchmarks import result_checks as check
from benchmarks import result_task as task

_MAKE: Final = task.Tasks("jsonpointer")
_J: Final = "jsonpointer.py"
TASKS: Final[tuple[task.Task, ...]] = (
    _MAKE.one(
        task.PRECISE, "rename method",
        "In `jsonpointer.py` the method `to_last` of `JsonPointer` shall be named"
        " `parent_and_key`. Change the calls in the tests as well.",
        task.rename(_J + "::JsonPointer.to_last", "parent_and_key", task.ANY_TEXTS),
        check.defines(_J, "JsonPointer.parent_and_key"), check.gone("to_last"),
    ),
    _MAKE.one(
        task.PRECISE, "rename parameter",
        "Rename parameter `inplace` of the module-level function `set_pointer` in"
        " `jsonpointer.py` to `in_place`, also where it is passed by keyword.",
        task.rename(_J + "::set_pointer.<locals>.inplace", "in_place", task.ANY_TEXTS),
        check.signature(_J, "set_pointer", "doc, pointer, value, in_place=True"),
        check.lacks_text("tests.py", r"set_pointer\(.*\binplace="),
    ),
    _MAKE.one(
        task.PRECISE, "convert bare except",
        "There is one bare `except:` in `jsonpointer.py`. Let it catch `Exception` explicitly.",
        task.beneath("convert bare except", _J, ""),
        check.lacks_text(_J, r"except:"), check.has(_J, r"except Exception:"), check.only(_J),
    ),
    _MAKE.one(
        task.PRECISE, "extract constant",
        "Introduce a module-level constant `ITEM_GETTER` in `jsonpointer.py` for the string"
        " `'__getitem__'` and use it in place of the literal.",
        task.Planned("extract constant", {"module": _J, "new_name": "ITEM_GETTER",
                                          "literal": ("'__getitem__'", '"__getitem__"')}),
        check.defines(_J, "ITEM_GETTER"), check.has(_J, r"hasattr\(doc, ITEM_GETTER\)"),
        check.lacks_text(_J, r"hasattr\(doc, '__getitem__'\)"), check.only(_J),
    ),
    _MAKE.one(
        task.PRECISE, "extract function",
        "Put lines 286 to 291 of `jsonpointer.py` in a separate function `parts_of_suffix`.",
        task.Planned("extract function", {"module": _J, "lines": "286-291",
                                          "new_name": "parts_of_suffix"}),
        check.has(_J, r"^\s*def parts_of_suffix\("),
        check.has(_J, r"= (self\.|JsonPointer\.)?parts_of_suffix\("),
        check.only(_J),
    ),
    _MAKE.one(
        task.LOOSE, "rename class",
        "by convention exceptions end in Error, so JsonPointerException should become"
        " JsonPointerError",
        task.rename(_J + "::JsonPointerException", "JsonPointerError", task.ANY_TEXTS),
        check.defines(_J, "JsonPointerError"), check.gone("JsonPointerException"),
    ),
    _MAKE.one(
        task.LOOSE, "move symbols",
        "escape and unescape could live in a file of their own, escaping.py, next to"
        " jsonpointer.py",
        task.Planned("move|split module", {"symbols": f"{_J}::escape\n{_J}::unescape",
                                           "target": "escaping.py"}),
        check.defines("escaping.py", "escape", "unescape"), check.lacks(_J, "escape", "unescape"),
    ),
    _MAKE.one(
        task.LOOSE, "method to static method",
        "JsonPointer.walk has no use for self, can we have it as a staticmethod?",
        task.Planned("method to static method", {"method": _J + "::JsonPointer.walk"}),
        check.signature(_J, "JsonPointer.walk", "doc, part"),
        check.has(_J, r"@staticmethod\n    def walk\("),
    ),
    _MAKE.one(
        task.LOOSE, "reorder parameters",
        "swap the first two arguments of set_pointer: the pointer first, then doc, then the rest",
        task.Planned("reorder parameters", {"function": _J + "::set_pointer",
                                            "order": ("pointer,doc,value,inplace",
                                                      "pointer, doc, value, inplace")}),
        check.signature(_J, "set_pointer", "pointer, doc, value, inplace=True"),
        check.has("tests.py", r"""set_pointer\("/fud", doc, """),
    ),
    _MAKE.one(
        task.LOOSE, "add docstrings",
        "the two functions at the end of jsonpointer.py, escape and unescape, lack docstrings,"
        " please write them",
        task.Planned("document"), check.documented(_J, "escape", "unescape"), check.only(_J),
    ),
    _MAKE.refused(task.LOOSE,
                  "the resolve method of JsonPointer should be called walk from now on"),
    _MAKE.one(
        task.TERSE, "rename class", "EndOfList > PastTheEnd",
        task.rename(_J + "::EndOfList", "PastTheEnd", task.ANY_TEXTS),
        check.defines(_J, "PastTheEnd"), check.gone("EndOfList"),
    ),
    _MAKE.one(
        task.TERSE, "add type annotations", "type hints 4 escape + unescape",
        task.Planned("annot"), check.annotated(_J, "escape", "unescape"), check.only(_J),
    ),
    _MAKE.one(
        task.TERSE, "rename function", "pairwise shoud be adjacent_pairs, tests too",
        task.rename(_J + "::pairwise", "adjacent_pairs", task.ANY_TEXTS),
        check.defines(_J, "adjacent_pairs"), check.gone("pairwise"),
    ),
    _MAKE.one(
        task.TERSE, "convert format strings", "jsonpointer.py fstrings plz",
        task.beneath("convert format strings", _J),
        check.lacks_text(_J, r"'\.format\("), check.only(_J),
    ),
)  # fmt: skip
