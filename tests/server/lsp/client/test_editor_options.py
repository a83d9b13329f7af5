"""The settings that `initialize` needs are read as all settings are."""

from pathlib import Path

import pytest

from nanobot_server.lsp.client.editor_options import (
    CurrentOptions,
    EditorOptions,
    editor_options,
    settings_path,
    with_start_options,
)
from nanobot_server.settings import default_settings_path, load_settings


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", EditorOptions()),
        ('[editor]\nhover = "on"\nsymbols = "off"\n', EditorOptions(symbols=False, hover=True)),
        ('[editor]\nhover = "auto"\n', EditorOptions()),
        ("[editor]\nhover = true\n", EditorOptions()),
        ("editor = 1\n", EditorOptions()),
        ("[process]\nrun_code = true\n", EditorOptions(may_run_code=True)),
        ('[process]\nrun_code = "yes"\n', EditorOptions()),
        ("[editor\n", EditorOptions()),
        ("\udcff", EditorOptions()),
    ],
)
def test_a_value_counts_as_the_settings_say(
    tmp_path: Path, text: str, expected: EditorOptions
) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))

    assert editor_options(path) == expected
    settings, _ = load_settings(path)
    word = {True: "on", False: "off", None: "auto"}
    assert (settings.editor.symbols, settings.editor.hover, settings.process.run_code) == (
        word[expected.symbols],
        word[expected.hover],
        expected.may_run_code,
    )


@pytest.mark.parametrize("folder", ["", "/elsewhere"])
def test_the_file_is_the_same(monkeypatch: pytest.MonkeyPatch, folder: str) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", folder)

    assert settings_path() == default_settings_path()


def test_a_change_of_the_file_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    options = CurrentOptions(path)
    assert options.get() == EditorOptions()

    path.write_text("[process]\nrun_code = true\n", encoding="utf-8")
    assert options.get().may_run_code
    path.unlink()
    assert not options.get().may_run_code


@pytest.mark.parametrize(
    ("given", "symbols", "hover"),
    [
        ({}, False, None),
        ({"editor": {"symbols": "on", "hover": "auto"}}, True, None),
        ({"nanobot": {"editor": {"symbols": "on", "hover": "off"}}}, True, False),
        ({"editor": {"symbols": 7}, "nanobot": 3}, False, None),
        ({"editor": "on"}, False, None),
    ],
)
def test_what_the_editor_says_at_its_start_counts_more(
    given: dict[str, object], *, symbols: bool | None, hover: bool | None
) -> None:
    options = with_start_options(EditorOptions(symbols=False, may_run_code=True), given)

    assert options == EditorOptions(symbols=symbols, hover=hover, may_run_code=True)
