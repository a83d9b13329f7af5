"""The watch of a worker: what it calls useless, and what it must not."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import psutil

from nanobot_engine.model.worker.progress import Progress
from nanobot_engine.model.worker.worker_watch import LOOK_S, Vitals, WorkerWatch, vitals

LIMIT = 1 << 30


class Case:
    """A watched worker, half a second after half a second."""

    def __init__(self) -> None:
        self.watch = WorkerWatch(LIMIT)
        self.progress = Progress()
        self.beat = 0
        self.cpu_seconds = 0.0

    def look(
        self,
        *,
        used_s: float = 0.0,
        beats: int = 2,
        is_waiting: bool = False,
        is_stopped: bool = False,
        own_bytes: int = 0,
        since_s: float = LOOK_S,
        is_loading: bool = False,
    ) -> str | None:
        self.beat += beats
        self.cpu_seconds += used_s
        seen = Vitals(is_stopped, is_waiting, self.cpu_seconds, own_bytes)
        return self.watch.verdict(
            seen,
            beat=self.beat,
            progress=self.progress,
            since_s=since_s,
            is_loading=is_loading,
        )

    def looks_until_verdict(self, look: Callable[[], str | None], looks_max: int = 1_000) -> int:
        """How many looks it takes; `looks_max` when none condemned it."""
        for number in range(1, looks_max):
            if look() is not None:
                return number
        return looks_max


def test_an_idle_worker_is_left_alone() -> None:
    case = Case()

    assert case.looks_until_verdict(lambda: case.look(is_waiting=True)) == 1_000


def test_a_stopped_worker_is_noticed_within_a_second() -> None:
    case = Case()
    case.look()

    assert case.looks_until_verdict(lambda: case.look(is_stopped=True, beats=0)) <= 2


def test_a_heart_that_stands_still_is_noticed_within_three_seconds() -> None:
    case = Case()
    case.look()

    assert case.looks_until_verdict(lambda: case.look(beats=0)) * LOOK_S <= 3


def test_a_worker_that_still_loads_needs_no_heartbeat() -> None:
    case = Case()
    case.look(is_loading=True)

    assert case.looks_until_verdict(lambda: case.look(beats=0, is_loading=True)) == 1_000
    assert case.looks_until_verdict(lambda: case.look(beats=0)) * LOOK_S <= 3


def test_looks_that_were_late_say_nothing_of_the_heart() -> None:
    case = Case()
    case.look()

    assert case.looks_until_verdict(lambda: case.look(beats=0, since_s=30.0)) == 1_000


def test_a_request_that_nothing_happens_to_is_a_deadlock() -> None:
    case = Case()
    case.look()

    with case.progress.asking(10, is_exact=True):
        assert case.looks_until_verdict(lambda: case.look(is_waiting=True)) * LOOK_S <= 3.5


def test_a_request_that_waits_for_a_processor_or_a_disk_is_no_deadlock() -> None:
    case = Case()
    case.look()

    with case.progress.asking(10, is_exact=True):
        assert case.looks_until_verdict(lambda: case.look(is_waiting=False)) == 1_000


def test_a_step_that_takes_far_longer_than_all_before_is_an_endless_loop() -> None:
    case = Case()

    with case.progress.asking(1, is_exact=False):
        for _ in range(20):
            case.progress.step()
            case.look(used_s=0.5)
        looks = case.looks_until_verdict(lambda: case.look(used_s=0.5))

    assert 3 <= looks <= 6


def test_a_starved_worker_has_the_time_it_needs() -> None:
    case = Case()

    with case.progress.asking(1, is_exact=False):
        case.progress.step()
        case.look(used_s=0.5)
        # A minute by the clock, of which it got a second and a half.
        assert case.looks_until_verdict(lambda: case.look(used_s=0.0125), 120) == 120


def test_a_long_prompt_may_be_read_before_anything_was_measured() -> None:
    case = Case()
    case.look()

    with case.progress.asking(2_000, is_exact=True):
        case.look()
        # A large model: nine processor minutes for 2,000 tokens are slow but possible.
        assert case.looks_until_verdict(lambda: case.look(used_s=1.0), 480) == 480


def test_a_prompt_mostly_known_says_nothing_of_what_a_token_costs() -> None:
    case = Case()
    case.look()
    with case.progress.asking(15_000, is_exact=False):  # Nearly all of it was read before.
        case.look()
        case.look(used_s=1.5)
        case.progress.step()
        case.look(used_s=0.1)
    case.look()

    with case.progress.asking(2_000, is_exact=True):
        case.look()
        assert case.looks_until_verdict(lambda: case.look(used_s=1.0), 100) == 100


def test_what_reading_costs_is_learned_from_a_prompt_that_was_read_anew() -> None:
    case = Case()
    case.look()
    with case.progress.asking(500, is_exact=True):
        case.look()
        for _ in range(5):
            case.look(used_s=1.0)
    case.look()

    with case.progress.asking(1_000, is_exact=True):
        case.look()
        looks = case.looks_until_verdict(lambda: case.look(used_s=1.0))

    assert 20 <= looks <= 60  # A hundredth of a second for a token, and some patience.


def test_memory_beyond_the_limit_is_said_in_words() -> None:
    case = Case()

    assert case.look(own_bytes=LIMIT) is None
    assert case.look(own_bytes=LIMIT + 1) == "it needs more than 1024 MiB of memory"


def test_what_the_system_says_of_a_process() -> None:
    waits = "import sys; print(flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", waits], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        watched = psutil.Process(process.pid)

        def seen(holds: Callable[[Vitals], bool]) -> Vitals:
            while True:  # The test has a limit of time.
                found = vitals(watched)
                assert found is not None
                if holds(found):
                    return found
                time.sleep(0.01)

        well = seen(lambda found: found.is_waiting or sys.platform != "linux")
        os.kill(process.pid, signal.SIGSTOP)
        stopped = seen(lambda found: found.is_stopped)
        process.kill()
        while vitals(watched) is not None:
            time.sleep(0.01)

    assert not well.is_stopped
    assert 0 < well.own_bytes < 100 << 20
    assert 0 <= well.cpu_seconds <= stopped.cpu_seconds
