import pytest

from nanobot_engine.refactor.convert_unittest import ConvertUnittest
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
            """
        },
        {
            "tests/test_a.py": """
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
                        print(caught.exception)

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
                        print(caught.exception)

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
