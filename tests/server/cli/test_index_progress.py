import io
import time

import pytest
from rich.console import Console

from nanobot_indexer import IngestProgress, IngestStage
from nanobot_server.cli import waiting_bar
from nanobot_server.cli.index_progress import IngestBar, progress_text

HALF = IngestProgress(IngestStage.TEXT, 3, 6, 500_000, 1_000_000, "a.py", 4.4)


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=120)
    monkeypatch.setattr(waiting_bar, "REMARKS", console)
    return stream


def test_a_bar_shows_stage_files_bytes_and_the_time_left(screen: io.StringIO) -> None:
    with IngestBar(delay_s=0.0) as bar:
        bar(HALF)

    assert "reading" in screen.getvalue()
    assert "3/6 files, 0.5/1.0 MB, 4 s left" in screen.getvalue()


def test_what_is_done_at_once_shows_nothing(screen: io.StringIO) -> None:
    with IngestBar(delay_s=60.0) as bar:
        bar(HALF)

    assert screen.getvalue() == ""


def test_a_bar_that_is_late_shows_what_comes_then(screen: io.StringIO) -> None:
    with IngestBar(delay_s=0.05) as bar:
        bar(HALF)
        time.sleep(0.06)
        bar(IngestProgress(IngestStage.SYNTAX, 1, 6, 0, 0, "", None))

    assert "reading" not in screen.getvalue()
    assert "definitions" in screen.getvalue()


def test_nobody_looks_at_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(waiting_bar, "REMARKS", Console(file=stream))

    with IngestBar(delay_s=0.0) as bar:
        bar(HALF)

    assert stream.getvalue() == ""


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "0.5/1.0 MB"), (0.2, "0 s left"), (119.0, "119 s left"), (600.0, "10 min left")],
)
def test_the_time_left_is_in_words(seconds: float | None, text: str) -> None:
    at = IngestProgress(IngestStage.SYNTAX, 0, 1, 500_000, 1_000_000, "", seconds)

    assert progress_text(at).endswith(text)
