"""Rename a function, class, method, attribute, variable, parameter or constant.

Every place that certainly means the symbol is changed in all files: definitions,
uses, imports, re-exports, `__all__`, `__slots__`, keywords, overrides. Where only the name
speaks for it, the place becomes a doubt that somebody judges. What is named in comments,
strings and documents is changed where asked.
"""

import ast
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from nanobot_engine.edit import EditError, TextEdit, apply_edits
from nanobot_engine.language import rules_of
from nanobot_engine.python import (
    Certainty,
    PythonFile,
    Reference,
    ReferenceKind,
    References,
    ScopeKind,
    Symbol,
)
from nanobot_engine.python.named_access import computed_access
from nanobot_engine.python.said_name import shown_expressions
from nanobot_engine.python.value import (
    ClassValue,
    ForeignValue,
    InstanceValue,
    PackageValue,
    builtin_instance,
)
from nanobot_engine.refactor.change import Change, ChangeBuilder
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.errors import ArgumentError, UnsafeError
from nanobot_engine.refactor.identifier import check_identifier
from nanobot_engine.refactor.mention import MENTION_KINDS, Mention, mentions
from nanobot_engine.refactor.name_check import changed_meaning
from nanobot_engine.refactor.refactoring import Parameter, ParameterKind
from nanobot_engine.refactor.rename.rename_code import rename_code
from nanobot_engine.refactor.rename.shown_name import shown_names


class Rename:
    """See the module docstring. Stateless: safe to share."""

    name: Final = "rename"
    summary: Final = "Rename a function, class, method, attribute, variable, parameter or constant"
    parameters: Final = (
        Parameter("symbol", ParameterKind.SYMBOL, "what is renamed"),
        Parameter("new_name", ParameterKind.NAME, "its new name"),
        Parameter(
            "also",
            ParameterKind.CHOICE,
            "where the name is changed in plain text, too",
            is_optional=True,
            choices=MENTION_KINDS,
            is_list=True,
        ),
    )

    def plan(self, codebase: Codebase, arguments: Mapping[str, str]) -> Change:
        """See `Refactoring.plan`."""
        path, _, qualified_name = arguments["symbol"].partition("::")
        rules = rules_of(path, codebase.data_by_path.get(path, b""))
        if rules is not None:
            also = frozenset(filter(None, arguments.get("also", "").split(",")))
            return rename_code(codebase, rules, arguments["symbol"], arguments["new_name"], also)
        symbol = codebase.references.symbol(path, qualified_name)
        if symbol is None:
            raise ArgumentError(f"{arguments['symbol']}: there is no such name; search for it")
        new_name = arguments["new_name"]
        check_identifier(new_name)
        if new_name == symbol.name:
            raise ArgumentError(f"{new_name}: is its name already")
        symbol = codebase.references.origin(symbol)
        _check_fixture(codebase, symbol)
        found = codebase.references.find(symbol)
        _check_members(codebase, found, symbol, new_name)
        builder = ChangeBuilder(codebase.project, codebase.data_by_path)
        by_file: defaultdict[PythonFile, list[Reference]] = defaultdict(list)
        for reference in found.found:
            by_file[reference.file].append(reference)
        kept: set[PythonFile] = set()
        unsure = next((_may_be_of_others(of, symbol) for of in found.foreign_bases), "")
        for file, references in by_file.items():
            if not _rename_in(builder, file, references, symbol, new_name, unsure=unsure):
                _check_not_passed_on(codebase, file, symbol, new_name)
                kept.add(file)
            _tell_shown(builder, file, references, symbol)
        for of in found.foreign_bases:
            builder.note(of.file.path, of.node.lineno, _may_be_of_others(of, symbol))
        _tell_classes(builder, codebase, found, symbol)
        wanted = frozenset(filter(None, arguments.get("also", "").split(",")))
        modules = [file for file in _offering(codebase, found, symbol) if file not in kept]
        sure = mentions(codebase, symbol, wanted, modules)
        _rename_in_texts(builder, codebase, symbol, new_name, sure=sure, found=found)
        return builder.build(f"rename {symbol.qualified_name} to {new_name}")


def _check_fixture(codebase: Codebase, symbol: Symbol) -> None:
    fixture = codebase.references.fixture_asked_by(symbol)
    if fixture:
        raise UnsafeError(
            f"{symbol.name}: pytest passes the fixture {fixture} by this name; rename the fixture"
        )


def _offering(codebase: Codebase, found: References, symbol: Symbol) -> tuple[PythonFile, ...]:
    """Return the modules through which a symbol, or the class that it is of, is reached."""
    outer = symbol.qualified_name.partition(".")[0]
    if outer == symbol.name or outer not in symbol.file.names.module.sites:
        return found.modules
    return codebase.references.find(Symbol(symbol.file, symbol.file.names.module, outer)).modules


def _check_members(codebase: Codebase, found: References, symbol: Symbol, new_name: str) -> None:
    classes = codebase.references.inference.classes
    for of in found.classes:
        outside = classes.outside_owner(of, symbol.name)
        if outside:
            raise UnsafeError(
                f"{of.file.path}:{of.node.lineno}: {of.node.name} has {symbol.name!r} of "
                f"{outside}, which keeps its name; rename what is only of the code base"
            )
        owner = next(classes.owners(of, new_name), None)
        if owner is not None:
            raise UnsafeError(f"{new_name}: {owner.node.name} has a member of that name already")


def _may_be_of_others(of: ClassValue, symbol: Symbol) -> str:
    return (
        f"{of.node.name} has a base class outside of the workspace that may define "
        f"{symbol.name!r}, too"
    )


def _tell_shown(
    builder: ChangeBuilder, file: PythonFile, references: list[Reference], symbol: Symbol
) -> None:
    """Tell where a program prints the name, so that its output changes."""
    for shown in shown_expressions(file):
        if any(
            shown.start_byte <= one.span.start_byte < shown.end_byte
            for one in references
            if one.certainty is not Certainty.POSSIBLE
        ):
            line = file.line(shown.start_byte)
            builder.note(file.path, line, f"prints {symbol.name!r} as text: the output changes")


def _tell_classes(
    builder: ChangeBuilder, codebase: Codebase, found: References, symbol: Symbol
) -> None:
    """Tell how a member may be reached that no program finds."""
    for of in found.classes:
        if codebase.references.inference.classes.is_protocol(of):
            _check_protocol(codebase, of)
            _tell_protocol(builder, codebase, found, of, symbol)
        call = computed_access(of.file, of.scope)
        if call is not None:
            text = f"{of.node.name} may reach {symbol.name!r} here by a computed name"
            builder.note(of.file.path, call.lineno, text)


def _tell_protocol(
    builder: ChangeBuilder,
    codebase: Codebase,
    found: References,
    protocol: ClassValue,
    symbol: Symbol,
) -> None:
    """Tell which classes only look like a protocol, so that they keep the old name."""
    classes = codebase.references.inference.classes
    members = [name for name in protocol.scope.sites if not name.startswith("__")]
    for file in codebase.project.files_with(symbol.name):
        for node, scope in file.names.scope_by_node.items():
            if not isinstance(node, ast.ClassDef) or symbol.name not in scope.sites:
                continue
            of = ClassValue(file, node)
            if of not in found.classes and all(any(classes.owners(of, m)) for m in members):
                builder.note(
                    file.path,
                    node.lineno,
                    f"{node.name} looks like the protocol {protocol.node.name} and keeps "
                    f"{symbol.name!r}: nothing here shows that it is used as one",
                )
    builder.note(
        protocol.file.path,
        protocol.node.lineno,
        f"{protocol.node.name} is a protocol: classes of other packages that look like it keep "
        f"{symbol.name!r}",
    )


def _check_protocol(codebase: Codebase, protocol: ClassValue) -> None:
    """Refuse where something of another package is declared to be an instance of a protocol.

    Raises:
        UnsafeError: With the place; that object keeps the old name.
    """
    inference = codebase.references.inference
    for file in codebase.project.files_with(protocol.node.name):
        for scope in file.names.scope_by_node.values():
            for site in (one for sites in scope.sites.values() for one in sites):
                if site.annotation is None or site.value is None:
                    continue
                declared = inference.annotations.instances(file, site.scope, site.annotation)
                if InstanceValue(protocol) not in declared:
                    continue
                given = inference.values(file, site.scope, site.value) - builtin_instance(
                    "NoneType"
                )
                if any(isinstance(value, ForeignValue | PackageValue) for value in given):
                    line = f"{file.path}:{file.line(site.span.start_byte)}"
                    raise UnsafeError(
                        f"{line}: uses something of another package as a {protocol.node.name}; "
                        "that keeps its names"
                    )


def _rename_in(
    builder: ChangeBuilder,
    file: PythonFile,
    references: list[Reference],
    symbol: Symbol,
    new_name: str,
    *,
    unsure: str,
) -> bool:
    """Rename in one file; False where the old name is kept behind an alias: it is taken.

    Args:
        builder: Takes the edits.
        file: The file.
        references: Those in it.
        symbol: What is renamed.
        new_name: Its new name.
        unsure: Why all of it is only likely; empty where it is not.
    """
    sure = [one for one in references if one.certainty is not Certainty.POSSIBLE]
    edits = [_edit(builder, file, one, new_name) for one in sure]
    reason = _refusal(file, sorted(edits, key=lambda edit: edit.start_byte))
    if reason:
        imports = [one for one in sure if one.kind is ReferenceKind.IMPORT]
        # What a package offers under a name is what others import: no alias keeps that.
        is_offered = file.path.endswith(("/__init__.py", "/__init__.pyi")) and not any(
            one.kind in {ReferenceKind.NAME, ReferenceKind.ATTRIBUTE} for one in sure
        )
        is_other = symbol.scope.kind is not ScopeKind.MODULE
        if file is symbol.file or not imports or is_other or is_offered:
            raise UnsafeError(f"{file.path}: {reason}")
        named = {imported.name_span for imported, _ in file.names.imports if imported.as_span}
        for one in imports:
            # One with an alias keeps it.
            text = new_name if one.span in named else f"{new_name} as {symbol.name}"
            builder.replace(file, one.span, text, f"{new_name} is taken here")
        for one in sure:
            if one.kind is ReferenceKind.ATTRIBUTE:
                builder.replace(file, one.span, new_name, f"use of {symbol.name}")
        return False
    for one, edit in zip(sure, edits, strict=True):
        text = edit.new_text.decode(file.source.encoding)
        is_likely = bool(unsure) or one.certainty is Certainty.LIKELY
        label = f"{edit.label}; {unsure}" if unsure else edit.label
        builder.replace(file, one.span, text, label, is_likely=is_likely)
    for one in references:
        if one.certainty is Certainty.POSSIBLE:
            question = f"line {one.line}: does .{symbol.name} mean {symbol.qualified_name}?"
            builder.doubt(one, _edit(builder, file, one, new_name), question)
    return True


def _check_not_passed_on(
    codebase: Codebase, file: PythonFile, symbol: Symbol, new_name: str
) -> None:
    """Refuse where others take the name from a module that keeps the old one.

    Raises:
        UnsafeError: With the place.
    """
    kept = Symbol(file, file.names.module, symbol.name)
    for one in codebase.references.find_bound(kept).found:
        if one.file is not file:
            raise UnsafeError(
                f"{file.path}: {new_name} is taken here, and {one.file.path}:{one.line} takes "
                f"{symbol.name} from it"
            )


def _edit(
    builder: ChangeBuilder, file: PythonFile, reference: Reference, new_name: str
) -> TextEdit:
    text, reason = new_name, f"{reference.kind.value} of the renamed name"
    if reference.kind is ReferenceKind.ALIAS and not _is_after_as(file, reference):
        text = f"{file.text(reference.span)} as {new_name}"
        reason = "an import of something else under the same name"
    if reference.certainty is not Certainty.SURE:
        reason += f": {reference.reason}"
    return builder.edit(file, reference.span, text, reason)


def _is_after_as(file: PythonFile, reference: Reference) -> bool:
    """Tell whether a name that an import binds is written after its `as`."""
    for imported, _ in file.names.imports:
        if imported.as_span == reference.span:
            return True
        if imported.module_span is not None and imported.name is None:
            is_here = imported.module_span.start_byte == reference.span.start_byte
            if is_here and "." in imported.module:
                msg = f"{file.path}: import {imported.module}: its first part can not be renamed"
                raise UnsafeError(msg)
    return False


def _refusal(file: PythonFile, edits: list[TextEdit]) -> str:
    """Say why names would change their meaning; empty when none would."""
    try:
        return changed_meaning(file, apply_edits(file.source.data, edits), edits)
    except EditError as error:
        return str(error)


def _rename_in_texts(
    builder: ChangeBuilder,
    codebase: Codebase,
    symbol: Symbol,
    new_name: str,
    *,
    sure: Iterable[Mention],
    found: References,
) -> None:
    """Rename what texts certainly name or were asked about, then what they probably show."""
    done = {(one.file.path, one.span) for one in found.found}
    for mention in sure:
        _replace_mention(builder, codebase, mention, new_name, f"named in {mention.kind}")
        done.add((mention.path, mention.span))
    for mention, reason in shown_names(codebase, symbol):
        if (mention.path, mention.span) not in done:
            _replace_mention(builder, codebase, mention, new_name, reason, is_likely=True)


def _replace_mention(
    builder: ChangeBuilder,
    codebase: Codebase,
    mention: Mention,
    new_name: str,
    reason: str,
    *,
    is_likely: bool = False,
) -> None:
    file = codebase.project.file(mention.path) if mention.is_python else None
    if file is not None:
        builder.replace(file, mention.span, new_name, reason, is_likely=is_likely)
    else:
        builder.replace_text(mention.path, mention.span, new_name, reason)
