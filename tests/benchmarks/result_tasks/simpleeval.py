"""Tasks about simpleeval."""

from typing import Final

from benchmarks import result_checks as check
from benchmarks import result_task as task

_MAKE: Final = task.Tasks("simpleeval")
_S: Final = "simpleeval.py"
TASKS: Final[tuple[task.Task, ...]] = (
    _MAKE.one(
        task.PRECISE, "rename function",
        "Rename the function `random_int` in `simpleeval.py` to `random_below` and update the"
        " uses.",
        task.rename(_S + "::random_int", "random_below"),
        check.defines(_S, "random_below"), check.gone("random_int"),
    ),
    _MAKE.one(
        task.PRECISE, "move symbols",
        "Move `TypeNotSpecified`, `AssignmentAttempted` and `MultipleExpressions` from"
        " `simpleeval.py` to a new module `simpleeval_errors.py`.",
        task.Planned("move", {"symbols": f"{_S}::TypeNotSpecified\n{_S}::AssignmentAttempted\n"
                                    f"{_S}::MultipleExpressions",
                              "target": "simpleeval_errors.py"}),
        check.defines("simpleeval_errors.py", "TypeNotSpecified", "MultipleExpressions"),
        check.lacks(_S, "TypeNotSpecified", "AssignmentAttempted", "MultipleExpressions"),
    ),
    _MAKE.one(
        task.PRECISE, "group into class",
        "Group the functions `safe_rshift` and `safe_lshift` of `simpleeval.py` into a class"
        " named `SafeShift`.",
        task.Planned("group into class", {"functions": f"{_S}::safe_rshift\n{_S}::safe_lshift",
                                          "class_name": "SafeShift"}),
        check.defines(_S, "SafeShift.safe_rshift", "SafeShift.safe_lshift"),
        check.lacks(_S, "safe_rshift"),
    ),
    _MAKE.one(
        task.PRECISE, "rename parameter",
        "Rename the parameter `previously_parsed` of the method `SimpleEval.eval` in"
        " `simpleeval.py` to `parsed`.",
        task.rename(_S + "::SimpleEval.eval.<locals>.previously_parsed", "parsed"),
        check.signature(_S, "SimpleEval.eval", "self, expr, parsed=None"),
    ),
    _MAKE.one(
        task.PRECISE, "extract variable",
        "In the function `random_int` of `simpleeval.py`, extract the expression"
        " `random() * top` into a variable `scaled`.",
        task.Planned("extract variable", {"function": _S + "::random_int",
                                          "expression": "random() * top", "new_name": "scaled"}),
        check.has(_S, r"^    scaled = random\(\) \* top$"), check.has(_S, r"return int\(scaled\)"),
    ),
    _MAKE.one(
        task.LOOSE, "rename constant", "MAX_POWER should be POWER_LIMIT everywhere, readme too",
        task.rename(_S + "::MAX_POWER", "POWER_LIMIT", task.DOCS),
        check.defines(_S, "POWER_LIMIT"), check.gone("MAX_POWER"),
        check.lacks_text("README.rst", "MAX_POWER"),
    ),
    _MAKE.one(
        task.LOOSE, "convert unittest", "convert tests/test_no_entries.py to pytest style",
        task.beneath("convert unittest to pytest", "tests/test_no_entries.py"),
        check.changes("tests/test_no_entries.py"),
    ),
    _MAKE.one(
        task.LOOSE, "add __all__", "simpleeval.py has no __all__, please add one",
        task.beneath("add all", _S), check.defines(_S, "__all__"), check.only(_S),
    ),
    _MAKE.one(
        task.LOOSE, "add docstrings",
        "add docstrings to the classes in simpleeval.py that have none",
        task.Planned("document"), check.documented(_S, "TypeNotSpecified"), check.only(_S),
    ),
    _MAKE.one(
        task.LOOSE, "convert format strings", "replace .format by f-strings in simpleeval.py",
        task.beneath("convert format strings", _S), check.changes(_S), check.only(_S),
    ),
    _MAKE.one(
        task.LOOSE, "remove unused parameters", "remove unused parameters from the methods in"
        " simpleeval.py",
        task.beneath("remove unused parameters", _S), check.only(_S, "tests/"),
    ),
    _MAKE.one(
        task.TERSE, "rename function", "safe_mult -> safe_multiply",
        task.rename(_S + "::safe_mult", "safe_multiply"), check.defines(_S, "safe_multiply"),
        check.gone("safe_mult"),
    ),
    _MAKE.one(
        task.TERSE, "rename constant", "DISALLOW_METHODS to FORBIDDEN_METHODS, also docs",
        task.rename(_S + "::DISALLOW_METHODS", "FORBIDDEN_METHODS", task.DOCS),
        check.defines(_S, "FORBIDDEN_METHODS"), check.gone("DISALLOW_METHODS"),
    ),
    _MAKE.one(
        task.TERSE, "add error handling", "add error handlng to random_int",
        task.Planned("error"), check.handles_errors(_S, "random_int"), check.only(_S),
    ),
    _MAKE.one(
        task.TERSE, "make keyword only", "simple_eval: names + allowed_attrs kw only",
        task.Planned("make keyword only", {"function": _S + "::simple_eval", "parameter": "names"}),
        check.signature(_S, "simple_eval",
                        "expr, operators=None, functions=None, *, names=None, allowed_attrs=None"),
    ),
    _MAKE.one(
        task.TERSE, "add annotations", "annotate safe_power and safe_add",
        task.Planned("annot"), check.annotated(_S, "safe_power", "safe_add"), check.only(_S),
    ),
    _MAKE.refused(task.PRECISE, "Rename the class `SimpleEval` in `simpleeval.py` to"
                  " `EvalWithCompoundTypes`."),
    _MAKE.refused(task.TERSE, "delete all tests"),
)  # fmt: skip
