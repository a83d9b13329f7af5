import pytest

from nanobot_indexer.workspace.encoding import TextEncoding, text_encoding

BOM = b"\xef\xbb\xbf"


@pytest.mark.parametrize(
    ("text", "is_python", "expected"),
    [
        (b"", False, TextEncoding("utf-8", has_bom=False)),
        ("é".encode(), False, TextEncoding("utf-8", has_bom=False)),
        (BOM + b"x", False, TextEncoding("utf-8", has_bom=True)),
        (b"\xe9", False, None),
        (b"x = 1\n", True, TextEncoding("utf-8", has_bom=False)),
        (b"# coding: latin-1\nx", True, TextEncoding("iso8859-1", has_bom=False)),
        (b"1\n2\n# coding: latin-1\nx", True, TextEncoding("utf-8", has_bom=False)),
        (b"# coding: latin-1\n\xe9", True, TextEncoding("iso8859-1", has_bom=False)),
        (b"#!/x\n# -*- coding: cp1252 -*-\n\x80", True, TextEncoding("cp1252", has_bom=False)),
        (b"# coding: latin-1\n\xe9", False, None),
        # Not a superset of ASCII, not for text, does not decode, does not round-trip, unknown.
        (b"# coding: utf-16\n\xe9", True, None),
        (b"# coding: utf-7\n\xe9", True, None),
        (b"# coding: hex\n\xe9", True, None),
        (b"# coding: ascii\n\xe9", True, None),
        (b"# coding: raw_unicode_escape\n\\u0041", True, TextEncoding("utf-8", has_bom=False)),
        (b"# coding: nonsense\nx", True, TextEncoding("utf-8", has_bom=False)),
        (BOM + b"# coding: latin-1\nx", True, TextEncoding("utf-8", has_bom=True)),
    ],
)
def test_encoding(text: bytes, *, is_python: bool, expected: TextEncoding | None) -> None:
    assert text_encoding(text, is_python=is_python) == expected
