"""Definitions and imports of one source text, by tree-sitter.

Runs only in a parse worker. Python has a walk of its own; for other languages
queries say what is a definition, and this module finds names that grammars hide in
declarators, nests the ranges and names them from the outside in.

Nothing here asks a node for its parent: tree-sitter searches it from the root,
which is quadratic in hostile input.
"""

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

import tree_sitter

from nanobot_indexer.syntax.definition import DefinitionKind
from nanobot_indexer.syntax.header import (
    comment_above,
    first_line_end,
    signature_end,
    signature_start,
)
from nanobot_indexer.syntax.imports import imported_names
from nanobot_indexer.syntax.language import LANGUAGES_WITHOUT_DEFINITIONS, Language
from nanobot_indexer.syntax.naming import (
    container_name,
    split_name,
    without_arguments,
    without_export_macros,
)
from nanobot_indexer.syntax.python_walk import PythonWalk
from nanobot_indexer.syntax.rows import DEPTH_MAX, NAME_SIZE_BYTES_MAX, NO_PARENT, SyntaxRows
from nanobot_indexer.syntax.sections import add_sections

_GRAMMAR_BY_LANGUAGE: Final = MappingProxyType(
    {
        Language.PYTHON: ("tree_sitter_python", "language", ()),
        Language.JAVASCRIPT: ("tree_sitter_javascript", "language", ("script", "javascript")),
        Language.TYPESCRIPT: (
            "tree_sitter_typescript",
            "language_typescript",
            ("script", "typescript"),
        ),
        Language.TSX: ("tree_sitter_typescript", "language_tsx", ("script", "typescript")),
        Language.GO: ("tree_sitter_go", "language", ("go",)),
        Language.RUST: ("tree_sitter_rust", "language", ("rust",)),
        Language.JAVA: ("tree_sitter_java", "language", ("java",)),
        Language.C: ("tree_sitter_c", "language", ("c",)),
        Language.CPP: ("tree_sitter_cpp", "language", ("cpp",)),
        Language.CSHARP: ("tree_sitter_c_sharp", "language", ("csharp",)),
        Language.RUBY: ("tree_sitter_ruby", "language", ("ruby",)),
        Language.PHP: ("tree_sitter_php", "language_php", ("php",)),
        Language.BASH: ("tree_sitter_bash", "language", ("bash",)),
        Language.LUA: ("tree_sitter_lua", "language", ("lua",)),
    }
)
"""Module, function that returns the grammar, query files."""
# A new language needs a row, or its own scanner.
assert set(_GRAMMAR_BY_LANGUAGE) == set(Language) - LANGUAGES_WITHOUT_DEFINITIONS - {
    Language.MARKDOWN
}

# The same name may match as a plain variable and as the function it holds.
_WEAK_KINDS: Final = frozenset(
    {DefinitionKind.CONSTANT, DefinitionKind.VARIABLE, DefinitionKind.TYPE}
)
_KINDS_OF_ONE_LINE: Final = _WEAK_KINDS | {DefinitionKind.MACRO}
_SCOPES_OF_METHODS: Final = frozenset(
    {
        DefinitionKind.CLASS,
        DefinitionKind.STRUCT,
        DefinitionKind.UNION,
        DefinitionKind.INTERFACE,
        DefinitionKind.TRAIT,
        DefinitionKind.ENUM,
    }
)
_CONSTANTS_IN_CAPITALS: Final = frozenset({Language.BASH, Language.LUA})
# Of `namespace A;` the rest of the file is inside.
_NAMESPACES_WITHOUT_BODY: Final = frozenset({Language.CSHARP, Language.PHP})
_SCRIPTS: Final = frozenset({Language.JAVASCRIPT, Language.TYPESCRIPT, Language.TSX})
_C_FAMILY: Final = frozenset({Language.C, Language.CPP})
# What recovery from an unknown macro takes for a name, and what Go throws away.
_NO_NAMES: Final = frozenset(
    {"_", "char", "class", "const", "double", "enum", "extern", "float", "inline", "int", "long"}
    | {"short", "signed", "static", "struct", "union", "unsigned", "void"}
)
_WITH_NO_NAMES: Final = _C_FAMILY | {Language.GO}
# Their headers end with the line, not where the body begins.
_WITHOUT_BRACES: Final = frozenset({Language.RUBY, Language.LUA})

_FIELDS_TO_BODY: Final = ("declaration", "definition", "value", "right", "type")
_STEPS_TO_BODY_MAX: Final = 6


@dataclass(slots=True)
class _Candidate:
    """One query match, before nesting. `kind` None marks a scope that is no definition."""

    kind: DefinitionKind | None
    start: int
    end: int
    name: str
    name_start: int
    name_end: int
    scope: tuple[str, ...]
    node: tree_sitter.Node


class Extractor:
    """Parses texts of one language. Not safe to share between threads."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._parser: tree_sitter.Parser | None = None
        self._walk: PythonWalk | None = None
        self._query: tree_sitter.Query | None = None
        if language not in _GRAMMAR_BY_LANGUAGE:
            return
        _, _, query_names = _GRAMMAR_BY_LANGUAGE[language]
        grammar = _grammar(language)
        self._parser = tree_sitter.Parser(grammar)
        if language is Language.PYTHON:
            self._walk = PythonWalk(grammar)
        else:
            folder = Path(__file__).parent / "queries"
            texts = [(folder / f"{one}.scm").read_text(encoding="utf-8") for one in query_names]
            self._query = tree_sitter.Query(grammar, "\n".join(texts))

    def syntax(self, text: bytes) -> SyntaxRows:
        """Return the definitions and imports of a text, in order of their start.

        Raises:
            MemoryError: The text needs more memory than the worker may have.
        """
        rows = SyntaxRows()
        if self._parser is None:
            if self._language is Language.MARKDOWN:
                add_sections(rows, text)
            return rows
        parsed = without_export_macros(text) if self._language in _C_FAMILY else text
        root = self._parser.parse(parsed).root_node
        rows.has_errors = root.has_error
        if self._walk is not None:
            self._walk.add_to(rows, root, text)
        else:
            self._add_matches(rows, root, text)
        return rows

    def _add_matches(self, rows: SyntaxRows, root: tree_sitter.Node, text: bytes) -> None:
        assert self._query is not None
        best: dict[tuple[int, int], _Candidate] = {}
        imports: list[tuple[int, int]] = []
        for _, captures in tree_sitter.QueryCursor(self._query).matches(root):
            if "import" in captures:
                node = captures["import"][0]
                imports.append((node.start_byte, node.end_byte))
                continue
            for candidate in self._candidates(captures, text):
                key = (candidate.name_start, candidate.name_end)
                best[key] = _merged(best.get(key), candidate)
        self._add_nested(rows, self._ordered(list(best.values()), text), text)
        for start, end in sorted(set(imports)):
            rows.add_imports(start, end, imported_names(text[start:end], self._language))

    def _ordered(self, candidates: list[_Candidate], text: bytes) -> list[_Candidate]:
        """Return the candidates by start, outermost first."""
        if self._language in _NAMESPACES_WITHOUT_BODY:
            _extend_namespaces(candidates, text)
        if self._language in _SCRIPTS:
            # `module.exports = class Reader {…}` is `Reader`.
            named = {(one.start, one.end) for one in candidates if not _is_exports(one)}
            candidates = [
                one
                for one in candidates
                if not _is_exports(one) or (one.start, one.end) not in named
            ]
        if self._language in _C_FAMILY:
            places = {_place(one) for one in candidates if one.kind is not DefinitionKind.TYPE}
            # `typedef struct node {…} node` has one name.
            candidates = [
                one
                for one in candidates
                if one.kind is not DefinitionKind.TYPE or _place(one) not in places
            ]
        return sorted(candidates, key=lambda one: (one.start, -one.end, one.name_start))

    def _candidates(
        self, captures: dict[str, list[tree_sitter.Node]], text: bytes
    ) -> Iterator[_Candidate]:
        scope_nodes = captures.get("scope", [])
        if "container" in captures:
            node = captures["container"][0]
            name = container_name(_text_of(scope_nodes[0], text))
            own = (node.start_byte, node.end_byte)
            anchor = scope_nodes[0]
            yield _Candidate(None, *own, name, anchor.start_byte, anchor.end_byte, (), node)
            return
        label = next(name for name in captures if name.startswith("definition."))
        node = captures[label][0]
        start = min(one.start_byte for one in (node, *captures.get("decorator", ())))
        for name_node, is_function in _name_nodes(node, captures):
            if label == "definition.prototype":
                kind = DefinitionKind.FUNCTION if is_function else DefinitionKind.VARIABLE
                if not is_function and node.type == "field_declaration":
                    continue  # Data members are found in the text of their class.
            else:
                kind = DefinitionKind(label.removeprefix("definition."))
            written = without_arguments(_text_of(name_node, text), self._language)
            scope, name = split_name(written, self._language)
            # Of `A::run` only `run` is the name; of a quoted key, what is between the quotes.
            offset = len(written[: written.rfind(name)].encode())
            size = len(name.encode())
            name_start = name_node.start_byte + offset
            if not 0 < size <= NAME_SIZE_BYTES_MAX or name_start + size > name_node.end_byte:
                continue
            if text[name_start : name_start + size] != name.encode():
                continue  # Not UTF-8: what was decoded is not what is written.
            if name in _NO_NAMES and self._language in _WITH_NO_NAMES:
                continue
            if scope_nodes:
                scope = (container_name(_text_of(scope_nodes[0], text)), *scope)
            kind = _refined(kind, name, scope, self._language)
            name_range = (name_start, name_start + size)
            yield _Candidate(kind, start, node.end_byte, name, *name_range, scope, node)

    def _add_nested(self, rows: SyntaxRows, ordered: list[_Candidate], text: bytes) -> None:
        """Append definitions with their parents. `ordered` is by start, outermost first."""
        # Candidate, its own index or its parent's for a bare scope, names since the parent.
        stack: list[tuple[_Candidate, int, tuple[str, ...]]] = []
        for one in ordered:
            while stack and not _contains(stack[-1][0], one):
                stack.pop()
            if len(stack) >= DEPTH_MAX:
                continue
            outer, parent, names = stack[-1] if stack else (None, NO_PARENT, ())
            if one.kind is None:
                stack.append((one, parent, (*names, *one.scope, one.name)))
                continue
            if outer is not None and _is_value_of(one, outer, text):
                continue
            kind = one.kind
            if kind is DefinitionKind.FUNCTION and outer is not None and self._has_methods(outer):
                kind = DefinitionKind.METHOD
            index = rows.add_definition(
                kind,
                parent,
                (one.start, one.end),
                name=(one.name_start, one.name_end),
                signature=self._signature(one, kind, text),
                docstring=comment_above(text, one.start, self._language),
                scope=".".join((*names, *one.scope)),
            )
            stack.append((one, index, ()))

    def _has_methods(self, outer: _Candidate) -> bool:
        if outer.kind is None or outer.kind in _SCOPES_OF_METHODS:
            return True
        return outer.kind is DefinitionKind.MODULE and self._language is Language.RUBY

    def _signature(self, one: _Candidate, kind: DefinitionKind, text: bytes) -> tuple[int, int]:
        start = signature_start(text, one.start, one.name_start)
        if kind in _KINDS_OF_ONE_LINE:
            return start, max(one.name_end, first_line_end(text, start, one.end))
        if self._language in _WITHOUT_BRACES:
            last = max(one.name_end, self._parameters_end(one.node))
            return start, max(last, first_line_end(text, last, one.end))
        body = _found_below(one.node, "body")
        if body is not None and body.start_byte >= one.name_end:
            end = body.start_byte
        else:
            end = one.node.end_byte
            brace = text.find(b"{", one.name_end, end)
            end = end if brace < 0 else brace
        return start, max(one.name_end, signature_end(text, start, end))

    def _parameters_end(self, node: tree_sitter.Node) -> int:
        """Return where the parameters of a Ruby or Lua definition end, 0 without any."""
        if self._language is Language.LUA:
            found = _found_below(node, "parameters")
        else:
            found = node.child_by_field_name("parameters")
            found = found or node.child_by_field_name("superclass")
        return 0 if found is None else found.end_byte


def parser_of(language: Language) -> tree_sitter.Parser:
    """Return a parser for one of the languages that have a grammar."""
    return tree_sitter.Parser(_grammar(language))


def _grammar(language: Language) -> tree_sitter.Language:
    module_name, function_name, _ = _GRAMMAR_BY_LANGUAGE[language]
    module = importlib.import_module(module_name)
    return tree_sitter.Language(getattr(module, function_name)())


def _found_below(node: tree_sitter.Node, field: str) -> tree_sitter.Node | None:
    """Return the body or the parameters of a definition, behind what wraps it."""
    inner: tree_sitter.Node | None = node
    for _ in range(_STEPS_TO_BODY_MAX):
        if inner is None:
            return None
        found = inner.child_by_field_name(field)
        if found is not None:
            return found
        for way in _FIELDS_TO_BODY:
            found = inner.child_by_field_name(way)
            if found is not None:
                break
        inner = found or _last_named_child(inner)
    return None


def _name_nodes(
    node: tree_sitter.Node, captures: dict[str, list[tree_sitter.Node]]
) -> Iterator[tuple[tree_sitter.Node, bool]]:
    """Yield the nodes that name a definition, and whether each names a function."""
    if "name" in captures:
        yield from ((name, False) for name in captures["name"])
        return
    declarators = captures.get("declarator") or node.children_by_field_name("declarator")
    for declarator in declarators:
        found = _declared(declarator)
        if found is not None:
            yield found


def _declared(declarator: tree_sitter.Node) -> tuple[tree_sitter.Node, bool] | None:
    """Follow pointers, references, arrays and parentheses to the declared name.

    In C the name is inside out: `char *(*name(int))[3]`.
    """
    node: tree_sitter.Node | None = declarator
    is_function = False
    for _ in range(DEPTH_MAX):
        if node is None:
            return None
        if node.type == "function_declarator":
            inner = node.child_by_field_name("declarator")
            # A parenthesised pointer is a variable that points to a function.
            is_pointer = inner is not None and inner.type == "parenthesized_declarator"
            is_function = is_function or not is_pointer
            node = inner
        elif node.type.endswith("declarator"):
            node = node.child_by_field_name("declarator") or _last_named_child(node)
        else:
            return node, is_function
    return None


def _last_named_child(node: tree_sitter.Node) -> tree_sitter.Node | None:
    return node.named_child(node.named_child_count - 1) if node.named_child_count else None


def _merged(known: _Candidate | None, new: _Candidate) -> _Candidate:
    """Combine two matches of one name: the widest range and the most telling kind."""
    if known is None:
        return new
    if known.kind is None or (known.kind in _WEAK_KINDS and new.kind is not None):
        known.kind = new.kind if new.kind not in _WEAK_KINDS else known.kind or new.kind
    if new.end - new.start > known.end - known.start:
        known.start, known.end, known.node = new.start, new.end, new.node
    known.scope = known.scope or new.scope
    return known


def _is_exports(one: _Candidate) -> bool:
    return one.name == "exports" and one.scope == ("module",)


def _place(one: _Candidate) -> tuple[int, int, str]:
    return one.start, one.end, one.name


def _extend_namespaces(candidates: list[_Candidate], text: bytes) -> None:
    """Let every namespace without a body reach to the next one, or to the end."""
    end = len(text)
    for one in sorted(candidates, key=lambda one: one.start, reverse=True):
        if one.kind is DefinitionKind.NAMESPACE and one.node.child_by_field_name("body") is None:
            one.end = len(text[:end].rstrip())
            end = one.start


def _is_value_of(one: _Candidate, outer: _Candidate, text: bytes) -> bool:
    """Tell whether this is the `class B` of `A = class B {…}`, which has a name already."""
    return (
        one.node.type == "class"
        and outer.kind is DefinitionKind.CLASS
        and text[outer.name_end : one.start].rstrip().endswith(b"=")
        and not text[one.end : outer.end].strip(b"; \t\r\n")
    )


def _refined(
    kind: DefinitionKind, name: str, scope: tuple[str, ...], language: Language
) -> DefinitionKind:
    if kind is DefinitionKind.VARIABLE and language in _CONSTANTS_IN_CAPITALS and name.isupper():
        return DefinitionKind.CONSTANT
    if kind is DefinitionKind.FUNCTION and scope and language in {Language.CPP, Language.LUA}:
        # `void Runner::run()`: almost always a class; a namespace can not be told apart.
        return DefinitionKind.METHOD
    return kind


def _contains(outer: _Candidate, inner: _Candidate) -> bool:
    # Equal ranges are siblings: `const a = 1, b = 2` are two names of one range.
    is_equal = (outer.start, outer.end) == (inner.start, inner.end)
    return outer.start <= inner.start and inner.end <= outer.end and not is_equal


def _text_of(node: tree_sitter.Node, text: bytes) -> str:
    # A name is short. One byte more shows that it is not.
    end = min(node.end_byte, node.start_byte + 2 * NAME_SIZE_BYTES_MAX + 1)
    return text[node.start_byte : end].decode("utf-8", "replace")
