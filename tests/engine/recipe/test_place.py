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
        ("add tests for _get_size", (), ("_get_size",)),
        ("annotate dottedQuad and numToDotted", (), ("dottedQuad", "numToDotted")),
        ("tests for ExtendedSet", (), ("ExtendedSet",)),
        ("docstrings for the class Bits in a.py", ("a.py",), ("Bits",)),
        ("simplify the _insert method of ExtendedSet", (), ("ExtendedSet._insert",)),
        ("simplify `_insert` of `ExtendedSet`", (), ("ExtendedSet._insert",)),
        ("log all PostgreSQL and JavaScript calls, DocStrings too, no URLs", (), ()),
        ("document __init__ of everything, never raise ValueError", (), ()),
        ("simplify `Box::area` in box.cpp and `lib/a.ts`", ("box.cpp", "lib/a.ts"), ("Box.area",)),
        ("use early returns in the Node.js server and in scanner.go", ("scanner.go",), ()),
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


@pytest.mark.parametrize(
    ("paths", "names", "path", "is_meant"),
    [
        ((), (), "tests/test_lru.py", False),
        (("app",), (), "app/tests/test_lru.py", False),
        (("test_lru.py",), (), "tests/test_lru.py", True),
        (("tests",), (), "tests/test_lru.py", True),
        ((), ("LRUCacheTest",), "tests/test_lru.py", True),
        ((), ("test_it",), "tests/test_lru.py", True),
        ((), ("load",), "tests/test_lru.py", False),
        (("test_lru.py",), (), "app/lru.py", False),
        ((), (), "app/lru.py", True),
    ],
)
def test_tests_are_meant_where_they_are_named(
    paths: tuple[str, ...], names: tuple[str, ...], path: str, *, is_meant: bool
) -> None:
    place = Place(frozenset(paths), frozenset(names))

    assert place.has_file(path, with_tests=False) is is_meant
    assert place.has_file(path, with_tests=True) is place.has_path(path)


def test_an_exact_place_is_one_file_and_one_definition() -> None:
    place = Place.exactly("a.py", "Store.load")

    assert [one for one in ("a.py", "sub/a.py", "a.py/b.py") if place.is_file(one)] == ["a.py"]
    assert not place.has_path("sub/a.py")
    names = ["Store.load", "Store.load.<locals>.inner", "Outer.Store.load", "load", "Store"]
    assert [name for name in names if place.has_name(name)] == names[:2]
    assert [name for name in names if place.is_named(name)] == names[:1]
    assert Place.from_arguments(place.to_arguments()) == place


def test_an_exact_folder_is_at_the_root() -> None:
    place = Place.exactly("app/io")

    assert place.has_path("app/io/read.py")
    assert not place.has_path("src/app/io/read.py")
    assert place.has_name("anything")


def test_a_definition_inside_of_a_function_can_be_an_exact_place() -> None:
    place = Place.exactly("a.py", "load.<locals>.inner")

    assert place.has_name("load.<locals>.inner")
    assert place.is_named("load.<locals>.inner")
    assert not place.has_name("load")
