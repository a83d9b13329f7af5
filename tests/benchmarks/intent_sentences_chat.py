"""Sentences as people say them in a chat, a ticket or a message; see `intent_sentences`.

They were used while the reading by commands was made. A first run, by rules alone, had 18
of 62 right that ask for something.
"""

from typing import Final

from benchmarks.intent_sentences import (
    Expected,
    Sentence,
    add,
    keyword_only,
    move,
    move_module,
    recipe,
    rename,
    reorder,
)

CHAT_PACKAGES: Final = {
    "tinydb": "4.9.0",
    "humanize": "4.17.0",
    "schema": "0.7.8",
    "texttable": "1.7.2",
}
_T: Final = "tinydb/"
_H: Final = "src/humanize/"
_S: Final = "schema/"

CHAT: Final = (
    Sentence(
        "tinydb",
        "precise",
        "The helper `touch` in `tinydb/storages.py` ought to carry the name `ensure_file`.",
        (rename(f"{_T}storages.py::touch", "ensure_file"),),
    ),
    Sentence(
        "tinydb",
        "loose",
        "is_sequence reads odd to me. how about looks_like_sequence?",
        (rename(f"{_T}queries.py::is_sequence", "looks_like_sequence"),),
    ),
    Sentence(
        "tinydb",
        "loose",
        "whoever wrote with_typehint probably meant with_type_hint, fix that name",
        (rename(f"{_T}utils.py::with_typehint", "with_type_hint"),),
    ),
    Sentence("tinydb", "terse", "freeze ~> frozen", (rename(f"{_T}utils.py::freeze", "frozen"),)),
    Sentence(
        "tinydb",
        "loose",
        "can the LRUCache thing sit in tinydb/cache.py, utils is getting crowded",
        (move(f"{_T}utils.py::LRUCache", f"{_T}cache.py"),),
    ),
    Sentence(
        "tinydb",
        "terse",
        "FrozenDict out of utils into frozen_dict.py",
        (move(f"{_T}utils.py::FrozenDict", f"{_T}frozen_dict.py"),),
    ),
    Sentence(
        "tinydb",
        "loose",
        "MemoryStorage deserves a home of its own, say tinydb/memory.py",
        (move(f"{_T}storages.py::MemoryStorage", f"{_T}memory.py"),),
    ),
    Sentence(
        "tinydb",
        "precise",
        "`tinydb/mypy_plugin.py` has to be called `tinydb/typing_plugin.py` from now on.",
        (move_module(f"{_T}mypy_plugin.py", f"{_T}typing_plugin.py"),),
    ),
    Sentence(
        "tinydb",
        "terse",
        "operations.py => updates.py",
        (move_module(f"{_T}operations.py", f"{_T}updates.py"),),
    ),
    Sentence(
        "tinydb",
        "loose",
        "I would like touch to accept another argument, mode, and when it is left out it is 0o644",
        (add(f"{_T}storages.py::touch", "mode", default="0o644"),),
    ),
    Sentence(
        "tinydb",
        "loose",
        "truncate on Table is a bad word, everyone here says clear",
        (rename(f"{_T}table.py::Table.truncate", "clear"),),
    ),
    Sentence(
        "tinydb",
        "precise",
        "The parameter `n` of `subtract` in `tinydb/operations.py` shall from now on be "
        "called `amount`.",
        (rename(f"{_T}operations.py::subtract.<locals>.n", "amount"),),
    ),
    Sentence(
        "tinydb",
        "terse",
        "increment: field arg -> key",
        (rename(f"{_T}operations.py::increment.<locals>.field", "key"),),
    ),
    Sentence(
        "tinydb",
        "loose",
        "for touch nobody should write create_dirs without saying its name",
        (keyword_only(f"{_T}storages.py::touch", "create_dirs"),),
    ),
    Sentence(
        "tinydb",
        "loose",
        "we don't have docstrings for the stuff in middlewares.py, write some please",
        (recipe("document", paths=(f"{_T}middlewares.py", "middlewares.py")),),
    ),
    Sentence("tinydb", "terse", "docstring for freeze", (recipe("document", names="freeze"),)),
    Sentence(
        "tinydb",
        "loose",
        "there are no tests that call is_sequence directly, could you write a few?",
        (recipe("write tests", names="is_sequence"),),
    ),
    Sentence(
        "tinydb",
        "loose",
        "when touch is called I want to see that in the log",
        (recipe("add logging", names="touch"),),
    ),
    Sentence(
        "tinydb",
        "terse",
        "type hints 4 increment + decrement",
        (recipe("annotate", names="decrement,increment"),),
    ),
    Sentence("tinydb", "loose", "what does touch do if the file is there already?", ()),
    Sentence(
        "tinydb",
        "loose",
        "rename freeze to frozen, but only if nothing outside of utils uses it",
        (),
    ),
    Sentence("tinydb", "loose", "make FrozenDict faster", ()),
    Sentence("tinydb", "terse", "touch but async", ()),
    Sentence(
        "tinydb",
        "loose",
        "middlewares.py and storages.py are one topic, glue the former to the end of the latter",
        (
            Expected(
                "merge modules", {"module": f"{_T}middlewares.py", "target": f"{_T}storages.py"}
            ),
        ),
    ),
    Sentence(
        "tinydb",
        "loose",
        "touch is called in a single place, just write its body there and drop it",
        (Expected("inline function", {"function": f"{_T}storages.py::touch"}),),
    ),
    Sentence(
        "tinydb",
        "loose",
        "Table._get_next_id might be read by users: no underscore please, so get_next_id",
        (rename(f"{_T}table.py::Table._get_next_id", "get_next_id"),),
    ),
    Sentence(
        "tinydb",
        "precise",
        "As a reader I am misled by `CachingMiddleware.flush`; `write_through` describes it.",
        (rename(f"{_T}middlewares.py::CachingMiddleware.flush", "write_through"),),
    ),
    Sentence(
        "tinydb",
        "loose",
        "get the type variables out of my sight: turn every bare except in database.py "
        "into something decent",
        (),
    ),
    Sentence(
        "tinydb",
        "terse",
        "sort args of touch: create_dirs first then path",
        (reorder(f"{_T}storages.py::touch", "create_dirs, path"),),
    ),
    Sentence(
        "tinydb",
        "loose",
        "the where shortcut and Query should not be in one file. where can go to "
        "tinydb/shortcuts.py",
        (move(f"{_T}queries.py::where", f"{_T}shortcuts.py"),),
    ),
    Sentence(
        "humanize",
        "loose",
        "apnumber is a riddle for anybody who isn't from the associated press. let's go "
        "with spelled_number",
        (rename(f"{_H}number.py::apnumber", "spelled_number"),),
    ),
    Sentence(
        "humanize",
        "terse",
        "s/fractional/as_fraction/",
        (rename(f"{_H}number.py::fractional", "as_fraction"),),
    ),
    Sentence(
        "humanize",
        "loose",
        "`_abs_timedelta` and `_date_and_delta` have nothing to do with the rest of "
        "time.py; make src/humanize/_delta.py for them",
        (move(f"{_H}time.py::_abs_timedelta\n{_H}time.py::_date_and_delta", f"{_H}_delta.py"),),
    ),
    Sentence(
        "humanize",
        "precise",
        "It must no longer be possible to hand `format` to `intword` by position.",
        (keyword_only(f"{_H}number.py::intword", "format"),),
    ),
    Sentence(
        "humanize",
        "loose",
        "does anybody pass suppress to _suitable_minimum_unit? if not kill it",
        (),
    ),
    Sentence(
        "humanize",
        "loose",
        "i18n says nothing. translation.py would",
        (move_module(f"{_H}i18n.py", f"{_H}translation.py"),),
    ),
    Sentence(
        "humanize",
        "terse",
        "humanpowers -> power_names (number.py)",
        (rename(f"{_H}number.py::human_powers", "power_names"),),
    ),
    Sentence(
        "humanize",
        "loose",
        "the floor argument of clamp should be spelled lowest, and ceil highest",
        (
            rename(f"{_H}number.py::clamp.<locals>.floor", "lowest"),
            rename(f"{_H}number.py::clamp.<locals>.ceil", "highest"),
        ),
    ),
    Sentence(
        "humanize",
        "loose",
        "in filesize.py we still use the old formatting with the percent sign. f-strings please",
        (Expected("convert format strings", {"where": f"{_H}filesize.py"}),),
    ),
    Sentence(
        "humanize",
        "precise",
        "Please see to it that every function of `src/humanize/lists.py` has a docstring.",
        (recipe("document", paths=(f"{_H}lists.py", "lists.py")),),
    ),
    Sentence(
        "humanize",
        "terse",
        "logging in naturalsize pls",
        (recipe("add logging", names="naturalsize"),),
    ),
    Sentence(
        "humanize",
        "loose",
        "naturalsize needs a further keyword, strict, False unless one says otherwise",
        (add(f"{_H}filesize.py::naturalsize", "strict", default="False"),),
    ),
    Sentence("humanize", "loose", "metric should not depend on locale", ()),
    Sentence(
        "humanize",
        "loose",
        "_rounding_by_fmt(format, value): I always mix these up, value belongs in front",
        (reorder(f"{_H}time.py::_rounding_by_fmt", "value, format"),),
    ),
    Sentence(
        "humanize",
        "loose",
        "stop calling it _now, it is _current_time",
        (rename(f"{_H}time.py::_now", "_current_time"),),
    ),
    Sentence(
        "humanize",
        "terse",
        "lists.py + number.py = one file, number.py survives",
        (Expected("merge modules", {"module": f"{_H}lists.py", "target": f"{_H}number.py"}),),
    ),
    Sentence(
        "humanize",
        "loose",
        "decimal_separator and thousands_separator belong to one another, and to separators.py",
        (
            move(
                f"{_H}i18n.py::decimal_separator\n{_H}i18n.py::thousands_separator",
                f"{_H}separators.py",
            ),
        ),
    ),
    Sentence("humanize", "loose", "add a parameter to ordinal", ()),
    Sentence(
        "humanize",
        "loose",
        "number.py is full of unused imports I bet, sweep it",
        (Expected("remove dead code", {"where": f"{_H}number.py", "kinds": "imports"}),),
    ),
    Sentence(
        "humanize",
        "precise",
        "Write unit tests for `natural_list`, please, it has none that deserve the name.",
        (recipe("write tests", names="natural_list"),),
    ),
    Sentence("humanize", "loose", "undo the rename of naturalsize", ()),
    Sentence(
        "humanize",
        "terse",
        "_gettext -> translate, _pgettext -> translate_in_context",
        (
            rename(f"{_H}i18n.py::_gettext", "translate"),
            rename(f"{_H}i18n.py::_pgettext", "translate_in_context"),
        ),
    ),
    Sentence(
        "humanize", "loose", "everything that intcomma raises should be documented in a wiki", ()
    ),
    Sentence(
        "humanize",
        "loose",
        "ndigits of intcomma is to intcomma what precision is to scientific: use the same word",
        (),
    ),
    Sentence(
        "humanize",
        "loose",
        "give natural_list a return type and so on, it's not annotated",
        (recipe("annotate", names="natural_list"),),
    ),
    Sentence(
        "schema",
        "loose",
        "wherever _priority is said, say _flavour",
        (rename(f"{_S}__init__.py::_priority", "_flavour"),),
    ),
    Sentence(
        "schema",
        "terse",
        "_plural_s naming: pluralized",
        (rename(f"{_S}__init__.py::_plural_s", "pluralized"),),
    ),
    Sentence(
        "schema",
        "loose",
        "SchemaWrongKeyError is a mouthful. WrongKeyError will do",
        (rename(f"{_S}__init__.py::SchemaWrongKeyError", "WrongKeyError"),),
    ),
    Sentence(
        "schema",
        "loose",
        "Would you mind putting Regex into a file regex.py inside the schema package",
        (move(f"{_S}__init__.py::Regex", f"{_S}regex.py"),),
    ),
    Sentence(
        "schema",
        "precise",
        "Callers of `Schema.json_schema` shall have to spell out `use_refs=`.",
        (keyword_only(f"{_S}__init__.py::Schema.json_schema", "use_refs"),),
    ),
    Sentence(
        "schema",
        "loose",
        '_callable_str could cope with a prefix: a new optional argument with "" as what '
        "it is by default",
        (add(f"{_S}__init__.py::_callable_str", "prefix", default='""'),),
    ),
    Sentence(
        "schema",
        "terse",
        "Const.validate docstring missing",
        (recipe("document", names="Const.validate"),),
    ),
    Sentence(
        "schema",
        "loose",
        "errors that _invoke_with_optional_kwargs may raise should be handled",
        (recipe("handle errors", names="_invoke_with_optional_kwargs"),),
    ),
    Sentence(
        "schema",
        "loose",
        "Schema._is_optional_type ignores self anyhow, it may as well be a plain function",
        (Expected("method to function", {"method": f"{_S}__init__.py::Schema._is_optional_type"}),),
    ),
    Sentence("schema", "loose", "why is Hook a class?", ()),
    Sentence("schema", "loose", "keep Forbidden as it is and drop Hook", ()),
    Sentence("schema", "loose", "please call the arg s of _priority something better", ()),
    Sentence(
        "schema",
        "terse",
        "_priority param s => thing",
        (rename(f"{_S}__init__.py::_priority.<locals>.s", "thing"),),
    ),
    Sentence(
        "texttable",
        "loose",
        "obj2unicode is so python 2. to_text, if you ask me",
        (rename("texttable.py::obj2unicode", "to_text"),),
    ),
    Sentence(
        "texttable",
        "loose",
        "in Texttable there's a method called _splitit, let's be adults and call it _split_cell",
        (rename("texttable.py::Texttable._splitit", "_split_cell"),),
    ),
    Sentence(
        "texttable",
        "terse",
        "_hline, _hline_header: public, i.e. hline and hline_header",
        (
            rename("texttable.py::Texttable._hline", "hline"),
            rename("texttable.py::Texttable._hline_header", "hline_header"),
        ),
    ),
    Sentence(
        "texttable",
        "precise",
        "The argument `isheader` of `Texttable._draw_line` violates our naming scheme; "
        "the scheme asks for `is_header`.",
        (rename("texttable.py::Texttable._draw_line.<locals>.isheader", "is_header"),),
    ),
    Sentence(
        "texttable",
        "loose",
        "ArraySizeError, FallbackToText: both of them go to errors.py",
        (move("texttable.py::ArraySizeError\ntexttable.py::FallbackToText", "errors.py"),),
    ),
    Sentence(
        "texttable", "loose", "annotate texttable.py", (recipe("annotate", paths="texttable.py"),)
    ),
    Sentence(
        "texttable",
        "loose",
        "convert bare excepts to except Exception throughout texttable.py but leave the "
        "one in _fmt_int alone",
        (),
    ),
    Sentence(
        "texttable",
        "loose",
        "Texttable._fmt_text should log what it is given",
        (recipe("add logging", names="Texttable._fmt_text"),),
    ),
    Sentence(
        "texttable",
        "terse",
        "exception ArraySizeError 2 SizeError",
        (rename("texttable.py::ArraySizeError", "SizeError"),),
    ),
)
