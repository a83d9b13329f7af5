"""The syntax of one text as a worker writes it down: numbers in rows.

The parent reads the same rows as arrays: `table` has the names of the columns.
"""

import struct
from collections.abc import Sequence
from typing import Final

from nanobot_indexer.syntax.definition import DEFINITION_KINDS, DefinitionKind

DEFINITION_FIELDS: Final = (
    "kind",  # index into DEFINITION_KINDS
    "parent",  # index of a row before this one, 0xFFFFFFFF for none
    "start_byte",
    "end_byte",
    "name_start_byte",
    "name_end_byte",
    "signature_start_byte",
    "signature_end_byte",
    "docstring_start_byte",  # both 0 for none
    "docstring_end_byte",
    "scope_start",  # in the names
    "scope_size_bytes",  # 0: the scope is the parent
)
IMPORT_FIELDS: Final = (
    "start_byte",
    "end_byte",
    "name_start",  # in the names
    "name_size_bytes",
)
NO_PARENT: Final = 0xFFFFFFFF

# Deeper nesting and longer names are not written by people.
DEPTH_MAX: Final = 64
NAME_SIZE_BYTES_MAX: Final = 512
DEFINITIONS_MAX: Final = 200_000
IMPORTS_MAX: Final = 50_000

KIND_INDEX: Final = {kind: index for index, kind in enumerate(DEFINITION_KINDS)}
"""What stands for a kind in a row."""
_NO_SCOPE: Final = (0, 0)


class SyntaxRows:
    """Collects the definitions and imports of one text, in order of their start."""

    def __init__(self) -> None:
        self.has_errors = False
        """The tree is partial."""
        self.definition_count = 0
        self.import_count = 0
        self.names = bytearray()
        """Scopes and names of imports, UTF-8."""
        self._definitions: list[int] = []
        self._imports: list[int] = []

    def add_definition(
        self,
        kind: DefinitionKind,
        parent: int,
        own: tuple[int, int],
        *,
        name: tuple[int, int],
        signature: tuple[int, int],
        docstring: tuple[int, int],
        scope: str = "",
    ) -> int:
        """Append a definition and return its index.

        Args:
            kind: What it is.
            parent: The index of the definition around it, `NO_PARENT` at the top.
            own: Where it starts and ends, as all ranges in bytes, the end exclusive.
            name: The range of its name.
            signature: The range of its header.
            docstring: The range of its documentation; (0, 0) for none.
            scope: Names between it and its parent, with dots.
        """
        in_names = self._named(scope) if scope else _NO_SCOPE
        return self.add_row(
            (KIND_INDEX[kind], parent, *own, *name, *signature, *docstring, *in_names)
        )

    def add_row(self, row: tuple[int, ...]) -> int:
        """Append a definition as its `DEFINITION_FIELDS` and return its index."""
        index = self.definition_count
        if index < DEFINITIONS_MAX:
            self._definitions += row
            self.definition_count = index + 1
        return index

    def add_imports(self, start: int, end: int, names: Sequence[str]) -> None:
        """Append the imports of one statement."""
        for name in names:
            if name and self.import_count < IMPORTS_MAX:
                self._imports += (start, end, *self._named(name))
                self.import_count += 1

    def payload(self) -> bytes:
        """Return the rows of the definitions, those of the imports, and the names."""
        return self.definition_bytes() + self.import_bytes() + self.names

    def definition_bytes(self) -> bytes:
        """Return the rows of the definitions."""
        return struct.pack(f"<{len(self._definitions)}I", *self._definitions)

    def import_bytes(self) -> bytes:
        """Return the rows of the imports."""
        return struct.pack(f"<{len(self._imports)}I", *self._imports)

    def _named(self, name: str) -> tuple[int, int]:
        # What can not be stored is not worth failing for.
        encoded = name.encode("utf-8", "replace")[:NAME_SIZE_BYTES_MAX]
        if len(encoded) == NAME_SIZE_BYTES_MAX:
            encoded = encoded.decode("utf-8", "ignore").encode()
        start = len(self.names)
        self.names += encoded
        return start, len(encoded)
