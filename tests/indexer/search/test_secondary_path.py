import pytest

from nanobot_indexer.search.secondary_path import is_secondary


@pytest.mark.parametrize(
    "path",
    [
        b"tests/test_server.py",
        b"app/tests/data.py",
        b"test_server.py",
        b"pkg/server_test.go",
        b"web/router.spec.ts",
        b"web/__tests__/router.js",
        b"src/ServerTest.java",
        b"examples/hello.py",
        b"vendor/lib/a.go",
        b"conftest.py",
    ],
)
def test_tests_examples_and_copies_are_secondary(path: bytes) -> None:
    assert is_secondary(path)


@pytest.mark.parametrize(
    "path",
    [b"app/server.py", b"app/latest.py", b"contest/a.py", b"app/testament.py", b"greatest.go"],
)
def test_other_code_is_not(path: bytes) -> None:
    assert not is_secondary(path)
