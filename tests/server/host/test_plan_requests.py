"""Sentences that become plans in the host: with the real index and the real planner."""

import asyncio
import itertools
import string
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from nanobot_engine.model import (
    CHATML,
    Lane,
    ModelMissingError,
    Role,
    Wave,
    WaveModel,
    WaveResult,
)
from nanobot_indexer import DEFAULT_INDEX_OPTIONS
from nanobot_server.host import plan_requests
from nanobot_server.host.errors import HostError
from nanobot_server.host.params import Params
from nanobot_server.host.plan_process import PlanProcess
from nanobot_server.host.plan_requests import PlanRequests
from nanobot_server.host.workspace_index import WorkspaceIndex
from support.documents import documented_keys, keys_of
from support.scripted_model import ScriptedModel

pytestmark = pytest.mark.asyncio

PROTOCOL = (Path(__file__).resolve().parents[3] / "docs" / "host.md").read_text()
FILES = {
    "settings.py": "def load_cfg(path, strict=False):\n    return path\n",
    "main.py": (
        "from settings import load_cfg\n\n\ndef send(data):\n    return load_cfg(data)\n\n\n"
        "def read_row():\n    return []\n\n\ndef read_col():\n    return []\n"
    ),
    "other.py": "def send(data):\n    return data\n",
    "broken.py": "def (:\n",
}
WHICH = "Which one is 'send' (symbol)?"
WORDS = "rename read_rol to fetch"
"""Two names fit about as well: who reads the sentence can choose."""


planners: dict[WorkspaceIndex, PlanProcess] = {}


class Front:
    """Keeps the events that it gets."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []

    def send_event(self, event: str, params: dict[str, Any]) -> None:
        self.events.append((event, params))


class Workers:
    """Implements `WaveModels`: every role has the same model, or none has one."""

    def __init__(self, model: WaveModel | None) -> None:
        self._model = model

    async def worker(self, role: Role, lane: Lane) -> WaveModel:
        if self._model is None:
            raise ModelMissingError(role.value, Path("nowhere.gguf"))
        return self._model


class Waiting(ScriptedModel):
    """Does not answer at all."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = asyncio.Event()
        self.is_dropped = False

    async def generate(self, wave: Wave, *, timeout_s: float) -> WaveResult:
        self.begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.is_dropped = True
            raise
        return await super().generate(wave, timeout_s=timeout_s)


def choosing(words: str) -> ScriptedModel:
    """Return a model that picks the option with these words, whatever its letter is."""

    def letter(prompt: str) -> str:
        asked = prompt.rpartition("Request:")[2] if "Request:" in prompt else prompt
        for line in asked.splitlines():
            if line[:1] in string.ascii_uppercase and line[1:3] == ": " and words in line:
                return line[0]
        return "A"

    return ScriptedModel(answer=letter)


@pytest_asyncio.fixture
async def index(tmp_path: Path) -> AsyncIterator[WorkspaceIndex]:
    for path, text in FILES.items():
        (tmp_path / path).write_text(text)
    made = WorkspaceIndex(
        tmp_path,
        replace(DEFAULT_INDEX_OPTIONS, parse_timeout_s=60.0),
        is_watched=False,
        interval_s=1.0,
        tell=lambda _message: None,
    )
    planners[made] = PlanProcess(tmp_path)
    yield made
    await planners.pop(made).close()
    await made.close()


def requests_of(index: WorkspaceIndex, model: WaveModel | None) -> PlanRequests:
    return PlanRequests(index, Workers(model), lambda role: CHATML, planners[index])


async def plan_of(
    index: WorkspaceIndex, goal: str, model: WaveModel | None = None, **params: object
) -> dict[str, Any]:
    requests = requests_of(index, model)
    return await requests.methods["process.plan"](Front(), Params({"goal": goal, **params}))


async def test_a_sentence_becomes_refactorings_with_their_evidence(index: WorkspaceIndex) -> None:
    plan = await plan_of(index, "read_settings instead of load config")

    assert plan["kind"] == "refactorings"
    (part,) = plan["parts"]
    assert part["name"] == "rename"
    assert part["arguments"] == {"symbol": "settings.py::load_cfg", "new_name": "read_settings"}
    (symbol, _) = part["evidence"]
    assert symbol["sureness"] == "likely"
    assert "2 of 2 parts match" in symbol["reason"]
    assert (plan["questions"], plan["decided"], plan["model_problem"]) == ([], [], "")
    assert keys_of(plan) <= documented_keys(PROTOCOL, "A plan")


async def test_a_sentence_that_asks_for_a_recipe_needs_no_index(index: WorkspaceIndex) -> None:
    plan = await plan_of(index, "add docstrings to every public function")

    assert (plan["kind"], plan["recipe"]["name"]) == ("recipe", "document")
    assert plan["goal"] == "add docstrings to every public function"
    assert index.status()["index"] is None


async def test_a_plain_word_that_is_a_name_is_one_for_a_recipe(index: WorkspaceIndex) -> None:
    plan = await plan_of(index, "docstring for send")
    everything = await plan_of(index, "docstring for whatever lacks one")

    assert plan["kind"] == everything["kind"] == "recipe"
    assert plan["goal"] == "docstring for `send`"
    assert plan["recipe"]["arguments"]["names"] == "send"
    assert everything["recipe"]["arguments"]["names"] == ""


async def test_what_only_who_knows_the_code_can_say_is_open_until_it_is_answered(
    index: WorkspaceIndex,
) -> None:
    model = choosing("anything")

    asked = await plan_of(index, "rename send to post", model)
    options = ["function send in main.py", "function send in other.py"]
    answered = await plan_of(index, "rename send to post", model, answers={WHICH: options[1]})
    decided = await plan_of(index, "rename send to post", model, decide=True)

    assert asked["kind"] == "questions"
    assert asked["questions"] == [{"question": WHICH, "options": options}]
    assert answered["kind"] == decided["kind"] == "refactorings"
    assert answered["parts"][0]["arguments"]["symbol"] == "other.py::send"
    assert decided["parts"][0]["arguments"]["symbol"] == "main.py::send"
    assert [(one["option"], one["by"]) for one in answered["decided"]] == [(options[1], "user")]
    assert [(one["option"], one["by"]) for one in decided["decided"]] == [(options[0], "evidence")]
    assert model.waves == []


async def test_an_answer_that_is_no_option_any_more_leaves_the_question_open(
    index: WorkspaceIndex,
) -> None:
    plan = await plan_of(index, "rename send to post", answers={WHICH: "function send in gone.py"})

    assert plan["kind"] == "questions"


@pytest.mark.parametrize("name", ["read_row", "read_col"])
async def test_what_a_reader_of_the_sentence_can_say_a_model_does(
    index: WorkspaceIndex, name: str
) -> None:
    open_plan = await plan_of(index, WORDS, without_model=True)
    plan = await plan_of(index, WORDS, choosing(f"function {name} "))

    assert open_plan["kind"] == "questions", open_plan
    assert plan["kind"] == "refactorings"
    assert plan["parts"][0]["arguments"]["symbol"] == f"main.py::{name}"
    (one,) = plan["decided"]
    assert one["by"] == "model"
    assert set(one["options"]) == set(open_plan["questions"][0]["options"])


def writing(*answers: str) -> ScriptedModel:
    """Return a model that writes these in turn."""
    left = itertools.cycle(answers)
    return ScriptedModel(answer=lambda _: next(left))


ODD = "christen load_cfg read_settings henceforth"
"""No rule reads it."""


async def test_what_no_rule_reads_a_model_writes_as_commands(index: WorkspaceIndex) -> None:
    plan = await plan_of(index, ODD, writing("rename load_cfg to read_settings"))
    recipe = await plan_of(
        index,
        "nobody sees what read_row is there for, explain it",
        writing("write docstrings for read_row"),
    )

    assert plan["kind"] == "refactorings"
    assert plan["goal"] == ODD
    assert plan["parts"][0]["arguments"] == {
        "symbol": "settings.py::load_cfg",
        "new_name": "read_settings",
    }
    assert [one["by"] for one in plan["decided"]] == ["model"]
    assert recipe["kind"] == "recipe"
    assert recipe["recipe"]["name"] == "document"
    assert recipe["recipe"]["arguments"]["names"] == "read_row"
    assert [one["by"] for one in recipe["decided"]] == ["model"]


async def test_what_a_model_is_not_sure_of_is_asked_and_never_decided(
    index: WorkspaceIndex,
) -> None:
    model = writing("rename load_cfg to read_settings", "rename load_cfg to henceforth")

    asked = await plan_of(index, ODD, model)
    (question,) = asked["questions"]
    answers = {question["question"]: question["options"][0]}
    answered = await plan_of(index, ODD, model, answers=answers)
    decided = await plan_of(index, ODD, model, decide=True)

    assert (asked["kind"], asked["parts"]) == ("questions", [])
    assert question["options"][-1] == "something else, none of these"
    assert answered["kind"] == "refactorings"
    assert answered["parts"][0]["summary"] == question["options"][0]
    assert [one["by"] for one in answered["decided"]] == ["user"]
    assert decided["kind"] == "refused"
    assert "certain enough" in decided["problem"]


async def test_without_a_model_it_goes_on_and_says_so(index: WorkspaceIndex) -> None:
    plan = await plan_of(index, WORDS, None)

    assert plan["kind"] == "questions"
    assert "nowhere.gguf" in plan["model_problem"]


async def test_what_is_not_understood_is_refused_with_what_is_nearest(
    index: WorkspaceIndex,
) -> None:
    plan = await plan_of(index, "make everything faster")

    assert plan["kind"] == "refused"
    assert plan["problem"].startswith('"make everything faster": nanobot can not do this reliably')
    assert any(one.startswith("Rename a function") for one in plan["nearest"])


async def test_several_recipes_are_one_question_and_naming_one_answers_it(
    index: WorkspaceIndex,
) -> None:
    sentence = "add docstrings and type annotations to other.py"
    asked = await plan_of(index, sentence)
    (question,) = asked["questions"]
    answered = await plan_of(index, sentence, answers={question["question"]: "annotate"})
    named = await plan_of(index, sentence, recipe="annotate")
    decided = await plan_of(index, sentence, decide=True)

    assert (asked["kind"], question["options"]) == ("questions", ["document", "annotate"])
    assert answered["recipe"] == named["recipe"]
    assert named["recipe"]["name"] == "annotate"
    assert (decided["recipe"]["name"], decided["decided"][0]["by"]) == ("document", "evidence")
    assert keys_of(asked) | keys_of(answered) <= documented_keys(PROTOCOL, "A plan")


async def test_what_nothing_else_does_is_rewritten_when_the_user_says_so(
    index: WorkspaceIndex,
) -> None:
    sentence = "reading a row gives a tuple"
    asked = await plan_of(index, sentence)
    (question,) = asked["questions"]
    chosen = await plan_of(index, sentence, recipe="rewrite")
    left = await plan_of(index, sentence, answers={question["question"]: question["options"][1]})

    assert asked["kind"] == "questions"
    assert "read_row in main.py" in question["options"][0]
    assert (chosen["kind"], chosen["recipe"]["name"]) == ("recipe", "rewrite")
    assert "main.py::read_row" in chosen["recipe"]["arguments"]["only"].split("\n")
    assert left["kind"] == "refused"


async def test_a_wish_that_nothing_could_check_is_refused_with_the_reason(
    index: WorkspaceIndex,
) -> None:
    plan = await plan_of(index, "make `read_row` faster", recipe="rewrite")

    assert plan["kind"] == "refused"
    assert "no program can tell how fast or frugal code is" in plan["problem"]
    assert plan["nearest"][0] in plan["problem"]


async def test_a_question_is_no_wish_for_a_rewrite(index: WorkspaceIndex) -> None:
    plan = await plan_of(index, "what does `read_row` do?", recipe="rewrite")

    assert plan["kind"] == "refused"


async def test_files_are_read_as_they_are_now_and_unsaved_text_of_the_front_before_them(
    index: WorkspaceIndex, tmp_path: Path
) -> None:
    requests = requests_of(index, None)
    plan = requests.methods["process.plan"]
    goal = {"goal": "rename load config to read_settings"}
    before = await plan(Front(), Params(goal))

    (tmp_path / "settings.py").write_text("def load_conf(path):\n    return path\n")
    after = await plan(Front(), Params(goal))
    overlay = {"settings.py": "def load_config(path):\n    return path\n"}
    unsaved = await plan(Front(), Params({**goal, "overlay": overlay}))

    def symbol(document: dict[str, Any]) -> str:
        return str(document["parts"][0]["arguments"]["symbol"])

    assert symbol(before) == "settings.py::load_cfg"
    assert symbol(after) == "settings.py::load_conf"
    assert symbol(unsaved) == "settings.py::load_config"


async def test_a_damaged_index_is_made_again(index: WorkspaceIndex, tmp_path: Path) -> None:
    await plan_of(index, "rename load_cfg to read_settings")
    for volume in (tmp_path / ".nanobot" / "index").rglob("*"):
        if volume.is_file() and "manifest" not in volume.name and "lock" not in volume.name:
            volume.write_bytes(b"damaged")

    plan = await plan_of(index, "rename load_cfg to read_settings")

    assert plan["kind"] == "refactorings"


async def test_a_plan_can_be_cancelled_while_a_model_is_asked(index: WorkspaceIndex) -> None:
    front, model = Front(), Waiting()
    requests = requests_of(index, model)
    params = Params({"goal": WORDS, "token": "t"})
    planning = asyncio.ensure_future(requests.methods["process.plan"](front, params))
    await model.begun.wait()

    others = await requests.methods["process.plan.cancel"](Front(), Params({"token": "t"}))
    own = await requests.methods["process.plan.cancel"](front, Params({"token": "t"}))

    assert (others, own) == ({"is_cancelled": False}, {"is_cancelled": True})
    with pytest.raises(HostError, match="the plan was cancelled"):
        await planning
    assert model.is_dropped


async def test_a_front_that_leaves_ends_its_plan_and_the_next_one_is_made(
    index: WorkspaceIndex,
) -> None:
    model = Waiting()
    requests = requests_of(index, model)
    planning = asyncio.ensure_future(
        requests.methods["process.plan"](Front(), Params({"goal": WORDS}))
    )
    await model.begun.wait()

    planning.cancel()

    with pytest.raises(asyncio.CancelledError):
        await planning
    assert model.is_dropped
    goal = {"goal": "rename load_cfg to read_settings"}
    plan = await requests.methods["process.plan"](Front(), Params(goal))
    assert plan["kind"] == "refactorings"


async def test_how_far_a_plan_is_is_told_to_its_front(
    index: WorkspaceIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A quick machine is done before it is time to tell anything.
    monkeypatch.setattr(plan_requests, "_TELL_S", 0.001)
    for number in range(400):
        (tmp_path / f"row_{number}.py").write_text(f"from other import send\n\nsend({number})\n")
    front = Front()

    await requests_of(index, None).methods["process.plan"](
        front, Params({"goal": "rename send in other.py to post", "token": "t"})
    )

    told = [params for event, params in front.events if event == "plan"]
    assert {one["token"] for one in told} == {"t"}
    assert told[-1]["stage"] in {"reading", "resolving"}
    assert told[-1]["files_done"] >= 1


@pytest.mark.parametrize(
    "params",
    [{}, {"goal": ""}, {"goal": "x" * 10_001}, {"goal": "x", "answers": [1]}, {"goal": 3}],
)
async def test_wrong_parameters_are_refused(index: WorkspaceIndex, params: dict[str, Any]) -> None:
    requests = requests_of(index, None)

    with pytest.raises(HostError) as caught:
        await requests.methods["process.plan"](Front(), Params(params))

    assert caught.value.code == "usage"
