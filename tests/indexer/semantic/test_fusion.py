"""Two orders become one."""

from nanobot_indexer.semantic.fusion import fused


def order(by_words: list[str], by_meaning: list[str]) -> list[str]:
    return [key for key, _ in fused(by_words, by_meaning)]


def test_what_both_know_comes_first() -> None:
    assert order(["a", "b", "c"], ["x", "b", "y"])[0] == "b"


def test_nothing_is_lost_or_doubled() -> None:
    assert sorted(order(["a", "b"], ["b", "c"])) == ["a", "b", "c"]


def test_one_order_alone_stays_as_it_is() -> None:
    assert order(["a", "b", "c"], []) == ["a", "b", "c"]
    assert order([], ["x", "y"]) == ["x", "y"]


def test_of_equal_ones_what_words_found_comes_first() -> None:
    assert order(["a"], ["x"]) == ["a", "x"]


def test_worth_falls_with_the_rank() -> None:
    worth = [value for _, value in fused(["a", "b", "c"], ["c"])]

    assert worth == sorted(worth, reverse=True)


def test_what_is_certain_stays_first() -> None:
    found = fused(["a", "b", "c"], ["c", "x"], certain=["a", "b"])

    assert [key for key, _ in found] == ["a", "b", "c", "x"]
    assert [value for _, value in found] == sorted((v for _, v in found), reverse=True)
