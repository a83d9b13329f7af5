"""The user's settings: one frozen value, read from one TOML file.

A broken file never stops nanobot: a bad value becomes the default of its field
and one sentence for the user. Settings come from the user's own folder; a few, which
only change what an editor shows, from the editor too (`editor_settings`).
`docs/settings.md` is generated from here.
"""

import difflib
import json
import os
import shlex
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from types import NoneType, UnionType
from typing import Annotated, Any, ClassVar, Final, Literal, Self, get_args, get_origin

import platformdirs
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.fields import FieldInfo

from nanobot_server.settings_values import Allowed, CountByUse, NameByUse, absolute, commands

_FILE_SIZE_BYTES_MAX: Final = 1 << 20
_REGENERATE: Final = "python -m nanobot_server.settings > docs/settings.md"


class Section(BaseModel):
    """Settings that belong together."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        use_attribute_docstrings=True,
        # No `inf` and no `nan`, which TOML can write.
        allow_inf_nan=False,
    )

    is_for_editors: ClassVar[bool] = False
    """Whether an editor may set it. Editors keep settings in workspaces, and nothing that comes
    with a workspace may relax safety, choose a file or a program, or cost much."""


class ModelSettings(Section):
    """Which models run, and with how much of the machine."""

    tier: Literal["potato", "sweet", "power", "beast"] | None = None
    """Hardware class the models are chosen for; `nanobot setup` writes the one that fits. \
Without it, `potato`."""
    provider: Literal["xllamacpp", "llama-cpp-python"] = "xllamacpp"
    """What runs the local models."""
    roles: NameByUse | None = None
    """Models that play roles instead of those of the tier: `roles = { main = "my-model" }`."""
    gpu_layers: CountByUse | None = None
    """Layers of each model that a GPU computes. It needs a build of llama.cpp for that GPU."""
    gpus: CountByUse | None = None
    """Which GPU has these layers, counted from 0 as llama.cpp does. Without it, the first."""
    # Not strict: TOML has no paths, only texts.
    models_dir: Annotated[Path, AfterValidator(absolute)] | None = Field(default=None, strict=False)
    """Folder with model files. Without it, the user's data folder."""
    threads: int | None = Field(default=None, ge=1, le=256)
    """Processor threads of one model. Without it, as many as this machine runs best with."""
    slots: int = Field(default=8, ge=1, le=256)
    """Answers that one model works on at once. More cost memory."""
    context_tokens: int = Field(default=2_048, ge=1_024, le=262_144, multiple_of=256)
    """Context window of each slot, for prompt and answer together. More costs memory."""
    completion: Literal["rlm", "main"] = "rlm"
    """Role of the model that makes suggestions at the cursor. `rlm` is the smaller one; `main` \
is about half as fast and takes a gigabyte more."""
    idle_unload_s: float = Field(default=600.0, ge=1.0, le=86_400.0)
    """Seconds after which a model that nobody asks gives its memory back."""
    keep_completion: bool = False
    """Whether the model that makes suggestions stays loaded as long as nanobot runs."""


class ProcessSettings(Section):
    """How a process asks and votes."""

    votes_ahead: int = Field(default=2, ge=1, le=16)
    """An answer wins when it has this many votes more than any other. More is slower and surer."""
    samples_per_wave: int = Field(default=2, ge=1, le=64)
    """Answers asked for at once before votes are counted."""
    samples_max: int = Field(default=6, ge=1, le=256)
    """Answers after which a step without a winner is left to the user. \
At least `votes_ahead`, or nothing could win."""
    temperature: float = Field(default=0.5, ge=0.0, le=2.0)
    """How much the answers to one question differ. At 0 they are equal, and votes say nothing."""
    steps_max: int = Field(default=10_000, ge=1, le=10_000_000)
    """Steps after which a process stops, unless it was started with --budget."""
    run_code: bool = False
    """Whether a change is checked by importing the modules it touches and running the workspace's \
type checker, linter and tests, in a confined copy. That runs the code of the workspace. Without, \
only where --check-imports, --check-types, --check-lint or --run-tests asks for it; a linter that \
is configured and runs no code of the workspace is asked anyway."""
    # Not strict: TOML has no paths, only texts.
    python: Annotated[Path, AfterValidator(absolute)] | None = Field(default=None, strict=False)
    """Python that these checks run. Without it, that of `.venv` or `venv` in the workspace, of \
what poetry, hatch or pipenv made for it, of the environment that is active (`VIRTUAL_ENV`, \
`CONDA_PREFIX`), of `.pixi`, `.conda`, `env`, `.tox` or `.nox` in the workspace, or `python3`."""
    test_command: Annotated[dict[str, str], AfterValidator(commands)] | None = None
    """How tests are run, by workspace: `test_command = { "/home/me/shop" = "make test" }`. No \
shell reads it. Without, pytest runs, or unittest where there is no pytest; other ways that the \
files of a workspace speak for are only said."""

    @model_validator(mode="after")
    def _can_win(self) -> Self:
        if self.samples_max < self.votes_ahead:
            msg = (
                f"`process.samples_max` is {self.samples_max}, but must be at least "
                f"`process.votes_ahead`, which is {self.votes_ahead}"
            )
            raise ValueError(msg)
        return self

    def test_command_of(self, root: Path) -> tuple[str, ...]:
        """Return the command and arguments that run the tests of a workspace; none without."""
        commands = (self.test_command or {}).items()
        own = (command for folder, command in commands if absolute(Path(folder)) == root)
        return tuple(shlex.split(next(own, "")))


class IndexSettings(Section):
    """Which files are indexed. A file that is left out is listed with its reason."""

    file_size_bytes_max: int = Field(default=2_097_152, ge=1_024, le=67_108_864)
    """Larger files are left out."""
    line_length_bytes_max: int = Field(default=20_000, ge=256, le=16_777_216)
    """Files with a longer line are left out: they are generated or minified."""
    watch: bool = True
    """Whether changed files are followed while an editor is open. Without, they are looked at \
before each answer."""
    refresh_interval_s: float = Field(default=5.0, ge=1.0, le=3_600.0)
    """Least seconds between two publications of changed files; they are found at once anyway."""


class SearchSettings(Section):
    """How searches answer."""

    semantic: bool = False
    """Whether a search asks the embedding model too, and a host embeds the workspace in the \
background. It needs the model of `nanobot setup --semantic`."""


class CompletionSettings(Section):
    """Suggestions at the cursor while you type."""

    is_for_editors = True

    enabled: bool = True
    """Whether editors are given suggestions. They need the models of `nanobot setup`."""
    delay_ms: int = Field(default=75, ge=0, le=5_000)
    """Milliseconds without a key before the model is asked."""
    lines_max: int = Field(default=12, ge=1, le=100)
    """Lines of a suggestion. With 1, never more than the line of the cursor."""


class EditSettings(Section):
    """What edits look like."""

    docstring_line_length_max: int = Field(default=88, ge=40, le=1_000)
    """Columns of a line with a docstring, indentation and quotes included."""


class EditorSettings(Section):
    """What editors are offered besides actions and commands."""

    is_for_editors = True

    symbols: Literal["auto", "on", "off"] = "auto"
    """Whether the index answers what a file and the workspace define (outlines, search by \
name). With `auto`, where the editor says that no other server does."""
    hover: Literal["auto", "on", "off"] = "auto"
    """Whether the index answers what the name under the cursor is. With `auto`, where the editor \
says that no other server does."""


class LogSettings(Section):
    """What is written to the log."""

    is_for_editors = True

    level: Literal["debug", "info", "warning", "error"] = "info"
    """Least severe message that is logged. Source text appears at `debug` only."""


class Settings(Section):
    """All settings."""

    model: ModelSettings = ModelSettings()
    process: ProcessSettings = ProcessSettings()
    index: IndexSettings = IndexSettings()
    search: SearchSettings = SearchSettings()
    completion: CompletionSettings = CompletionSettings()
    edit: EditSettings = EditSettings()
    editor: EditorSettings = EditorSettings()
    log: LogSettings = LogSettings()


@dataclass(frozen=True, slots=True)
class SettingsProblem:
    """One thing in the settings file that was not used."""

    key: str
    """Dotted, e.g. `process.votes_ahead`; empty for the file as a whole."""
    message: str
    """A sentence for the user that names file, key, value and what is allowed."""

    def __str__(self) -> str:
        return self.message


def default_settings_path() -> Path:
    """Return where the user's settings are, whether or not the file exists."""
    return platformdirs.user_config_path("nanobot", appauthor=False) / "config.toml"


def load_settings(path: Path) -> tuple[Settings, list[SettingsProblem]]:
    """Read settings; what can not be used becomes its default and a problem.

    Args:
        path: A missing file is no problem: everything has its default.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(_FILE_SIZE_BYTES_MAX + 1)
    except FileNotFoundError:
        return Settings(), []
    except OSError as error:
        reason = f"can not be read ({error.strerror}), so all settings have their defaults"
        return Settings(), [SettingsProblem("", f"{path}: {reason}")]
    if len(raw) > _FILE_SIZE_BYTES_MAX:
        reason = f"is larger than {_FILE_SIZE_BYTES_MAX} bytes"
        return Settings(), [SettingsProblem("", f"{path}: {reason}, so it was not read")]
    try:
        document = tomllib.loads(raw.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        reason = f"is not TOML ({error}), so all settings have their defaults"
        return Settings(), [SettingsProblem("", f"{path}: {reason}")]
    return _validated(path, document)


def save_settings(path: Path, settings: Settings) -> None:
    """Write the settings that differ from their defaults; atomic, readable by the user only.

    Raises:
        OSError: The folder can not be made or written.
        ValueError: A text can not be stored as UTF-8.
    """
    text = _toml(settings).encode()
    # A link into a folder of dotfiles stays one.
    path = path.resolve()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Made with mode 0600, in the same folder so that the rename can not cross
    # file systems.
    with NamedTemporaryFile(
        dir=path.parent, prefix=f".{path.name}.", suffix=".tmp", delete=False
    ) as file:
        temporary = Path(file.name)
        try:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            # Also for an interrupt: nothing of ours may be left in the folder.
            temporary.unlink(missing_ok=True)
            raise


def settings_markdown() -> str:
    """Return the text of `docs/settings.md`."""
    lines = [
        "# Settings",
        "",
        f"<!-- Generated, do not edit: `{_REGENERATE}` -->",
        "",
        "Settings are read from `config.toml` in the user's configuration folder.",
        "On Linux that is `~/.config/nanobot/config.toml`.",
        "The file is optional and so is every key.",
        "A value that can not be used is reported and replaced by its default.",
        "",
        "Sections that say so can be set in an editor too, which then counts for that editor.",
        "All others can not: editors keep settings in workspaces, which may be somebody else's.",
    ]
    for section, section_info in Settings.model_fields.items():
        model = section_type(section_info)
        lines += ["", f"## `[{section}]`", "", (model.__doc__ or "").strip()]
        if model.is_for_editors:
            key = f"nanobot.{section}.{next(iter(model.model_fields))}"
            lines.append(f"An editor may set it too: `{key}`.")
        lines.append("")
        lines += ["| key | allowed | default | meaning |", "|---|---|---|---|"]
        for key, info in model.model_fields.items():
            default = "not set" if info.default is None else f"`{_toml_value(info.default)}`"
            meaning = " ".join((info.description or "").split())
            lines.append(f"| `{key}` | {allowed_text(info)} | {default} | {meaning} |")
    return "\n".join([*lines, ""])


def _validated(path: Path, document: dict[str, Any]) -> tuple[Settings, list[SettingsProblem]]:
    problems: list[SettingsProblem] = []
    # Each round takes at least one key out, so this ends.
    while True:
        try:
            return Settings.model_validate(document), problems
        except ValidationError as error:
            seen: set[tuple[str, ...]] = set()
            for details in error.errors(include_url=False):
                location = tuple(map(str, details["loc"]))[:2]
                # A union reports each of its members.
                if location not in seen:
                    seen.add(location)
                    problems.append(_problem(path, document, location, details["msg"]))
            for location in seen:
                _remove(document, location)


def _problem(
    path: Path, document: dict[str, Any], location: tuple[str, ...], message: str
) -> SettingsProblem:
    key = ".".join(location)
    section_info = Settings.model_fields.get(location[0])
    if section_info is None:
        known = [*Settings.model_fields, *known_keys()]
        return SettingsProblem(key, f"{path}: unknown key `{key}`{closest_text(key, known)}")
    if len(location) == 1:
        found = document[key]
        if not isinstance(found, dict):
            text = f"`{key}` is {shown_text(found)}, but must be a section `[{key}]`"
            return SettingsProblem(key, f"{path}: {text}; its settings have their defaults")
        # Allowed one by one, but not together.
        reason = message.removeprefix("Value error, ")
        return SettingsProblem(key, f"{path}: {reason}; both have their defaults")
    fields = section_type(section_info).model_fields
    info = fields.get(location[1])
    if info is None:
        return SettingsProblem(key, f"{path}: unknown key `{key}`{closest_text(key, known_keys())}")
    found = shown_text(document[location[0]][location[1]])
    used = "it is left out" if info.default is None else f"{_toml_value(info.default)} is used"
    return SettingsProblem(
        key, f"{path}: `{key}` is {found}, but must be {allowed_text(info)}; {used}"
    )


def _remove(document: dict[str, Any], location: tuple[str, ...]) -> None:
    section = document.get(location[0])
    if len(location) == 2:
        document[location[0]].pop(location[1], None)
    elif location[0] in Settings.model_fields and isinstance(section, dict):
        # `_can_win` is the only rule about a section as a whole.
        for key in ("samples_max", "votes_ahead"):
            section.pop(key, None)
    else:
        document.pop(location[0], None)


def known_keys() -> list[str]:
    """Return all keys, dotted."""
    return [
        f"{section}.{key}"
        for section, info in Settings.model_fields.items()
        for key in section_type(info).model_fields
    ]


def closest_text(key: str, known: list[str]) -> str:
    """Return the end of a sentence about an unknown key: which was meant, if that is clear."""
    # A good key in the wrong section first, then a misspelled one.
    tails = {name.rpartition(".")[2]: name for name in known}
    exact = tails.get(key.rpartition(".")[2])
    names = [exact] if exact else difflib.get_close_matches(key, known, n=1)
    return f"; did you mean `{names[0]}`?" if names else ""


def section_type(info: FieldInfo) -> type[Section]:
    """Return the class of a section of `Settings`."""
    section = info.annotation
    assert isinstance(section, type)
    assert issubclass(section, Section)
    return section


def allowed_text(info: FieldInfo) -> str:
    """Say in words which values a field takes."""
    # Any: a type, a union or a `Literal`, which have no common type.
    annotation: Any = info.annotation
    texts = [one.text for one in _metadata(info) if isinstance(one, Allowed)]
    if texts:
        return texts[0]
    if get_origin(annotation) is UnionType or NoneType in get_args(annotation):
        (annotation,) = (kind for kind in get_args(annotation) if kind is not NoneType)
    if get_origin(annotation) is Literal:
        return "one of " + ", ".join(f"`{_toml_value(value)}`" for value in get_args(annotation))
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) is dict:
        return "a table of absolute folders, each with a command"
    if annotation is bool:
        return "`true` or `false`"
    noun = {int: "whole number", float: "number"}.get(annotation)
    if noun is None:
        return "an absolute path"
    # The rules of a number, each an object with one of these attributes.
    limit = {
        name: getattr(rule, name)
        for rule in info.metadata
        for name in ("ge", "le", "multiple_of")
        if hasattr(rule, name)
    }
    step = f", a multiple of {limit['multiple_of']}" if "multiple_of" in limit else ""
    return f"a {noun} from {limit['ge']} to {limit['le']}{step}"


def _metadata(info: FieldInfo) -> Iterator[object]:
    """Yield what is noted at a field and at the members of its union."""
    yield from info.metadata
    for member in get_args(info.annotation):
        if get_origin(member) is Annotated:
            yield from get_args(member)[1:]


def shown_text(value: object) -> str:
    """Return a value for a sentence, not too long."""
    text = repr(value)
    return f"`{text if len(text) <= 60 else text[:57] + '...'}`"


def _toml(settings: Settings) -> str:
    lines = ["# Settings of nanobot. Keys that are not here have their defaults."]
    for section, values in _changed(settings):
        lines += ["", f"[{section}]"]
        lines += [f"{key} = {_toml_value(value)}" for key, value in values.items()]
    return "\n".join([*lines, ""])


def _changed(settings: Settings) -> Iterator[tuple[str, dict[str, object]]]:
    for section in Settings.model_fields:
        values: dict[str, object] = getattr(settings, section).model_dump(
            mode="json", exclude_defaults=True, exclude_none=True
        )
        if values:
            yield section, values


def _toml_value(value: object) -> str:
    if isinstance(value, dict):
        pairs = (f"{_toml_value(key)} = {_toml_value(one)}" for key, one in value.items())
        return f"{{ {', '.join(pairs)} }}"
    # TOML's basic strings and numbers are JSON's, but for one control character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


if __name__ == "__main__":
    # The one module that prints: `docs/settings.md` is its output, or what VS Code offers.
    import sys

    if "--vscode" in sys.argv:
        from nanobot_server.editor_settings import vscode_properties

        sys.stdout.write(json.dumps(vscode_properties(), indent=2, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(settings_markdown())
