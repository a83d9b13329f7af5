import io

from nanobot_indexer.syntax.definition import DefinitionKind
from nanobot_indexer.syntax.frames import (
    COUNTS,
    DEFINITION_SIZE_BYTES,
    IMPORT_SIZE_BYTES,
    REPLY,
    REQUEST,
    encoded_reply,
    encoded_request,
    read_request,
)
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

    other = SyntaxRows()
    other.add_imports(2, 3, ["d"])

    reply = encoded_reply(7, [rows, other])

    payload = reply[REPLY.size :]
    assert REPLY.unpack_from(reply) == (7, len(payload))
    assert COUNTS.unpack_from(payload) == (1, 2, 3, 1)
    assert COUNTS.unpack_from(payload, COUNTS.size) == (0, 1, 1, 0)
    size_of_rows = DEFINITION_SIZE_BYTES + 3 * IMPORT_SIZE_BYTES
    assert payload[2 * COUNTS.size + size_of_rows :] == b"abcd"


def test_a_request_says_how_long_each_text_is() -> None:
    request = encoded_request(5, "go", [b"abc", b"", b"d"])

    assert REQUEST.unpack_from(request) == (5, 3, 2)
    assert request[REQUEST.size :] == b"go" + bytes((3, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0)) + b"abcd"


def test_a_request_is_read_as_it_was_written_and_half_of_one_is_none() -> None:
    request = encoded_request(5, "go", [b"abc", b"", b"d"])

    assert read_request(io.BytesIO(request)) == (5, "go", [b"abc", b"", b"d"])
    assert all(read_request(io.BytesIO(request[:end])) is None for end in range(len(request)))


def test_imports_and_their_names_are_bounded() -> None:
    rows = SyntaxRows()

    rows.add_imports(0, 1, ["é" * 9999])
    rows.add_imports(0, 1, ["x"] * (IMPORTS_MAX + 9))

    assert rows.import_count == IMPORTS_MAX
    assert rows.names[:NAME_SIZE_BYTES_MAX].decode("utf-8", "ignore").startswith("é" * 200)
