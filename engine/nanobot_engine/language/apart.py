"""One function by itself: with as much of its file around it as the parser needs.

A method means nothing without its class, and a large file takes long to parse for every
trial. So what stands beside a function and beside what it is in is left out:

    class Box {            class Box {
        size() {…}    ─>       area() {…}
        area() {…}         }
    }
"""

from dataclasses import dataclass
from typing import Final

from nanobot_engine.language.functions import CodeFunction, code_functions
from nanobot_indexer import Language
from nanobot_indexer.syntax.tree_parser import TreeParser

_LISTS: Final = frozenset(
    {
        "program", "source_file", "translation_unit", "class_body", "declaration_list", "object",
        "field_declaration_list", "interface_body", "enum_body_declarations", "statement_block",
        "record_body",
    }
)  # fmt: skip
"""What holds definitions side by side."""


@dataclass(frozen=True, slots=True)
class Apart:
    """What is needed to parse a function, and that a function still is the same one."""

    language: Language
    qualified_name: str
    head: tuple[bytes, ...]
    before: bytes
    after: bytes
    error_count: int
    """Of the function as it was."""

    def parsed(self, code: str, parser: TreeParser) -> CodeFunction | None:
        r"""Parse a text of the function.

        Args:
            code: With `\n` as line ends.
            parser: Any.

        Returns:
            None where it is not exactly one function with the same name and head, or has
            more errors of syntax than the function had.
        """
        tree = parser.tree(self.before + code.encode() + self.after, self.language)
        if tree is None or tree.error_count > self.error_count:
            return None
        found = list(code_functions(tree, self.language).values())
        if len(found) != 1 or found[0].qualified_name != self.qualified_name:
            return None
        one = found[0]
        ends = one.statement.start_byte, one.statement.end_byte
        is_all = ends == (len(self.before), len(self.before) + len(code.encode()))
        return one if is_all and (not self.head or one.head == self.head) else None


def set_apart(function: CodeFunction, code: str, parser: TreeParser) -> Apart | None:
    """Return what is needed to parse a function alone; None where it can not be.

    Args:
        function: In its file.
        code: Its text, as it is shown.
        parser: Any.
    """
    before: list[bytes] = []
    after: list[bytes] = []
    text = function.tree.text
    node = function.statement
    while node.parent is not None:
        around = node.parent
        place = around.children.index(node)
        if around.type.startswith("preproc"):
            # Under which condition it is compiled is nothing to a parser.
            node = around
            continue
        if around.type in _LISTS:
            # The brackets, and no neighbours.
            head = [one for one in around.children[:place] if not one.is_named]
            tail = [one for one in around.children[place + 1 :] if not one.is_named][-1:]
            is_object = around.type == "object"
            before.append(b" ".join(text[one.start_byte : one.end_byte] for one in head[:2]))
            after.append(b" ".join(text[one.start_byte : one.end_byte] for one in tail))
            if is_object:
                before[-1] = b"{"
        else:
            before.append(text[around.start_byte : node.start_byte])
            after.append(text[node.end_byte : around.end_byte])
        node = around
    # A function begins its line.
    start, end = b" ".join(reversed(before)) + b"\n", b" ".join(after)
    first = Apart(function.language, function.qualified_name, (), start, end, 1 << 30)
    alone = first.parsed(code, parser)
    if alone is None:
        return None
    return Apart(
        function.language,
        function.qualified_name,
        alone.head,
        start,
        end,
        alone.tree.error_count,
    )
