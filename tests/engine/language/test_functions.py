"""Which functions of other languages can be written anew, and each of them by itself."""

import pytest

from nanobot_engine.language.apart import set_apart
from nanobot_engine.language.functions import CodeFunction, code_functions
from nanobot_indexer import language_of
from nanobot_indexer.syntax.tree_parser import TreeParser


def functions(path: str, text: str) -> dict[str, CodeFunction]:
    """The only place that knows the API under test."""
    language = language_of(path, text.encode())
    with TreeParser() as parser:
        tree = parser.tree(text.encode(), language)
    assert tree is not None
    return code_functions(tree, language)


@pytest.mark.parametrize(
    ("path", "text", "names"),
    [
        (
            "a.ts",
            (
                "export const f = (a) => {\n  g(() => { h(); });\n};\nclass A {\n  #m() {\n  }\n"
                "  get x() {\n    return 1;\n  }\n}\nconst short = () => 1;\n"
                "exports.e = function () {\n};\nA.prototype.p = function () {\n};\n"
                "const o = {\n  q() {\n  },\n  r: function () {\n  },\n};\n"
            ),
            ["f", "A.x", "e", "A.p", "q", "r"],
        ),
        (
            "a.cpp",
            (
                "namespace n {\nint A::f(int a) const {\n  return a;\n}\nclass B {\n"
                "  void g() {\n  }\n};\n}\nint h();\nstatic int k(void) {\n  return 1;\n}\n"
            ),
            ["n.A.f", "n.B.g", "k"],
        ),
        (
            "A.java",
            (
                "class A {\n  A() {\n  }\n  int f() {\n    return 1;\n  }\n  int f(int a) {\n"
                "    return a;\n  }\n  abstract int g();\n}\n"
            ),
            ["A.A", "A.f", "A.f#2"],
        ),
        (
            "a.rs",
            (
                "mod m {\n  impl<T> A<T> {\n    pub fn f(&self) {\n    }\n  }\n  trait B {\n"
                "    fn g();\n  }\n}\n"
            ),
            ["m.A.f"],
        ),
        ("a.go", "package a\n\nfunc (t *T[K]) f() {\n}\n\nfunc g() {\n}\n", ["T.f", "g"]),
    ],
)
def test_functions_with_a_name_and_a_body_are_found(path: str, text: str, names: list[str]) -> None:
    assert list(functions(path, text)) == names


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (
            "a.ts",
            "class A {\n  x = 1;\n  @d()\n  f(): void {\n    g();\n  }\n  other() {}\n}\n",
        ),
        ("a.js", "const o = {\n  a: 1,\n  f() {\n    g();\n  },\n};\n"),
        ("a.rs", "mod m {\n  use x;\n  impl A {\n    fn f(&self) {\n      g();\n    }\n  }\n}\n"),
        (
            "a.cpp",
            "namespace n {\nint x;\nclass B {\n public:\n  void f() {\n    g();\n  }\n};\n}\n",
        ),
        ("a.c", "#ifdef X\nint x;\nint f(void) {\n  return g();\n}\n#endif\n"),
        ("A.java", "package p;\nenum E {\n  A, B;\n  int f() {\n    return 1;\n  }\n}\n"),
    ],
)
def test_a_function_is_parsed_without_what_stands_beside_it(path: str, text: str) -> None:
    function = next(one for name, one in functions(path, text).items() if name.endswith("f"))
    code = function.text.decode()

    with TreeParser() as parser:
        apart = set_apart(function, code, parser)
        assert apart is not None
        alone = apart.parsed(code, parser)
        assert alone is not None
        assert (alone.head, alone.text) == (function.head, function.text)
        assert b"other" not in alone.tree.text
        # What is more than the function, or another one, is not taken.
        assert apart.parsed(code + "\n" + code, parser) is None
        assert apart.parsed(code.replace("f(", "e("), parser) is None
        assert apart.parsed(code.replace("{", "{{", 1), parser) is None
