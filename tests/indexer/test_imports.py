import pytest

from nanobot_indexer.syntax.language import Language
from support.parsed_text import parsed_text


@pytest.mark.parametrize(
    ("language", "source", "names"),
    [
        (Language.PYTHON, "import a.b as c, d\n", ["a.b", "d"]),
        (Language.PYTHON, "from x import y, z as w\n", ["x.y", "x.z"]),
        (Language.PYTHON, "from . import y\nfrom ..a.b import (\n  c, # d\n  e,\n)\n",
         [".y", "..a.b.c", "..a.b.e"]),
        (Language.PYTHON, "import a.b as c\nfrom .d import e,f\nfrom . import g\n",
         ["a.b", ".d.e", ".d.f", ".g"]),
        (Language.PYTHON, "from h import (\n    i,\r\n    j\n)\nfrom k import (l as m, n)\n",
         ["h.i", "h.j", "k.l", "k.n"]),
        (Language.PYTHON, "from h import a\\\n,b\nimport c as d, e\nimport  f\nfrom ä import ö\n",
         ["h.a", "h.b", "c", "e", "f", "ä.ö"]),
        (Language.PYTHON, "from a import *\nfrom __future__ import b\n", ["a.*", "__future__.b"]),
        (Language.PYTHON, "from a import b, \\\n  c\n", ["a.b", "a.c"]),
        (Language.PYTHON, "def f():\n    if x:\n        import late\n", ["late"]),
        (Language.PYTHON, "'''\nimport no\n'''\n# import no\n", []),
        (Language.JAVASCRIPT, "import {A} from './m';\nimport 'side';\n", ["./m", "side"]),
        (Language.PYTHON, "try:\n    from a import(b)\nexcept E:\n    from c import*\n",
         ["a.b", "c.*"]),
        (Language.JAVASCRIPT, "import {'a-b' as a} from './m' with {type: 'json'};\n", ["./m"]),
        (Language.CSHARP, "using P = (int a, int b);\n", []),
        (Language.PHP, "<?php\nrequire __DIR__ . '/k.php';\n", ["/k.php"]),
        (Language.JAVASCRIPT, "const a = require('x'), b = other('y');\n", ["x"]),
        (Language.JAVASCRIPT, "const a = await import('x');\nexport * from 'y';\n", ["x", "y"]),
        (Language.TYPESCRIPT, "import type {A} from 'm';\nimport x = require('y');\n", ["m", "y"]),
        (Language.TSX, "import React from \"react\";\n", ["react"]),
        (Language.GO, "package p\nimport \"fmt\"\nimport (\n a \"x/y\"\n _ `z`\n)\n",
         ["fmt", "x/y", "z"]),
        (Language.RUST, "use a::b::{self, c as d, e::{F, G}};\nextern crate h;\nuse i::*;\n",
         ["a::b", "a::b::c", "a::b::e::F", "a::b::e::G", "h", "i::*"]),
        (Language.JAVA, "import a.b.C;\nimport static a.D.e;\nimport f.*;\n",
         ["a.b.C", "a.D.e", "f.*"]),
        (Language.C, "#include <a.h>\n#include \"b/c.h\"\n", ["a.h", "b/c.h"]),
        (Language.CPP, "#include <vector>\n", ["vector"]),
        (Language.CSHARP, "using A.B;\nusing static C;\nusing X = D.E<int, F>;\n",
         ["A.B", "C", "D.E"]),
        (Language.RUBY, "require 'a'\nrequire_relative \"../b\"\nputs 'c'\n", ["a", "../b"]),
        (Language.PHP, "<?php\nuse A\\B as C;\nuse D\\{E, F};\nuse function G\\h;\n",
         ["A\\B", "D\\E", "D\\F", "G\\h"]),
        (Language.PHP, "<?php\nrequire 'i.php';\ninclude_once(\"j.php\");\n", ["i.php", "j.php"]),
        (Language.BASH, "source ./a.sh\n. \"/b\"\necho c\n", ["./a.sh", "/b"]),
        (Language.LUA, "local a = require \"x\"\nlocal b = require('y.z')\nprint('c')\n",
         ["x", "y.z"]),
    ],
)  # fmt: skip
def test_imported_names(language: Language, source: str, names: list[str]) -> None:
    table = parsed_text(source.encode(), language)

    assert [one.name for one in table.import_ranges()] == names


def test_an_import_has_the_range_of_its_statement() -> None:
    text = b"x = 1\nfrom a import (\n    b,\n)\n"

    (one,) = parsed_text(text).import_ranges()

    assert text[one.start_byte : one.end_byte] == b"from a import (\n    b,\n)"


@pytest.mark.parametrize("language", [Language.RUST, Language.PHP])
def test_unfinished_statements_do_no_harm(language: Language) -> None:
    parsed_text(b"<?php use a::{b::{c, }; use {{{{ }", language)
