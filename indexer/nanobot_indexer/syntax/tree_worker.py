"""The tree worker: reads texts from stdin, answers with their whole syntax trees.

Started by `tree_parser` with the arguments MEMORY_BYTES_MAX and PARENT_PID. Like the
parse worker it catches nothing: whatever goes wrong ends it. It is a worker of its own,
because the other one is tuned for many small answers and has no collector of cycles: a
tree is a hundred times its text, and loads no queries.
"""

from typing import Final

import tree_sitter

from nanobot_indexer.syntax.extract import parser_of
from nanobot_indexer.syntax.frames import REPLY, read_request
from nanobot_indexer.syntax.language import Language
from nanobot_indexer.syntax.limits import limit_this_process
from nanobot_indexer.syntax.naming import without_export_macros
from nanobot_indexer.syntax.tree_frames import (
    IS_ERROR,
    IS_MISSING,
    IS_NAMED,
    NODE,
    NODES_MAX,
    TREE_DEPTH_MAX,
    TREE_HEAD,
    TREE_HELLO,
)
from nanobot_indexer.worker_streams import private_streams

_C_FAMILY: Final = frozenset({Language.C, Language.CPP})


def main(arguments: list[str]) -> None:
    """Serve requests until stdin ends."""
    memory_bytes_max, parent_pid = (int(argument) for argument in arguments)
    requests, replies = private_streams()
    limit_this_process(memory_bytes_max=memory_bytes_max, parent_pid=parent_pid)
    replies.write(TREE_HELLO)
    replies.flush()
    parser_by_language: dict[Language, tree_sitter.Parser] = {}
    while True:
        request = read_request(requests)
        if request is None:
            return
        request_id, name, (text,) = request
        language = Language(name)
        if language not in parser_by_language:
            parser_by_language[language] = parser_of(language)
        parsed = without_export_macros(text) if language in _C_FAMILY else text
        payload = encoded_tree(parser_by_language[language].parse(parsed))
        replies.write(REPLY.pack(request_id, len(payload)) + payload)
        replies.flush()


def encoded_tree(tree: tree_sitter.Tree) -> bytes:
    """Return every node of a tree, parents first.

    Raises:
        MemoryError: There are too many.
    """
    index_by_name: dict[str, int] = {"": 0}
    rows: list[bytes] = []
    cursor = tree.walk()
    depth = 0
    while True:
        node = cursor.node
        assert node is not None
        kind = index_by_name.setdefault(node.type, len(index_by_name))
        of = index_by_name.setdefault(cursor.field_name or "", len(index_by_name))
        flags = IS_NAMED * node.is_named | IS_ERROR * node.is_error | IS_MISSING * node.is_missing
        rows.append(NODE.pack(kind, of, flags, depth, node.start_byte, node.end_byte))
        if len(rows) > NODES_MAX:
            raise MemoryError
        if depth < TREE_DEPTH_MAX and cursor.goto_first_child():
            depth += 1
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                names = "\0".join(index_by_name).encode()
                return b"".join((TREE_HEAD.pack(len(rows), len(names)), names, *rows))
            depth -= 1
