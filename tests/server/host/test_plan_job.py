"""What the plan worker does, in this process: what it parses, keeps, asks and stops at."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nanobot_engine.process.refactor_plan import PlanningCancelledError
from nanobot_engine.python import ReferenceFinder, References, Symbol, project
from nanobot_indexer import DEFAULT_INDEX_OPTIONS, ingest
from nanobot_server.host import planner_cache
from nanobot_server.host.plan_job import PlanJobs

JOB = {
    "job": "plan",
    "goal": "rename send to post",
    "answers": {},
    "overlay": {},
    "decide": False,
    "has_model": False,
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "main.py").write_text("from rows import read\n\n\ndef send(data):\n    read()\n")
    (tmp_path / "other.py").write_text("def send(data):\n    return data\n")
    (tmp_path / "rows.py").write_text("def read():\n    return []\n")
    ingest(tmp_path, options=replace(DEFAULT_INDEX_OPTIONS, parse_timeout_s=60.0))
    return tmp_path


def jobs_of(
    root: Path,
    sent: list[dict[str, Any]] | None = None,
    answer: Callable[[], int | None] = lambda: None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> PlanJobs:
    return PlanJobs(root, ([] if sent is None else sent).append, answer, is_stopped)


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    paths: list[str] = []
    real = project.read_python  # type: ignore[attr-defined] # where the project finds it

    def counted(source: Any) -> Any:
        paths.append(source.path)
        return real(source)

    monkeypatch.setattr(project, "read_python", counted)
    return paths


def test_files_are_parsed_once_for_plans_about_the_same_files(
    root: Path, parsed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    searched: list[Symbol] = []
    find = ReferenceFinder.find

    def counted_find(self: ReferenceFinder, symbol: Symbol) -> References:
        searched.append(symbol)
        return find(self, symbol)

    monkeypatch.setattr(ReferenceFinder, "find", counted_find)
    jobs = jobs_of(root)

    first = jobs.run(JOB)
    counts = len(parsed), len(searched)
    again = jobs.run(JOB)

    assert first == again
    assert min(counts) > 0
    assert (len(parsed), len(searched)) == counts


def test_what_was_parsed_is_not_kept_when_it_is_too_much(
    root: Path, parsed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planner_cache, "KEPT_BYTES_MAX", 50)
    jobs = jobs_of(root)

    first = jobs.run(JOB)
    count = len(parsed)
    again = jobs.run(JOB)

    assert first == again
    assert len(parsed) == 2 * count > 0


def test_a_plan_that_is_stopped_ends_with_the_next_file_and_the_next_one_is_made(
    root: Path, parsed: list[str]
) -> None:
    is_stopped = [False]
    jobs = jobs_of(root, is_stopped=lambda: is_stopped[0] and bool(parsed))
    whole = jobs_of(root).run(JOB)
    parsed.clear()
    is_stopped[0] = True

    with pytest.raises(PlanningCancelledError):
        jobs.run(JOB)
    assert len(parsed) == 1

    is_stopped[0] = False
    assert jobs.run(JOB) == whole


def test_a_question_goes_to_the_host_and_its_answer_counts(root: Path) -> None:
    sent: list[dict[str, Any]] = []
    jobs = jobs_of(root, sent, answer=lambda: 1)

    done = jobs.run({**JOB, "has_model": True})

    (question,) = [one["question"] for one in sent if "question" in one]
    assert list(question[1]) == ["function send in main.py", "function send in other.py"]
    assert done["plan"]["parts"][0]["arguments"]["symbol"] == "other.py::send"
    assert done["plan"]["decided"][0]["by"] == "model"
