"""Rename in code of other languages than Python.

What scopes, imports and inheritance prove is changed; what only the name speaks for
becomes a doubt. Every changed file is parsed and bound again: no name of it may mean
something else afterwards.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from nanobot_engine.edit import TextEdit, apply_edits
from nanobot_engine.language import (
    CodeFile,
    CodeFiles,
    CodeReference,
    CodeSymbol,
    Form,
    Found,
    Rules,
    changed_meaning,
    code_references,
    code_symbol,
    name_taken,
    replacement,
)
from nanobot_engine.python import Certainty, Span
from nanobot_engine.refactor.change import Change, ChangeBuilder
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.errors import ArgumentError, UnsafeError
from nanobot_engine.refactor.rename.asked_server import ask_server
from nanobot_engine.refactor.rename.code_mention import code_mentions


def rename_code(
    codebase: Codebase, rules: Rules, key: str, new_name: str, also: frozenset[str]
) -> Change:
    """Plan the renaming of a symbol.

    Args:
        codebase: The files.
        rules: Of the language of its file.
        key: `path::qualified.name`.
        new_name: Its new name.
        also: Of `MENTION_KINDS`: where the name is changed in plain text, too.

    Raises:
        ArgumentError: There is no such symbol, or the new name is none.
        UnsafeError: Names would mean something else.
    """
    with CodeFiles(codebase.data_by_path, rules) as files:
        symbol = _symbol(files, key)
        problem = rules.name_problem(new_name)
        if problem:
            raise ArgumentError(problem)
        if new_name == symbol.name:
            raise ArgumentError(f"{new_name}: is its name already")
        found = code_references(files, symbol)
        if codebase.server_root is not None:
            ask_server(files, symbol, found, codebase.server_root)
        taken = name_taken(files, symbol, new_name)
        if taken:
            raise UnsafeError(f"{new_name}: {taken}")
        builder = ChangeBuilder(codebase.project, codebase.data_by_path)
        by_file: defaultdict[CodeFile, list[CodeReference]] = defaultdict(list)
        for reference in found.references.values():
            by_file[reference.file].append(reference)
        for file, references in by_file.items():
            for one in _changed_places(files, file, references, symbol, new_name):
                text = replacement(one.form, symbol.name, new_name)
                is_likely = one.certainty is Certainty.LIKELY
                builder.replace_text(file.path, one.span, text, one.reason, is_likely=is_likely)
            _doubt(builder, file, references, symbol, new_name)
        if found.file_of_name is not None:
            folder, suffix = found.file_of_name
            builder.move(symbol.file.path, "/".join(filter(None, (folder, new_name + suffix))))
        _tell(builder, files, symbol, found)
        for mention in code_mentions(files, symbol.name, also):
            builder.replace_text(mention.path, mention.span, new_name, f"named in {mention.kind}")
        return builder.build(f"rename {symbol.qualified_name} to {new_name}")


def _symbol(files: CodeFiles, key: str) -> CodeSymbol:
    path, _, qualified_name = key.partition("::")
    found = code_symbol(files, path, qualified_name)
    if not found:
        raise ArgumentError(f"{key}: there is no such name; search for it")
    if len(found) > 1:
        lines = ", ".join(str(one.line) for one in found)
        raise ArgumentError(f"{key}: is declared more than once, in lines {lines}")
    return found[0]


def _changed_places(
    files: CodeFiles,
    file: CodeFile,
    references: list[CodeReference],
    symbol: CodeSymbol,
    new_name: str,
) -> list[CodeReference]:
    """Return what changes in one file; where the new name is taken, the old one stays local.

    Raises:
        UnsafeError: Names would mean something else either way.
    """
    sure = [one for one in references if one.certainty is not Certainty.POSSIBLE]
    problem = _problem(files, file, sure, symbol.name, new_name)
    if problem and file is not symbol.file:
        kept = list(_with_local_name_kept(sure))
        if len(kept) < len(sure) or kept != sure:
            sure, problem = kept, _problem(files, file, kept, symbol.name, new_name)
    if problem:
        raise UnsafeError(f"{file.path}: {problem}")
    return sure


def _doubt(
    builder: ChangeBuilder,
    file: CodeFile,
    references: list[CodeReference],
    symbol: CodeSymbol,
    new_name: str,
) -> None:
    for one in references:
        if one.certainty is Certainty.POSSIBLE:
            text = replacement(one.form, symbol.name, new_name)
            edit = TextEdit(*_ends(one.span), text.encode(), f"{file.path}::", one.reason)
            question = (
                f"line {one.line}: does {symbol.name} mean {symbol.qualified_name} of "
                f"{symbol.file.path}?"
            )
            builder.doubt(one, edit, question)


def _with_local_name_kept(references: Iterable[CodeReference]) -> Iterable[CodeReference]:
    """Yield the references with imports that keep their local name."""
    for one in references:
        if one.binding is None:
            yield one
        elif one.leaf in one.binding.declarations:
            is_pattern = one.leaf.type.startswith("shorthand")
            yield replace(one, form=Form.VALUE_KEPT if is_pattern else Form.ALIASED)


def _problem(
    files: CodeFiles, file: CodeFile, edits: list[CodeReference], old: str, new: str
) -> str:
    """Say why names of a file would change their meaning; empty when none would."""
    texts = [
        TextEdit(*_ends(one.span), replacement(one.form, old, new).encode(), "", "")
        for one in sorted(edits, key=lambda one: one.leaf.start_byte)
    ]
    after = files.parsed(file.path, apply_edits(file.tree.text, texts))
    return (
        "would not parse any more"
        if after is None
        else changed_meaning(file, after, edits, old, new)
    )


def _ends(span: Span) -> tuple[int, int]:
    return span.start_byte, span.end_byte


def _tell(builder: ChangeBuilder, files: CodeFiles, symbol: CodeSymbol, found: Found) -> None:
    for path, line, text in dict.fromkeys(found.notes):
        builder.note(path, line, text)
    word = re.compile(rb"(?<![\w$])" + re.escape(symbol.name.encode()) + rb"(?![\w$])")
    for path in files.unparsed:
        if word.search(files.data_by_path[path]):
            builder.note(path, 0, f"could not be parsed; {symbol.name!r} stays as it is here")
