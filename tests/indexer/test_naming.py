import pytest

from nanobot_indexer import Language
from nanobot_indexer.syntax.naming import container_name, split_name


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
        ("[Symbol.iterator]", Language.JAVASCRIPT, ((), "")),
        ("f().g", Language.JAVASCRIPT, ((), "")),
        ("run", Language.PYTHON, ((), "run")),
        ("M.sub:run", Language.LUA, (("M", "sub"), "run")),
        ("M::N", Language.RUBY, (("M",), "N")),
        ("A\\B\\C", Language.PHP, (("A", "B"), "C")),
        ("A.B", Language.CSHARP, (("A",), "B")),
        ("two words", Language.GO, ((), "")),
    ],
)
def test_split_name(written: str, language: Language, expected: tuple[object, ...]) -> None:
    assert split_name(written, language) == expected


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
