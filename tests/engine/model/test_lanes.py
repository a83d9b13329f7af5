"""Who comes next: the lane first, then the turn of who asks, then the order of arrival."""

import asyncio
import contextlib

from nanobot_engine.model.lanes import Lane, Lanes, OpenLanes


def check_order(arrivals: list[tuple[str, Lane]], cancelled: tuple[str, ...] = ()) -> list[str]:
    """Let all arrive while the worker is taken; return who got it, in order."""

    async def scenario() -> list[str]:
        lanes, order = Lanes(), []

        async def visit(name: str, lane: Lane) -> None:
            async with lanes.hold(lane, who=name[0]):
                order.append(name)
                await asyncio.sleep(0)

        async with lanes.hold(Lane.INDEX):
            tasks = {name: asyncio.create_task(visit(name, lane)) for name, lane in arrivals}
            await asyncio.sleep(0)
            for name in cancelled:
                tasks[name].cancel()
        for task in tasks.values():
            with contextlib.suppress(asyncio.CancelledError):
                await task
        async with lanes.hold(Lane.INDEX):  # Nobody left it locked.
            return order

    return asyncio.run(asyncio.wait_for(scenario(), 5))


def test_the_more_urgent_lane_goes_first() -> None:
    arrivals = [("i", Lane.INDEX), ("p", Lane.PROCESS), ("h", Lane.CHAT), ("c", Lane.COMPLETION)]

    assert check_order(arrivals) == ["c", "h", "p", "i"]


def test_within_a_lane_the_first_goes_first() -> None:
    arrivals = [(name, Lane.PROCESS) for name in "abcd"]

    assert check_order(arrivals) == ["a", "b", "c", "d"]


def test_within_a_lane_all_who_ask_take_turns() -> None:
    arrivals = [(name, Lane.PROCESS) for name in ("a1", "a2", "a3", "b1", "c1", "b2")]

    assert check_order(arrivals) == ["a1", "b1", "c1", "a2", "b2", "a3"]


def test_who_takes_turns_waits_for_the_more_urgent_lane() -> None:
    arrivals = [("a1", Lane.PROCESS), ("a2", Lane.PROCESS), ("b1", Lane.PROCESS)]

    assert check_order([*arrivals, ("a3", Lane.CHAT)]) == ["a3", "a1", "b1", "a2"]


def test_who_asks_an_owner_of_lanes_does_not_wait_here() -> None:
    async def scenario() -> None:
        lanes = OpenLanes()
        async with lanes.hold(Lane.PROCESS), lanes.hold(Lane.INDEX):
            pass

    asyncio.run(asyncio.wait_for(scenario(), 5))


def test_who_leaves_the_queue_is_passed_over() -> None:
    arrivals = [("c", Lane.COMPLETION), ("p", Lane.PROCESS), ("q", Lane.PROCESS)]

    assert check_order(arrivals, cancelled=("c", "p")) == ["q"]


def test_who_is_called_up_and_cancelled_at_once_passes_the_turn_on() -> None:
    async def scenario() -> list[str]:
        lanes, order = Lanes(), []

        async def visit(name: str) -> None:
            async with lanes.hold(Lane.CHAT):
                order.append(name)

        async with lanes.hold(Lane.CHAT):
            first, second = asyncio.create_task(visit("a")), asyncio.create_task(visit("b"))
            await asyncio.sleep(0)
        first.cancel()  # It has its turn already, but did not run yet.
        with contextlib.suppress(asyncio.CancelledError):
            await first
        await second
        return order

    assert asyncio.run(asyncio.wait_for(scenario(), 5)) == ["b"]


def test_a_failure_inside_gives_the_worker_back() -> None:
    async def scenario() -> None:
        lanes = Lanes()
        with contextlib.suppress(ValueError):
            async with lanes.hold(Lane.PROCESS):
                raise ValueError
        async with lanes.hold(Lane.PROCESS):
            pass

    asyncio.run(asyncio.wait_for(scenario(), 5))
