"""The import contracts of `pyproject.toml` hold."""

from pathlib import Path

import pytest
from importlinter import api
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

REPO = Path(__file__).resolve().parents[2]
CONFIGURATION = str(REPO / "pyproject.toml")


def test_import_contracts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # The linter puts the current folder on `sys.path`, which must not outlive this test.
    monkeypatch.syspath_prepend(str(REPO))
    monkeypatch.chdir(REPO)

    status = lint_imports(config_filename=CONFIGURATION, no_cache=True, no_logo=True)

    assert status == EXIT_STATUS_SUCCESS, capsys.readouterr().out


def test_every_package_is_under_contract() -> None:
    configuration = api.read_configuration(CONFIGURATION)

    packages = {path.parent.name for path in REPO.glob("*/nanobot_*/__init__.py")}
    assert set(configuration["session_options"]["root_packages"]) == packages
    assert len(configuration["contracts_options"]) >= 5
