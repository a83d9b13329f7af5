"""Tasks about configobj."""

from typing import Final

from benchmarks.result_checks import (
    annotated,
    defines,
    gone,
    has,
    lacks,
    lacks_text,
    only,
    tested,
)
from benchmarks.result_task import (
    DOCS,
    LOOSE,
    PRECISE,
    TERSE,
    Planned,
    Task,
    Tasks,
    beneath,
    rename,
)

_MAKE: Final = Tasks("configobj")
_C: Final = "src/configobj/"
_ERRORS: Final = (
    "ValidateError", "VdtMissingValue", "VdtUnknownCheckError", "VdtParamError", "VdtTypeError",
    "VdtValueError", "VdtValueTooSmallError", "VdtValueTooBigError", "VdtValueTooShortError",
    "VdtValueTooLongError",
)  # fmt: skip
TASKS: Final[tuple[Task, ...]] = (
    _MAKE.one(
        PRECISE, "rename function",
        "Rename the function `dottedQuadToNum` in `src/configobj/validate.py` to"
        " `dotted_quad_to_num`.",
        rename(_C + "validate.py::dottedQuadToNum", "dotted_quad_to_num"),
        defines(_C + "validate.py", "dotted_quad_to_num"), gone("dottedQuadToNum"),
    ),
    _MAKE.one(
        PRECISE, "convert format strings",
        "Convert the percent formatting in `src/configobj/validate.py` to f-strings.",
        beneath("convert format strings", _C + "validate.py"),
        has(_C + "validate.py", r"\bf['\"]"), only(_C + "validate.py"),
    ),
    _MAKE.one(
        PRECISE, "method to static",
        "Make the method `_unquote` of the class `Validator` in `src/configobj/validate.py` a"
        " static method.",
        Planned("method to static method",
                {"method": _C + "validate.py::Validator._unquote"}),
        has(_C + "validate.py", r"@staticmethod\n    def _unquote\(val\)"),
    ),
    _MAKE.one(
        PRECISE, "remove dead code",
        "Remove the functions that nothing calls from `src/configobj/validate.py`.",
        Planned("remove dead code", {"kinds": "definitions", "where": _C + "validate.py"}),
        lacks(_C + "validate.py", "_test2", "_test3"), defines(_C + "validate.py", "is_integer"),
    ),
    _MAKE.one(
        PRECISE, "fix diagnostics",
        "Fix the ruff diagnostics F401 and F841 in `src/configobj/validate.py`.",
        Planned("fix diagnostics"),
        lacks_text(_C + "validate.py", r"import pprint"), only(_C + "validate.py"),
    ),
    _MAKE.one(
        LOOSE, "rename class",
        "VdtTypeError should be called ValidationTypeError, in the docs as well",
        rename(_C + "validate.py::VdtTypeError", "ValidationTypeError",
                DOCS),
        defines(_C + "validate.py", "ValidationTypeError"), gone("VdtTypeError"),
    ),
    _MAKE.one(
        LOOSE, "split module",
        "move ValidateError and all the Vdt exceptions from validate.py to"
        " src/configobj/validate_errors.py",
        Planned("move|split module",
                {"symbols": "\n".join(f"{_C}validate.py::{one}" for one in _ERRORS),
                 "target": _C + "validate_errors.py"}),
        defines(_C + "validate_errors.py", *_ERRORS), lacks(_C + "validate.py", *_ERRORS),
    ),
    _MAKE.one(
        LOOSE, "add annotations",
        "add type hints to dottedQuadToNum and numToDottedQuad",
        Planned("annot"), annotated(_C + "validate.py", "dottedQuadToNum", "numToDottedQuad"),
        only(_C + "validate.py"),
    ),
    _MAKE.one(
        LOOSE, "remove dead code",
        "clean up the unused imports in validate.py of configobj",
        Planned("remove dead code", {"kinds": "imports", "where": _C + "validate.py"}),
        lacks_text(_C + "validate.py", r"^from pprint"), only(_C + "validate.py"),
    ),
    _MAKE.one(
        LOOSE, "extract constant",
        "the number 4294967295 in validate.py should be a constant called MAX_IP",
        Planned("extract constant", {"module": _C + "validate.py", "literal": "4294967295",
                                     "new_name": "MAX_IP"}),
        has(_C + "validate.py", r"^MAX_IP = 4294967295"),
    ),
    _MAKE.one(
        LOOSE, "rename variable",
        "wspace_plus is a bad name, call it QUOTED_CHARACTERS",
        rename(_C + "__init__.py::wspace_plus", "QUOTED_CHARACTERS"),
        defines(_C + "__init__.py", "QUOTED_CHARACTERS"), gone("wspace_plus"),
    ),
    _MAKE.one(
        TERSE, "rename function", "match_utf8 func -> is_utf8",
        rename(_C + "__init__.py::match_utf8", "is_utf8"),
        defines(_C + "__init__.py", "is_utf8"), gone("match_utf8"),
    ),
    _MAKE.one(
        TERSE, "rename function", "numToDotedQuad -> num_to_dotted_quad",
        rename(_C + "validate.py::numToDottedQuad", "num_to_dotted_quad"),
        defines(_C + "validate.py", "num_to_dotted_quad"), gone("numToDottedQuad"),
    ),
    _MAKE.refused(TERSE, "SimpleVal.check doesnt need missing, remove"),
    _MAKE.one(
        TERSE, "add tests", "tests for is_ip_addr pls",
        Planned("test"), tested("is_ip_addr"),
    ),
    _MAKE.one(
        TERSE, "remove dead code", "dead code out of validate.py",
        Planned("remove dead code", {"where": _C + "validate.py"}),
        lacks(_C + "validate.py", "_test2", "_test3"), lacks_text(_C + "validate.py", r"^from ppr"),
    ),
    _MAKE.refused(LOOSE, "make configobj use TOML instead of ini files"),
    _MAKE.refused(TERSE, "delete validate.py"),
)  # fmt: skip
