"""The three providers with one real, small model, each started once."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from nanobot_engine.model.catalogue.catalogue import Role, Tier, load_catalogue
from nanobot_engine.model.provider.endpoint_options import EndpointOptions
from nanobot_engine.model.provider.llama_cpp import LlamaCppPythonProvider
from nanobot_engine.model.provider.openai import OpenAIProvider
from nanobot_engine.model.provider.provider import ClosableModel, Provider, ProviderName
from nanobot_engine.model.provider.xllamacpp import XllamacppProvider
from nanobot_engine.model.worker.options import DEFAULT_MODEL_OPTIONS

HERE = Path(__file__).parent
KEY_VARIABLE = "NANOBOT_TEST_ENDPOINT_KEY"
ENTRY = load_catalogue().for_role(Tier.POTATO, Role.MEMORY)
OPTIONS = replace(DEFAULT_MODEL_OPTIONS, slots=4, context_tokens_per_slot=512, threads=2)


@pytest.fixture(scope="session")
def llama_cpp_site() -> Path:
    """The folder with llama-cpp-python; compiled when it is asked for the first time."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "nanobot" / "llama-cpp-python"
    subprocess.run(["bash", HERE / "build_llama_cpp.sh", folder, sys.executable], check=True)
    return folder / "site"


@pytest.fixture(scope="session")
def endpoint_url(models_dir: Path) -> Iterator[str]:
    """Address of llama.cpp's own server, whose key is in `KEY_VARIABLE`."""
    model = models_dir / ENTRY.file_name
    command = [sys.executable, str(HERE / "endpoint_server.py"), str(model), "sesame"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        yield server.stdout.readline().decode().strip()
        server.stdin.close()
        server.wait()


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    """One event loop for all tests of a module: workers stay loaded."""
    with asyncio.Runner() as one:
        yield one


@pytest.fixture(scope="module", params=list(ProviderName))
def provider(
    request: pytest.FixtureRequest, models_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Provider]:
    """Each provider in turn, with four slots of 512 tokens."""
    runtime = tmp_path_factory.mktemp("runtime")
    name = ProviderName(request.param)
    with pytest.MonkeyPatch.context() as patch:
        if name is ProviderName.XLLAMACPP:
            yield XllamacppProvider(models_dir, runtime, OPTIONS)
        elif name is ProviderName.LLAMA_CPP_PYTHON:
            site = request.getfixturevalue("llama_cpp_site")
            paths = [os.environ.get("PYTHONPATH", ""), str(site)]
            patch.setenv("PYTHONPATH", os.pathsep.join(path for path in paths if path))
            yield LlamaCppPythonProvider(models_dir, runtime, OPTIONS)
        else:
            patch.setenv(KEY_VARIABLE, "sesame")
            url = request.getfixturevalue("endpoint_url")
            options = EndpointOptions(
                base_url=f"{url}/v1", model_by_role={Role.MEMORY: "any"}, api_key_env=KEY_VARIABLE
            )
            yield OpenAIProvider(options)


@pytest.fixture(scope="module")
def model(provider: Provider, runner: asyncio.Runner) -> Iterator[ClosableModel]:
    """The model of a provider, loaded."""
    one = provider.wave_model(Role.MEMORY, ENTRY)
    runner.run(one.start())
    yield one
    runner.run(one.close())
