"""Who asks for a pytest fixture: marked as in `support.marked`."""

from support.marked import check


def test_a_fixture_is_asked_for_by_the_names_of_parameters() -> None:
    check(
        "tests/conftest.py",
        "box",
        {
            "tests/conftest.py": """
                import pytest
                @pytest.fixture
                def «box»(): return 1
                @pytest.fixture
                def wrapped(«box»):
                    def inner(box): return box
                    return inner(«box»)
            """,
            "tests/test_a.py": """
                import pytest
                def test_a(«box», other): assert «box» == 1, "box"
                def helper(box): return box
                def test_c(request): request.getfixturevalue("«box»")
                @pytest.mark.usefixtures("«box»")
                class TestB:
                    def test_c(self, request): request.getfixturevalue("box")
                    def test_d(self, box): ...
                    @pytest.fixture
                    def box(self, «box»): return «box» + 1
                @pytest.mark.parametrize("a, box", [(1, 2)])
                def test_e(a, box): ...
                @pytest.mark.parametrize("a, «box»", [(1, 2)], indirect=True)
                def test_f(a, «box»): ...
            """,
            "tests/sub/test_b.py": """
                import pytest
                @pytest.fixture
                def box(): return 2
                def test_a(box): ...
            """,
            "tests/sub/test_c.py": "def test_a(«box»): ...\n",
            "elsewhere/test_c.py": "def test_a(box): ...\n",
        },
    )


def test_a_parameter_that_parametrize_gives() -> None:
    check(
        "test_a.py",
        "test_f.<locals>.a",
        {
            "test_a.py": """
                import pytest
                @pytest.mark.parametrize("«a», ab, a_", [(1, 2, "a")])
                @pytest.mark.parametrize(("b", "c"), [])
                def test_f(«a», ab, a_, b, c): return «a»
                @pytest.mark.parametrize("a", [])
                def test_g(a): ...
            """
        },
    )
