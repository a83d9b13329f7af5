import pytest

from nanobot_engine.refactor.convert.unittest_case import ConvertUnittest
from nanobot_engine.refactor.errors import UnsafeError
from support.refactored import check, planned


def test_a_test_case_becomes_a_plain_class() -> None:
    check(
        ConvertUnittest(),
        {
            "tests/test_a.py": """
                import unittest

                from m import f


                class TestF(unittest.TestCase):
                    def setUp(self):
                        self.x = 1

                    def test_values(self):
                        self.assertEqual(f(1), 2 if self.x else 3)
                        self.assertEqual(f(1), 2, "message")
                        self.assertTrue(f(1) or f(2), msg="no")
                        self.assertFalse(f(1) == 2)
                        self.assertIsNone(f(1))
                        self.assertNotIn(1, [f(2)])
                        self.assertIsInstance(f(1), (int, str))
                        with self.assertRaises(ValueError):
                            f(2)
                        with self.assertRaisesRegex(ValueError, "a.b"):
                            f(2)
                        with self.assertRaises(ValueError) as caught:
                            f(2)
                        self.assertRegex(str(caught.exception), "a.b")
                        self.assertRaises(ValueError, f, 2, 3)
                        self.assertListEqual(f(3), [])
            """
        },
        {
            "tests/test_a.py": """
                import re

                import pytest
                from m import f


                class TestF:
                    def setup_method(self):
                        self.x = 1

                    def test_values(self):
                        assert f(1) == (2 if self.x else 3)
                        assert f(1) == 2, "message"
                        assert f(1) or f(2), "no"
                        assert not f(1) == 2
                        assert f(1) is None
                        assert 1 not in [f(2)]
                        assert isinstance(f(1), (int, str))
                        with pytest.raises(ValueError):
                            f(2)
                        with pytest.raises(ValueError, match="a.b"):
                            f(2)
                        with pytest.raises(ValueError) as caught:
                            f(2)
                        assert re.search("a.b", str(caught.value))
                        pytest.raises(ValueError, f, 2, 3)
                        assert f(3) == []
            """
        },
    )


def test_what_has_no_equal_keeps_its_test_case() -> None:
    change = check(
        ConvertUnittest(),
        {
            "tests/test_a.py": """
                from unittest import TestCase

                class TestF(TestCase):
                    def test_values(self):
                        self.assertAlmostEqual(1.0, 1)
                        self.assertEqual(1, 1)
                        with self.assertRaises(ValueError) as caught: pass
                        print(caught.exception, caught)

                class Other:
                    def go(self): self.assertEqual(1, 2)
            """
        },
        {
            "tests/test_a.py": """
                from unittest import TestCase

                class TestF(TestCase):
                    def test_values(self):
                        self.assertAlmostEqual(1.0, 1)
                        assert 1 == 1
                        with self.assertRaises(ValueError) as caught: pass
                        print(caught.exception, caught)

                class Other:
                    def go(self): self.assertEqual(1, 2)
            """
        },
    )

    assert [note.text for note in change.notes] == [
        "TestF stays a TestCase: it uses assertAlmostEqual"
    ]


def test_without_a_test_case_nothing_is_done() -> None:
    with pytest.raises(UnsafeError, match="no test case"):
        planned(ConvertUnittest(), {"m.py": "def test_a(): ...\n"})


def test_a_class_that_pytest_would_not_collect_gets_a_name_that_it_collects() -> None:
    change = check(
        ConvertUnittest(),
        {
            "test_keys.py": """
                import unittest


                class CacheKeysTest(unittest.TestCase):
                    def test_a(self):
                        self.assertEqual(CacheKeysTest.__doc__, None)


                if __name__ == "__main__":
                    print(CacheKeysTest)
            """
        },
        {
            "test_keys.py": """
                class TestCacheKeys:
                    def test_a(self):
                        assert TestCacheKeys.__doc__ == None


                if __name__ == "__main__":
                    print(TestCacheKeys)
            """
        },
    )

    assert [note.text for note in change.notes] == [
        "CacheKeysTest is called TestCacheKeys now: pytest collects no class of the old name"
    ]


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"TestA": "TestA = 1\n"}, "TestA is something else here"),
        ({"setup.cfg": "[tool:pytest]\npython_classes = *Test\n"}, "setup.cfg says which"),
    ],
)
def test_a_class_whose_name_can_not_be_collected_keeps_its_base(
    files: dict[str, str], reason: str
) -> None:
    case = "import unittest\n\n\nclass ATest(unittest.TestCase):\n    def test_a(self):\n"
    body = "        self.assertTrue(1)\n\n"
    text = case + body + files.pop("TestA", "")

    change = planned(ConvertUnittest(), {"test_a.py": text, **files})

    after = change.applied({"test_a.py": text.encode()})["test_a.py"]
    assert b"class ATest(unittest.TestCase):" in after
    assert b"assert 1" in after
    assert reason in change.notes[0].text


def test_what_a_base_of_its_own_gives_stays() -> None:
    base = "import unittest\n\n\nclass Base(unittest.TestCase):\n    def setUp(self):\n"
    files = {
        "tests/base.py": f"{base}        self.x = 1\n",
        "tests/test_a.py": (
            "from .base import Base\n\n\n"
            "class TestA(Base):\n    def test_a(self):\n        self.assertEqual(self.x, 1)\n"
        ),
    }

    change = check(
        ConvertUnittest(),
        files,
        {
            "tests/test_a.py": (
                "from .base import Base\n\n\n"
                "class TestA(Base):\n    def test_a(self):\n        assert self.x == 1\n"
            )
        },
    )

    notes = {note.path: note.text for note in change.notes}
    assert "its base Base is one of its own" in notes["tests/test_a.py"]
    assert "files named test_… only" in notes["tests/base.py"]
