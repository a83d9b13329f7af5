"""The whole syntax tree of one text, as values: what a tree worker found, checked.

Positions are bytes of the text. A tree is never changed, and holds no native code: it can
be kept, compared and walked in any process. Walk it with `SyntaxTree.nodes`, never by
recursion: hostile texts nest thousands deep.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from nanobot_indexer.syntax.frames import FrameError
from nanobot_indexer.syntax.tree_frames import (
    IS_ERROR,
    IS_MISSING,
    IS_NAMED,
    NODE,
    TREE_DEPTH_MAX,
    TREE_HEAD,
)


@dataclass(slots=True, eq=False, repr=False)
class SyntaxNode:
    """One node. Compared by identity."""

    type: str
    """As the grammar calls it; of a token without a name, its text."""
    field: str
    """What it is to its parent; empty where the grammar does not say."""
    start_byte: int
    end_byte: int
    """Exclusive."""
    is_named: bool
    is_error: bool
    """The parser could not make sense of it, or made it up."""
    parent: "SyntaxNode | None"
    children: "list[SyntaxNode]"

    def __repr__(self) -> str:
        return f"<{self.type} {self.start_byte}..{self.end_byte}>"

    def child(self, name: str) -> "SyntaxNode | None":
        """Return the first child that is this to the node."""
        return next((one for one in self.children if one.field == name), None)

    def child_of_type(self, *types: str) -> "SyntaxNode | None":
        """Return the first child of one of some types."""
        return next((one for one in self.children if one.type in types), None)

    def has_token(self, *texts: str) -> bool:
        """Tell whether one of some tokens stands directly in the node."""
        return any(one.type in texts and not one.is_named for one in self.children)

    def above(self, *types: str) -> "SyntaxNode | None":
        """Return the nearest node around it of one of some types."""
        node = self.parent
        while node is not None and node.type not in types:
            node = node.parent
        return node


@dataclass(frozen=True, slots=True, eq=False)
class SyntaxTree:
    """All nodes of one text."""

    text: bytes = field(repr=False)
    root: SyntaxNode = field(repr=False)
    error_count: int

    def nodes(self) -> Iterator[SyntaxNode]:
        """Yield every node, parents first, in the order of the text."""
        waiting = [self.root]
        while waiting:
            node = waiting.pop()
            yield node
            waiting += reversed(node.children)

    def text_of(self, node: SyntaxNode) -> bytes:
        """Return the bytes of a node."""
        return self.text[node.start_byte : node.end_byte]

    def line(self, offset: int) -> int:
        """Return the 1-based line of a byte."""
        return self.text.count(b"\n", 0, offset) + 1


def checked_tree(payload: bytes, text: bytes) -> SyntaxTree:
    """Read what a worker says about a text.

    Raises:
        FrameError: It can not be a tree of this text.
    """
    if len(payload) < TREE_HEAD.size:
        raise FrameError("a tree without its head")
    count, names_size = TREE_HEAD.unpack_from(payload)
    names_end = TREE_HEAD.size + names_size
    if count == 0 or len(payload) != names_end + count * NODE.size:
        raise FrameError(f"a tree of {count} nodes in {len(payload)} bytes")
    try:
        names = payload[TREE_HEAD.size : names_end].decode().split("\0")
    except UnicodeDecodeError as error:
        raise FrameError("names of nodes that are no text") from error
    around: list[SyntaxNode] = []
    root: SyntaxNode | None = None
    errors = 0
    for kind, of, flags, depth, start, end in NODE.iter_unpack(payload[names_end:]):
        if kind >= len(names) or of >= len(names) or not start <= end <= len(text):
            raise FrameError(f"node {kind} from {start} to {end}")
        if depth > len(around) or depth > TREE_DEPTH_MAX or (depth == 0) != (root is None):
            raise FrameError(f"a node at depth {depth} below {len(around)}")
        del around[depth:]
        parent = around[-1] if around else None
        if parent is not None and not parent.start_byte <= start <= end <= parent.end_byte:
            raise FrameError(f"a node from {start} to {end} leaves its parent")
        is_error = bool(flags & (IS_ERROR | IS_MISSING))
        errors += is_error
        node = SyntaxNode(
            names[kind], names[of], start, end, bool(flags & IS_NAMED), is_error, parent, []
        )
        if parent is None:
            root = node
        else:
            parent.children.append(node)
        around.append(node)
    assert root is not None
    return SyntaxTree(text, root, errors)
