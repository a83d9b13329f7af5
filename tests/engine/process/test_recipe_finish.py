"""Steps that make a check worse lose their edits; all others keep theirs."""

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from nanobot_engine.edit import read_source
from nanobot_engine.process import (
    Allowed,
    Check,
    Choice,
    GateVerdict,
    HunkState,
    Ledger,
    accept,
    enumerate_files,
    gates_of,
    review,
)
from nanobot_engine.process.recipe_finish import check_edits, close_recipe
from nanobot_engine.process.refactor_records import add_outcomes
from nanobot_engine.process.state import ProcessState
from nanobot_engine.process.verification import Verifier
from nanobot_engine.recipe import Candidate, goal_from_sentence, recipe_named
from support.small_process import OPTIONS

NO_TEXTS: Mapping[str, str] = MappingProxyType({})
NAMES = [f"{module}{number}" for module in "abcd" for number in range(2)]


class Documented:
    """A workspace of which every function got a docstring, and what its tests say."""

    def __init__(self, folder: Path, *, tests: str, texts: Mapping[str, str] = NO_TEXTS) -> None:
        self.root = folder / "code"
        (self.root / "tests").mkdir(parents=True)
        for module in "abcd":
            names = [name for name in NAMES if name.startswith(module)]
            text = "\n\n".join(f"def {name}():\n    return {name[1]}\n" for name in names)
            (self.root / f"m_{module}.py").write_text(text)
        (self.root / "tests/test_it.py").write_text(
            "from m_a import *\nfrom m_b import *\nfrom m_c import *\nfrom m_d import *\n\n\n"
            + tests
        )
        self.ledger = Ledger.open(folder / "ledger.db")
        goal = goal_from_sentence("add docstrings to every public function")
        self.process_id = self.ledger.create_process(goal, OPTIONS)
        self.ledger.set_state(self.process_id, ProcessState.RUNNING, verb="run")
        recipe = recipe_named(goal.recipe, goal.arguments)
        sources = [
            read_source(self.root, f"m_{module}.py", size_bytes_max=10**6) for module in "abcd"
        ]
        enumerate_files(self.ledger, self.process_id, recipe, sources, overlay={})
        verifier = Verifier(self.ledger, self.process_id, recipe)
        source_by_path = {source.path: source for source in sources}
        add_outcomes(
            self.ledger,
            self.process_id,
            [
                verifier.outcome(
                    source_by_path[step.path],
                    step,
                    Candidate(texts.get(step.label, "Return a number."), frozenset({"number"})),
                    2,
                )
                for step in self.ledger.steps(self.process_id)
            ],
        )
        assert self.ledger.totals(self.process_id).accepted == len(NAMES)

    def check(self, checks: Iterable[Check], runs_max: int = 40) -> set[str]:
        """Ask the gates; return the functions without an edit."""
        allowed = Allowed(frozenset(checks), Path(sys.executable))
        check_edits(self.ledger, self.process_id, self.root, allowed, runs_max=runs_max)
        return {refusal.label for refusal in review(self.ledger, self.process_id).refused}

    def verdict(self, check: Check) -> GateVerdict:
        runs = {run.gate: run.verdict for run in gates_of(self.ledger, self.process_id)}
        return runs[check.value]


def needs_none(*names: str) -> str:
    """Return tests that a docstring of a function breaks."""
    return "".join(f"def test_{name}():\n    assert {name}.__doc__ is None\n\n\n" for name in names)


def test_without_permission_nothing_runs_and_every_edit_stays(tmp_path: Path) -> None:
    documented = Documented(tmp_path, tests=needs_none("a1"))

    assert documented.check([]) == set()
    assert documented.verdict(Check.TESTS) is GateVerdict.NOT_RUN


def test_edits_that_break_no_test_stay(tmp_path: Path) -> None:
    documented = Documented(tmp_path, tests="def test_it():\n    assert a1() == 1\n")

    assert documented.check([Check.TESTS]) == set()
    assert documented.verdict(Check.TESTS) is GateVerdict.PASSED


@pytest.mark.parametrize("names", [["d1"], ["a0", "a1", "c0"]])
def test_the_steps_that_break_tests_lose_their_edits_and_only_they(
    tmp_path: Path, names: list[str]
) -> None:
    documented = Documented(tmp_path, tests=needs_none(*names))

    assert documented.check([Check.TESTS]) == set(names)
    assert documented.verdict(Check.TESTS) is GateVerdict.PASSED
    refused = {one.label: one for one in review(documented.ledger, documented.process_id).refused}
    assert refused[names[0]].cause == "tests"
    assert f"tests/test_it.py::test_{names[0]}" in refused[names[0]].detail
    close_recipe(documented.ledger, documented.process_id)
    totals = documented.ledger.totals(documented.process_id)
    assert (totals.accepted, totals.refused) == (len(NAMES) - len(names), len(names))
    assert documented.ledger.refused_by_cause(documented.process_id) == {"tests": len(names)}


def test_what_was_accepted_is_not_withdrawn_whoever_is_at_fault(tmp_path: Path) -> None:
    documented = Documented(tmp_path, tests=needs_none("a1", "d1"))
    ledger, process_id = documented.ledger, documented.process_id
    close_recipe(ledger, process_id)
    hunk = next(h for h in review(ledger, process_id).hunks if h.edits[0].step_key.endswith("a1"))
    accept(ledger, documented.root, process_id, Choice(hunks=frozenset({hunk.hunk_id})))

    # As when steps are asked again: the rest is checked once more.
    assert "a1" not in documented.check([Check.TESTS])
    (stands,) = (h for h in review(ledger, process_id).hunks if h.hunk_id == hunk.hunk_id)
    assert stands.state is HunkState.ACCEPTED


def test_of_two_steps_that_break_a_test_together_one_is_kept(tmp_path: Path) -> None:
    tests = "def test_it():\n    assert not (a0.__doc__ and d0.__doc__)\n"
    documented = Documented(tmp_path, tests=tests)

    assert documented.check([Check.TESTS]) in ({"a0"}, {"d0"})
    assert documented.verdict(Check.TESTS) is GateVerdict.PASSED


def test_what_could_not_be_tried_alone_is_refused(tmp_path: Path) -> None:
    documented = Documented(tmp_path, tests=needs_none("a1"))

    lost = documented.check([Check.TESTS], runs_max=3)

    assert "a1" in lost
    assert len(lost) < len(NAMES)
    assert documented.verdict(Check.TESTS) is GateVerdict.PASSED


def test_a_linter_names_the_steps_itself(tmp_path: Path) -> None:
    texts = {"b0": "Returns a number.", "d1": "Gets it."}
    documented = Documented(tmp_path, tests="", texts=texts)
    (documented.root / "pyproject.toml").write_text("[tool.ruff.lint]\nselect = ['D401', 'E501']\n")

    # No further run is needed to find them, and no permission.
    assert documented.check([], runs_max=0) == {"b0", "d1"}
    assert documented.verdict(Check.LINT) is GateVerdict.PASSED
    refused = {one.label: one for one in review(documented.ledger, documented.process_id).refused}
    assert refused["d1"].cause == "lint"
    assert "m_d.py:7: D401" in refused["d1"].detail


def test_a_check_that_is_cancelled_decides_nothing(tmp_path: Path) -> None:
    documented = Documented(tmp_path, tests=needs_none("a1"))
    allowed = Allowed({Check.TESTS}, Path(sys.executable), cancelled=lambda: True)

    check_edits(documented.ledger, documented.process_id, documented.root, allowed)

    assert documented.ledger.totals(documented.process_id).accepted == len(NAMES)
    assert gates_of(documented.ledger, documented.process_id) == []
