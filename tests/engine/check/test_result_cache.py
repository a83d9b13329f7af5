"""Answers that are kept: for the same content only, and never believed when damaged."""

import os
from pathlib import Path

import pytest

from nanobot_engine.check import ResultCache, results_of, scratch_workspace
from nanobot_engine.check.outcome import NoAnswerError


class Question:
    """Asks one thing about a workspace and counts how often it was found out."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "code"
        self.root.mkdir()
        (self.root / "a.py").write_bytes(b"old\n")
        self.program = folder / "program"
        self.program.write_text("one")
        self.kept = folder / "state/checks"
        self.times = 0

    def find(self) -> list[str]:
        self.times += 1
        return ["answer", str(self.times)]

    def ask(self, *, what: str = "it", text: bytes | None = b"old\n") -> list[str]:
        with scratch_workspace(self.root, cache=ResultCache(self.kept)) as scratch:
            scratch.write({"a.py": text})
            found: list[str] = scratch.answered([what], [self.program], self.find)
            return found


@pytest.fixture
def question(tmp_path: Path) -> Question:
    return Question(tmp_path)


def test_the_same_content_is_asked_once(question: Question) -> None:
    assert [question.ask(), question.ask()] == [["answer", "1"]] * 2
    assert question.times == 1


def test_a_text_that_is_written_as_it_was_is_the_same_content(question: Question) -> None:
    (question.root / "a.py").chmod(0o755)
    question.ask()
    with scratch_workspace(question.root, cache=ResultCache(question.kept)) as scratch:
        scratch.answered(["it"], [question.program], question.find)

    assert question.times == 1


def test_another_text_file_mode_program_or_question_is_asked_again(question: Question) -> None:
    question.ask()
    question.ask(text=b"new\n")
    question.ask(text=None)
    question.ask(what="other")
    (question.root / "b.py").write_bytes(b"")
    question.ask()
    (question.root / "b.py").chmod(0o755)
    question.ask()
    question.program.write_text("another")
    question.ask()

    assert question.times == 7


def test_what_is_installed_beside_an_interpreter_counts(question: Question) -> None:
    python = question.root.parent / "env/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text("python")
    question.program = python
    packages = question.root.parent / "env/lib/python3.11/site-packages"
    packages.mkdir(parents=True)
    question.ask()
    (packages / "library").mkdir()
    question.ask()

    assert question.times == 2


def test_what_could_not_be_found_out_is_not_kept(question: Question) -> None:
    def fail() -> list[str]:
        raise NoAnswerError("too long")

    with (
        scratch_workspace(question.root, cache=ResultCache(question.kept)) as scratch,
        pytest.raises(NoAnswerError),
    ):
        scratch.answered(["it"], [question.program], fail)

    assert question.ask() == ["answer", "1"]


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"key": "x", "answer": []}', b"\xff\x00"])
def test_a_damaged_entry_is_asked_again(question: Question, data: bytes) -> None:
    question.ask()
    (entry,) = question.kept.iterdir()
    entry.write_bytes(data)

    question.ask()
    question.ask()

    assert question.times == 2


def test_nothing_is_read_or_written_through_a_link(question: Question, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    question.kept.parent.mkdir()
    question.kept.symlink_to(elsewhere)
    question.ask()
    question.ask()

    assert question.times == 2
    assert list(elsewhere.iterdir()) == []


def test_a_folder_that_can_not_be_written_only_costs_time(question: Question) -> None:
    question.kept.parent.mkdir()
    question.kept.write_text("a file")

    assert question.ask() == ["answer", "1"]
    assert question.ask() == ["answer", "2"]


def test_the_oldest_answers_are_forgotten(tmp_path: Path) -> None:
    cache = ResultCache(tmp_path / "checks")
    for number in range(403):
        cache.put(f"{number:03}", number)
        os.utime(tmp_path / "checks" / f"{number:03}", (number, number))
    cache.put("last", 1)

    assert cache.get("last") == 1
    assert [cache.get(f"{number:03}") for number in (2, 3, 4, 402)] == [None, None, 4, 402]


def test_of_workspaces_those_that_were_used_last_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for number in range(60):
        known = set((tmp_path / "state").glob("nanobot/checks/*"))
        results_of(tmp_path / str(number)).put("key", number)
        (new,) = set((tmp_path / "state").glob("nanobot/checks/*")) - known
        os.utime(new, (number, number))

    answers = [results_of(tmp_path / str(number)).get("key") for number in range(59, 8, -1)]
    assert answers == [*range(59, 9, -1), None]
