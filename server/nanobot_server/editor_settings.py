"""Settings that an editor gives: laid over those of the user's file, a few keys only.

Editors keep settings in workspaces, so a key counts only in a section that says
`is_for_editors`; any other is not used, and the user is told why. What is offered in
the settings of VS Code is generated from here.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from nanobot_server.settings import (
    Settings,
    SettingsProblem,
    allowed_text,
    closest_text,
    default_settings_path,
    known_keys,
    section_type,
    shown_text,
)

SECTION: Final = "nanobot"
"""Of an editor's settings."""
PLUGIN_KEYS: Final = frozenset({"path", "trace"})
"""Belong to the plugins of editors, which keep them in the same section."""
_START_KEYS: Final = frozenset({"hover", "symbols"})
"""Of `initializationOptions`: no other server does it in this editor. No settings."""


def with_editor_settings(
    settings: Settings, given: Mapping[str, Any]
) -> tuple[Settings, list[SettingsProblem]]:
    """Return the settings with what an editor says; what can not be used is a problem.

    Args:
        settings: Of the user's file.
        given: By section, or with dotted keys; null counts as not given. A section
            `nanobot` around it all is looked into.
    """
    sections: dict[str, Any] = {}
    problems: list[SettingsProblem] = []
    inner = given.get(SECTION)
    for name, values in _nested(inner if isinstance(inner, Mapping) else given).items():
        if name in PLUGIN_KEYS | _START_KEYS or values is None:
            continue
        info = Settings.model_fields.get(name)
        if info is None or not isinstance(values, Mapping):
            problems.append(_unusable(name, values))
            continue
        changes: dict[str, Any] = {}
        for key, value in values.items():
            problem = None if value is None else _problem(info, name, key, value)
            if problem is not None:
                problems.append(problem)
            elif value is not None:
                changes[key] = value
        section = getattr(settings, name)
        sections[name] = section.model_validate({**section.model_dump(), **changes})
    return settings.model_copy(update=sections), problems


def vscode_properties() -> dict[str, dict[str, Any]]:
    """Return what `contributes.configuration` of the VS Code extension offers, by key.

    Each may be null, and is at first: then the user's file counts.
    """
    return {
        f"{SECTION}.{section}.{key}": _property(field)
        for section, info in Settings.model_fields.items()
        if section_type(info).is_for_editors
        for key, field in section_type(info).model_fields.items()
    }


def _nested(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return values by section, also from keys such as `log.level`."""
    nested: dict[str, Any] = {}
    for name, value in given.items():
        section, _, key = str(name).removeprefix(f"{SECTION}.").partition(".")
        if not key:
            old = nested.get(section)
            is_split = isinstance(old, dict) and isinstance(value, Mapping)
            nested[section] = {**(old or {}), **value} if is_split else value
        elif isinstance(nested.setdefault(section, {}), Mapping):
            nested[section] = {**nested[section], key: value}
    return nested


def _unusable(name: str, values: object) -> SettingsProblem:
    key = f"{SECTION}.{name}"
    if name in Settings.model_fields:
        text = f"`{key}` is {shown_text(values)}, but must be an object with its settings"
        return SettingsProblem(key, f"{text}; it is not used")
    known = [f"{SECTION}.{one}" for one in (*_editor_keys(), *Settings.model_fields)]
    return SettingsProblem(key, f"`{key}`: unknown setting{closest_text(key, known)}")


def _problem(info: FieldInfo, section: str, key: str, value: object) -> SettingsProblem | None:
    """Return why one value of an editor can not be used; None when it can."""
    kind, name = section_type(info), f"{SECTION}.{section}.{key}"
    field = kind.model_fields.get(key)
    if field is None:
        keys = _editor_keys() if kind.is_for_editors else known_keys()
        known = [f"{SECTION}.{one}" for one in keys]
        return SettingsProblem(name, f"`{name}`: unknown setting{closest_text(name, known)}")
    if not kind.is_for_editors:
        reason = (
            f"`{name}` can not be set in an editor, because editors keep settings in workspaces; "
            f"set `{key}` under `[{section}]` in {default_settings_path()}"
        )
        return SettingsProblem(name, reason)
    try:
        kind.model_validate({key: value})
    except ValidationError:
        text = f"`{name}` is {shown_text(value)}, but must be {allowed_text(field)}"
        return SettingsProblem(name, f"{text}; it is not used")
    return None


def _editor_keys() -> Iterator[str]:
    for section, info in Settings.model_fields.items():
        kind = section_type(info)
        if kind.is_for_editors:
            yield from (f"{section}.{key}" for key in kind.model_fields)


def _property(field: FieldInfo) -> dict[str, Any]:
    """Return one setting as VS Code describes it."""
    meaning = " ".join((field.description or "").split())
    default = "nothing" if field.default is None else f"`{str(field.default).lower()}`"
    shared = {
        "default": None,
        "scope": "window",
        "markdownDescription": f"{meaning} Not set here: as in `config.toml`, else {default}.",
    }
    # A type, or a union of one and None; a `Literal` has no common type with them.
    kind: Any = field.annotation
    if get_origin(kind) is not Literal and get_args(kind):
        (kind,) = (one for one in get_args(kind) if one is not type(None))
    if get_origin(kind) is Literal:
        return {
            **_choice("string", dict(zip(get_args(kind), get_args(kind), strict=True))),
            **shared,
        }
    if kind is bool:
        return {**_choice("boolean", {"on": True, "off": False}), **shared}
    limits = {
        word: getattr(rule, name)
        for rule in field.metadata
        for name, word in (("ge", "minimum"), ("le", "maximum"), ("multiple_of", "multipleOf"))
        if hasattr(rule, name)
    }
    return {"type": [{int: "integer", float: "number"}[kind], "null"], **limits, **shared}


def _choice(kind: str, value_by_label: Mapping[str, object]) -> dict[str, Any]:
    """Return a setting with few values: with labels, because null says nothing to a person."""
    return {
        "type": [kind, "null"],
        "enum": [None, *value_by_label.values()],
        "enumItemLabels": ["as in config.toml", *value_by_label],
    }
