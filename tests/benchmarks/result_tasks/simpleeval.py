"""Tasks about simpleeval."""

from typing import Final

from benchmarks.result_checks import (
    annotated,
    changes,
    defines,
    documented,
    gone,
    handles_errors,
    has,
    lacks,
    lacks_text,
    only,
    signature,
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

_MAKE: Final = Tasks("simpleeval")
_S: Final = "simpleeval.py"
TASKS: Final[tuple[Task, ...]] = (
    _MAKE.one(
        PRECISE, "rename function",
        "Rename the function `random_int` in `simpleeval.py` to `random_below` and update the"
        " uses.",
        rename(_S + "::random_int", "random_below"),
        defines(_S, "random_below"), gone("random_int"),
    ),
    _MAKE.one(
        PRECISE, "move symbols",
        "Move `TypeNotSpecified`, `AssignmentAttempted` and `MultipleExpressions` from"
        " `simpleeval.py` to a new module `simpleeval_errors.py`.",
        Planned("move", {"symbols": f"{_S}::TypeNotSpecified\n{_S}::AssignmentAttempted\n"
                                    f"{_S}::MultipleExpressions",
                         "target": "simpleeval_errors.py"}),
        defines("simpleeval_errors.py", "TypeNotSpecified", "MultipleExpressions"),
        lacks(_S, "TypeNotSpecified", "AssignmentAttempted", "MultipleExpressions"),
    ),
    _MAKE.one(
        PRECISE, "group into class",
        "Group the functions `safe_rshift` and `safe_lshift` of `simpleeval.py` into a class"
        " named `SafeShift`.",
        Planned("group into class", {"functions": f"{_S}::safe_rshift\n{_S}::safe_lshift",
                                     "class_name": "SafeShift"}),
        defines(_S, "SafeShift.safe_rshift", "SafeShift.safe_lshift"), lacks(_S, "safe_rshift"),
    ),
    _MAKE.one(
        PRECISE, "rename parameter",
        "Rename the parameter `previously_parsed` of the method `SimpleEval.eval` in"
        " `simpleeval.py` to `parsed`.",
        rename(_S + "::SimpleEval.eval.<locals>.previously_parsed", "parsed"),
        signature(_S, "SimpleEval.eval", "self, expr, parsed=None"),
    ),
    _MAKE.one(
        PRECISE, "extract variable",
        "In the function `random_int` of `simpleeval.py`, extract the expression"
        " `random() * top` into a variable `scaled`.",
        Planned("extract variable", {"function": _S + "::random_int",
                                     "expression": "random() * top", "new_name": "scaled"}),
        has(_S, r"^    scaled = random\(\) \* top$"), has(_S, r"return int\(scaled\)"),
    ),
    _MAKE.one(
        LOOSE, "rename constant", "MAX_POWER should be POWER_LIMIT everywhere, readme too",
        rename(_S + "::MAX_POWER", "POWER_LIMIT", DOCS),
        defines(_S, "POWER_LIMIT"), gone("MAX_POWER"), lacks_text("README.rst", "MAX_POWER"),
    ),
    _MAKE.one(
        LOOSE, "convert unittest", "convert tests/test_no_entries.py to pytest style",
        beneath("convert unittest to pytest", "tests/test_no_entries.py"),
        changes("tests/test_no_entries.py"),
    ),
    _MAKE.one(
        LOOSE, "add __all__", "simpleeval.py has no __all__, please add one",
        beneath("add all", _S), defines(_S, "__all__"), only(_S),
    ),
    _MAKE.one(
        LOOSE, "add docstrings", "add docstrings to the classes in simpleeval.py that have none",
        Planned("document"), documented(_S, "TypeNotSpecified"), only(_S),
    ),
    _MAKE.one(
        LOOSE, "convert format strings", "replace .format by f-strings in simpleeval.py",
        beneath("convert format strings", _S), changes(_S), only(_S),
    ),
    _MAKE.one(
        LOOSE, "remove unused parameters", "remove unused parameters from the methods in"
        " simpleeval.py",
        beneath("remove unused parameters", _S), only(_S, "tests/"),
    ),
    _MAKE.one(
        TERSE, "rename function", "safe_mult -> safe_multiply",
        rename(_S + "::safe_mult", "safe_multiply"), defines(_S, "safe_multiply"),
        gone("safe_mult"),
    ),
    _MAKE.one(
        TERSE, "rename constant", "DISALLOW_METHODS to FORBIDDEN_METHODS, also docs",
        rename(_S + "::DISALLOW_METHODS", "FORBIDDEN_METHODS", DOCS),
        defines(_S, "FORBIDDEN_METHODS"), gone("DISALLOW_METHODS"),
    ),
    _MAKE.one(
        TERSE, "add error handling", "add error handlng to random_int",
        Planned("error"), handles_errors(_S, "random_int"), only(_S),
    ),
    _MAKE.one(
        TERSE, "make keyword only", "simple_eval: names + allowed_attrs kw only",
        Planned("make keyword only", {"function": _S + "::simple_eval", "parameter": "names"}),
        signature(_S, "simple_eval",
                  "expr, operators=None, functions=None, *, names=None, allowed_attrs=None"),
    ),
    _MAKE.one(
        TERSE, "add annotations", "annotate safe_power and safe_add",
        Planned("annot"), annotated(_S, "safe_power", "safe_add"), only(_S),
    ),
    _MAKE.refused(PRECISE, "Rename the class `SimpleEval` in `simpleeval.py` to"
                  " `EvalWithCompoundTypes`."),
    _MAKE.refused(TERSE, "delete all tests"),
)  # fmt: skip
