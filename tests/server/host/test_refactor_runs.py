"""Fixed diagnostics come before the user one by one: what fails does not take others along."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from nanobot_engine.model import CHATML, Lane, Lanes
from nanobot_engine.process import Check, Part, ProcessRunner, ProcessState, accept, review
from nanobot_server.host.refactor_runs import Finisher, run_refactoring
from nanobot_server.settings import Settings
from support.scripted_model import ScriptedModel
from support.small_refactoring import Refactored

FILES = {
    "ruff.toml": '[lint]\nselect = ["B904", "SIM105"]\n',
    "shop.py": """
        import os


        class PortError(Exception):
            pass


        def port_of(text):
            try:
                return int(text)
            except ValueError:
                raise PortError(f"{text}: no port")


        def size_of(text):
            try:
                return len(text)
            except TypeError:
                raise PortError(f"{text}: no text")


        def forget(path):
            try:
                os.remove(path)
            except FileNotFoundError:
                pass
        """,
    "tests/test_shop.py": """
        import unittest

        from shop import PortError, size_of


        class Test(unittest.TestCase):
            def test_size(self):
                try:
                    size_of(3)
                except PortError as error:
                    assert error.__suppress_context__ is False
        """,
}
RUFF = Part("fix diagnostics", {"tool": "ruff", "where": "shop.py"})


def answer(prompt: str) -> str:
    """Chain the one, and hide the context of the other, which a test looks at."""
    statement = prompt.rpartition("Write this anew:")[2]
    code = statement.partition("```python\n")[2].partition("\n```")[0]
    if "no port" in code:
        code = code.replace("ValueError:", "ValueError as error:") + " from error"
    else:
        code += " from None"
    return f"```python\n{code}\n```"


def ran(
    case: Refactored, process_id: str, *, has_model: bool = True
) -> tuple[ProcessState, dict[str, str]]:
    """Bring a process to its review; return its state and why steps have no edit."""

    async def judge(finish: Finisher) -> None:
        runner = ProcessRunner(
            case.ledger,
            process_id,
            model=ScriptedModel(answer=answer),
            template=CHATML,
            lanes=Lanes(),
            lane=Lane.PROCESS,
            observer=lambda: None,
            finish=finish,
        )
        await runner.run()

    judged: Callable[[Finisher], Awaitable[None]] | None = judge if has_model else None
    settings = Settings.model_validate({"process": {"python": sys.executable}})
    run = run_refactoring(case.ledger, process_id, case.root, settings, judge=judged)
    asyncio.run(run)
    refused = review(case.ledger, process_id).refused
    return case.state(process_id), {one.label: f"{one.cause}: {one.detail}" for one in refused}


@pytest.fixture
def case(tmp_path: Path) -> Refactored:
    return Refactored(tmp_path, FILES)


def test_what_a_model_and_the_tool_write_is_reviewed_together(case: Refactored) -> None:
    process_id = case.start(RUFF)

    state, refused = ran(case, process_id)

    assert (state, refused) == (ProcessState.WAITING_FOR_REVIEW, {})
    text = review(case.ledger, process_id).result("shop.py").decode()
    assert "except ValueError as error:" in text
    assert 'no port") from error' in text
    assert 'no text") from None' in text
    assert text.startswith("import contextlib\nimport os\n")


def test_an_edit_that_breaks_a_test_is_taken_back_and_the_others_stay(case: Refactored) -> None:
    process_id = case.start(RUFF, checks=[Check.TESTS])

    state, refused = ran(case, process_id)

    assert state is ProcessState.WAITING_FOR_REVIEW
    ((label, reason),) = refused.items()
    assert label.startswith("line 19: B904")
    assert reason.startswith("tests: ")
    text = review(case.ledger, process_id).result("shop.py").decode()
    assert 'no port") from error' in text
    assert 'no text")\n' in text


def test_without_a_model_what_the_tool_proposes_is_still_tried(case: Refactored) -> None:
    process_id = case.start(RUFF)

    state, refused = ran(case, process_id, has_model=False)

    assert state is ProcessState.WAITING_FOR_REVIEW
    assert len(refused) == 2
    assert all("no model is installed" in reason for reason in refused.values())
    text = review(case.ledger, process_id).result("shop.py").decode()
    assert "with contextlib.suppress(FileNotFoundError):" in text


def test_what_a_model_wrote_stays_where_its_statement_still_reads_the_same(
    case: Refactored,
) -> None:
    process_id = case.start(RUFF)
    ran(case, process_id)
    file = case.root / "shop.py"
    file.write_text("# Shop.\n" + file.read_text().replace("no text", "no words"))

    report = accept(case.ledger, case.root, process_id)

    assert report.replanned == "shop.py: has changed since it was planned"
    found = review(case.ledger, process_id)
    text = found.result("shop.py").decode()
    assert text.startswith("# Shop.\n")
    assert 'no port") from error' in text
    assert 'no words")\n' in text
    causes = {one.label.partition(":")[0]: one.cause for one in found.refused}
    assert causes == {"line 20": "not judged"}
    assert "\nimport contextlib\n" in text


@pytest.mark.parametrize("state", ["mine", "theirs"])
def test_a_tool_that_only_a_ledger_from_elsewhere_names_is_not_run(
    case: Refactored, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "theirs"))
    process_id = case.start(RUFF)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / state))

    ran(case, process_id)

    files = review(case.ledger, process_id).plan.files
    labels = [edit.label for file in files for edit in file.edits if "model wrote" in edit.label]
    is_refused = ["was not allowed by you here" in label for label in labels]
    assert is_refused == [state == "mine"] * 2
