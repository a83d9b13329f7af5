"""Several parameters of a function become one dataclass; all calls build it."""

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from keyword import iskeyword
from typing import Final

from nanobot_engine.python import PythonFile, Span
from nanobot_engine.python.scope import NameOccurrence, Role
from nanobot_engine.refactor.call.bracket import Bracket
from nanobot_engine.refactor.call.call_site import CallSite, Function, uses_of
from nanobot_engine.refactor.call.certain_uses import certain_function
from nanobot_engine.refactor.change import Change, ChangeBuilder
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.errors import ArgumentError, UnsafeError
from nanobot_engine.refactor.identifier import check_identifier
from nanobot_engine.refactor.imports.import_cleanup import Imports
from nanobot_engine.refactor.imports.import_edit import NewImport
from nanobot_engine.refactor.imports.name_place import local_name
from nanobot_engine.refactor.refactoring import Parameter, ParameterKind
from nanobot_engine.refactor.source.rewriter import Part, Rewriter
from nanobot_engine.refactor.source.statement import own_span, whole_lines

_ACTING: Final = (ast.Call, ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr)
_MUTABLE: Final = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
_OTHER_NAMES: Final = ("parameters", "options", "given")
"""Of a parameter, where the name of its class is taken."""
_WORD_START: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class IntroduceParameterObject:
    """See the module docstring. Stateless: safe to share."""

    name: Final = "introduce parameter object"
    summary: Final = "Replace several parameters of a function by one dataclass"
    parameters: Final = (
        Parameter("function", ParameterKind.SYMBOL, "the function or method"),
        Parameter("parameters", ParameterKind.TEXT, "the parameters, comma separated"),
        Parameter("class_name", ParameterKind.NAME, "the name of the new class"),
        Parameter(
            "parameter",
            ParameterKind.NAME,
            "the name of the new parameter; made from the class's without it",
            is_optional=True,
        ),
    )

    def plan(self, codebase: Codebase, arguments: Mapping[str, str]) -> Change:
        """See `Refactoring.plan`."""
        uses = uses_of(codebase, arguments["function"])
        function = certain_function(codebase, uses)
        class_name = arguments["class_name"]
        name = arguments.get("parameter") or _free_name(function, class_name)
        for one in (class_name, name):
            check_identifier(one)
        wanted = [one.strip() for one in arguments["parameters"].split(",") if one.strip()]
        group = _Group(function, wanted, class_name, name)
        builder = ChangeBuilder(codebase.project, codebase.data_by_path)
        imports = Imports(codebase, builder)
        rewriters = {function.file: Rewriter(function.file)}
        group.check()
        group.define(builder, imports)
        # In a file without imports the first one comes before the class.
        if function.file.names.imports:
            group.add_class(builder, imports)
        group.use(rewriters[function.file])
        for call in uses.calls:
            rewriter = rewriters.setdefault(call.file, Rewriter(call.file))
            group.call(codebase, imports, rewriter, call)
        for rewriter in rewriters.values():
            rewriter.add_to(builder)
        imports.finish(rewriters)
        if not function.file.names.imports:
            group.add_class(builder, imports)
        names = ", ".join(one.name for one in group.fields)
        return builder.build(f"parameters {names} of {function.node.name} become {class_name}")


def _free_name(function: Function, class_name: str) -> str:
    """Return a name for the new parameter that the function does not use: from its class."""
    whole = _WORD_START.sub("_", class_name).lower()
    span = own_span(function.file, function.node)
    taken = {
        one.name
        for one in function.file.names.names
        if span.start_byte <= one.span.start_byte < span.end_byte
    }
    names = [whole, whole.rpartition("_")[2], *_OTHER_NAMES]
    usable = (one for one in names if one.isidentifier() and not iskeyword(one))
    return next((one for one in usable if one not in taken), whole)


@dataclass(frozen=True, slots=True)
class _Field:
    """One parameter that becomes a field."""

    name: str
    node: ast.arg
    default: ast.expr | None
    index: int | None
    """Among all positional parameters; None for one by keyword only."""


class _Group:
    """The parameters that become one."""

    def __init__(
        self, function: Function, wanted: Sequence[str], class_name: str, name: str
    ) -> None:
        self._function = function
        self._file = function.file
        self._class_name = class_name
        self._name = name
        known = {one.name: one for one in _fields(function)}
        missing = [one for one in wanted if one not in known]
        if missing or len(set(wanted)) < 2:
            raise ArgumentError(
                f"{', '.join(wanted)}: name at least two of {', '.join(known)}, each once"
            )
        self.fields = [one for one in known.values() if one.name in wanted]
        self._others = [one for one in known.values() if one.name not in wanted]

    @property
    def _is_optional(self) -> bool:
        return all(one.default is not None for one in self.fields)

    # Checks

    def check(self) -> None:
        """Refuse what would not work.

        Raises:
            UnsafeError: With the place.
        """
        file, module = self._file, self._file.names.module
        if self._class_name in module.sites or self._name in self._function.scope.sites:
            taken = self._class_name if self._class_name in module.sites else self._name
            raise UnsafeError(f"{file.path}: {taken!r} means something else there already")
        if any(o.name == self._name for o in self._inside() if o.role is Role.LOAD):
            raise UnsafeError(f"{self._function.node.name}: uses {self._name!r} already")
        first = self.fields[0]
        before = [one for one in self._others if one.index is not None]
        if not self._is_optional and first.index is not None:
            for other in before:
                if other.index is not None and other.index < first.index and other.default:
                    raise UnsafeError(
                        f"{self._name}: would follow {other.name}, which has a default"
                    )
        for field in self.fields:
            self._check_field(field)

    def _check_field(self, field: _Field) -> None:
        place = f"{self._file.path}:{field.node.lineno}"
        if isinstance(field.default, _MUTABLE):
            raise UnsafeError(f"{place}: the default of {field.name} can be changed; use None")
        inside = [part for part in (field.default, field.node.annotation) if part is not None]
        spans = [self._file.span(part) for part in inside]
        for occurrence in self._file.names.names:
            is_in = any(
                span.start_byte <= occurrence.span.start_byte < span.end_byte for span in spans
            )
            if is_in and occurrence.bound() not in {None, self._file.names.module}:
                raise UnsafeError(f"{place}: {occurrence.name!r} is not known outside of there")
        for occurrence in self._inside():
            if occurrence.name != field.name or occurrence.bound() is not self._function.scope:
                continue
            line = f"{self._file.path}:{self._file.line(occurrence.span.start_byte)}"
            if occurrence.role not in {Role.LOAD, Role.PARAMETER}:
                raise UnsafeError(f"{line}: sets {field.name!r}; give what it sets another name")

    def _inside(self) -> list[NameOccurrence]:
        span = own_span(self._file, self._function.node)
        names = self._file.names.names
        return [o for o in names if span.start_byte <= o.span.start_byte < span.end_byte]

    # The definition

    def define(self, builder: ChangeBuilder, imports: Imports) -> None:
        """Change the parameters, and import what the class needs."""
        file = self._file
        imports.of(file).add(NewImport("dataclasses", "dataclass"))
        self._class_text(imports)
        bracket = self._function.brackets()
        slots = [_slot(file, bracket, field.node) for field in self.fields]
        default = f" = {self._class_name}()" if self._is_optional else ""
        written = f"{self._name}: {self._class_name}{default}"
        if _has_lost_comment(file, bracket, slots):
            line = f"{file.path}:{self._function.node.lineno}"
            raise UnsafeError(f"{line}: a comment at a parameter would get lost")
        star = self._idle_star(bracket)
        for span, text in _joined(bracket, slots, written, star):
            builder.replace(file, span, text, "parameters become one")

    def add_class(self, builder: ChangeBuilder, imports: Imports) -> None:
        """Put the class before the statement of the module that holds the function."""
        file = self._file
        top = next(
            one
            for one in file.tree.body
            if any(node is self._function.node for node in ast.walk(one))
        )
        lines = whole_lines(file, top)
        if lines is None:
            raise UnsafeError(f"{file.path}:{top.lineno}: shares its line; split it first")
        place = Span(lines.start_byte, lines.start_byte)
        builder.replace(file, place, self._class_text(imports), "the new class")

    def _idle_star(self, bracket: Bracket) -> int | None:
        """Return the slot of a bare `*` that nothing would follow."""
        arguments = self._function.node.args
        kept = [one for one in self._others if one.index is None]
        is_idle = arguments.vararg is None and arguments.kwonlyargs and not kept
        if not is_idle or self.fields[0].index is None:
            return None
        return [self._file.text(item) for item in bracket.items].index("*")

    def _class_text(self, imports: Imports) -> str:
        unit = self._file.source.indent_unit
        text = f"@dataclass(frozen=True)\nclass {self._class_name}:\n"
        text += f'{unit}"""What `{self._function.node.name}` needs to know."""\n\n'
        for field in sorted(self.fields, key=lambda one: one.default is not None):
            text += f"{unit}{field.name}: {self._annotation(field, imports)}"
            if field.default is not None:
                text += f" = {self._file.text(self._file.span(field.default))}"
            text += "\n"
        return f"{text}\n\n"

    def _annotation(self, field: _Field, imports: Imports) -> str:
        if field.node.annotation is not None:
            start = self._file.span(field.node)
            # With its quotes, which are no part of the parsed annotation.
            text = self._file.text(start)
            return text.partition(":")[2].strip()
        if isinstance(field.default, ast.Constant) and field.default.value is not None:
            return type(field.default.value).__name__
        imports.of(self._file).add(NewImport("typing", "Any"))
        return "Any"

    # Uses

    def use(self, rewriter: Rewriter) -> None:
        """Let the body read the fields."""
        names = {field.name for field in self.fields}
        for occurrence in self._inside():
            is_own = occurrence.name in names and occurrence.bound() is self._function.scope
            if is_own and occurrence.role is Role.LOAD and isinstance(occurrence.node, ast.Name):
                self._check_shown(occurrence)
                text = f"{self._name}.{occurrence.name}"
                rewriter.replace(occurrence.node, (text,), f"{occurrence.name} is a field")

    def _check_shown(self, occurrence: NameOccurrence) -> None:
        """Refuse `f"{a=}"`, which shows the name."""
        data = self._file.source.data
        after = data[occurrence.span.end_byte :].lstrip(b" ")[:2]
        before = data[: occurrence.span.start_byte].rstrip(b" ")[-1:]
        if before == b"{" and after[:1] == b"=" and after != b"==":
            line = f"{self._file.path}:{self._file.line(occurrence.span.start_byte)}"
            raise UnsafeError(f"{line}: shows the name {occurrence.name!r}")

    def call(
        self, codebase: Codebase, imports: Imports, rewriter: Rewriter, call: CallSite
    ) -> None:
        """Let a call build the object."""
        line = f"{call.file.path}:{call.node.lineno}"
        if call.has_unpacking():
            raise UnsafeError(f"{line}: unpacks its arguments, so a program can not follow")
        slots = {field.name: call.slot_of(field.name, field.index) for field in self.fields}
        given = sorted((slot, name) for name, slot in slots.items() if slot is not None)
        if not given:
            if not self._is_optional:
                raise UnsafeError(f"{line}: passes none of the parameters")
            return
        known = local_name(codebase, imports, (call.file, call.scope), self._file, self._class_name)
        values = _written(call)
        self._check_order(line, values, [slot for slot, _ in given])
        parts: list[Part] = [f"{known}("]
        for slot, name in given:
            parts += [", " if len(parts) > 1 else "", f"{name}=", _value(values[slot])]
        first = given[0][0]
        if isinstance(values[first], ast.keyword):
            parts.insert(0, f"{self._name}=")
        parts.append(")")
        gone = [slot for slot, _ in given[1:]]
        if _has_lost_comment(call.file, call.brackets(), [slot for slot, _ in given]):
            raise UnsafeError(f"{line}: a comment at an argument would get lost")
        self._rewrite(rewriter, call, first, gone, parts)

    def _rewrite(
        self, rewriter: Rewriter, call: CallSite, first: int, gone: list[int], new: list[Part]
    ) -> None:
        values, bracket = _written(call), call.brackets()
        whole = call.file.span(call.node)
        tree: list[Part] = [call.node.func, "("]
        layout: list[Part | Span] = []
        position = whole.start_byte
        for slot, value in enumerate(values):
            if slot in gone:
                continue
            item = bracket.items[slot]
            start = item.start_byte if slot == first else item.end_byte
            before = bracket.items[slot - 1].end_byte if slot - 1 in gone else position
            layout.append(Span(before, start))
            tree.append(", " if len(tree) > 2 else "")
            if slot == first:
                layout += new
                tree += new
            else:
                name = value.arg if isinstance(value, ast.keyword) else None
                tree += [f"{name}=" if name else "", _value(value)]
            position = item.end_byte
        last = bracket.items[-1].end_byte
        layout.append(Span(last, whole.end_byte))
        reason = f"arguments become one {self._class_name}"
        rewriter.replace(call.node, [*tree, ")"], reason, layout=layout)

    def _check_order(
        self, line: str, values: Sequence[ast.expr | ast.keyword], given: Sequence[int]
    ) -> None:
        """Refuse where values that do something would be computed in another order."""
        acting = [slot for slot, value in enumerate(values) if _acts(_value(value))]
        order = [slot for slot in range(len(values)) if slot <= given[0]]
        order += [*given[1:], *(s for s in range(len(values)) if s > given[0] and s not in given)]
        if [slot for slot in order if slot in acting] != acting:
            raise UnsafeError(f"{line}: its arguments would be computed in another order")


def _fields(function: Function) -> list[_Field]:
    """Return all parameters that can become fields, in order."""
    node = function.node.args
    positional = [*node.posonlyargs, *node.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(node.defaults))
    found = [
        _Field(argument.arg, argument, default, index)
        for index, (argument, default) in enumerate(
            zip(positional, [*defaults, *node.defaults], strict=True)
        )
    ]
    found += [
        _Field(argument.arg, argument, default, None)
        for argument, default in zip(node.kwonlyargs, node.kw_defaults, strict=True)
    ]
    return found[1:] if function.is_method else found


def _slot(file: PythonFile, bracket: Bracket, node: ast.arg) -> int:
    start = file.span(node).start_byte
    return next(
        index
        for index, item in enumerate(bracket.items)
        if item.start_byte <= start < item.end_byte
    )


def _joined(
    bracket: Bracket, slots: Sequence[int], written: str, star: int | None
) -> list[tuple[Span, str]]:
    """Return the edits that put one item in the place of several."""
    gone = {*slots[1:], *([] if star is None else [star])}
    items = bracket.items
    removed = [(Span(items[i - 1].end_byte, items[i].end_byte), "") for i in sorted(gone)]
    return [(items[slots[0]], written), *removed]


def _has_lost_comment(file: PythonFile, bracket: Bracket, slots: Sequence[int]) -> bool:
    """Tell whether a comment stands between an item that goes and the one before it."""
    data = file.source.data
    return any(
        b"#" in data[bracket.items[slot - 1].end_byte : bracket.items[slot].start_byte]
        for slot in slots[1:]
    )


def _written(call: CallSite) -> list[ast.expr | ast.keyword]:
    parts: list[ast.expr | ast.keyword] = [*call.node.args, *call.node.keywords]
    return sorted(parts, key=lambda part: call.file.span(part).start_byte)


def _value(part: ast.expr | ast.keyword) -> ast.expr:
    return part.value if isinstance(part, ast.keyword) else part


def _acts(node: ast.expr) -> bool:
    return any(isinstance(one, _ACTING) for one in ast.walk(node))
