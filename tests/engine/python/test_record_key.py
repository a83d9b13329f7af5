"""Keys of typed dictionaries."""

from nanobot_engine.refactor.rename.rename import Rename
from support.refactored import check


def test_a_key_of_a_typed_dictionary_is_renamed_where_it_is_one() -> None:
    text = """
        from typing import TypedDict

        class Options(TypedDict, total=False):
            limit: int
            other: str

        class More(Options):
            limits: int

        def build(options: Options, plain: dict[str, int], *, more: More | None = None) -> int:
            if "limit" in options and "limit" in plain:
                options.get("limit", plain.get("limit"))
            for one in every:
                one["limit"] += plain["limit"]
            return options["limit"]

        every: list[Options] = [{"limit": 1}, {"other": "limit"}]
        named: dict[str, Options] = {"limit": {"limit": 2}}
        build({"limit": 1}, {"limit": 2}, more={"limit": 3, "limits": 4})
        build(Options(limit=1), dict(limit=1))

        def make() -> Options:
            return {"limit": 1} if every else {"limit": 2}
    """
    expected = """
        from typing import TypedDict

        class Options(TypedDict, total=False):
            maximum: int
            other: str

        class More(Options):
            limits: int

        def build(options: Options, plain: dict[str, int], *, more: More | None = None) -> int:
            if "maximum" in options and "limit" in plain:
                options.get("maximum", plain.get("limit"))
            for one in every:
                one["maximum"] += plain["limit"]
            return options["maximum"]

        every: list[Options] = [{"maximum": 1}, {"other": "limit"}]
        named: dict[str, Options] = {"limit": {"maximum": 2}}
        build({"maximum": 1}, {"limit": 2}, more={"maximum": 3, "limits": 4})
        build(Options(maximum=1), dict(limit=1))

        def make() -> Options:
            return {"maximum": 1} if every else {"maximum": 2}
    """

    check(
        Rename(),
        {"m.py": text},
        {"m.py": expected},
        symbol="m.py::Options.limit",
        new_name="maximum",
    )
