"""Tasks about platformdirs."""

from typing import Final

from benchmarks import result_checks as check
from benchmarks import result_task as task

_MAKE: Final = task.Tasks("platformdirs")
_D: Final = "src/platformdirs/"
_ANDROID: Final = _D + "android.py"
_API: Final = _D + "api.py"
_INIT: Final = _D + "__init__.py"
_MACOS: Final = _D + "macos.py"
_MAIN: Final = _D + "__main__.py"
_UNIX: Final = _D + "unix.py"
_WINDOWS: Final = _D + "windows.py"
# Of macOS, and no place of the machine that this is written on.
_PREFIX: Final = "/" + "opt/python"
_FOLDERS: Final = tuple(
    f"_android_{kind}_folder" for kind in ("documents", "downloads", "pictures", "videos", "music")
)
TASKS: Final[tuple[task.Task, ...]] = (
    _MAKE.one(
        task.PRECISE, "rename method",
        "Rename the method `_append_app_name_and_version` of `PlatformDirsABC` to"
        " `_with_app_name`, together with all calls in the subclasses.",
        task.rename(_API + "::PlatformDirsABC._append_app_name_and_version", "_with_app_name",
                    task.ANY_TEXTS),
        check.defines(_API, "PlatformDirsABC._with_app_name"),
        check.gone("_append_app_name_and_version"),
    ),
    _MAKE.one(
        task.PRECISE, "rename function",
        "Rename the function `_get_user_dirs_folder` in `src/platformdirs/unix.py` to"
        " `_folder_from_user_dirs`, also in the dotted strings that the tests hand to"
        " `mocker.patch`.",
        task.rename(_UNIX + "::_get_user_dirs_folder", "_folder_from_user_dirs",
                    ("strings", "", "comments,strings")),
        check.defines(_UNIX, "_folder_from_user_dirs"), check.gone("_get_user_dirs_folder"),
        check.lacks_text("tests/", "_get_user_dirs_folder"),
    ),
    _MAKE.one(
        task.PRECISE, "move module",
        "Rename the module `src/platformdirs/macos.py` to `src/platformdirs/darwin.py` and update"
        " the imports in the package and in the tests.",
        task.Planned("move module", {"module": _MACOS, "target": _D + "darwin.py"}),
        check.exists(_D + "darwin.py"), check.is_gone(_MACOS),
        check.has(_INIT, r"from platformdirs\.darwin import MacOS"),
        check.lacks_text("tests/", r"platformdirs\.macos"),
    ),
    _MAKE.one(
        task.PRECISE, "convert os.path",
        "Convert `src/platformdirs/unix.py` from `os.path` to `pathlib`.",
        task.Planned("convert os.path to pathlib", {"where": _UNIX, "strict": ("", "no")}),
        check.lacks_text(_UNIX, r"os\.path\."), check.only(_UNIX),
    ),
    _MAKE.one(
        task.PRECISE, "parameter object",
        "Introduce a dataclass `MediaDir` for the parameters `env_var` and `fallback_tilde_path`"
        " of `_get_user_media_dir`.",
        task.Planned("introduce parameter object", {
            "function": _UNIX + "::_get_user_media_dir",
            "parameters": ("env_var, fallback_tilde_path", "env_var,fallback_tilde_path"),
            "class_name": "MediaDir", "parameter": ("", "media_dir")}),
        check.defines(_UNIX, "MediaDir", "MediaDir.env_var", "MediaDir.fallback_tilde_path"),
        check.has(_UNIX, r"_get_user_media_dir\(\s*MediaDir\("), check.only(_UNIX),
    ),
    _MAKE.one(
        task.PRECISE, "extract constant",
        f'Extract the string "{_PREFIX}" in src/platformdirs/macos.py to a module-level constant'
        " called `HOMEBREW_MARKER`.",
        task.Planned("extract constant", {"module": _MACOS, "literal": f'"{_PREFIX}"',
                                          "new_name": "HOMEBREW_MARKER"}),
        check.defines(_MACOS, "HOMEBREW_MARKER"),
        check.has(_MACOS, r"sys\.prefix\.split\(HOMEBREW_MARKER\)"),
        check.lacks_text(_MACOS, rf'"{_PREFIX}"[\s\S]*"{_PREFIX}"'), check.only(_MACOS),
    ),
    _MAKE.refused(
        task.PRECISE,
        "Rename the property `user_templates_dir` to `user_template_dir` in all platform classes"
        " and in `__init__.py`.",
    ),
    _MAKE.one(
        task.LOOSE, "deduplicate",
        "the _android_*_folder functions for documents, downloads, pictures, videos and music are"
        " copies of each other, please deduplicate them",
        task.Planned("deduplicate", {"where": (_ANDROID, "")}),
        check.lacks_text(_ANDROID, r"android\.os\.Environment[\s\S]*android\.os\.Environment"),
        check.has(_ANDROID, r"android\.os\.Environment"), check.defines(_ANDROID, "Android"),
        check.only(_ANDROID),
    ),
    _MAKE.one(
        task.LOOSE, "move symbols",
        "The registry lookup should not live in windows.py, put that function in a new module"
        " win_registry.py next to it",
        task.Planned("move|split module",
                     {"symbols": _WINDOWS + "::get_win_folder_from_registry",
                      "target": _D + "win_registry.py"}),
        check.defines(_D + "win_registry.py", "get_win_folder_from_registry"),
        check.lacks(_WINDOWS, "get_win_folder_from_registry"),
    ),
    _MAKE.one(
        task.LOOSE, "rename function",
        "the helper in windows.py that picks which get_win_folder implementation is used ought to"
        " be named _choose_win_folder",
        task.rename(_WINDOWS + "::_pick_get_win_folder", "_choose_win_folder", task.ANY_TEXTS),
        check.defines(_WINDOWS, "_choose_win_folder"), check.gone("_pick_get_win_folder"),
    ),
    _MAKE.one(
        task.LOOSE, "write tests",
        "I would like some tests for _first_item_as_path_if_multipath",
        task.Planned("test"), check.tested("_first_item_as_path_if_multipath"),
        check.only("tests/"),
    ),
    _MAKE.one(
        task.LOOSE, "keyword-only parameters",
        "In the constructor of PlatformDirsABC everything from roaming on must be passed by"
        " keyword",
        task.Planned("make keyword only", {
            "function": (_API + "::PlatformDirsABC.__init__", _API + "::PlatformDirsABC"),
            "parameter": "roaming"}),
        check.signature(_API, "PlatformDirsABC.__init__",
                        "self, appname: str | None=None,"
                        " appauthor: str | Literal[False] | None=None, version: str | None=None,"
                        " *, roaming: bool=False, multipath: bool=False, opinion: bool=True,"
                        " ensure_exists: bool=False"),
    ),
    _MAKE.one(
        task.LOOSE, "group into class",
        "group the documents, downloads, pictures, videos and music folder functions of android.py"
        " into a class AndroidFolders",
        task.Planned("group into class",
                     {"functions": "\n".join(f"{_ANDROID}::{name}" for name in _FOLDERS),
                      "class_name": "AndroidFolders"}),
        check.defines(_ANDROID, "AndroidFolders", "_android_folder"),
        check.lacks(_ANDROID, *_FOLDERS),
    ),
    _MAKE.one(
        task.TERSE, "inline variable", "inline author in Windows._append_parts",
        task.Planned("inline variable",
                     {"symbol": _WINDOWS + "::Windows._append_parts.<locals>.author"}),
        check.has(_WINDOWS, r"params\.append\(self\.appauthor or self\.appname\)"),
        check.only(_WINDOWS),
    ),
    _MAKE.one(
        task.TERSE, "rename variable", "AppDirs -> LegacyAppDirs (dont forget __all__)",
        task.rename(_INIT + "::AppDirs", "LegacyAppDirs", task.ANY_TEXTS),
        check.defines(_INIT, "LegacyAppDirs"), check.lacks(_INIT, "AppDirs"),
        check.has(_INIT, r'^\s*"LegacyAppDirs"'),
        check.has("tests/test_comp_with_appdirs.py", r"getmembers\(appdirs\.AppDirs,"),
    ),
    _MAKE.one(
        task.TERSE, "rename constant",
        "PROPS in __main__ => PROPERTIES, leave the one in conftest",
        task.rename(_MAIN + "::PROPS", "PROPERTIES", task.ANY_TEXTS),
        check.defines(_MAIN, "PROPERTIES"), check.lacks(_MAIN, "PROPS"),
        check.has("tests/conftest.py", r"^PROPS = \("),
    ),
    _MAKE.one(
        task.TERSE, "add docstrings", "docstring missing: _get_user_media_dir",
        task.Planned("document"), check.documented(_UNIX, "_get_user_media_dir"),
        check.only(_UNIX),
    ),
    _MAKE.one(
        task.TERSE, "add error handling", "error handling for _get_user_dirs_folder pls",
        task.Planned("error"), check.handles_errors(_UNIX, "_get_user_dirs_folder"),
        check.only(_UNIX),
    ),
    _MAKE.refused(task.TERSE, "make everything async"),
    _MAKE.one(
        task.TERSE, "two at once", "class MacOS -> Darwin and class Unix -> Posix",
        (task.rename(_MACOS + "::MacOS", "Darwin", task.ANY_TEXTS),
         task.rename(_UNIX + "::Unix", "Posix", task.ANY_TEXTS)),
        check.defines(_MACOS, "Darwin"), check.defines(_UNIX, "Posix"),
        check.gone("MacOS"), check.gone("Unix"), check.has(_UNIX, r'^\s*"Posix"'),
    ),
)  # fmt: skip
