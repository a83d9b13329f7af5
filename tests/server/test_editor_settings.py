"""What an editor may set, and what it is told when it may not."""

from typing import Any, Literal, get_args, get_origin

import pytest

from nanobot_server.editor_settings import (
    PLUGIN_KEYS,
    vscode_properties,
    with_editor_settings,
)
from nanobot_server.settings import EditorSettings, LogSettings, Settings, section_type

OWN = Settings(log=LogSettings(level="warning"), editor=EditorSettings(hover="off"))


def check(given: dict[str, Any], *changed: str) -> list[str]:
    """Return what is said; `changed` are the keys that differ from `OWN`, with their values."""
    settings, problems = with_editor_settings(OWN, given)
    before, after = OWN.model_dump(mode="json"), settings.model_dump(mode="json")
    found = [
        f"{section}.{key}={value}"
        for section, values in after.items()
        for key, value in values.items()
        if value != before[section][key]
    ]
    assert found == list(changed)
    return [str(problem) for problem in problems]


@pytest.mark.parametrize(
    "given",
    [
        {"log": {"level": "debug"}},
        {"nanobot": {"log": {"level": "debug"}}},
        {"log.level": "debug"},
        {"nanobot.log.level": "debug"},
        {"log": {"level": "debug"}, "editor": {"hover": None}},
        {"log": {"level": "debug"}, "path": "x", "trace": {"server": "off"}},
    ],
)
def test_a_value_is_taken_in_every_form_that_editors_send(given: dict[str, Any]) -> None:
    assert check(given, "log.level=debug") == []


def test_what_is_not_given_is_as_in_the_users_file() -> None:
    assert check({}) == []
    assert check({"log": {}, "editor": None}) == []
    assert check({"log": {"level": None}}) == []


def test_dotted_keys_and_objects_go_together() -> None:
    given = {"editor": {"symbols": "on"}, "editor.hover": "on"}

    assert check(given, "editor.symbols=on", "editor.hover=on") == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"log": {"level": "loud"}}, "`nanobot.log.level` is `'loud'`, but must be one of"),
        ({"log": {"level": 3}}, "`nanobot.log.level` is `3`, but must be one of"),
        ({"log": {"levl": "info"}}, "`nanobot.log.levl`: unknown setting; did you mean `nanobot.l"),
        ({"log": "debug"}, "`nanobot.log` is `'debug'`, but must be an object"),
        ({"level": "debug"}, "`nanobot.level`: unknown setting; did you mean `nanobot.log.level`?"),
        (
            {"process": {"run_code": True}},
            "`nanobot.process.run_code` can not be set in an editor, because editors keep setti",
        ),
    ],
)
def test_what_can_not_be_used_is_said_and_changes_nothing(given: dict[str, Any], said: str) -> None:
    (problem,) = check(given)

    assert problem.startswith(said)


def test_one_bad_value_leaves_the_others() -> None:
    given = {"editor": {"symbols": "on", "hover": 7}, "process": {"votes_ahead": 1}}

    assert len(check(given, "editor.symbols=on")) == 2


@pytest.mark.parametrize("given", [{"log": []}, {"": {}}, {"log.": 1}, {".": 1}, {"nanobot": 1}])
def test_odd_values_are_said(given: dict[str, Any]) -> None:
    assert len(check(given)) == 1


def test_no_key_that_matters_for_safety_can_be_set() -> None:
    """An editor may choose among a few values, and no path, program, text or place."""
    for name, info in Settings.model_fields.items():
        section = section_type(info)
        if not section.is_for_editors:
            continue
        assert name in {"completion", "editor", "log"}
        for field in section.model_fields.values():
            kinds = [field.annotation]
            if get_origin(field.annotation) is not Literal:
                kinds = list(get_args(field.annotation)) or kinds
            for kind in kinds:
                assert get_origin(kind) is Literal or kind in {bool, int, float, type(None)}, name


def test_every_setting_of_a_workspace_is_refused() -> None:
    """All other sections: each key, with the value that it has anyway."""
    for name, info in Settings.model_fields.items():
        if not section_type(info).is_for_editors:
            for key in section_type(info).model_fields:
                (problem,) = check({name: {key: getattr(getattr(OWN, name), key) or "x"}})
                assert "can not be set in an editor" in problem


def test_vscode_is_offered_exactly_what_it_may_set() -> None:
    offered = vscode_properties()

    assert "nanobot.log.level" in offered
    assert not any(key.split(".")[1] in PLUGIN_KEYS for key in offered)
    for key, described in offered.items():
        _, section, name = key.split(".")
        assert section_type(Settings.model_fields[section]).is_for_editors
        assert name in section_type(Settings.model_fields[section]).model_fields
        assert described["default"] is None
        assert "null" in described["type"]
        assert check({section: {name: described["default"]}}) == []
        for value in described.get("enum", []):
            assert not with_editor_settings(OWN, {section: {name: value}})[1]
