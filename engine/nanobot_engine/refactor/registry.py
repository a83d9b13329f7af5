"""All refactorings by name, and whether arguments fit one."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from nanobot_engine.refactor.add import AddAll, AddPostponedAnnotations
from nanobot_engine.refactor.convert.bare_except import ConvertBareExcept
from nanobot_engine.refactor.convert.format_string import ConvertFormatStrings
from nanobot_engine.refactor.convert.os_path import ConvertOsPath
from nanobot_engine.refactor.convert.print_call import ConvertPrint
from nanobot_engine.refactor.convert.replace import ReplacePattern
from nanobot_engine.refactor.convert.unittest_case import ConvertUnittest
from nanobot_engine.refactor.deduplicate.deduplicate import Deduplicate
from nanobot_engine.refactor.diagnostics.fix_diagnostics import FixDiagnostics
from nanobot_engine.refactor.errors import ArgumentError
from nanobot_engine.refactor.extract.extract import ExtractFunction
from nanobot_engine.refactor.extract.extract_value import ExtractConstant, ExtractVariable
from nanobot_engine.refactor.extract.inline import InlineFunction, InlineVariable
from nanobot_engine.refactor.method.group import GroupIntoClass
from nanobot_engine.refactor.method.method import FunctionToMethod, MethodToFunction, MethodToStatic
from nanobot_engine.refactor.move.merge import MergeModules, SplitModule
from nanobot_engine.refactor.move.move import Move
from nanobot_engine.refactor.move.move_module import MoveModule
from nanobot_engine.refactor.refactoring import ParameterKind, Refactoring
from nanobot_engine.refactor.remove.dead_code import RemoveDeadCode
from nanobot_engine.refactor.remove.feature_flag import RemoveFeatureFlag
from nanobot_engine.refactor.rename.rename import Rename
from nanobot_engine.refactor.signature.parameter_object import IntroduceParameterObject
from nanobot_engine.refactor.signature.parameter_order import MakeKeywordOnly, ReorderParameters
from nanobot_engine.refactor.signature.remove_parameters import RemoveUnusedParameters
from nanobot_engine.refactor.signature.signature import AddParameter, RemoveParameter

_ALL: Final[tuple[Refactoring, ...]] = (
    Rename(),
    Move(),
    MoveModule(),
    AddParameter(),
    RemoveParameter(),
    ReorderParameters(),
    MakeKeywordOnly(),
    ExtractFunction(),
    ExtractVariable(),
    ExtractConstant(),
    InlineVariable(),
    InlineFunction(),
    MergeModules(),
    SplitModule(),
    IntroduceParameterObject(),
    MethodToFunction(),
    FunctionToMethod(),
    MethodToStatic(),
    GroupIntoClass(),
    ReplacePattern(),
    RemoveFeatureFlag(),
    RemoveDeadCode(),
    RemoveUnusedParameters(),
    Deduplicate(),
    ConvertFormatStrings(),
    ConvertBareExcept(),
    ConvertUnittest(),
    ConvertOsPath(),
    ConvertPrint(),
    AddAll(),
    AddPostponedAnnotations(),
    FixDiagnostics(),
)

REFACTORINGS: Final[Mapping[str, Refactoring]] = MappingProxyType({one.name: one for one in _ALL})
"""By name, in the order in which they are offered."""


def refactoring_named(name: str) -> Refactoring:
    """Return a refactoring; words of its name may be joined by `-` or `_`.

    Raises:
        ArgumentError: There is none of that name.
    """
    found = REFACTORINGS.get(" ".join(name.replace("-", " ").replace("_", " ").split()))
    if found is None:
        known = ", ".join(REFACTORINGS)
        raise ArgumentError(f"{name!r}: is no refactoring; there are {known}")
    return found


def check_arguments(refactoring: Refactoring, arguments: Mapping[str, str]) -> None:
    """Check that every argument is a parameter, and that none is missing.

    Raises:
        ArgumentError: With the first that is not right.
    """
    parameter_by_name = {parameter.name: parameter for parameter in refactoring.parameters}
    for name, value in arguments.items():
        parameter = parameter_by_name.get(name)
        if parameter is None:
            known = ", ".join(parameter_by_name)
            raise ArgumentError(
                f"{name!r}: {refactoring.name!r} does not take it; it takes {known}"
            )
        if parameter.kind is ParameterKind.CHOICE:
            chosen = value.split(",") if parameter.is_list else [value]
            for one in filter(None, chosen):
                if one not in parameter.choices:
                    allowed = ", ".join(parameter.choices)
                    raise ArgumentError(f"{name}={one}: must be one of {allowed}")
    for parameter in refactoring.parameters:
        if not parameter.is_optional and not arguments.get(parameter.name):
            need = f"{refactoring.name!r} needs it: {parameter.meaning}"
            raise ArgumentError(f"{parameter.name!r}: is missing; {need}")
