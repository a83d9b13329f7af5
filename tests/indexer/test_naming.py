import pytest

from nanobot_indexer import Language
from nanobot_indexer.syntax.naming import (
    container_name,
    split_name,
    without_arguments,
    without_export_macros,
)


@pytest.mark.parametrize(
    ("written", "language", "expected"),
    [
        ("run", Language.CPP, ((), "run")),
        ("A::run", Language.CPP, (("A",), "run")),
        ("A<B::C>::run", Language.CPP, (("A",), "run")),
        ("a::b::~A", Language.CPP, (("a", "b"), "~A")),
        ("A::operator<", Language.CPP, (("A",), "operator<")),
        ("A::operator bool() const", Language.CPP, (("A",), "operator bool")),
        ("operators::run", Language.CPP, (("operators",), "run")),
        ("exports.run", Language.JAVASCRIPT, (("exports",), "run")),
        ("this.run", Language.JAVASCRIPT, ((), "run")),
        ("'a-b'", Language.JAVASCRIPT, ((), "a-b")),
        ("[Symbol.iterator]", Language.JAVASCRIPT, (("Symbol",), "iterator")),
        ("[MKDIR]", Language.JAVASCRIPT, ((), "MKDIR")),
        ("[a + b]", Language.JAVASCRIPT, ((), "")),
        ("['a-b']", Language.LUA, ((), "")),
        ("#own", Language.JAVASCRIPT, ((), "#own")),
        ("$.fn.plugin", Language.JAVASCRIPT, (("$", "fn"), "plugin")),
        ("f().g", Language.JAVASCRIPT, ((), "")),
        ("run", Language.PYTHON, ((), "run")),
        ("M.sub:run", Language.LUA, (("M", "sub"), "run")),
        ("M::N", Language.RUBY, (("M",), "N")),
        ("A\\B\\C", Language.PHP, (("A", "B"), "C")),
        ("A.B", Language.CSHARP, (("A",), "B")),
        ('M["run"]', Language.LUA, (("M",), "run")),
        (":size", Language.RUBY, ((), "size")),
        ("::Top", Language.RUBY, ((), "Top")),
        ("two words", Language.GO, ((), "")),
    ],
)
def test_split_name(written: str, language: Language, expected: tuple[object, ...]) -> None:
    assert split_name(written, language) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("V<int, V<3>>", "V"),
        ("ns::V<V>", "ns::V"),
        ("A::operator>", "A::operator>"),
        ("A<B>::run", "A<B>::run"),
    ],
)
def test_template_arguments_at_the_end_are_no_name(written: str, expected: str) -> None:
    assert without_arguments(written, Language.CPP) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("class MY_API Reader : public Base {", "class        Reader : public Base {"),
        ("struct DLL(export) In {", "struct             In {"),
        ("enum class E_API Color : int {", "enum class       Color : int {"),
        ("class MY_API Reader;", "class        Reader;"),
        ("struct POINT origin;", "struct POINT origin;"),
        ("struct POINT origin = {0};", "struct POINT origin = {0};"),
        ("enum KIND kind : 8; int a[] = {1};", "enum KIND kind : 8; int a[] = {1};"),
        ("class READER {", "class READER {"),
    ],
)
def test_export_macros_become_blanks(source: str, expected: str) -> None:
    assert without_export_macros(source.encode()) == expected.encode()


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("*Server", "Server"),
        ("List[T]", "List"),
        ("&'a mut net::Server<Vec<T>>", "Server"),
        ("(A, B)", "B"),
        ("[]", "?"),
    ],
)
def test_container_name(written: str, expected: str) -> None:
    assert container_name(written) == expected
