import pytest

from nanobot_server.host.refresh_schedule import (
    BACK_OFF_S,
    BACK_OFF_S_MAX,
    QUIET_S,
    RefreshSchedule,
)

INTERVAL_S = 5.0


@pytest.fixture
def schedule() -> RefreshSchedule:
    return RefreshSchedule(interval_s=INTERVAL_S)


def refreshed(schedule: RefreshSchedule, begin: float, end: float) -> None:
    schedule.began(begin)
    schedule.ended(end)


def test_nothing_is_due_before_a_change(schedule: RefreshSchedule) -> None:
    assert schedule.due_at() is None


def test_a_change_is_published_when_it_is_quiet(schedule: RefreshSchedule) -> None:
    schedule.changed(100.0)
    schedule.changed(101.0)

    assert schedule.due_at() == 101.0 + QUIET_S


def test_constant_change_is_published_every_interval(schedule: RefreshSchedule) -> None:
    for tenth in range(1000, 1100):
        schedule.changed(tenth / 10)

    assert schedule.due_at() == 100.0 + INTERVAL_S


def test_what_searches_do_not_know_is_not_put_off(schedule: RefreshSchedule) -> None:
    schedule.changed(100.0)
    schedule.changed(100.2, is_urgent=True)

    assert schedule.due_at() == 100.0


def test_refreshes_keep_their_distance(schedule: RefreshSchedule) -> None:
    refreshed(schedule, 100.0, 100.1)
    schedule.changed(100.2)

    assert schedule.due_at() == pytest.approx(100.1 + INTERVAL_S)


def test_a_long_refresh_is_not_followed_at_once(schedule: RefreshSchedule) -> None:
    refreshed(schedule, 100.0, 160.0)
    schedule.changed(160.0, is_urgent=True)

    assert schedule.due_at() == 220.0


def test_what_changes_during_a_refresh_is_for_the_next(schedule: RefreshSchedule) -> None:
    schedule.changed(99.0)
    schedule.began(100.0)
    before = schedule.due_at()
    schedule.changed(100.05)
    schedule.ended(100.1)

    assert before is None
    assert schedule.due_at() == pytest.approx(100.1 + INTERVAL_S)


def test_failures_are_tried_again_later_each_time(schedule: RefreshSchedule) -> None:
    delays = []
    for _ in range(9):
        schedule.began(100.0)
        schedule.failed(100.0)
        delays.append((schedule.due_at() or 0.0) - 100.0)
    refreshed(schedule, 100.0, 100.0)
    schedule.failed(100.0)

    assert delays[:3] == [BACK_OFF_S, 2 * BACK_OFF_S, 4 * BACK_OFF_S]
    assert delays[-1] == BACK_OFF_S_MAX
    assert schedule.due_at() == 100.0 + BACK_OFF_S


def test_a_refresh_that_fails_for_months_is_tried_on(schedule: RefreshSchedule) -> None:
    for _ in range(2000):
        schedule.failed(100.0)

    assert schedule.due_at() == 100.0 + BACK_OFF_S_MAX


def test_a_change_is_urgent_until_a_refresh_begins(schedule: RefreshSchedule) -> None:
    schedule.changed(100.0)
    states = [schedule.is_urgent]
    schedule.changed(100.0, is_urgent=True)
    states.append(schedule.is_urgent)
    schedule.began(101.0)
    states.append(schedule.is_urgent)
    schedule.failed(102.0)
    states.append(schedule.is_urgent)

    assert states == [False, True, False, True]
