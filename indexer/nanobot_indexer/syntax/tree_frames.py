"""What a tree worker and its parent say to each other: whole trees instead of definitions.

worker → parent   HELLO, once
parent → worker   request, as in `frames`, for one text
worker → parent   `REPLY` of `frames`; then `TREE_HEAD`, the names of types and fields,
                  and every node, parents first
"""

import struct
from typing import Final

TREE_HELLO: Final = b"nanobot-tree-1\n"

TREE_HEAD: Final = struct.Struct("<II")  # nodes; size of the names, which \0 separates
NODE: Final = struct.Struct("<HHHHII")
"""Type and field as indices of names, flags, depth, first byte, byte behind the last."""
IS_NAMED: Final = 1
IS_ERROR: Final = 2
IS_MISSING: Final = 4
NODES_MAX: Final = 2_000_000
TREE_DEPTH_MAX: Final = 60_000
