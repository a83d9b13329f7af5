"""The names of tiers, as a user writes them."""

from nanobot_engine.model.catalogue.catalogue import Tier
from nanobot_engine.model.errors import UnknownTierError


def parse_tier(name: str) -> Tier:
    """Return the tier a user named.

    Raises:
        UnknownTierError: No such tier.
    """
    for tier in Tier:
        if tier.value == name.strip().lower():
            return tier
    raise UnknownTierError(name, [tier.value for tier in Tier])
