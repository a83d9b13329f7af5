import asyncio

import pytest

from nanobot_server.lsp.connection.paced_notices import PacedNotices

pytestmark = pytest.mark.asyncio

PAUSE_S = 0.05


class Rig:
    """Keeps what is sent, and the shortest time between two states of one thing."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, int]] = []
        self.times: list[float] = []
        self.notices = PacedNotices[tuple[str, int]](self._take, pause_s=PAUSE_S)

    def put(self, key: str, state: int) -> None:
        self.notices.put(key, (key, state))

    def _take(self, state: tuple[str, int]) -> None:
        self.sent.append(state)
        self.times.append(asyncio.get_running_loop().time())


async def test_the_first_is_sent_at_once_and_the_last_in_the_end() -> None:
    rig = Rig()

    for state in range(100):
        rig.put("a", state)
    at_once = list(rig.sent)
    await asyncio.sleep(3 * PAUSE_S)

    assert at_once == [("a", 0)]
    assert rig.sent == [("a", 0), ("a", 99)]
    assert rig.times[1] - rig.times[0] >= PAUSE_S * 0.99


async def test_things_do_not_wait_for_each_other() -> None:
    rig = Rig()

    rig.put("a", 1)
    rig.put("b", 1)

    assert rig.sent == [("a", 1), ("b", 1)]


async def test_a_thing_that_was_quiet_is_sent_at_once_again() -> None:
    rig = Rig()
    rig.put("a", 1)
    await asyncio.sleep(3 * PAUSE_S)

    rig.put("a", 2)

    assert rig.sent == [("a", 1), ("a", 2)]


async def test_many_states_come_one_per_pause() -> None:
    rig = Rig()

    for state in range(40):
        rig.put("a", state)
        await asyncio.sleep(PAUSE_S / 8)
    await asyncio.sleep(2 * PAUSE_S)

    assert rig.sent[-1] == ("a", 39)
    gaps = [later - earlier for earlier, later in zip(rig.times, rig.times[1:], strict=False)]
    assert min(gaps) >= PAUSE_S * 0.99
