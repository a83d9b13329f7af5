import pytest

from nanobot_engine.refactor.convert.bare_except import ConvertBareExcept
from nanobot_engine.refactor.errors import UnsafeError
from support.refactored import check, planned


def test_a_bare_except_names_what_it_catches() -> None:
    check(
        ConvertBareExcept(),
        {
            "m.py": """
                try:
                    a()
                except ValueError: pass
                except :  # anything
                    log()
                try: a()
                except: raise
            """
        },
        {
            "m.py": """
                try:
                    a()
                except ValueError: pass
                except Exception:  # anything
                    log()
                try: a()
                except BaseException: raise
            """
        },
    )


def test_another_exception_of_that_name_is_refused() -> None:
    text = "Exception = 1\ntry: a()\nexcept: pass\n"

    with pytest.raises(UnsafeError, match="something else"):
        planned(ConvertBareExcept(), {"m.py": text})
