"""From a name in code of another language to everything that refers to it."""

from collections.abc import Iterator, Mapping
from typing import Final, Protocol

from nanobot_engine.language.binding import MEMBERS, VALUES, Act, Binding, CodeFile, Rules
from nanobot_engine.language.c_family import TAGS, CRules
from nanobot_engine.language.c_linkage import LinkageLinks
from nanobot_engine.language.code_files import CodeFiles
from nanobot_engine.language.go import GoRules
from nanobot_engine.language.go_packages import PackageLinks
from nanobot_engine.language.java import FIELDS, JavaRules
from nanobot_engine.language.java_packages import TypeLinks
from nanobot_engine.language.javascript import JavaScriptRules
from nanobot_engine.language.javascript_modules import ModuleLinks
from nanobot_engine.language.members import MemberLinks, owner_name
from nanobot_engine.language.reference import CodeSymbol, Form, Found
from nanobot_engine.language.rust import RustRules
from nanobot_engine.language.rust_modules import CrateLinks
from nanobot_indexer import Language, language_of
from nanobot_indexer.syntax.tree import SyntaxNode


class _Links(Protocol):
    """Finds who refers to a name that other files may see."""

    def __init__(self, files: CodeFiles) -> None: ...

    def add_references(self, symbol: CodeSymbol, found: Found) -> None: ...

    def taken(self, symbol: CodeSymbol, new_name: str) -> str: ...


_LINKS_BY_RULES: Final[Mapping[Rules, type[_Links]]] = {
    JavaScriptRules(): ModuleLinks,
    GoRules(): PackageLinks,
    CRules(): LinkageLinks,
    RustRules(): CrateLinks,
    JavaRules(): TypeLinks,
}

ALL_RULES: Final[tuple[Rules, ...]] = tuple(_LINKS_BY_RULES)
"""One for each family of languages that refer to each other."""


def rules_of(path: str, data: bytes) -> Rules | None:
    """Return the rules of a file's language; None where there are none."""
    language: Language = language_of(path, data)
    return next((rules for rules in _LINKS_BY_RULES if language in rules.languages), None)


def code_symbol(files: CodeFiles, path: str, qualified_name: str) -> list[CodeSymbol]:
    """Return what a file declares under a name; several where the name does not tell.

    Args:
        files: Of its language.
        path: Of the file.
        qualified_name: With the names around it, or the last of them; `<locals>` may stand
            behind that of a function, and `()` behind a method that has the name of a field.
    """
    file = files.file(path)
    if file is None:
        return []
    wanted = qualified_name.replace(".<locals>", "").removesuffix("()")
    name = wanted.rpartition(".")[2]
    own = [one for one in file.names(name).bindings if not one.is_import]
    if qualified_name.endswith("()"):
        own = [one for one in own if one.space != FIELDS]
    exact = [one for one in own if file.qualified_name(one) == wanted]
    found = exact or [one for one in own if file.qualified_name(one).endswith(f".{wanted}")]
    # Of two variables of one function, the one outside of inner functions is meant.
    nearest = min((_depth(one) for one in found), default=0)
    return list(_symbols(file, name, [one for one in found if _depth(one) == nearest]))


def is_member_name(file: CodeFile, binding: Binding) -> bool:
    """Tell whether a name belongs to a type, so that it may stand behind a dot."""
    if binding.space in {MEMBERS, FIELDS}:
        return True
    around = binding.scope.parent
    return (
        around is not None
        and around.type in file.rules.type_scope_types
        and (binding.scope.type.endswith("_body"))
    )


def _depth(binding: Binding) -> int:
    depth, scope = 0, binding.scope
    while scope.parent is not None:
        depth, scope = depth + 1, scope.parent
    return depth


def _symbols(file: CodeFile, name: str, bindings: list[Binding]) -> Iterator[CodeSymbol]:
    """Put what is one thing under several namespaces together."""
    shared: dict[object, list[Binding]] = {}
    for one in bindings:
        is_member = is_member_name(file, one)
        key = (one.space, owner_name(file, one)) if is_member else (VALUES, one.scope)
        shared.setdefault(key, []).append(one)
    for found in shared.values():
        plain = [one for one in found if one.space == VALUES]
        is_type = any(leaf.type == "type_identifier" for one in plain for leaf in one.declarations)
        # `typedef struct box box`: the tag goes with the type, not with a function.
        kept = plain + [one for one in found if one.space == TAGS and is_type] if plain else found
        yield CodeSymbol(file, name, tuple(kept))


def code_references(files: CodeFiles, symbol: CodeSymbol) -> Found:
    """Return every place that means, or may mean, a symbol."""
    found = Found()
    # What is known of exports comes first: `{x}` of an export changes as a whole.
    is_member = is_member_name(symbol.file, symbol.bindings[0])
    if not is_member and symbol.file.is_top(symbol.bindings[0]):
        _LINKS_BY_RULES[files.rules](files).add_references(symbol, found)
    if is_member:
        MemberLinks(files, symbol).add_references(found)
        links = _LINKS_BY_RULES[files.rules](files)
        if isinstance(links, ModuleLinks):
            links.add_note(symbol, found)
        return found
    _add_namespaced(files, symbol, found)
    for binding in symbol.bindings:
        for leaf in binding.leaves:
            if (symbol.file.path, leaf.start_byte) in found.references:
                continue
            reason = "definition" if leaf in binding.declarations else "use"
            form = Form.KEY_KEPT if _is_shorthand(leaf) else Form.PLAIN
            found.add(symbol.file, leaf, reason, form=form)
    return found


def _add_namespaced(files: CodeFiles, symbol: CodeSymbol, found: Found) -> None:
    """Add `space.name` in all files for what a namespace of TypeScript has."""
    around = symbol.bindings[0].scope.parent
    space = around.child("name") if around is not None else None
    if around is None or space is None or around.type not in {"internal_module", "module"}:
        return
    wanted = symbol.file.text(space).rpartition(".")[2]
    for file in files.files_with(symbol.name):
        for one in file.names(symbol.name).occurrences:
            receiver = one.role.receiver
            before = file.text(receiver).rpartition(".")[2] if receiver is not None else ""
            if one.role.act is Act.MEMBER and before == wanted:
                found.add(file, one.leaf, "use through its namespace")


def _is_shorthand(leaf: SyntaxNode) -> bool:
    """Tell whether a leaf is a key and a variable at once."""
    around = leaf.parent.type if leaf.parent is not None else ""
    return leaf.type.startswith("shorthand") or around == "shorthand_field_initializer"


def name_taken(files: CodeFiles, symbol: CodeSymbol, new_name: str) -> str:
    """Say why a symbol can not have a name that something beside it has; empty if it can.

    What binding the file again shows is not looked for.
    """
    if is_member_name(symbol.file, symbol.bindings[0]):
        return MemberLinks(files, symbol).taken(new_name)
    if symbol.file.is_top(symbol.bindings[0]):
        return _LINKS_BY_RULES[files.rules](files).taken(symbol, new_name)
    return ""
