"""Which tier a machine gets, and which names are understood."""

import pytest

from nanobot_engine.model.catalogue import Tier
from nanobot_engine.model.errors import HardwareError, UnknownTierError
from nanobot_engine.model.hardware import Hardware
from nanobot_engine.model.tier import parse_tier, tier_for


def machine(available_bytes: int) -> Hardware:
    return Hardware(
        cores_physical=2,
        cores_logical=4,
        memory_bytes=8 << 30,
        memory_available_bytes=available_bytes,
        disk_free_bytes=100 << 30,
        gpus=(),
        avx2=True,
    )


def test_a_machine_with_room_gets_the_smallest_tier() -> None:
    assert tier_for(machine(3 << 30)) is Tier.POTATO
    assert tier_for(machine(500 << 30)) is Tier.POTATO


def test_a_machine_without_room_is_told_what_to_do() -> None:
    with pytest.raises(HardwareError, match=r"memory: 2\.0 GiB available and at least 3\.0 GiB"):
        tier_for(machine(2 << 30))


def test_a_name_is_understood_in_any_case() -> None:
    assert parse_tier(" Potato ") is Tier.POTATO


def test_a_tier_of_a_later_version_is_told_from_nonsense() -> None:
    with pytest.raises(UnknownTierError, match="beast: not installable in this version"):
        parse_tier("beast")
    with pytest.raises(UnknownTierError, match=r"x: no such tier; supported: potato \(all"):
        parse_tier("x")
