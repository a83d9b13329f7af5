"""The log of programs without a terminal."""

import logging
import os
from collections.abc import Generator
from pathlib import Path

import pytest

from nanobot_server.log_file import log_dir, log_to_file

log = logging.getLogger("test")


@pytest.fixture(autouse=True)
def own_logging(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """Give each test a log folder, and take its handlers away again."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.delenv("NANOBOT_LOG", raising=False)
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.setLevel(level)
    for handler in set(root.handlers) - set(handlers):
        root.removeHandler(handler)
        handler.close()


def text_of(name: str) -> str:
    return (log_dir() / name).read_text(encoding="utf-8")


def block_folder() -> None:
    """Put a file where the folder of the logs should be."""
    log_dir().parent.mkdir(parents=True, exist_ok=True)
    log_dir().write_bytes(b"")


def test_only_the_user_can_read_the_log_whatever_the_umask_is() -> None:
    umask = os.umask(0)
    try:
        log_to_file("host")
    finally:
        os.umask(umask)

    log.info("ready: pid=%d", 7)

    assert text_of("host.log").endswith(" test: ready: pid=7\n")
    assert (log_dir() / "host.log").stat().st_mode & 0o777 == 0o600
    assert log_dir().stat().st_mode & 0o777 == 0o700


def test_a_log_that_others_could_read_is_closed_to_them() -> None:
    log_dir().mkdir(parents=True)
    (log_dir() / "host.log").write_bytes(b"old\n")
    (log_dir() / "host.log").chmod(0o644)

    log_to_file("host")

    assert text_of("host.log") == "old\n"
    assert (log_dir() / "host.log").stat().st_mode & 0o777 == 0o600


def test_old_files_are_kept_private_and_few() -> None:
    log_to_file("lsp")

    for number in range(5):
        log.info("%d %s", number, "x" * 900_000)

    files = sorted(log_dir().iterdir())
    assert [file.name for file in files] == ["lsp.log", "lsp.log.1", "lsp.log.2"]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert ": 4 x" in text_of("lsp.log")


@pytest.mark.parametrize(
    ("variable", "level", "is_logged"),
    [
        (None, None, False),
        ("debug", None, True),
        ("no such level", None, False),
        ("ERROR", "DEBUG", True),
        ("DEBUG", "warning", False),
    ],
)
def test_the_level_comes_from_the_caller_or_the_environment(
    monkeypatch: pytest.MonkeyPatch, *, variable: str | None, level: str | None, is_logged: bool
) -> None:
    if variable is not None:
        monkeypatch.setenv("NANOBOT_LOG", variable)
    log_to_file("host", level=level)

    log.debug("a detail")

    assert ("a detail" in text_of("host.log")) is is_logged


def test_without_a_folder_everything_goes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    block_folder()

    log_to_file("host")
    log.info("ready")

    written = capsys.readouterr().err
    assert "no log file: name=host error=" in written
    assert "test: ready" in written


@pytest.mark.parametrize("has_folder", [True, False])
def test_a_program_whose_stderr_nobody_reads_writes_only_warnings_there(
    capsys: pytest.CaptureFixture[str], *, has_folder: bool
) -> None:
    if not has_folder:
        block_folder()

    log_to_file("lsp", has_warnings_on_stderr=True)
    log.info("an event")
    log.warning("degraded")

    written = capsys.readouterr().err
    assert "degraded" in written
    assert "an event" not in written
    assert ("no log file" in written) is not has_folder
