import pytest

from nanobot_indexer import Language, language_of


@pytest.mark.parametrize(
    ("path", "text", "language"),
    [
        ("a/b.py", b"", Language.PYTHON),
        ("b.PYI", b"", Language.PYTHON),
        ("x.jsx", b"", Language.JAVASCRIPT),
        ("x.tsx", b"", Language.TSX),
        ("x.d.ts", b"", Language.TYPESCRIPT),
        ("README.md", b"#!/usr/bin/python", Language.TEXT),
        ("script", b"#!/usr/bin/env python3.11\n", Language.PYTHON),
        ("script", b"#!/usr/bin/python -u\n", Language.PYTHON),
        ("script", b"#!/usr/bin/env node\n", Language.JAVASCRIPT),
        ("script", b"#!/bin/sh\necho python\n", Language.TEXT),
        (".py", b"", Language.TEXT),
        ("x.h", b'#ifdef __cplusplus\nextern "C" {\n#endif\nint f(void);\n', Language.C),
        ("x.h", b"#pragma once\nnamespace a {\n}\n", Language.CPP),
        ("x.h", b"int f(std::string s);\n", Language.CPP),
        ("x.h", b"/* my class and template */ int f(void);\n", Language.C),
    ],
)
def test_language(path: str, text: bytes, language: Language) -> None:
    assert language_of(path, text) is language
