"""More sentences as people say them, about other packages; see `intent_sentences_chat`.

What a model made of each was not looked at while the reading by commands was made; what the
rules made of them was looked at once, and mended one of them.
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

CHAT_UNSEEN_PACKAGES: Final = {
    "bidict": "0.24.1",
    "jmespath": "1.1.0",
    "voluptuous": "0.16.0",
    "parse": "1.22.4",
    "xmltodict": "1.0.4",
}
_B: Final = "bidict/"
_J: Final = "jmespath/"
_V: Final = "voluptuous/"
_P: Final = "parse/"

CHAT_UNSEEN: Final = (
    Sentence(
        "bidict",
        "loose",
        "inverted() in _iter.py is too close to the builtin idea, make it inverse_items",
        (rename(f"{_B}_iter.py::inverted", "inverse_items"),),
    ),
    Sentence(
        "bidict",
        "terse",
        "OnDupAction naming -> DupAction",
        (rename(f"{_B}_dup.py::OnDupAction", "DupAction"),),
    ),
    Sentence(
        "bidict",
        "precise",
        "Within `SentinelNode`, the method now known as `new_last_node` is to bear the "
        "name `append_node`.",
        (rename(f"{_B}_orderedbase.py::SentinelNode.new_last_node", "append_node"),),
    ),
    Sentence(
        "bidict",
        "loose",
        "WeakAttr has no business in _orderedbase, give it a module of its own: "
        "bidict/_weakattr.py",
        (move(f"{_B}_orderedbase.py::WeakAttr", f"{_B}_weakattr.py"),),
    ),
    Sentence(
        "bidict",
        "terse",
        "bidict/_exc.py 2 bidict/_errors.py",
        (move_module(f"{_B}_exc.py", f"{_B}_errors.py"),),
    ),
    Sentence(
        "bidict",
        "loose",
        "put's on_dup should only be given by name",
        (keyword_only(f"{_B}_bidict.py::MutableBidict.put", "on_dup"),),
    ),
    Sentence(
        "bidict",
        "loose",
        "I keep tripping over iteritems, in py3 nobody uses that word. iter_pairs it is",
        (rename(f"{_B}_iter.py::iteritems", "iter_pairs"),),
    ),
    Sentence(
        "bidict",
        "loose",
        "could iteritems have a flag called reverse which is False by default",
        (add(f"{_B}_iter.py::iteritems", "reverse", default="False"),),
    ),
    Sentence(
        "bidict",
        "loose",
        "no docstring in _frozen.py? add",
        (recipe("document", paths=(f"{_B}_frozen.py", "_frozen.py")),),
    ),
    Sentence("bidict", "loose", "what's the difference between put and forceput", ()),
    Sentence(
        "bidict", "terse", "_fwdm_reversed typing", (recipe("annotate", names="_fwdm_reversed"),)
    ),
    Sentence(
        "bidict",
        "loose",
        "the equals_order_sensitive method, hmm, same_in_order maybe? yes do that",
        (rename(f"{_B}_base.py::BidictBase.equals_order_sensitive", "same_in_order"),),
    ),
    Sentence("bidict", "loose", "rename everything that is about nodes", ()),
    Sentence(
        "bidict",
        "loose",
        "_iter.py's content could as well live in _abc.py, one file less",
        (Expected("merge modules", {"module": f"{_B}_iter.py", "target": f"{_B}_abc.py"}),),
    ),
    Sentence("bidict", "loose", "please don't rename inverted", ()),
    Sentence(
        "bidict",
        "loose",
        "I'm looking for a test of iteritems and there is none, so add one",
        (recipe("write tests", names="iteritems"),),
    ),
    Sentence(
        "jmespath",
        "loose",
        "with_str_method and with_repr_method are only there for exceptions, hence they "
        "ought to be in exceptions.py",
        (
            move(
                f"{_J}compat.py::with_str_method\n{_J}compat.py::with_repr_method",
                f"{_J}exceptions.py",
            ),
        ),
    ),
    Sentence(
        "jmespath",
        "terse",
        "_is_actual_number --> _is_number",
        (rename(f"{_J}visitor.py::_is_actual_number", "_is_number"),),
    ),
    Sentence(
        "jmespath",
        "loose",
        "the word comparator in ast.py is misleading, comparison it should say",
        (rename(f"{_J}ast.py::comparator", "comparison"),),
    ),
    Sentence(
        "jmespath",
        "precise",
        "Let the first two parameters of `comparator` in `jmespath/ast.py` change places "
        "with the last one, giving `first, second, name`.",
        (reorder(f"{_J}ast.py::comparator", "first, second, name"),),
    ),
    Sentence(
        "jmespath",
        "loose",
        "ArityError._pluralize doesn't look at self. static please",
        (
            Expected(
                "method to static method", {"method": f"{_J}exceptions.py::ArityError._pluralize"}
            ),
        ),
    ),
    Sentence(
        "jmespath",
        "loose",
        "visitor.py → interpreter.py, and don't forget who imports it",
        (move_module(f"{_J}visitor.py", f"{_J}interpreter.py"),),
    ),
    Sentence(
        "jmespath",
        "loose",
        "key_val_pair(key_name, node): key would be enough for the first of the two",
        (rename(f"{_J}ast.py::key_val_pair.<locals>.key_name", "key"),),
    ),
    Sentence(
        "jmespath", "terse", "get_methods log calls", (recipe("add logging", names="get_methods"),)
    ),
    Sentence(
        "jmespath",
        "loose",
        "_is_comparable and _is_actual_number want docstrings",
        (recipe("document", names="_is_actual_number,_is_comparable"),),
    ),
    Sentence(
        "jmespath",
        "loose",
        "add type hints to jmespath/compat.py, we run mypy now",
        (recipe("annotate", paths=(f"{_J}compat.py", "compat.py")),),
    ),
    Sentence("jmespath", "loose", "make Lexer thread safe", ()),
    Sentence("jmespath", "loose", "search should accept a list of expressions", ()),
    Sentence(
        "jmespath",
        "terse",
        "JMESPathTypeError => TypeMismatchError",
        (rename(f"{_J}exceptions.py::JMESPathTypeError", "TypeMismatchError"),),
    ),
    Sentence("jmespath", "loose", "is UnknownFunctionError raised anywhere", ()),
    Sentence(
        "jmespath",
        "loose",
        "compat.py has dead stuff nobody calls, clean that",
        (Expected("remove dead code", {"where": f"{_J}compat.py"}),),
    ),
    Sentence(
        "jmespath",
        "loose",
        "modernize the string formatting in exceptions.py to f strings, thx",
        (Expected("convert format strings", {"where": f"{_J}exceptions.py"}),),
    ),
    Sentence(
        "jmespath",
        "loose",
        "Lexer._match_or_else says match_type where token_type would be right",
        (rename(f"{_J}lexer.py::Lexer._match_or_else.<locals>.match_type", "token_type"),),
    ),
    Sentence(
        "voluptuous",
        "loose",
        "humanize_error: data comes first today, I want validation_error, then data, then the rest",
        (
            reorder(
                f"{_V}humanize.py::humanize_error", "validation_error, data, max_sub_error_length"
            ),
        ),
    ),
    Sentence(
        "voluptuous",
        "terse",
        "_nested_getitem -> get_nested",
        (rename(f"{_V}humanize.py::_nested_getitem", "get_nested"),),
    ),
    Sentence(
        "voluptuous",
        "loose",
        "the name `raises` for a context manager is taken from pytest; expect_error "
        "suits us better",
        (rename(f"{_V}schema_builder.py::raises", "expect_error"),),
    ),
    Sentence(
        "voluptuous",
        "loose",
        "Lower and Upper in util, I'd see them in voluptuous/text.py",
        (move(f"{_V}util.py::Lower\n{_V}util.py::Upper", f"{_V}text.py"),),
    ),
    Sentence(
        "voluptuous",
        "terse",
        "mv Strip voluptuous/text.py",
        (move(f"{_V}util.py::Strip", f"{_V}text.py"),),
    ),
    Sentence(
        "voluptuous",
        "loose",
        "humanize.py? it's really messages.py",
        (move_module(f"{_V}humanize.py", f"{_V}messages.py"),),
    ),
    Sentence(
        "voluptuous",
        "precise",
        "Whoever calls `Maybe` should be forced to give `msg` by keyword.",
        (keyword_only(f"{_V}validators.py::Maybe", "msg"),),
    ),
    Sentence(
        "voluptuous",
        "loose",
        "MAX_VALIDATION_ERROR_ITEM_LENGTH is longer than what it limits: ITEM_LENGTH_MAX",
        (rename(f"{_V}humanize.py::MAX_VALIDATION_ERROR_ITEM_LENGTH", "ITEM_LENGTH_MAX"),),
    ),
    Sentence("voluptuous", "loose", "rename Lower to lower unless that breaks somebody", ()),
    Sentence("voluptuous", "loose", "I want humanize_error to take a language parameter", ()),
    Sentence(
        "voluptuous",
        "terse",
        "truth: param f => func",
        (rename(f"{_V}validators.py::truth.<locals>.f", "func"),),
    ),
    Sentence(
        "voluptuous",
        "loose",
        "handle errors in _url_validation",
        (recipe("handle errors", names="_url_validation"),),
    ),
    Sentence(
        "voluptuous",
        "loose",
        "voluptuous/util.py: __all__ missing",
        (Expected("add all", {"where": f"{_V}util.py"}),),
    ),
    Sentence("voluptuous", "loose", "turn _nested_getitem into a class", ()),
    Sentence(
        "voluptuous",
        "terse",
        "Object class -> ObjectSchema pls",
        (rename(f"{_V}schema_builder.py::Object", "ObjectSchema"),),
    ),
    Sentence(
        "voluptuous",
        "loose",
        "for default_factory give us some tests, please",
        (recipe("write tests", names="default_factory"),),
    ),
    Sentence(
        "parse",
        "loose",
        "strf_date_convert is abbreviated badly, write convert_strf_date",
        (rename(f"{_P}__init__.py::strf_date_convert", "convert_strf_date"),),
    ),
    Sentence(
        "parse",
        "terse",
        "FixedTzOffset, move to parse/tz.py",
        (move(f"{_P}__init__.py::FixedTzOffset", f"{_P}tz.py"),),
    ),
    Sentence(
        "parse",
        "loose",
        "TooManyFields is an error, so TooManyFieldsError",
        (rename(f"{_P}__init__.py::TooManyFields", "TooManyFieldsError"),),
    ),
    Sentence(
        "parse",
        "loose",
        "with_pattern's regex_group_count: groups is shorter and says the same",
        (rename(f"{_P}__init__.py::with_pattern.<locals>.regex_group_count", "groups"),),
    ),
    Sentence(
        "parse",
        "precise",
        "Our convention wants private helpers; hence `get_regex_for_datetime_format` "
        "becomes `_datetime_regex`.",
        (rename(f"{_P}__init__.py::get_regex_for_datetime_format", "_datetime_regex"),),
    ),
    Sentence(
        "parse",
        "loose",
        "nobody knows what percentage does, it lacks a docstring",
        (recipe("document", names="percentage"),),
    ),
    Sentence("parse", "loose", "is evaluate_result really needed?", ()),
    Sentence(
        "parse",
        "loose",
        "ResultIterator, Result and Match form one group, in results.py next to the init "
        "they would be at home",
        (
            move(
                f"{_P}__init__.py::ResultIterator\n{_P}__init__.py::Result\n{_P}__init__.py::Match",
                f"{_P}results.py",
            ),
        ),
    ),
    Sentence(
        "parse",
        "terse",
        "percentage(string, match) swap",
        (reorder(f"{_P}__init__.py::percentage", "match, string"),),
    ),
    Sentence(
        "parse",
        "loose",
        "log it whenever extract_format is entered",
        (recipe("add logging", names="extract_format"),),
    ),
    Sentence("parse", "loose", "extract_format must not change", ()),
    Sentence(
        "parse",
        "terse",
        "MONTHS_MAP const -> MONTH_NUMBERS",
        (rename(f"{_P}__init__.py::MONTHS_MAP", "MONTH_NUMBERS"),),
    ),
    Sentence(
        "xmltodict",
        "loose",
        "ns_sep in _process_namespace is short for namespace_separator, spell it out",
        (rename("xmltodict.py::_process_namespace.<locals>.ns_sep", "namespace_separator"),),
    ),
    Sentence(
        "xmltodict",
        "terse",
        "ParsingInterrupted +Error at the end",
        (rename("xmltodict.py::ParsingInterrupted", "ParsingInterruptedError"),),
    ),
    Sentence(
        "xmltodict",
        "loose",
        "_validate_name and _validate_comment go well together in a validation.py",
        (move("xmltodict.py::_validate_name\nxmltodict.py::_validate_comment", "validation.py"),),
    ),
    Sentence("xmltodict", "loose", "xmltodict.unparse should have a docstring that is true", ()),
    Sentence("xmltodict", "loose", "_emit is a bad name but leave it", ()),
    Sentence(
        "xmltodict",
        "precise",
        "In `_validate_name`, name the parameter `kind` `what` instead.",
        (rename("xmltodict.py::_validate_name.<locals>.kind", "what"),),
    ),
    Sentence(
        "xmltodict",
        "loose",
        "_convert_value_to_string(value, encoding, bytes_errors): callers ought to name "
        "bytes_errors",
        (keyword_only("xmltodict.py::_convert_value_to_string", "bytes_errors"),),
    ),
)
