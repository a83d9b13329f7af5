"""Where a sentence means."""

import pytest

from nanobot_engine.recipe import Place, place_of


@pytest.mark.parametrize(
    ("sentence", "paths", "names"),
    [
        ("add docstrings to every public function and class that has none", (), ()),
        ("add error handling to everything in app/io", ("app/io",), ()),
        ("add error handling to everything below `app/io/`", ("app/io",), ()),
        ("document settings.py and ./app/main.py", ("app/main.py", "settings.py"), ()),
        ("document the module app.settings", ("app/settings",), ()),
        ("add logging to the functions in the settings module", ("settings",), ()),
        ("add logging to the public functions of the whole package", (), ()),
        ("handle errors in `load_config` and Store.save()", (), ("Store.save", "load_config")),
        ("handle errors in load_config", (), ("load_config",)),
        ("add try/except to read_all in app/io.py", ("app/io.py",), ("read_all",)),
    ],
)
def test_paths_and_names_are_read(
    sentence: str, paths: tuple[str, ...], names: tuple[str, ...]
) -> None:
    place = place_of(sentence)

    assert (tuple(sorted(place.paths)), tuple(sorted(place.names))) == (paths, names)


@pytest.mark.parametrize(
    ("wanted", "path", "is_meant"),
    [
        ("app/io", "app/io/read.py", True),
        ("app/io", "src/app/io/read.py", True),
        ("app/io", "app/io.py", True),
        ("app/io", "app/iota.py", False),
        ("settings.py", "app/settings.py", True),
        ("settings", "app/settings/__init__.py", True),
        ("settings", "app/my_settings.py", False),
    ],
)
def test_a_path_may_begin_anywhere_but_not_inside_a_name(
    wanted: str, path: str, *, is_meant: bool
) -> None:
    assert Place(paths=frozenset({wanted})).has_path(path) is is_meant


def test_a_name_means_the_definition_and_what_is_in_it() -> None:
    place = Place(names=frozenset({"Store", "load"}))

    assert place.has_name("Store.save")
    assert place.has_name("outer.<locals>.load")
    assert not place.has_name("reload")
    assert Place().has_name("anything")


def test_a_place_is_what_its_arguments_say() -> None:
    place = Place(paths=frozenset({"a/b", "c.py"}), names=frozenset({"f"}))

    assert Place.from_arguments(place.to_arguments()) == place
    assert Place.from_arguments({}) == Place()
