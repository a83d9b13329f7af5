"""`nanobot-lsp` in a real Neovim, with the configuration that users copy."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

pytestmark = [pytest.mark.editor, pytest.mark.timeout(300)]

HERE = Path(__file__).parent
REPO = HERE.parent.parent
HOST = REPO / "tests" / "e2e" / "scripted_host.py"


@pytest.fixture
def environment(place: Path) -> Generator[dict[str, str]]:
    """A scripted host that runs, and where Neovim and the server find it and each other."""
    variables = {**os.environ, "NB_REPO": str(REPO), "NB_PYTHON": sys.executable}
    variables["NB_WORKSPACE"] = str(place / "ws")
    for name in ("RUNTIME_DIR", "STATE_HOME", "CACHE_HOME", "DATA_HOME", "CONFIG_HOME"):
        variables[f"XDG_{name}"] = str(place / name.lower())
        (place / name.lower()).mkdir()
    with subprocess.Popen(
        [sys.executable, HOST, place / "ws", place / "calls"],
        env=variables,
        stdout=subprocess.PIPE,
    ) as host:
        assert host.stdout is not None
        assert host.stdout.readline() == b"ready\n"
        yield variables
        host.kill()


def test_neovim_is_new_enough(neovim: Path) -> None:
    said = subprocess.run([neovim, "--version"], check=True, capture_output=True, text=True).stdout

    found = re.search(r"NVIM v(\d+)\.(\d+)", said)

    assert found is not None
    assert (int(found[1]), int(found[2])) >= (0, 11)


def test_a_user_documents_cancels_and_is_never_lied_to(
    neovim: Path, place: Path, environment: dict[str, str]
) -> None:
    workspace = place / "ws"
    (workspace / "pyproject.toml").write_text("", encoding="utf-8")
    (workspace / "a.py").write_text(
        "def add(a, b):\n    return a + b  # \U0001f600\n", encoding="utf-8"
    )
    (workspace / "b.py").write_text("def b():\n    return 1\n", encoding="utf-8")

    done = subprocess.run(
        [neovim, "--clean", "--headless", "-l", HERE / "neovim_e2e.lua"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "OK"
    calls = [json.loads(x) for x in (place / "calls").read_text(encoding="utf-8").splitlines()]
    applied = [call["params"] for call in calls if call["method"] == "process.applied"]
    assert [[file["path"] for file in item["files"]] for item in applied] == [["a.py"], ["b.py"]]
    assert [call["method"] for call in calls].count("process.cancel") == 1


@pytest.mark.model
@pytest.mark.slow
def test_real_models_document_a_function(neovim: Path, place: Path) -> None:
    workspace = place / "ws"
    (workspace / "pyproject.toml").write_text("", encoding="utf-8")
    (workspace / "calc.py").write_text(
        '"""\f"""\nSMILE = "\U0001f600"\n\n\ndef add(a, b):\n    return a + b\n', encoding="utf-8"
    )
    variables = {**os.environ, "NB_REPO": str(REPO), "NB_PYTHON": sys.executable}
    variables["NB_WORKSPACE"] = str(workspace)
    for name in ("RUNTIME_DIR", "STATE_HOME", "CACHE_HOME"):
        variables[f"XDG_{name}"] = str(place / name.lower())
        (place / name.lower()).mkdir()

    done = subprocess.run(
        [neovim, "--clean", "--headless", "-l", HERE / "neovim_models.lua"],
        env=variables,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "OK"
    assert 'SMILE = "\U0001f600"\n\n\ndef add(a, b):\n    """' in done.stdout
