"""Tasks about python-slugify."""

from typing import Final

from benchmarks import result_checks as check
from benchmarks import result_task as task

_MAKE: Final = task.Tasks("python-slugify")
_S: Final = "slugify/"
_LEGACY: Final = _S + "_legacy.py"
_MAIN: Final = _S + "__main__.py"
_MODERN: Final = _S + "slugify.py"
_SPECIAL: Final = _S + "special.py"
_TOOLS: Final = ("tools/", "tools", "tools/*", "tools/**", "tools/*.py")
TASKS: Final[tuple[task.Task, ...]] = (
    _MAKE.one(
        task.PRECISE, "rename function",
        "Rename the function `smart_truncate` of the package `slugify` to `truncate_slug` in the"
        " code, the tests and the README.",
        task.rename(_LEGACY + "::smart_truncate", "truncate_slug", task.DOCS),
        check.defines(_LEGACY, "truncate_slug"), check.gone("smart_truncate", _S),
        check.gone("smart_truncate", "tests/"), check.lacks_text("README.md", "smart_truncate"),
        check.has(_MODERN, r"__all__ = .*'truncate_slug'"),
    ),
    _MAKE.one(
        task.PRECISE, "move symbols",
        "Move `add_uppercase_char` from `slugify/special.py` to the new module"
        " `slugify/casing.py`.",
        task.Planned("move|split module", {"symbols": _SPECIAL + "::add_uppercase_char",
                                           "target": _S + "casing.py"}),
        check.defines(_S + "casing.py", "add_uppercase_char"),
        check.lacks(_SPECIAL, "add_uppercase_char"),
    ),
    _MAKE.one(
        task.PRECISE, "convert unittest",
        "Convert `tests/test_legacy.py` from unittest to pytest.",
        task.beneath("convert unittest to pytest", "tests/test_legacy.py"),
        check.lacks_text("tests/test_legacy.py", r"\bunittest\b"),
        check.lacks_text("tests/test_legacy.py", r"self\.assert(Equal|In|Raises|False)\("),
        check.has("tests/test_legacy.py", r"pytest\.raises\(SystemExit\)"),
        check.only("tests/test_legacy.py"),
    ),
    _MAKE.one(
        task.PRECISE, "replace pattern",
        "Replace `isinstance(text, (bytes, bytearray))` by `isinstance(text, bytes | bytearray)`"
        " in slugify/slugify.py, but not in _legacy.py.",
        task.Planned("replace pattern", {"pattern": "isinstance(text, (bytes, bytearray))",
                                         "replacement": "isinstance(text, bytes | bytearray)",
                                         "where": _MODERN}),
        check.has(_MODERN, r"if not isinstance\(text, bytes \| bytearray\):"),
        check.has(_LEGACY, r"isinstance\(text, \(bytes, bytearray\)\)"), check.only(_MODERN),
    ),
    _MAKE.one(
        task.PRECISE, "parameter object",
        "In `slugify/slugify.py`, bundle the parameters `entities`, `decimal` and `hexadecimal` of"
        " `_decode_entities` into a dataclass `EntityFlags`.",
        task.Planned("introduce parameter object", {
            "function": _MODERN + "::_decode_entities",
            "parameters": ("entities, decimal, hexadecimal", "entities,decimal,hexadecimal"),
            "class_name": "EntityFlags", "parameter": ("", "entity_flags")}),
        check.defines(_MODERN, "EntityFlags", "EntityFlags.entities"),
        check.has(_MODERN, r"_decode_entities\(text, EntityFlags\("), check.only(_MODERN),
    ),
    _MAKE.one(
        task.PRECISE, "extract variable",
        "In `_modern_slugify`, extract the expression `'NFKC' if allow_unicode else 'NFKD'` into a"
        " variable `form`.",
        task.Planned("extract variable", {"function": _MODERN + "::_modern_slugify",
                                          "expression": "'NFKC' if allow_unicode else 'NFKD'",
                                          "new_name": "form"}),
        check.has(_MODERN, r"^    form = 'NFKC' if allow_unicode else 'NFKD'$"),
        check.has(_MODERN, r"unicodedata\.normalize\(form, text\)"), check.only(_MODERN),
    ),
    _MAKE.one(
        task.LOOSE, "move module", '"special" says nothing, rename that module to translations',
        task.Planned("move module", {"module": _SPECIAL, "target": _S + "translations.py"}),
        check.exists(_S + "translations.py"), check.is_gone(_SPECIAL),
        check.has(_S + "__init__.py", r"^from \.translations import \*"),
        check.lacks_text("tests/", r"slugify\.special"),
    ),
    _MAKE.one(
        task.LOOSE, "rename constant",
        "COMBINING_MARK_CATEGORIES is a mouthful, MARK_CATEGORIES will do",
        task.rename(_MODERN + "::COMBINING_MARK_CATEGORIES", "MARK_CATEGORIES", task.ANY_TEXTS),
        check.defines(_MODERN, "MARK_CATEGORIES"), check.gone("COMBINING_MARK_CATEGORIES"),
    ),
    _MAKE.one(
        task.LOOSE, "add type annotations",
        "check_metadata in tools/check_dist.py has no type annotations, add them",
        task.Planned("annot"), check.annotated("tools/check_dist.py", "check_metadata"),
        check.only("tools/check_dist.py"),
    ),
    _MAKE.one(
        task.LOOSE, "add docstrings", "parse_args and slugify_params need docstrings",
        task.Planned("document"), check.documented(_MAIN, "parse_args", "slugify_params"),
        check.only(_MAIN),
    ),
    _MAKE.one(
        task.LOOSE, "keyword-only parameters",
        "whatever comes after max_length in _modern_truncate should only be passed by name",
        task.Planned("make keyword only", {"function": _MODERN + "::_modern_truncate",
                                           "parameter": "word_boundary"}),
        check.signature(_MODERN, "_modern_truncate",
                        "text: str, max_length: int, *, word_boundary: bool, separator: str,"
                        " save_order: bool"),
        check.only(_MODERN),
    ),
    _MAKE.one(
        task.LOOSE, "add parameter",
        "give check_goldens a parameter verbose that is False by default; pass True in tools but"
        " not in the tests",
        task.Planned("add parameter", {"function": "tools/check_algorithms.py::check_goldens",
                                       "parameter": "verbose", "default": "False",
                                       "annotation": ("", "bool"), "value": "True",
                                       "callers": _TOOLS, "keyword_only": ("", "no", "yes")}),
        check.has("tools/check_algorithms.py",
                  r"^def check_goldens\((\*, )?verbose(: bool)? ?= ?False\)"),
        check.has("tools/check_algorithms.py", r"^    check_goldens\((verbose=)?True\)"),
        check.has("tests/test_release.py", r"check_goldens\(\)"),
        check.only("tools/check_algorithms.py"),
    ),
    _MAKE.one(
        task.LOOSE, "move module",
        "the underscore of the _legacy module is silly, call it legacy. Some tests import it by"
        " its dotted name as a string, they need to change too",
        task.Planned("move module", {"module": _LEGACY, "target": _S + "legacy.py"}),
        check.exists(_S + "legacy.py"), check.is_gone(_LEGACY),
        check.lacks_text("tests/", r"slugify\._legacy"),
    ),
    _MAKE.refused(
        task.LOOSE, "please move the emoji table out of special.py into slugify/emoji.py"
    ),
    _MAKE.one(
        task.TERSE, "rename constant", "drop the MODERN_ of MODERN_HEX_PATTERN",
        task.rename(_MODERN + "::MODERN_HEX_PATTERN", "HEX_PATTERN", task.ANY_TEXTS),
        check.defines(_MODERN, "HEX_PATTERN"), check.gone("MODERN_HEX_PATTERN"),
    ),
    _MAKE.one(
        task.TERSE, "rename function", "add_upercase_chars -> with_uppercase",
        task.rename(_SPECIAL + "::add_uppercase_char", "with_uppercase", task.ANY_TEXTS),
        check.defines(_SPECIAL, "with_uppercase"), check.gone("add_uppercase_char"),
    ),
    _MAKE.one(
        task.TERSE, "convert format strings", "f-strings in _legacy.py",
        task.beneath("convert format strings", _LEGACY),
        check.lacks_text(_LEGACY, r"\.format\("),
        check.has(_LEGACY, r"""\+= f['"]\{word\}\{separator\}['"]"""), check.only(_LEGACY),
    ),
    _MAKE.refused(task.TERSE, "slugify 10x faster please"),
    _MAKE.one(
        task.TERSE, "two at once",
        "_modern_slugify -> _slugify_modern, _modern_truncate -> _truncate_modern",
        (task.rename(_MODERN + "::_modern_slugify", "_slugify_modern", task.ANY_TEXTS),
         task.rename(_MODERN + "::_modern_truncate", "_truncate_modern", task.ANY_TEXTS)),
        check.defines(_MODERN, "_slugify_modern", "_truncate_modern"),
        check.gone("_modern_slugify"), check.gone("_modern_truncate"),
    ),
    _MAKE.one(
        task.TERSE, "add postponed annotations", "from __future__ import annotations in tools/",
        task.beneath("add postponed annotations", *_TOOLS),
        check.has("tools/check_dist.py", r"^from __future__ import annotations"),
        check.has("tools/check_algorithms.py", r"^from __future__ import annotations"),
        check.only("tools/"),
    ),
)  # fmt: skip
