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
        ("README.md", b"#!/usr/bin/python", Language.MARKDOWN),
        ("script", b"#!/usr/bin/env python3.11\n", Language.PYTHON),
        ("script", b"#!/usr/bin/python -u\n", Language.PYTHON),
        ("script", b"#!/usr/bin/env node\n", Language.JAVASCRIPT),
        ("script", b"#!/bin/sh\necho python\n", Language.BASH),
        ("script", b"#!/usr/bin/env -S FOO=1 ruby -w\n", Language.RUBY),
        ("script", b"#! /usr/local/bin/php8.3\n", Language.PHP),
        ("script", b"#!/usr/bin/lua5.4\n", Language.LUA),
        ("script", b"#!/usr/bin/perl\n", Language.TEXT),
        ("script", b"#!/usr/python/run\n", Language.TEXT),
        ("script", b"echo #!/bin/sh\n", Language.TEXT),
        ("Makefile", b"all:\n", Language.TEXT),
        ("Dockerfile", b"FROM x\n", Language.TEXT),
        ("Rakefile", b"", Language.RUBY),
        ("a/.bashrc", b"", Language.BASH),
        ("Cargo.lock", b"", Language.TOML),
        ("a.JSON", b"", Language.JSON),
        (".github/ci.yml", b"", Language.YAML),
        ("pyproject.toml", b"", Language.TOML),
        ("x.cs", b"", Language.CSHARP),
        ("x.c++", b"", Language.CPP),
        ("x.rst", b"", Language.TEXT),
        (".py", b"", Language.TEXT),
        ("x.h", b'#ifdef __cplusplus\nextern "C" {\n#endif\nint f(void);\n', Language.C),
        ("x.h", b"#pragma once\nnamespace a {\n}\n", Language.CPP),
        ("x.h", b"int f(std::string s);\n", Language.CPP),
        ("x.h", b"/* my class and template */ int f(void);\n", Language.C),
    ],
)
def test_language(path: str, text: bytes, language: Language) -> None:
    assert language_of(path, text) is language
