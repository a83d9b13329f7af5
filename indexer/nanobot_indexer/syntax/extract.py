"""Definitions of one source text, by tree-sitter queries.

Runs only in a parse worker. The queries say what is a definition; this module
finds names that grammars hide in declarators, nests the ranges and names them
from the outside in.

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

from nanobot_indexer.syntax.definition import DefinitionKind, DefinitionRange
from nanobot_indexer.syntax.language import Language
from nanobot_indexer.syntax.naming import container_name, split_name

# Deeper nesting and longer names are not written by people.
DEPTH_MAX: Final = 64
NAME_SIZE_BYTES_MAX: Final = 512

_GRAMMAR_BY_LANGUAGE: Final = MappingProxyType(
    {
        Language.PYTHON: ("tree_sitter_python", "language", "python"),
        Language.JAVASCRIPT: ("tree_sitter_javascript", "language", "javascript"),
        Language.TYPESCRIPT: ("tree_sitter_typescript", "language_typescript", "typescript"),
        Language.TSX: ("tree_sitter_typescript", "language_tsx", "typescript"),
        Language.GO: ("tree_sitter_go", "language", "go"),
        Language.RUST: ("tree_sitter_rust", "language", "rust"),
        Language.JAVA: ("tree_sitter_java", "language", "java"),
        Language.C: ("tree_sitter_c", "language", "c"),
        Language.CPP: ("tree_sitter_cpp", "language", "cpp"),
    }
)
"""Module, function that returns the grammar, query file."""
assert set(_GRAMMAR_BY_LANGUAGE) == set(Language) - {Language.TEXT}  # A new language needs a row.

# The same name may match as a plain variable and as the function it holds.
_WEAK_KINDS: Final = frozenset(
    {DefinitionKind.CONSTANT, DefinitionKind.VARIABLE, DefinitionKind.TYPE}
)
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


class Extractor:
    """Parses texts of one language. Not safe to share between threads."""

    def __init__(self, language: Language) -> None:
        module_name, function_name, query_name = _GRAMMAR_BY_LANGUAGE[language]
        module = importlib.import_module(module_name)
        grammar = tree_sitter.Language(getattr(module, function_name)())
        query_path = Path(__file__).parent / "queries" / f"{query_name}.scm"
        self._language = language
        self._parser = tree_sitter.Parser(grammar)
        self._query = tree_sitter.Query(grammar, query_path.read_text(encoding="utf-8"))

    def definitions(self, text: bytes) -> tuple[list[DefinitionRange], bool]:
        """Return the definitions in order of their start, and whether the tree has errors.

        Raises:
            MemoryError: The text needs more memory than the worker may have.
        """
        tree = self._parser.parse(text)
        root = tree.root_node
        best: dict[tuple[int, int], _Candidate] = {}
        for _, captures in tree_sitter.QueryCursor(self._query).matches(root):
            for candidate in self._candidates(captures, text):
                key = (candidate.name_start, candidate.name_end)
                best[key] = _merged(best.get(key), candidate)
        ordered = sorted(best.values(), key=lambda one: (one.start, -one.end, one.name_start))
        return list(self._nested(ordered)), root.has_error

    def _candidates(
        self, captures: dict[str, list[tree_sitter.Node]], text: bytes
    ) -> Iterator[_Candidate]:
        scope_nodes = captures.get("scope", [])
        if "container" in captures:
            node = captures["container"][0]
            name = container_name(_text_of(scope_nodes[0], text))
            anchor = scope_nodes[0]
            yield _Candidate(
                None, node.start_byte, node.end_byte, name, anchor.start_byte, anchor.end_byte, ()
            )
            return
        label = next(name for name in captures if name.startswith("definition."))
        node = captures[label][0]
        for name_node, is_function in _name_nodes(node, captures):
            if label == "definition.prototype":
                kind = DefinitionKind.FUNCTION if is_function else DefinitionKind.VARIABLE
                if not is_function and node.type == "field_declaration":
                    continue  # Data members are found in the text of their class.
            else:
                kind = DefinitionKind(label.removeprefix("definition."))
            written = _text_of(name_node, text)
            scope, name = split_name(written, self._language)
            # Of `A::run` only `run` is the name; of a quoted key, what is between the quotes.
            offset = len(written[: written.rfind(name)].encode())
            size = len(name.encode())
            name_start = name_node.start_byte + offset
            if not 0 < size <= NAME_SIZE_BYTES_MAX or name_start + size > name_node.end_byte:
                continue
            if scope_nodes:
                scope = (container_name(_text_of(scope_nodes[0], text)), *scope)
            yield _Candidate(
                _refined(kind, name, scope, self._language),
                node.start_byte,
                node.end_byte,
                name,
                name_start,
                name_start + size,
                scope,
            )

    def _nested(self, ordered: list[_Candidate]) -> Iterator[DefinitionRange]:
        """Yield definitions with their parents. `ordered` is by start, outermost first."""
        # (candidate, its own index or its parent's for a bare scope, names from the outside in)
        stack: list[tuple[_Candidate, int | None, tuple[str, ...]]] = []
        count = 0
        for one in ordered:
            while stack and not _contains(stack[-1][0], one):
                stack.pop()
            if len(stack) >= DEPTH_MAX:
                continue
            outer, parent, names = stack[-1] if stack else (None, None, ())
            path = (*names, *one.scope, one.name)
            if one.kind is None:
                stack.append((one, parent, path))
                continue
            kind = one.kind
            is_inside_type = outer is not None and (
                outer.kind is None or outer.kind in _SCOPES_OF_METHODS
            )
            if kind is DefinitionKind.FUNCTION and is_inside_type:
                kind = DefinitionKind.METHOD
            yield DefinitionRange(
                kind,
                one.name,
                ".".join(path),
                one.start,
                one.end,
                one.name_start,
                one.name_end,
                parent,
            )
            stack.append((one, count, path))
            count += 1


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
        known.start, known.end = new.start, new.end
    known.scope = known.scope or new.scope
    return known


def _refined(
    kind: DefinitionKind, name: str, scope: tuple[str, ...], language: Language
) -> DefinitionKind:
    if kind is DefinitionKind.VARIABLE and language is Language.PYTHON and name.isupper():
        return DefinitionKind.CONSTANT
    if kind is DefinitionKind.FUNCTION and scope and language is Language.CPP:
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
