"""Parameters in another order, or by name only; all calls follow.

Where the function is handed on as a value it is judged what is passed there.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from nanobot_engine.python import Reference, Span
from nanobot_engine.refactor.call.bracket import removal_of_item, separator
from nanobot_engine.refactor.call.call_site import CallSite, Function, Uses, uses_of
from nanobot_engine.refactor.call.handed_on import HandedOn, handed_on
from nanobot_engine.refactor.change import Change, ChangeBuilder
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.errors import ArgumentError, UnsafeError
from nanobot_engine.refactor.refactoring import Parameter, ParameterKind
from nanobot_engine.refactor.signature.changed_call import (
    FUNCTION,
    change_call,
    positional,
    refuse_strangers,
    self_count,
    unpacks,
)


class ReorderParameters:
    """Positional parameters in another order; calls follow. Stateless."""

    name: Final = "reorder parameters"
    summary: Final = (
        "Change the order of a function's parameters, and of the arguments of its calls"
    )
    parameters: Final = (
        FUNCTION,
        Parameter(
            "order", ParameterKind.TEXT, "all positional parameters but self, comma separated"
        ),
    )

    def plan(self, codebase: Codebase, arguments: Mapping[str, str]) -> Change:
        """See `Refactoring.plan`."""
        uses = uses_of(codebase, arguments["function"])
        order = [name.strip() for name in arguments["order"].split(",")]
        builder = ChangeBuilder(codebase.project, codebase.data_by_path)
        old = positional(uses.functions[0])
        if sorted(order) != sorted(old) or uses.functions[0].node.args.posonlyargs:
            raise ArgumentError(f"{', '.join(order)}: name all of {', '.join(old)}, each once")
        refuse_strangers(codebase, uses)
        unknown = []
        for one in handed_on(codebase, uses):
            count = len(one.partial.node.args) - 1 if one.partial is not None else one.count or 0
            if old[:count] != order[:count]:
                raise _passed_on_error(one, count)
            unknown += [one.reference] if one.count is None else []
        is_likely = _tell_unknown(builder, uses, unknown, "in the new order")
        for function in uses.functions:
            self._define(builder, function, old, order, is_likely=is_likely)
        for call in uses.calls:
            self._call(builder, call, uses.functions[0], order)
        return builder.build(f"reorder parameters of {arguments['function'].partition('::')[2]}")

    def _define(
        self,
        builder: ChangeBuilder,
        function: Function,
        old: list[str],
        order: list[str],
        *,
        is_likely: bool,
    ) -> None:
        if positional(function) != old:
            raise UnsafeError(f"{function.file.path}: an override has other parameters")
        defaults = dict(zip(reversed(old), reversed(function.node.args.defaults), strict=False))
        seen = [name in defaults for name in order]
        if seen != sorted(seen):
            raise UnsafeError("a parameter without a default would follow one that has one")
        bracket = function.brackets()
        first = 1 if function.is_method else 0
        spans = bracket.items[first : first + len(old)]
        texts = {name: function.file.text(span) for name, span in zip(old, spans, strict=True)}
        for span, name in zip(spans, order, strict=True):
            reason = "parameters in the new order"
            builder.replace(function.file, span, texts[name], reason, is_likely=is_likely)

    def _call(
        self, builder: ChangeBuilder, call: CallSite, function: Function, order: list[str]
    ) -> None:
        old = positional(function)
        skipped = self_count(call, function)
        given = len(call.node.args) - skipped
        if unpacks(builder, call, len(call.node.args)) or old[:given] == order[:given]:
            return
        bracket = call.brackets()
        spans = bracket.items[skipped : skipped + given]
        texts = {name: call.file.text(span) for name, span in zip(old, spans, strict=False)}
        # What is given by position and does not come first any more is given by keyword.
        leading = 0
        while leading < len(order) and order[leading] in texts:
            leading += 1
        written = [texts[name] for name in order[:leading]]
        written += [f"{name}={texts[name]}" for name in order[leading:] if name in texts]
        edits = zip(spans, written, strict=False)
        change_call(
            builder, call, [(span, text, "arguments in the new order") for span, text in edits]
        )


class MakeKeywordOnly:
    """Parameters that must be passed by name; calls follow. Stateless."""

    name: Final = "make keyword only"
    summary: Final = "Make parameters of a function keyword-only, and name them in its calls"
    parameters: Final = (
        FUNCTION,
        Parameter("parameter", ParameterKind.NAME, "the first parameter to be keyword-only"),
    )

    def plan(self, codebase: Codebase, arguments: Mapping[str, str]) -> Change:
        """See `Refactoring.plan`."""
        name = arguments["parameter"]
        uses = uses_of(codebase, arguments["function"])
        builder = ChangeBuilder(codebase.project, codebase.data_by_path)
        old = positional(uses.functions[0])
        if name not in old:
            raise ArgumentError(f"{name}: is no positional parameter; there are {', '.join(old)}")
        refuse_strangers(codebase, uses)
        is_likely = self._hand_on(codebase, builder, uses, old.index(name), old)
        for function in uses.functions:
            if function.node.args.vararg is not None or positional(function) != old:
                raise UnsafeError(f"{function.file.path}: its parameters can not be split there")
            bracket = function.brackets()
            place = (1 if function.is_method else 0) + old.index(name)
            start = bracket.items[place].start_byte
            gap = separator(function.file, bracket)
            reason = f"{name} by keyword only"
            builder.replace(
                function.file, Span(start, start), f"*{gap}", reason, is_likely=is_likely
            )
            if function.node.args.kwonlyargs:
                star = next(
                    i for i, one in enumerate(bracket.items) if function.file.text(one) == "*"
                )
                span = removal_of_item(bracket, star)
                builder.replace(function.file, span, "", "one star is enough")
        for call in uses.calls:
            if unpacks(builder, call, len(call.node.args)):
                continue
            first = self_count(call, uses.functions[0])
            given = zip(
                old[old.index(name) :],
                call.brackets().items[first + old.index(name) : len(call.node.args)],
                strict=False,
            )
            change_call(
                builder,
                call,
                [
                    (Span(item.start_byte, item.start_byte), f"{one}=", "given by keyword")
                    for one, item in given
                ],
            )
        return builder.build(f"make {name} of {uses.functions[0].node.name} keyword-only")

    def _hand_on(
        self,
        codebase: Codebase,
        builder: ChangeBuilder,
        uses: Uses,
        first: int,
        old: list[str],
    ) -> bool:
        """Follow the function where it is handed on; tell whether that is not sure."""
        unknown = []
        for one in handed_on(codebase, uses):
            if one.count is not None and one.count > first:
                raise _passed_on_error(one, one.count)
            unknown += [one.reference] if one.count is None else []
            if one.partial is None or unpacks(builder, one.partial, len(one.partial.node.args)):
                continue
            items = one.partial.brackets().items[first + 1 : len(one.partial.node.args)]
            edits = [
                (Span(item.start_byte, item.start_byte), f"{name}=", "given by keyword")
                for name, item in zip(old[first:], items, strict=False)
            ]
            change_call(builder, one.partial, edits)
        return _tell_unknown(builder, uses, unknown, "by name")


def _passed_on_error(one: HandedOn, count: int) -> UnsafeError:
    place = f"{one.reference.file.path}:{one.reference.line}"
    return UnsafeError(
        f"{place}: hands the function on to what passes it {count} arguments by position"
    )


def _tell_unknown(
    builder: ChangeBuilder, uses: Uses, unknown: Sequence[Reference], how: str
) -> bool:
    """Tell where a function goes that somebody calls there; return whether it does at all."""
    if uses.is_constructor:
        return False
    for value in unknown:
        text = "the function is handed on here; whoever calls it must pass its arguments"
        builder.note(value.file.path, value.line, f"{text} {how}")
    return bool(unknown)
