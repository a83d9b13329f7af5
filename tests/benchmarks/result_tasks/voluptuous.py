"""Tasks about voluptuous."""

from typing import Final

from benchmarks import result_checks as check
from benchmarks import result_task as task

_MAKE: Final = task.Tasks("voluptuous")
_V: Final = "voluptuous/"
_BUILDER: Final = _V + "schema_builder.py"
_ERROR: Final = _V + "error.py"
_HUMANIZE: Final = _V + "humanize.py"
_UTIL: Final = _V + "util.py"
_VALIDATORS: Final = _V + "validators.py"
_LETTERS: Final = ("Lower", "Upper", "Capitalize", "Title", "Strip")
TASKS: Final[tuple[task.Task, ...]] = (
    _MAKE.one(
        task.PRECISE, "rename class",
        "Rename the exception class `LiteralInvalid` in `voluptuous/error.py` to"
        " `LiteralMismatch`, including all imports and the tests.",
        task.rename(_ERROR + "::LiteralInvalid", "LiteralMismatch", task.ANY_TEXTS),
        check.defines(_ERROR, "LiteralMismatch"), check.gone("LiteralInvalid"),
    ),
    _MAKE.one(
        task.PRECISE, "rename parameter",
        "In `voluptuous/humanize.py`, rename the parameter `max_sub_error_length` of"
        " `humanize_error` to `item_length_max`; keyword arguments at call sites must be adapted,"
        " but leave `validate_with_humanized_errors` alone.",
        task.rename(_HUMANIZE + "::humanize_error.<locals>.max_sub_error_length",
                    "item_length_max", task.ANY_TEXTS),
        check.signature(_HUMANIZE, "humanize_error",
                        "data, validation_error: Invalid,"
                        " item_length_max: int=MAX_VALIDATION_ERROR_ITEM_LENGTH"),
        check.signature(_HUMANIZE, "validate_with_humanized_errors",
                        "data, schema: Schema,"
                        " max_sub_error_length: int=MAX_VALIDATION_ERROR_ITEM_LENGTH"),
        check.has(_V + "tests/tests.py", r"humanize_error\(data, ctx\.value, item_length_max=50\)"),
    ),
    _MAKE.one(
        task.PRECISE, "move symbols",
        "Move the functions Lower, Upper, Capitalize, Title and Strip from voluptuous/util.py to a"
        " new module voluptuous/strings.py. `from voluptuous import Lower` must go on working.",
        task.Planned("move|split module",
                     {"symbols": "\n".join(f"{_UTIL}::{name}" for name in _LETTERS),
                      "target": _V + "strings.py"}),
        check.defines(_V + "strings.py", *_LETTERS), check.lacks(_UTIL, *_LETTERS),
        check.either(check.has(_V + "__init__.py", r"^from (voluptuous)?\.strings import"),
                     check.has(_UTIL, r"^from (voluptuous)?\.strings import")),
    ),
    _MAKE.one(
        task.PRECISE, "convert format strings",
        "Convert the old-style string formatting in `voluptuous/util.py` to f-strings.",
        task.beneath("convert format strings", _UTIL),
        check.lacks_text(_UTIL, r"' % \("), check.has(_UTIL, r"f['\"]SetTo\("), check.only(_UTIL),
    ),
    _MAKE.one(
        task.PRECISE, "convert bare except",
        "Replace every bare `except:` in voluptuous/validators.py with an explicit exception"
        " type.",
        task.beneath("convert bare except", _VALIDATORS),
        check.lacks_text(_VALIDATORS, r"^\s*except:"), check.only(_VALIDATORS),
    ),
    _MAKE.one(
        task.PRECISE, "reorder parameters",
        "Change the order of the parameters of `_merge_args_with_kwargs` to"
        " `kwargs_dict, args_dict` and swap the arguments of its callers.",
        task.Planned("reorder parameters", {
            "function": _BUILDER + "::_merge_args_with_kwargs",
            "order": ("kwargs_dict, args_dict", "kwargs_dict,args_dict")}),
        check.signature(_BUILDER, "_merge_args_with_kwargs", "kwargs_dict, args_dict"),
        check.has(_BUILDER, r"_merge_args_with_kwargs\(kw, schema_args_dict\)"),
        check.has(_BUILDER, r"_merge_args_with_kwargs\(kwargs, args_dict\)"),
        check.only(_BUILDER),
    ),
    _MAKE.one(
        task.PRECISE, "extract function",
        "Extract lines 44 to 47 of voluptuous/humanize.py into a function named `_shortened`.",
        task.Planned("extract function", {"module": _HUMANIZE, "lines": "44-47",
                                          "new_name": "_shortened"}),
        check.defines(_HUMANIZE, "_shortened"),
        check.has(_HUMANIZE, r"offending_item_summary = _shortened\("), check.only(_HUMANIZE),
    ),
    _MAKE.one(
        task.LOOSE, "deduplicate",
        "Any and Union have exactly the same _exec, keep just one implementation",
        task.Planned("deduplicate", {"where": (_VALIDATORS, ""),
                                     "function": (_VALIDATORS + "::Any._exec",
                                                  _VALIDATORS + "::Union._exec", "")}),
        check.lacks_text(_VALIDATORS, r"no valid value found[\s\S]*no valid value found"),
        check.has(_VALIDATORS, "no valid value found"), check.only(_VALIDATORS),
    ),
    _MAKE.one(
        task.LOOSE, "merge modules", "humanize.py is tiny, can we fold it into util.py?",
        task.Planned("merge modules", {"module": _HUMANIZE, "target": _UTIL}),
        check.is_gone(_HUMANIZE), check.defines(_UTIL, "humanize_error", "_nested_getitem"),
        check.lacks_text(_V, r"voluptuous\.humanize"),
    ),
    _MAKE.one(
        task.LOOSE, "add docstrings",
        "LengthInvalid, InInvalid, NotInInvalid and ExactSequenceInvalid have no docstrings, write"
        " some please",
        task.Planned("document"),
        check.documented(_ERROR, "LengthInvalid", "InInvalid", "NotInInvalid",
                         "ExactSequenceInvalid"),
        check.only(_ERROR),
    ),
    _MAKE.one(
        task.LOOSE, "add type annotations",
        "the two helpers _args_to_dict and _merge_args_with_kwargs lack type hints",
        task.Planned("annot"),
        check.annotated(_BUILDER, "_args_to_dict", "_merge_args_with_kwargs"),
        check.only(_BUILDER),
    ),
    _MAKE.one(
        task.LOOSE, "method to function",
        "_is_complex_key_validator does not need self at all, make it a plain function of the"
        " module",
        task.Planned("method to function", {
            "method": _BUILDER + "::Required._is_complex_key_validator",
            "new_name": ("", "_is_complex_key_validator")}),
        check.defines(_BUILDER, "_is_complex_key_validator"),
        check.lacks(_BUILDER, "Required._is_complex_key_validator"), check.only(_BUILDER),
    ),
    _MAKE.one(
        task.LOOSE, "keyword-only parameters", "message(): cls shall be given by keyword only",
        task.Planned("make keyword only", {"function": _BUILDER + "::message",
                                           "parameter": "cls"}),
        check.signature(_BUILDER, "message",
                        "default: typing.Optional[str]=None, *,"
                        " cls: typing.Optional[typing.Type[Error]]=None"),
        check.only(_BUILDER),
    ),
    _MAKE.one(
        task.TERSE, "rename class", "VirtualPathComponent -> GroupPath",
        task.rename(_BUILDER + "::VirtualPathComponent", "GroupPath", task.ANY_TEXTS),
        check.defines(_BUILDER, "GroupPath"), check.gone("VirtualPathComponent"),
    ),
    _MAKE.refused(task.TERSE, "rename Lower to Upper"),
    _MAKE.one(
        task.TERSE, "rename constant", "primitive_types is a constant, should be upper case",
        task.rename(_BUILDER + "::primitive_types", "PRIMITIVE_TYPES", task.ANY_TEXTS),
        check.defines(_BUILDER, "PRIMITIVE_TYPES"), check.gone("primitive_types"),
    ),
    _MAKE.one(
        task.TERSE, "extract constant", "const DATE_FORMAT for '%Y-%m-%d' in validator.py",
        task.Planned("extract constant", {"module": _VALIDATORS, "literal": "'%Y-%m-%d'",
                                          "new_name": "DATE_FORMAT"}),
        check.defines(_VALIDATORS, "DATE_FORMAT"),
        check.has(_VALIDATORS, r"DEFAULT_FORMAT = DATE_FORMAT"), check.only(_VALIDATORS),
    ),
    _MAKE.one(
        task.TERSE, "add __all__", "humanize needs __all__",
        task.beneath("add all", _HUMANIZE),
        check.has(_HUMANIZE, r"^__all__"), check.has(_HUMANIZE, r"^\s*['\"]humanize_error['\"]"),
        check.only(_HUMANIZE),
    ),
    _MAKE.refused(task.TERSE, "inline ValidatorRegistry.lookup everywhere"),
    _MAKE.one(
        task.TERSE, "two at once",
        "RequiredFieldInvalid => MissingKeyInvalid, InclusiveInvalid => IncompleteGroupInvalid",
        (task.rename(_ERROR + "::RequiredFieldInvalid", "MissingKeyInvalid", task.ANY_TEXTS),
         task.rename(_ERROR + "::InclusiveInvalid", "IncompleteGroupInvalid", task.ANY_TEXTS)),
        check.defines(_ERROR, "MissingKeyInvalid", "IncompleteGroupInvalid"),
        check.gone("RequiredFieldInvalid"), check.gone("InclusiveInvalid"),
    ),
)  # fmt: skip
