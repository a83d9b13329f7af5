import errno
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from nanobot_indexer.watch.inotify import Inotify, Notice

FilesWriter = Callable[[Mapping[str, str | bytes]], Path]

DEADLINE_S = 60


def names_by_watch(inotify: Inotify) -> set[tuple[int, str]]:
    return {(notice.watch, notice.name) for notice in inotify.read()}


def test_what_happens_in_a_folder_is_told(tmp_path: Path) -> None:
    with Inotify() as inotify:
        watch = inotify.watch(str(tmp_path), Notice.CREATED | Notice.DELETED)
        assert inotify.read() == []
        (tmp_path / "é\udcff").touch()
        (tmp_path / "folder").mkdir()
        readable, _, _ = select.select([inotify], [], [], 10)
        notices = inotify.read()

    assert readable == [inotify]
    assert [(one.watch, one.name) for one in notices] == [(watch, "é\udcff"), (watch, "folder")]
    assert notices[1].mask == Notice.CREATED | Notice.IS_FOLDER


def test_a_renamed_folder_keeps_its_watch(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with Inotify() as inotify:
        watch = inotify.watch(str(tmp_path / "a"), Notice.CREATED)
        (tmp_path / "a").rename(tmp_path / "b")
        assert inotify.watch(str(tmp_path / "b"), Notice.CREATED) == watch
        (tmp_path / "b/x").touch()

        assert names_by_watch(inotify) == {(watch, "x")}


def test_the_end_of_a_watch_is_told(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with Inotify() as inotify:
        watch = inotify.watch(str(tmp_path / "a"), Notice.CREATED)
        (tmp_path / "a").rmdir()
        notices = inotify.read()
        inotify.unwatch(watch)

    assert [one.mask & Notice.UNWATCHED for one in notices] == [Notice.UNWATCHED]


@pytest.mark.parametrize(("kind", "code"), [("gone", errno.ENOENT), ("file", errno.ENOTDIR)])
def test_what_is_no_folder_can_not_be_watched(tmp_path: Path, kind: str, code: int) -> None:
    if kind == "file":
        (tmp_path / kind).touch()
    with Inotify() as inotify, pytest.raises(OSError, match=os.strerror(code)) as caught:
        inotify.watch(str(tmp_path / kind), Notice.CREATED)

    assert caught.value.errno == code


def test_an_overflow_is_told_and_the_queue_goes_on(tmp_path: Path) -> None:
    limit = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    with Inotify() as inotify:
        watch = inotify.watch(str(tmp_path), Notice.ATTRIBUTES | Notice.CREATED)
        (tmp_path / "a").touch()
        (tmp_path / "b").touch()
        for _ in range(limit // 2 + 1):
            # In turns: equal notices in a row become one.
            os.utime(tmp_path / "a")
            os.utime(tmp_path / "b")
        masks: set[int] = set()
        while notices := inotify.read():
            masks.update(one.mask for one in notices)
        (tmp_path / "later").touch()

        assert Notice.OVERFLOWED in masks
        assert (watch, "later") in names_by_watch(inotify)


STOPPED = """
import sys
from pathlib import Path
from nanobot_indexer.watch.inotify import Inotify
from nanobot_indexer.watch.watcher import WorkspaceWatcher

with WorkspaceWatcher(Path(sys.argv[1]), files_max=10) as watcher:
    assert watcher.take(60).scan is not None
    print("ready", flush=True)
    while (batch := watcher.take(60)) is not None:
        if batch.scan is not None and "late.py" in batch.scan.files.paths:
            print("found", flush=True)
            break
"""


def test_notices_that_were_lost_lead_to_a_scan(write_files: FilesWriter) -> None:
    root = write_files({"a.py": "", "b.py": ""})
    limit = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    child = subprocess.Popen(
        [sys.executable, "-c", STOPPED, str(root)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        # Nobody reads the queue now, so it overflows.
        child.send_signal(signal.SIGSTOP)
        assert os.WIFSTOPPED(os.waitpid(child.pid, os.WUNTRACED)[1])
        for _ in range(limit // 2 + 10):
            os.utime(root / "a.py")
            os.utime(root / "b.py")
        (root / "late.py").touch()
        child.send_signal(signal.SIGCONT)

        assert child.stdout.readline() == "found\n"
        assert child.wait(DEADLINE_S) == 0
    finally:
        child.kill()
        child.wait()
        assert child.stdout is not None
        child.stdout.close()
