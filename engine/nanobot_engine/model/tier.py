"""Which tier a machine belongs to.

This version can assign and install `potato` only, whatever the machine has: the
bigger tiers need models and a provider that are not part of it.
"""

from typing import Final

from nanobot_engine.model.catalogue import Tier
from nanobot_engine.model.errors import HardwareError, UnknownTierError
from nanobot_engine.model.hardware import Hardware

SUPPORTED_TIERS: Final = (Tier.POTATO,)
# The trio of the potato tier was measured well below this, with the editor beside it.
MEMORY_MIN_BYTES: Final = 3 * 2**30


def tier_for(hardware: Hardware) -> Tier:
    """Return the tier to install on a machine.

    Raises:
        HardwareError: Too little memory is available for the smallest tier.
    """
    if hardware.memory_available_bytes < MEMORY_MIN_BYTES:
        raise HardwareError("memory", MEMORY_MIN_BYTES, hardware.memory_available_bytes)
    return Tier.POTATO


def parse_tier(name: str) -> Tier:
    """Return the tier a user named.

    Raises:
        UnknownTierError: No such tier, or not one this version installs.
    """
    for tier in SUPPORTED_TIERS:
        if tier.value == name.strip().lower():
            return tier
    raise UnknownTierError(name, [tier.value for tier in Tier], [t.value for t in SUPPORTED_TIERS])
