import pytest

from nanobot_indexer import Language
from nanobot_indexer.syntax.definition import DefinitionRange
from support.parsed_text import parsed_text

SIGNATURES = [
    (
        Language.PYTHON,
        "@deco\nasync def f(a, b=')') -> dict[str, int]:  # why: so\n    'Does it.'\n",
        "async def f(a, b=')') -> dict[str, int]",
        "'Does it.'",
    ),
    (
        Language.PYTHON,
        'class A(B, metaclass=C):\n    r"""About\n    A."""\n',
        "class A(B, metaclass=C)",
        'r"""About\n    A."""',
    ),
    (Language.PYTHON, "def f():\n    f'no {doc}'\n", "def f()", ""),
    (Language.PYTHON, "# above\ndef f():\n    return 'a'\n", "def f()", ""),
    (
        Language.JAVASCRIPT,
        "/**\n * Does it.\n */\nexport const f = async (x) => { x };\n",
        "export const f = async (x) =>",
        "/**\n * Does it.\n */",
    ),
    (
        Language.TYPESCRIPT,
        "// One.\n// Two.\n@Injectable({a: [1]})\nclass A<T> extends B {}\n",
        "class A<T> extends B",
        "// One.\n// Two.",
    ),
    (
        Language.GO,
        "package p\n\nvar x = 1 // no\n// Run runs.\nfunc (s *S) Run(\n\tx int,\n) error {\n}\n",
        "func (s *S) Run(\n\tx int,\n) error",
        "// Run runs.",
    ),
    (
        Language.GO,
        "package p\n\n// Run runs.\n//\n//go:noinline\nfunc Run() {}\n",
        "func Run()",
        "// Run runs.\n//",
    ),
    (
        Language.RUST,
        "/// Does it.\n#[derive(A,\n    B)]\n#[cfg(x)]\nstruct S { a: [u8; 3] }\n",
        "struct S",
        "/// Does it.",
    ),
    (
        Language.LUA,
        "--[[ License ]]\n\n-- Uses t[x[1]]\nfunction f() end\n",
        "function f() end",
        "-- Uses t[x[1]]",
    ),
    (
        Language.C,
        "/* License */\n\n// As /* x */\nint f(void) {}\n",
        "int f(void)",
        "// As /* x */",
    ),
    (
        Language.RUST,
        "/// Does it.\n#[inline]\npub fn f<T>(x: T) -> T where T: Copy { x }\n",
        "pub fn f<T>(x: T) -> T where T: Copy",
        "/// Does it.",
    ),
    (
        Language.JAVA,
        'class A {\n /** Does it. */\n @Since(of = "(1)")\n public void f() throws E {}\n}\n',
        "public void f() throws E",
        "/** Does it. */",
    ),
    (Language.C, "/* one */\n\nint f(int a,\n      int b);\n", "int f(int a,\n      int b)", ""),
    (Language.C, "/* Limit. */\n#define LIMIT 10\n", "#define LIMIT 10", "/* Limit. */"),
    (
        Language.CPP,
        "// Of all.\ntemplate <class T>\nT max(T a, T b) { return a; }\n",
        "template <class T>\nT max(T a, T b)",
        "// Of all.",
    ),
    (
        Language.CSHARP,
        "/// <summary>It.</summary>\n[Test(1)] public record R(int A) { }\n",
        "public record R(int A)",
        "/// <summary>It.</summary>",
    ),
    (
        Language.RUBY,
        "# Does it.\ndef f(a,\n      b)\n  # body\n  1\nend\n",
        "def f(a,\n      b)",
        "# Does it.",
    ),
    (
        Language.PHP,
        "<?php\n# It.\nfunction f(int $a): int { }\n",
        "function f(int $a): int",
        "# It.",
    ),
    (Language.BASH, "#!/bin/sh\nf() {\n  echo\n}\n", "f()", ""),
    (
        Language.LUA,
        "--[[ Does\nit. ]]\nlocal function f(a) return a end\n",
        "local function f(a) return a end",
        "--[[ Does\nit. ]]",
    ),
    (Language.MARKDOWN, "Title\n-----\ntext\n", "Title\n-----", ""),
]


def last_of(text: bytes, language: Language) -> DefinitionRange:
    return list(parsed_text(text, language).definitions(text))[-1]


@pytest.mark.parametrize(("language", "source", "signature", "docstring"), SIGNATURES)
def test_signatures_and_documentation(
    language: Language, source: str, signature: str, docstring: str
) -> None:
    text = source.encode()

    one = last_of(text, language)

    assert text[one.signature_start_byte : one.signature_end_byte].decode() == signature
    assert text[one.docstring_start_byte : one.docstring_end_byte].decode() == docstring


def test_a_comment_after_code_documents_nothing_below() -> None:
    text = b"int a; /* of a */\nint f(void);\n"

    one = last_of(text, Language.C)

    assert (one.name, one.docstring_end_byte) == ("f", 0)
