"""Vectors made in the background by a host: when wanted, when quiet, and no longer."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from nanobot_engine.model import default_models_dir, install_embedder
from nanobot_indexer import DEFAULT_INDEX_OPTIONS, SearchFilter, ingest, open_index
from nanobot_server.host.semantic_index import SemanticIndex
from nanobot_server.settings import ModelSettings, SearchSettings, Settings

pytestmark = [pytest.mark.asyncio, pytest.mark.model]
WAIT_S = 60.0


@pytest.fixture(scope="session")
def models_dir() -> Path:
    folder = default_models_dir()
    install_embedder(folder, progress=lambda _progress: None, cancelled=lambda: False)
    return folder


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    for number in range(30):
        body = f"    return {number} * 'a line of text'\n" * 12
        (tmp_path / f"m{number}.py").write_text(f"def f{number}():\n{body}", "utf-8")
    ingest(tmp_path, options=DEFAULT_INDEX_OPTIONS)
    return tmp_path


def settings(models_dir: Path, *, semantic: bool = True) -> Settings:
    return Settings(
        model=ModelSettings(models_dir=models_dir), search=SearchSettings(semantic=semantic)
    )


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not holds():  # noqa: ASYNC110 - An OS process has no event to wait for.
            await asyncio.sleep(0.05)


def workers() -> list[int]:
    children = psutil.Process().children()
    return [child.pid for child in children if "nanobot_indexer.semantic.worker" in child.cmdline()]


async def test_what_is_published_is_embedded_and_the_worker_leaves(
    workspace: Path, models_dir: Path
) -> None:
    semantic = SemanticIndex(workspace, settings(models_dir), lambda: False)
    semantic.start()
    semantic.start()
    await until(lambda: semantic.status()["embedded_chunks"] == 30)
    await until(lambda: not workers())

    (workspace / "new.py").write_text("def new():\n    return 'another line of text'\n", "utf-8")
    ingest(workspace, options=DEFAULT_INDEX_OPTIONS)
    await until(lambda: semantic.status()["embedded_chunks"] == 31)

    assert semantic.status() == {
        "is_on": True,
        "embedded_chunks": 31,
        "chunks": 31,
        "problem": "",
    }
    await semantic.close()
    assert workers() == []


async def test_nothing_is_embedded_while_something_runs(workspace: Path, models_dir: Path) -> None:
    busy = [True]
    semantic = SemanticIndex(workspace, settings(models_dir), lambda: busy[0])
    semantic.start()
    await asyncio.sleep(0.3)
    assert workers() == []
    assert semantic.status()["embedded_chunks"] is None

    busy[0] = False
    await until(lambda: (semantic.status()["embedded_chunks"] or 0) > 0)
    busy[0] = True
    await semantic.close()


async def test_a_search_has_a_worker_of_its_own(workspace: Path, models_dir: Path) -> None:
    semantic = SemanticIndex(workspace, settings(models_dir), lambda: False)
    semantic.start()
    await until(lambda: len(workers()) == 1)

    with open_index(workspace) as index:
        result = await asyncio.to_thread(
            semantic.search, index, "some lines to read", 3, SearchFilter()
        )

    assert result.hits
    await semantic.close()
    assert workers() == []


async def test_it_is_off_without_the_setting_or_the_model(
    workspace: Path, models_dir: Path, tmp_path: Path
) -> None:
    unwanted = SemanticIndex(workspace, settings(models_dir, semantic=False), lambda: False)
    without = SemanticIndex(workspace, settings(tmp_path / "empty"), lambda: False)

    for semantic in (unwanted, without):
        semantic.start()
        await asyncio.sleep(0.1)
        assert not semantic.is_on
        assert workers() == []
        await semantic.close()


async def test_a_wrong_model_is_told_and_not_tried_for_ever(
    workspace: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "all-minilm-l6-v2.embedder").write_bytes(b"not a model")
    semantic = SemanticIndex(workspace, settings(folder), lambda: False)

    semantic.start()
    await until(lambda: bool(semantic.status()["problem"]))

    assert "all-minilm-l6-v2" in semantic.status()["problem"]
    await semantic.close()
