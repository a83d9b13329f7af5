import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from nanobot_engine.model import WorkerFailedError
from nanobot_indexer import DEFAULT_INDEX_OPTIONS
from nanobot_server.host.completion_requests import CompletionRequests
from nanobot_server.host.errors import HostError
from nanobot_server.host.model_workers import ContinuerStatus
from nanobot_server.host.params import Params
from nanobot_server.host.workspace_index import WorkspaceIndex
from nanobot_server.model_host.remote_models import RemoteModels
from nanobot_server.settings import CompletionSettings, ModelSettings, Settings
from support.scripted_continuer import ScriptedContinuer

pytestmark = pytest.mark.asyncio

PRICES = "def price_of(item: str) -> float:\n    return 1.0\n"
FRONT, OTHER = "a front", "another front"
QUICK = CompletionSettings(delay_ms=0)
Open = Callable[..., CompletionRequests]


class Continuers:
    """Implements `TextContinuers`."""

    def __init__(self, model: ScriptedContinuer) -> None:
        self._model = model

    def continuer(self) -> ScriptedContinuer:
        return self._model

    async def continuer_status(self) -> ContinuerStatus:
        return ContinuerStatus(pid=None, memory_bytes=0, restarts=0)


@pytest_asyncio.fixture
async def open_requests(tmp_path: Path) -> AsyncIterator[Open]:
    (tmp_path / "prices.py").write_text(PRICES)
    (tmp_path / ".gitignore").write_text("private/\n")
    index = WorkspaceIndex(
        tmp_path,
        DEFAULT_INDEX_OPTIONS,
        is_watched=False,
        interval_s=1.0,
        tell=lambda _message: None,
    )
    made: list[CompletionRequests] = []
    models: list[RemoteModels] = []

    def open_one(
        model: ScriptedContinuer | None, settings: Settings | None = None
    ) -> CompletionRequests:
        settings = settings or Settings(completion=QUICK)
        if model is None:
            models.append(RemoteModels(settings))
            requests = CompletionRequests(tmp_path, settings, index, models[-1])
        else:
            requests = CompletionRequests(
                tmp_path, settings, index, Continuers(model), needs_file=False
            )
        made.append(requests)
        return made[-1]

    yield open_one
    for one in made:
        await one.close()
    for opened in models:
        await opened.close()
    await index.close()


async def asked(
    requests: CompletionRequests, method: str = "completion", front: str = FRONT, **params: Any
) -> dict[str, Any]:
    return await requests.methods[method](front, Params(params))


async def test_a_suggestion_comes_with_what_it_cost(open_requests: Open) -> None:
    requests = open_requests(ScriptedContinuer(" price_of('tea')\n"))

    said = await asked(requests, path="a.py", before="x =", after="\n")

    assert (said["state"], said["text"], said["problem"]) == ("done", " price_of('tea')", "")
    assert said["prompt_tokens"] > 0
    assert said["tokens"] > 0
    again = await asked(requests, path="a.py", before="x = price", after="\n")
    assert (again["text"], again["is_known"]) == ("_of('tea')", True)


async def test_a_model_sees_what_the_index_found(open_requests: Open) -> None:
    model = ScriptedContinuer(" 1")
    requests = open_requests(model)

    async with asyncio.timeout(60):  # No request waits for the index: it is built meanwhile.
        while "def price_of(item: str) -> float:" not in (model.prompts or [""])[-1]:
            before = f"x{len(model.prompts)} = price_of("
            await asked(requests, path="a.py", before=before, after="\n")
            await asyncio.sleep(0.05)


async def test_an_older_request_of_the_file_is_answered_at_once(open_requests: Open) -> None:
    model = ScriptedContinuer(" 1", gate=asyncio.Event())
    requests = open_requests(model)
    first = asyncio.create_task(asked(requests, path="a.py", before="x", after="\n"))
    other_file = asyncio.create_task(asked(requests, path="b.py", before="x", after="\n"))
    other_front = asyncio.create_task(
        asked(requests, path="a.py", before="x", after="\n", front=OTHER)
    )
    await model.asked(3)

    second = asyncio.create_task(asked(requests, path="a.py", before="xy", after="\n"))
    superseded = await asyncio.wait_for(first, 5)

    assert (superseded["state"], superseded["text"]) == ("superseded", "")
    assert model.gate is not None
    model.gate.set()
    done = await asyncio.gather(second, other_file, other_front)
    assert [one["state"] for one in done] == ["done"] * 3


async def test_a_cancelled_request_stops_the_model(open_requests: Open) -> None:
    model = ScriptedContinuer(" 1", gate=asyncio.Event())
    requests = open_requests(model)
    asking = asyncio.create_task(asked(requests, path="a.py", before="x", after="\n", token="t"))
    await model.asked(1)

    assert await asked(requests, "completion.cancel", token="t") == {"is_cancelled": True}

    with pytest.raises(HostError, match="the completion was cancelled"):
        await asking
    assert model.stopped == 1
    assert await asked(requests, "completion.cancel", token="t") == {"is_cancelled": False}


async def test_a_front_that_leaves_takes_its_requests_along(open_requests: Open) -> None:
    model = ScriptedContinuer(" 1", gate=asyncio.Event())
    requests = open_requests(model)
    asking = asyncio.create_task(asked(requests, path="a.py", before="x", after="\n"))
    await model.asked(1)

    requests.left(FRONT)

    assert (await asyncio.wait_for(asking, 5))["state"] == "superseded"
    assert model.stopped == 1


@pytest.mark.parametrize("path", [".env", "id_rsa", "private/a.py", "pyproject.toml"])
async def test_protected_and_ignored_files_reach_no_model(open_requests: Open, path: str) -> None:
    model = ScriptedContinuer(" 1")

    said = await asked(open_requests(model), path=path, before="KEY=", after="\n")

    assert said["state"] == "withheld"
    assert path in said["problem"]
    assert model.prompts == []


async def test_a_front_may_have_limits_of_its_own(open_requests: Open) -> None:
    requests = open_requests(ScriptedContinuer("\n    a = 1\n    b = 2\n"))
    place = {"path": "a.py", "before": "def f():", "after": "\n"}

    short = await asked(requests, **place, lines_max=1)
    long = await asked(requests, **{**place, "before": "def g():"}, delay_ms=1)

    assert (short["text"], long["text"]) == ("", "\n    a = 1\n    b = 2")


async def test_without_a_model_it_says_so_and_finds_one_that_came(
    own_runtime_dir: Path, open_requests: Open, tmp_path: Path
) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    settings = Settings(model=ModelSettings(models_dir=folder), completion=QUICK)
    requests = open_requests(None, settings)

    said = await asked(requests, path="a.py", before="x =", after="\n")
    status = await asked(requests, "completion.status")

    assert said["state"] == "missing"
    assert "run 'nanobot setup'" in said["problem"]
    assert status["problem"] == said["problem"]
    assert status["pid"] is None
    (folder / f"{status['model']}.gguf").touch()
    assert (await asked(requests, "completion.status"))["problem"] == ""
    broken = await asked(requests, path="a.py", before="x =", after="\n")
    assert broken["state"] == "failed"
    assert "sha256" in broken["problem"]


async def test_a_failure_is_a_problem_until_an_answer_comes(open_requests: Open) -> None:
    model = ScriptedContinuer(" 1", error=WorkerFailedError("completion", "it died"))
    requests = open_requests(model)

    said = await asked(requests, path="a.py", before="x =", after="\n")
    assert said["state"] == "failed"
    assert (await asked(requests, "completion.status"))["problem"] == said["problem"]

    model.error = None
    await asked(requests, path="a.py", before="x =", after="\n")
    assert (await asked(requests, "completion.status"))["problem"] == ""


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"path": ""},
        {"path": "a.py", "before": 1},
        {"path": "a.py", "before": "x" * 20_000},
        {"path": "a.py", "token": 3},
        {"path": "a.py", "delay_ms": 9_000},
        {"path": "a.py", "lines_max": "many"},
    ],
)
async def test_wrong_parameters_are_refused(open_requests: Open, wrong: dict[str, Any]) -> None:
    with pytest.raises(HostError):
        await asked(open_requests(ScriptedContinuer(" 1")), **wrong)
