from nanobot_server.model_host.slot_share import SlotShare


def test_a_prompt_keeps_its_slot() -> None:
    share = SlotShare(2)

    assert share.slot("a", 0) == (0, None)
    assert share.slot("b", 0) == (1, None)
    assert share.slot("a", 0) == (0, None)


def test_who_was_away_longest_gives_its_slot_up_and_is_named() -> None:
    share = SlotShare(2)
    share.slot("a", 0)
    share.slot("b", 0)
    share.slot("a", 0)

    assert share.slot("c", 3) == (1, ("b", 0))
    assert share.slot("b", 0) == (0, ("a", 0))


def test_what_a_leaver_had_is_free_again() -> None:
    share = SlotShare(2)
    share.slot("a", 0)
    share.slot("a", 1)

    share.forget("a")

    assert {share.slot("b", 0), share.slot("c", 0)} == {(0, None), (1, None)}
