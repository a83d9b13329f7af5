"""Tasks about configobj."""

from typing import Final

from benchmarks import result_checks as check
from benchmarks import result_task as task

_MAKE: Final = task.Tasks("configobj")
_C: Final = "src/configobj/"
_ERRORS: Final = (
    "ValidateError", "VdtMissingValue", "VdtUnknownCheckError", "VdtParamError", "VdtTypeError",
    "VdtValueError", "VdtValueTooSmallError", "VdtValueTooBigError", "VdtValueTooShortError",
    "VdtValueTooLongError",
)  # fmt: skip
TASKS: Final[tuple[task.Task, ...]] = (
    _MAKE.one(
        task.PRECISE, "rename function",
        "Rename the function `dottedQuadToNum` in `src/configobj/validate.py` to"
        " `dotted_quad_to_num`.",
        task.rename(_C + "validate.py::dottedQuadToNum", "dotted_quad_to_num"),
        check.defines(_C + "validate.py", "dotted_quad_to_num"), check.gone("dottedQuadToNum"),
    ),
    _MAKE.one(
        task.PRECISE, "convert format strings",
        "Convert the percent formatting in `src/configobj/validate.py` to f-strings.",
        task.beneath("convert format strings", _C + "validate.py"),
        check.has(_C + "validate.py", r"\bf['\"]"), check.only(_C + "validate.py"),
    ),
    _MAKE.one(
        task.PRECISE, "method to static",
        "Make the method `_unquote` of the class `Validator` in `src/configobj/validate.py` a"
        " static method.",
        task.Planned("method to static method",
                     {"method": _C + "validate.py::Validator._unquote"}),
        check.has(_C + "validate.py", r"@staticmethod\n    def _unquote\(val\)"),
    ),
    _MAKE.one(
        task.PRECISE, "remove dead code",
        "Remove the functions that nothing calls from `src/configobj/validate.py`.",
        task.Planned("remove dead code", {"kinds": "definitions", "where": _C + "validate.py"}),
        check.lacks(_C + "validate.py", "_test2", "_test3"),
        check.defines(_C + "validate.py", "is_integer"),
    ),
    _MAKE.one(
        task.PRECISE, "fix diagnostics",
        "Fix the ruff diagnostics F401 and F841 in `src/configobj/validate.py`.",
        task.Planned("fix diagnostics"),
        check.lacks_text(_C + "validate.py", r"import pprint"), check.only(_C + "validate.py"),
    ),
    _MAKE.one(
        task.LOOSE, "rename class",
        "VdtTypeError should be called ValidationTypeError, in the docs as well",
        task.rename(_C + "validate.py::VdtTypeError", "ValidationTypeError",
                task.DOCS),
        check.defines(_C + "validate.py", "ValidationTypeError"), check.gone("VdtTypeError"),
    ),
    _MAKE.one(
        task.LOOSE, "split module",
        "move ValidateError and all the Vdt exceptions from validate.py to"
        " src/configobj/validate_errors.py",
        task.Planned("move|split module",
                     {"symbols": "\n".join(f"{_C}validate.py::{one}" for one in _ERRORS),
                      "target": _C + "validate_errors.py"}),
        check.defines(_C + "validate_errors.py", *_ERRORS),
        check.lacks(_C + "validate.py", *_ERRORS),
    ),
    _MAKE.one(
        task.LOOSE, "add annotations",
        "add type hints to dottedQuadToNum and numToDottedQuad",
        task.Planned("annot"),
        check.annotated(_C + "validate.py", "dottedQuadToNum", "numToDottedQuad"),
        check.only(_C + "validate.py"),
    ),
    _MAKE.one(
        task.LOOSE, "remove dead code",
        "clean up the unused imports in validate.py of configobj",
        task.Planned("remove dead code", {"kinds": "imports", "where": _C + "validate.py"}),
        check.lacks_text(_C + "validate.py", r"^from pprint"), check.only(_C + "validate.py"),
    ),
    _MAKE.one(
        task.LOOSE, "extract constant",
        "the number 4294967295 in validate.py should be a constant called MAX_IP",
        task.Planned("extract constant", {"module": _C + "validate.py", "literal": "4294967295",
                                          "new_name": "MAX_IP"}),
        check.has(_C + "validate.py", r"^MAX_IP = 4294967295"),
    ),
    _MAKE.one(
        task.LOOSE, "rename variable",
        "wspace_plus is a bad name, call it QUOTED_CHARACTERS",
        task.rename(_C + "__init__.py::wspace_plus", "QUOTED_CHARACTERS"),
        check.defines(_C + "__init__.py", "QUOTED_CHARACTERS"), check.gone("wspace_plus"),
    ),
    _MAKE.one(
        task.TERSE, "rename function", "match_utf8 func -> is_utf8",
        task.rename(_C + "__init__.py::match_utf8", "is_utf8"),
        check.defines(_C + "__init__.py", "is_utf8"), check.gone("match_utf8"),
    ),
    _MAKE.one(
        task.TERSE, "rename function", "numToDotedQuad -> num_to_dotted_quad",
        task.rename(_C + "validate.py::numToDottedQuad", "num_to_dotted_quad"),
        check.defines(_C + "validate.py", "num_to_dotted_quad"), check.gone("numToDottedQuad"),
    ),
    _MAKE.refused(task.TERSE, "SimpleVal.check doesnt need missing, remove"),
    _MAKE.one(
        task.TERSE, "add tests", "tests for is_ip_addr pls",
        task.Planned("test"), check.tested("is_ip_addr"),
    ),
    _MAKE.one(
        task.TERSE, "remove dead code", "dead code out of validate.py",
        task.Planned("remove dead code", {"where": _C + "validate.py"}),
        check.lacks(_C + "validate.py", "_test2", "_test3"),
        check.lacks_text(_C + "validate.py", r"^from ppr"),
    ),
    _MAKE.refused(task.LOOSE, "make configobj use TOML instead of ini files"),
    _MAKE.refused(task.TERSE, "delete validate.py"),
)  # fmt: skip
