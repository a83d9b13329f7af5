"""Sentences of less usual forms, about three more packages; see `intent_sentences`.

They were written when the rules understood nearly all the others, and a first run had 25 of
42 right (9 precise, 6 loose, 10 terse, of 14 each): what was missed led to readings by names
alone.
"""

from typing import Final

from benchmarks.intent_sentences import (
    Expected,
    Sentence,
    add,
    constant,
    keyword_only,
    move,
    move_module,
    recipe,
    remove,
    rename,
    reorder,
)

ODD_PACKAGES: Final = {"packaging": "25.0", "platformdirs": "4.5.0", "sortedcontainers": "2.4.0"}
_DOCS: Final = "documents"
_ALL: Final = "comments,documents"
_K: Final = "src/packaging/"
_D: Final = "src/platformdirs/"
_S: Final = "sortedcontainers/"


def _packaging(style: str, text: str, *parts: Expected) -> Sentence:
    return Sentence("packaging", style, text, parts)


def _platformdirs(style: str, text: str, *parts: Expected) -> Sentence:
    return Sentence("platformdirs", style, text, parts)


def _sorted(style: str, text: str, *parts: Expected) -> Sentence:
    return Sentence("sortedcontainers", style, text, parts)


_PACKAGING: Final = (
    _packaging(
        "precise",
        "Please rename the exception `InvalidWheelFilename` (in `src/packaging/utils.py`) to "
        "`WheelFilenameError` and mention the new name in the docs.",
        rename(f"{_K}utils.py::InvalidWheelFilename", "WheelFilenameError", _DOCS),
    ),
    _packaging(
        "precise",
        "The function `parse_tag` of `packaging.tags` shall be moved to `packaging.utils`.",
        move(f"{_K}tags.py::parse_tag", f"{_K}utils.py"),
    ),
    _packaging(
        "precise",
        "Rename the local variable `package` ... no, the parameter `filename` of "
        "`parse_sdist_filename` to `name`.",
        rename(f"{_K}utils.py::parse_sdist_filename.<locals>.filename", "name"),
    ),
    _packaging(
        "precise",
        "Add an optional parameter `strict` (default `False`) to `canonicalize_name`, to be passed "
        "by keyword only.",
        add(f"{_K}utils.py::canonicalize_name", "strict", default="False", keyword_only="yes"),
    ),
    _packaging(
        "precise",
        "Change the order of the parameters of `mac_platforms` so that `arch` is the first one.",
        reorder(f"{_K}tags.py::mac_platforms", "arch, version"),
    ),
    _packaging(
        "precise",
        "Rename the module `packaging._tokenizer` to `packaging._lexer` and the class `Tokenizer` "
        "in it to `Lexer`.",
        move_module(f"{_K}_tokenizer.py", f"{_K}_lexer.py"),
        rename(f"{_K}_lexer.py::Tokenizer", "Lexer"),
    ),
    _packaging(
        "loose",
        "we should call is_devrelease is_development_release, in docs as well",
        rename(f"{_K}version.py::Version.is_devrelease", "is_development_release", _DOCS),
    ),
    _packaging(
        "loose",
        "could _pad_version and _version_split move to version.py?",
        move(
            f"{_K}specifiers.py::_pad_version\n{_K}specifiers.py::_version_split", f"{_K}version.py"
        ),
    ),
    _packaging(
        "loose",
        "the warn parameter of interpreter_version isn't used by anyone, please delete it",
        remove(f"{_K}tags.py::interpreter_version", "warn"),
    ),
    _packaging(
        "loose",
        "rename every _normalize_string to _normalized",
        rename(f"{_K}tags.py::_normalize_string", "_normalized"),
    ),
    _packaging(
        "loose",
        "people should have to pass arch by name in mac_platforms",
        keyword_only(f"{_K}tags.py::mac_platforms", "arch"),
    ),
    _packaging(
        "loose",
        "first rename Specifier.contains to matches, then rename its item parameter to version",
        rename(f"{_K}specifiers.py::Specifier.contains", "matches"),
        rename(f"{_K}specifiers.py::Specifier.matches.<locals>.item", "version"),
    ),
    _packaging(
        "terse",
        "canonicalise_name -> normal_name everywhere",
        rename(f"{_K}utils.py::canonicalize_name", "normal_name", _ALL),
    ),
    _packaging(
        "terse",
        "marker module: rename to conditions",
        move_module(f"{_K}markers.py", f"{_K}conditions.py"),
    ),
    _packaging(
        "terse",
        "ren default environment current_environment",
        rename(f"{_K}markers.py::default_environment", "current_environment"),
    ),
    _packaging(
        "terse",
        "parse_letter_version(number, letter) pls, i mean swap them",
        reorder(f"{_K}version.py::_parse_letter_version", "number, letter"),
    ),
    _packaging(
        "terse",
        "mv format_full_version tags.py",
        move(f"{_K}markers.py::format_full_version", f"{_K}tags.py"),
    ),
    _packaging(
        "terse",
        "type hints for all functions in tags.py",
        recipe("annotate", paths="tags.py"),
    ),
)
_PLATFORMDIRS: Final = (
    _platformdirs(
        "precise",
        "Rename `PlatformDirsABC` to `PlatformDirsBase` throughout the code, the documentation "
        "and the comments.",
        rename(f"{_D}api.py::PlatformDirsABC", "PlatformDirsBase", _ALL),
    ),
    _platformdirs(
        "precise",
        "Move the function `_get_user_dirs_folder` out of `unix.py` into a new file "
        "`src/platformdirs/_xdg.py`.",
        move(f"{_D}unix.py::_get_user_dirs_folder", f"{_D}_xdg.py"),
    ),
    _platformdirs(
        "precise",
        "Give the parameter `csidl_name` of `get_win_folder_via_ctypes` the new name `folder_id`.",
        rename(f"{_D}windows.py::get_win_folder_via_ctypes.<locals>.csidl_name", "folder_id"),
    ),
    _platformdirs(
        "precise",
        "Introduce a parameter `create` with the default value `False` in `user_music_dir` of "
        "`src/platformdirs/__init__.py`.",
        add(f"{_D}__init__.py::user_music_dir", "create", default="False"),
    ),
    _platformdirs(
        "loose",
        "rename the unix module to posix",
        move_module(f"{_D}unix.py", f"{_D}posix.py"),
    ),
    _platformdirs(
        "loose",
        "I think _pick_get_win_folder is better called _choose_folder_getter",
        rename(f"{_D}windows.py::_pick_get_win_folder", "_choose_folder_getter"),
    ),
    _platformdirs(
        "loose",
        "swap the two parameters of _get_user_media_dir",
        reorder(f"{_D}unix.py::_get_user_media_dir", "fallback_tilde_path, env_var"),
    ),
    _platformdirs(
        "loose",
        "_first_item_as_path_if_multipath is far too long, first_path would do",
        rename(f"{_D}api.py::PlatformDirsABC._first_item_as_path_if_multipath", "first_path"),
    ),
    _platformdirs(
        "terse",
        "optionally create dir -> _ensure_dir",
        rename(f"{_D}api.py::PlatformDirsABC._optionally_create_directory", "_ensure_dir"),
    ),
    _platformdirs(
        "terse",
        "_android_folder to base_folder (comments too)",
        rename(f"{_D}android.py::_android_folder", "base_folder", "comments"),
    ),
    _platformdirs(
        "terse",
        "fallback_tilde_path kwonly",
        keyword_only(f"{_D}unix.py::_get_user_media_dir", "fallback_tilde_path"),
    ),
    _platformdirs("terse", "support haiku os"),
)
_SORTED: Final = (
    _sorted(
        "precise",
        "Replace the number `1000` in `sortedcontainers/sortedlist.py` with the constant "
        "`LOAD_FACTOR`.",
        constant(f"{_S}sortedlist.py", "1000", "LOAD_FACTOR"),
    ),
    _sorted(
        "precise",
        "Rename the method `peekitem` of the class `SortedDict` to `peek_item`, also in the "
        "docstrings.",
        rename(f"{_S}sorteddict.py::SortedDict.peekitem", "peek_item", _DOCS),
    ),
    _sorted(
        "precise",
        "Move `identity` from `sortedlist.py` to `sortedcontainers/keys.py`, and rename "
        "`sortedset.py` to `ordered_set.py`.",
        move(f"{_S}sortedlist.py::identity", f"{_S}keys.py"),
        move_module(f"{_S}sortedset.py", f"{_S}ordered_set.py"),
    ),
    _sorted(
        "precise",
        "Make `inclusive` and all parameters after it in `SortedList.irange` keyword-only.",
        keyword_only(f"{_S}sortedlist.py::SortedList.irange", "inclusive"),
    ),
    _sorted(
        "loose",
        "let's name the DEFAULT_LOAD_FACTOR attribute LOAD_SIZE instead",
        rename(f"{_S}sortedlist.py::SortedList.DEFAULT_LOAD_FACTOR", "LOAD_SIZE"),
    ),
    _sorted(
        "loose",
        "recursive_repr could go into its own module called reprs",
        move(f"{_S}sortedlist.py::recursive_repr", f"{_S}reprs.py"),
    ),
    _sorted(
        "loose",
        "rename the fillvalue argument of recursive_repr to placeholder",
        rename(f"{_S}sortedlist.py::recursive_repr.<locals>.fillvalue", "placeholder"),
    ),
    _sorted(
        "loose",
        "SortedItemsView and SortedKeysView are misnomers: make them OrderedItemsView and "
        "OrderedKeysView",
        rename(f"{_S}sorteddict.py::SortedItemsView", "OrderedItemsView"),
        rename(f"{_S}sorteddict.py::SortedKeysView", "OrderedKeysView"),
    ),
    _sorted(
        "terse",
        "sorted key list to KeyedList",
        rename(f"{_S}sortedlist.py::SortedKeyList", "KeyedList"),
    ),
    _sorted(
        "terse",
        "symetric_difference => symdiff pls",
        rename(f"{_S}sortedset.py::SortedSet.symmetric_difference", "symdiff"),
    ),
    _sorted(
        "terse",
        "view_delitem to sortedset",
        move(f"{_S}sorteddict.py::_view_delitem", f"{_S}sortedset.py"),
    ),
    _sorted("terse", "faster bisect"),
)

ODD: Final = (*_PACKAGING, *_PLATFORMDIRS, *_SORTED)
