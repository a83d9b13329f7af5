"""Which names of tiers are understood."""

import pytest

from nanobot_engine.model.catalogue.catalogue import Tier
from nanobot_engine.model.catalogue.tier import parse_tier
from nanobot_engine.model.errors import UnknownTierError


def test_a_name_is_understood_in_any_case() -> None:
    assert parse_tier(" Potato ") is Tier.POTATO
    assert [parse_tier(tier.value) for tier in Tier] == list(Tier)


def test_nonsense_is_told_which_tiers_there_are() -> None:
    with pytest.raises(UnknownTierError, match="x: no such tier; there are potato, sweet, power"):
        parse_tier("x")
