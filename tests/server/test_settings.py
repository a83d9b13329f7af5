"""Settings: what is read, what is said about the rest, what is written."""

import os
import stat
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from nanobot_server.settings import (
    ModelSettings,
    ProcessSettings,
    Settings,
    default_settings_path,
    load_settings,
    save_settings,
    settings_markdown,
)

REPO = Path(__file__).resolve().parents[2]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def check_load(path: Path, text: str | bytes) -> tuple[Settings, list[str]]:
    """Return the settings and what is said, without the file's name."""
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    settings, problems = load_settings(path)
    assert all(str(problem).startswith(f"{path}: ") for problem in problems)
    return settings, [str(problem).removeprefix(f"{path}: ") for problem in problems]


def test_a_missing_file_is_all_defaults(path: Path) -> None:
    assert load_settings(path) == (Settings(), [])


def test_values_are_read(path: Path) -> None:
    settings, problems = check_load(
        path,
        '[model]\nslots = 4\nmodels_dir = "/models"\n'
        "[process]\ntemperature = 1\nsteps_max = 7\n"
        '[log]\nlevel = "debug"\n',
    )

    assert problems == []
    assert settings.model.slots == 4
    assert settings.model.models_dir == Path("/models")
    assert settings.process == ProcessSettings(temperature=1.0, steps_max=7)
    assert settings.log.level == "debug"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (
            "votes_ahead = 0",
            "`process.votes_ahead` is `0`, but must be a whole number from 1 to 16; 2 is used",
        ),
        (
            "votes_ahead = true",
            "`process.votes_ahead` is `True`, but must be a whole number from 1 to 16; 2 is used",
        ),
        (
            "votes_ahead = '2'",
            "`process.votes_ahead` is `'2'`, but must be a whole number from 1 to 16; 2 is used",
        ),
        (
            "temperature = 2.1",
            "`process.temperature` is `2.1`, but must be a number from 0.0 to 2.0; 0.5 is used",
        ),
        (
            "temperature = nan",
            "`process.temperature` is `nan`, but must be a number from 0.0 to 2.0; 0.5 is used",
        ),
        (
            "temperature = [1]",
            "`process.temperature` is `[1]`, but must be a number from 0.0 to 2.0; 0.5 is used",
        ),
        ("vote_ahead = 2", "unknown key `process.vote_ahead`; did you mean `process.votes_ahead`?"),
        ("slots = 2", "unknown key `process.slots`; did you mean `model.slots`?"),
        ("qqqqq = 2", "unknown key `process.qqqqq`"),
        (
            "votes_ahead = 7",
            (
                "`process.samples_max` is 6, but must be at least `process.votes_ahead`, "
                "which is 7; both have their defaults"
            ),
        ),
    ],
)
def test_a_value_that_can_not_be_used_is_said_and_has_its_default(
    path: Path, line: str, problem: str
) -> None:
    settings, problems = check_load(path, f"[process]\nsteps_max = 5\n{line}\n")

    assert problems == [problem]
    assert settings == Settings(process=ProcessSettings(steps_max=5))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[modle]\nslots = 2", "unknown key `modle`; did you mean `model`?"),
        ("slots = 2", "unknown key `slots`; did you mean `model.slots`?"),
        (
            "model = 3",
            "`model` is `3`, but must be a section `[model]`; its settings have their defaults",
        ),
        (
            "[model]\ntier = 'huge'",
            (
                "`model.tier` is `'huge'`, but must be one of `\"potato\"`, "
                '`"sweet"`, `"power"`, `"beast"`; it is left out'
            ),
        ),
        (
            "[model]\nmodels_dir = 'x'",
            "`model.models_dir` is `'x'`, but must be an absolute path; it is left out",
        ),
        (
            "[model]\nmodels_dir = ''",
            "`model.models_dir` is `''`, but must be an absolute path; it is left out",
        ),
        (
            "[model]\ncontext_tokens = 1025",
            (
                "`model.context_tokens` is `1025`, but must be a whole number from 1024 to 262144, "
                "a multiple of 256; 2048 is used"
            ),
        ),
    ],
)
def test_a_wrong_section_or_key_is_said(path: Path, text: str, problem: str) -> None:
    assert check_load(path, text) == (Settings(), [problem])


def test_every_problem_is_said_once_and_the_rest_is_used(path: Path) -> None:
    settings, problems = check_load(
        path, "x = 1\n[model]\nslots = 0\nthreads = 2\n[process]\nvotes_ahead = 9\ny = 2\n[z]\n"
    )

    assert len(problems) == 5
    assert settings == Settings(model=ModelSettings(threads=2))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[model]\nslots = \n", "is not TOML (Invalid value (at line 2, column 9))"),
        ("[model]\nslots = 1\nslots = 2\n", "is not TOML (Cannot overwrite a value (at line 3"),
        (b"\xff\n", "is not TOML ('utf-8' codec"),
        ("x = " + "[" * 100_000, "is not TOML ("),
        ("#" * (1 << 20) + "\n", "is larger than 1048576 bytes, so it was not read"),
    ],
)
def test_a_broken_file_is_all_defaults(path: Path, text: str | bytes, problem: str) -> None:
    settings, problems = check_load(path, text)

    assert settings == Settings()
    assert len(problems) == 1
    assert problems[0].startswith(problem)


def test_a_file_that_can_not_be_read_is_said(path: Path) -> None:
    path.mkdir()

    settings, problems = load_settings(path)

    assert settings == Settings()
    assert str(problems[0]) == (
        f"{path}: can not be read (Is a directory), so all settings have their defaults"
    )


@given(
    st.builds(
        Settings,
        model=st.builds(
            ModelSettings,
            models_dir=st.none()
            | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])).map(
                lambda name: Path("/") / name.lstrip("/")
            ),
            threads=st.none() | st.integers(1, 256),
            context_tokens=st.integers(4, 100).map(lambda steps: steps * 256),
        ),
        process=st.builds(ProcessSettings, temperature=st.floats(0.0, 2.0)),
    )
)
def test_what_is_saved_is_loaded(
    tmp_path_factory: pytest.TempPathFactory, settings: Settings
) -> None:
    path = tmp_path_factory.mktemp("settings") / "config.toml"

    save_settings(path, settings)

    assert load_settings(path) == (settings, [])


def test_only_changes_are_saved_and_only_the_user_reads_them(path: Path) -> None:
    path = path.parent / "new" / "folder" / "config.toml"
    settings = Settings(model=ModelSettings(slots=3))

    save_settings(path, settings)

    assert tomllib.loads(path.read_text()) == {"model": {"slots": 3}}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [file.name for file in path.parent.iterdir()] == ["config.toml"]


def test_a_failed_save_keeps_the_old_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_settings(path, Settings(model=ModelSettings(slots=3)))
    old = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        save_settings(path, Settings())

    assert path.read_bytes() == old
    assert [file.name for file in path.parent.iterdir()] == ["config.toml"]


def test_a_link_to_the_settings_stays_one(path: Path, tmp_path: Path) -> None:
    (tmp_path / "dotfiles.toml").write_text("")
    path.symlink_to(tmp_path / "dotfiles.toml")

    save_settings(path, Settings(model=ModelSettings(slots=3)))

    assert path.is_symlink()
    assert load_settings(path)[0].model.slots == 3


def test_settings_do_not_change() -> None:
    settings = Settings()

    with pytest.raises(ValidationError, match="frozen"):
        settings.model.slots = 3


def test_the_users_own_folder_holds_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "/home/me/conf")

    assert default_settings_path() == Path("/home/me/conf/nanobot/config.toml")


def test_the_documentation_names_every_key() -> None:
    text = settings_markdown()

    for section, info in Settings.model_fields.items():
        assert f"## `[{section}]`" in text
        assert info.annotation is not None
        for key in info.annotation.model_fields:
            assert f"| `{key}` | " in text


def test_the_documentation_is_up_to_date() -> None:
    written = (REPO / "docs" / "settings.md").read_text()

    assert written == settings_markdown(), (
        "run `python -m nanobot_server.settings > docs/settings.md`"
    )


def test_the_command_of_tests_is_that_of_the_workspace(path: Path) -> None:
    path.write_text(
        "[process.test_command]\n'/home/me/shop' = \"make test 'a b'\"\n'/home/me/other' = 'tox'\n"
    )

    settings, problems = load_settings(path)

    assert problems == []
    assert settings.process.test_command_of(Path("/home/me/shop")) == ("make", "test", "a b")
    assert settings.process.test_command_of(Path("/home/me/shop/deep")) == ()
    save_settings(path, settings)
    assert load_settings(path) == (settings, [])


@pytest.mark.parametrize(
    "text", ["'shop' = 'make'", "'/shop' = ' '", "'/shop' = \"'\"", "'/shop' = 1", "'/shop' = []"]
)
def test_a_command_of_tests_that_is_none_is_told(path: Path, text: str) -> None:
    path.write_text(f"[process]\nvotes_ahead = 3\n[process.test_command]\n{text}\n")

    settings, (problem,) = load_settings(path)

    assert settings == Settings(process=ProcessSettings(votes_ahead=3))
    assert "`process.test_command` is" in problem.message
    assert "must be a table of absolute folders, each with a command" in problem.message
