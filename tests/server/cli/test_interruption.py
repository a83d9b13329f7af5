import os
import signal
import subprocess
import sys
import threading

import pytest

from nanobot_server.cli.interruption import ended_like_by_ctrl_c, uninterrupted

ENDING = [signal.SIGTERM, signal.SIGHUP]


@pytest.mark.parametrize("number", ENDING)
def test_other_signals_do_what_ctrl_c_does(number: signal.Signals) -> None:
    with pytest.raises(KeyboardInterrupt), ended_like_by_ctrl_c():
        os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", ENDING)
def test_who_handles_ctrl_c_otherwise_gets_the_others_too(number: signal.Signals) -> None:
    got: list[int] = []
    before = signal.signal(signal.SIGINT, lambda given, _: got.append(given))
    try:
        with ended_like_by_ctrl_c():
            os.kill(os.getpid(), number)
    finally:
        signal.signal(signal.SIGINT, before)

    assert got == [signal.SIGINT]


@pytest.mark.parametrize("number", [signal.SIGINT, *ENDING])
def test_cleaning_up_is_not_interrupted(number: signal.Signals) -> None:
    done = []

    def clean_up() -> None:
        with ended_like_by_ctrl_c(), uninterrupted():
            os.kill(os.getpid(), number)
            done.append(True)

    with pytest.raises(KeyboardInterrupt):
        clean_up()
    assert done


def test_handlers_are_as_before_afterwards() -> None:
    before = [signal.getsignal(number) for number in ENDING]

    with ended_like_by_ctrl_c():
        assert [signal.getsignal(number) for number in ENDING] != before

    assert [signal.getsignal(number) for number in ENDING] == before


def test_what_is_ignored_stays_ignored() -> None:
    # As `nohup` starts a program, and a shell one in the background.
    program = """
import os, signal
from nanobot_server.cli.interruption import ended_like_by_ctrl_c
signal.signal(signal.SIGHUP, signal.SIG_IGN)
signal.signal(signal.SIGINT, signal.SIG_IGN)
with ended_like_by_ctrl_c():
    os.kill(os.getpid(), signal.SIGHUP)
    os.kill(os.getpid(), signal.SIGINT)
    try:
        os.kill(os.getpid(), signal.SIGTERM)
    except KeyboardInterrupt:
        print("ended by SIGTERM")
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout == "ended by SIGTERM\n"


def test_a_thread_that_can_not_have_handlers_runs_without() -> None:
    ran = []

    def run() -> None:
        with ended_like_by_ctrl_c():
            ran.append(True)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(10)

    assert ran == [True]
