import asyncio
import os
import subprocess
import sys
from collections.abc import Generator

import pytest

from nanobot_server.lsp.connection.parent_watch import Parent

WAIT_S = 30.0


@pytest.fixture
def editor() -> Generator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


async def end_is_seen(parent: Parent) -> bool:
    gone = asyncio.Event()
    watch = asyncio.create_task(parent.watch(gone.set))
    try:
        await asyncio.wait_for(gone.wait(), WAIT_S)
    finally:
        watch.cancel()
    return True


def test_an_editor_that_ends_before_it_is_watched_is_noticed(
    editor: subprocess.Popen[bytes],
) -> None:
    parent = Parent(editor.pid, started_by=1)
    editor.kill()
    editor.wait()

    assert asyncio.run(end_is_seen(parent))


def test_an_editor_that_started_us_and_can_not_be_seen_has_ended(
    editor: subprocess.Popen[bytes],
) -> None:
    editor.kill()
    editor.wait()

    assert asyncio.run(end_is_seen(Parent(editor.pid, started_by=editor.pid)))
    assert not Parent(editor.pid, started_by=1).is_gone


@pytest.mark.parametrize("process_id", [None, os.getpid(), 2**22 + 1])
def test_nobody_is_watched_who_can_not_be_the_editor(process_id: int | None) -> None:
    left: list[None] = []

    asyncio.run(Parent(process_id, started_by=1).watch(lambda: left.append(None)))

    assert left == []


def test_without_file_descriptors_of_processes_it_is_asked_again_and_again(
    editor: subprocess.Popen[bytes],
) -> None:
    parent = Parent(editor.pid, started_by=1)
    if parent._descriptor is not None:
        os.close(parent._descriptor)
        parent._descriptor = None
    editor.kill()
    editor.wait()

    assert asyncio.run(end_is_seen(parent))
