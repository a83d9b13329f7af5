from nanobot_indexer.syntax.definition import DefinitionKind
from nanobot_indexer.syntax.frames import REPLY, encoded_reply
from nanobot_indexer.syntax.rows import (
    IMPORTS_MAX,
    NAME_SIZE_BYTES_MAX,
    NO_PARENT,
    SyntaxRows,
)


def test_a_reply_says_how_much_follows() -> None:
    rows = SyntaxRows()
    rows.has_errors = True
    rows.add_definition(
        DefinitionKind.CLASS,
        NO_PARENT,
        (0, 9),
        name=(6, 7),
        signature=(0, 7),
        docstring=(0, 0),
        scope="a",
    )
    rows.add_imports(0, 1, ["b", "", "c"])

    reply = encoded_reply(7, rows)

    assert REPLY.unpack_from(reply) == (7, len(reply) - REPLY.size, 1, 2, 1)
    assert reply.endswith(b"abc")


def test_imports_and_their_names_are_bounded() -> None:
    rows = SyntaxRows()

    rows.add_imports(0, 1, ["é" * 9999])
    rows.add_imports(0, 1, ["x"] * (IMPORTS_MAX + 9))

    assert rows.import_count == IMPORTS_MAX
    assert rows.names[:NAME_SIZE_BYTES_MAX].decode("utf-8", "ignore").startswith("é" * 200)
