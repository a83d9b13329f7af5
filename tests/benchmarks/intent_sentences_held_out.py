"""The sentences about packages that the first rules were not made for; see `intent_sentences`.

A first run had 49 of 60 right: 19 precise, 14 loose, 16 terse, of 20 each. The misses were
looked at since.
"""

from typing import Final

from benchmarks.intent_sentences import (
    Expected,
    Sentence,
    add,
    constant,
    function_of,
    keyword_only,
    move,
    move_module,
    recipe,
    remove,
    rename,
    reorder,
    variable,
)

HELD_OUT_PACKAGES: Final = {
    "attrs": "26.1.0",
    "httpx": "0.28.1",
    "pluggy": "1.7.0",
    "tomlkit": "0.15.2",
}
_DOCS: Final = "documents"
_ALL: Final = "comments,documents"
_A: Final = "src/attr/"
_X: Final = "httpx/"
_P: Final = "src/pluggy/"
_T: Final = "tomlkit/"


def _attrs(style: str, text: str, *parts: Expected) -> Sentence:
    return Sentence("attrs", style, text, parts)


def _httpx(style: str, text: str, *parts: Expected) -> Sentence:
    return Sentence("httpx", style, text, parts)


def _pluggy(style: str, text: str, *parts: Expected) -> Sentence:
    return Sentence("pluggy", style, text, parts)


def _tomlkit(style: str, text: str, *parts: Expected) -> Sentence:
    return Sentence("tomlkit", style, text, parts)


_ATTRS: Final = (
    _attrs(
        "precise",
        "Rename the class `VersionInfo` in `src/attr/_version_info.py` to `Version`, including "
        "the documentation.",
        rename(f"{_A}_version_info.py::VersionInfo", "Version", _DOCS),
    ),
    _attrs(
        "precise",
        "Move the function `to_bool` from `src/attr/converters.py` to `src/attr/_funcs.py`.",
        move(f"{_A}converters.py::to_bool", f"{_A}_funcs.py"),
    ),
    _attrs(
        "precise",
        "Make `value_serializer` a keyword-only parameter of the function `asdict`.",
        keyword_only(f"{_A}_funcs.py::asdict", "value_serializer"),
    ),
    _attrs(
        "precise",
        "Reorder the parameters of the function `default_if_none` so that `factory` comes before "
        "`default`.",
        reorder(f"{_A}converters.py::default_if_none", "factory, default"),
    ),
    _attrs(
        "precise",
        "Rename the parameter `inst` of `asdict` to `instance` and the parameter `inst` of "
        "`astuple` to `instance`.",
        rename(f"{_A}_funcs.py::asdict.<locals>.inst", "instance"),
        rename(f"{_A}_funcs.py::astuple.<locals>.inst", "instance"),
    ),
    _attrs(
        "loose",
        "the private class _NumberValidator would be better named _ComparisonValidator",
        rename(f"{_A}validators.py::_NumberValidator", "_ComparisonValidator"),
    ),
    _attrs(
        "loose",
        "matches_re should accept a new argument strict=False",
        add(f"{_A}validators.py::matches_re", "strict", default="False"),
    ),
    _attrs(
        "loose",
        "let's move _split_what over to _make.py",
        move(f"{_A}filters.py::_split_what", f"{_A}_make.py"),
    ),
    _attrs(
        "loose",
        "rename set_run_validators to enable_validators in code, comments and docs",
        rename(f"{_A}_config.py::set_run_validators", "enable_validators", _ALL),
    ),
    _attrs(
        "loose",
        "get rid of the require_same_type parameter in cmp_using",
        remove(f"{_A}_cmp.py::cmp_using", "require_same_type"),
    ),
    _attrs(
        "terse",
        "resolve type -> resolve_annotations",
        rename(f"{_A}_funcs.py::resolve_types", "resolve_annotations"),
    ),
    _attrs(
        "terse",
        "NotAnAttrsClasError to NotAttrsClassError, docs as well",
        rename(f"{_A}exceptions.py::NotAnAttrsClassError", "NotAttrsClassError", _DOCS),
    ),
    _attrs(
        "terse",
        "_cmp.py to _compare.py pls",
        move_module(f"{_A}_cmp.py", f"{_A}_compare.py"),
    ),
    _attrs(
        "terse",
        "min_len + max_len into lengths.py",
        move(f"{_A}validators.py::min_len\n{_A}validators.py::max_len", f"{_A}lengths.py"),
    ),
    _attrs("terse", "fix all the bugs in _make.py"),
)

_HTTPX: Final = (
    _httpx(
        "precise",
        "Rename the class `QueryParams` in `httpx/_urls.py` to `QueryParameters` and update every "
        "use, in the documentation too.",
        rename(f"{_X}_urls.py::QueryParams", "QueryParameters", _DOCS),
    ),
    _httpx(
        "precise",
        "Rename the constant `MAX_URL_LENGTH` in `httpx/_urlparse.py` to `URL_LENGTH_MAX`.",
        rename(f"{_X}_urlparse.py::MAX_URL_LENGTH", "URL_LENGTH_MAX"),
    ),
    _httpx(
        "precise",
        "Move the class `URLPattern` from `httpx/_utils.py` to a new module "
        "`httpx/_url_pattern.py`.",
        move(f"{_X}_utils.py::URLPattern", f"{_X}_url_pattern.py"),
    ),
    _httpx(
        "precise",
        "Add a parameter `limit` of type `int` with default `65536` to the function `urlparse`.",
        add(f"{_X}_urlparse.py::urlparse", "limit", annotation="int", default="65536"),
    ),
    _httpx(
        "precise",
        "Turn lines 101-104 of `httpx/_utils.py` into a function called `file_length`.",
        function_of(f"{_X}_utils.py", "101-104", "file_length"),
    ),
    _httpx(
        "loose",
        "move is_ipv4_hostname and is_ipv6_hostname to _urls.py",
        move(f"{_X}_utils.py::is_ipv4_hostname\n{_X}_utils.py::is_ipv6_hostname", f"{_X}_urls.py"),
    ),
    _httpx(
        "loose",
        "I want Response.charset_encoding renamed to declared_encoding",
        rename(f"{_X}_models.py::Response.charset_encoding", "declared_encoding"),
    ),
    _httpx(
        "loose",
        "rename the package _transports to _backends",
        move_module(f"{_X}_transports", f"{_X}_backends"),
    ),
    _httpx(
        "loose",
        "quote in _urlparse has safe as second argument, make it keyword-only",
        keyword_only(f"{_X}_urlparse.py::quote", "safe"),
    ),
    _httpx(
        "loose",
        "rename the size argument chunk_size of ByteChunker to size and peek_filelike_length to "
        "stream_length",
        rename(f"{_X}_decoders.py::ByteChunker.__init__.<locals>.chunk_size", "size"),
        rename(f"{_X}_utils.py::peek_filelike_length", "stream_length"),
    ),
    _httpx(
        "terse",
        "TimeoutExc instead of TimeoutException everywhere",
        rename(f"{_X}_exceptions.py::TimeoutException", "TimeoutExc", _ALL),
    ),
    _httpx(
        "terse",
        "same origin -> has_same_origin",
        rename(f"{_X}_client.py::_same_origin", "has_same_origin"),
    ),
    _httpx(
        "terse",
        "enviroment proxies: proxies_from_environment instead of get_enviroment_proxies",
        rename(f"{_X}_utils.py::get_environment_proxies", "proxies_from_environment"),
    ),
    _httpx(
        "terse",
        "swap value/match_type_of in to_bytes_or_str",
        reorder(f"{_X}_utils.py::to_bytes_or_str", "match_type_of, value"),
    ),
    _httpx(
        "terse",
        "_multipart => _form_data (the module)",
        move_module(f"{_X}_multipart.py", f"{_X}_form_data.py"),
    ),
)

_PLUGGY: Final = (
    _pluggy(
        "precise",
        "Rename the method `get_canonical_name` of `PluginManager` to `canonical_name`.",
        rename(f"{_P}_manager.py::PluginManager.get_canonical_name", "canonical_name"),
    ),
    _pluggy(
        "precise",
        "Move `varnames` from `src/pluggy/_decorators.py` to `src/pluggy/_signature.py`.",
        move(f"{_P}_decorators.py::varnames", f"{_P}_signature.py"),
    ),
    _pluggy(
        "precise",
        "Add a parameter `max_length` with default `200` to the function `_format_block` in "
        "`src/pluggy/_tracing.py`.",
        add(f"{_P}_tracing.py::_format_block", "max_length", default="200"),
    ),
    _pluggy(
        "precise",
        "Extract `type(obj).__name__` in the function `_describe_failure` into a variable "
        "`type_name`.",
        variable(f"{_P}_tracing.py::_describe_failure", "type(obj).__name__", "type_name"),
    ),
    _pluggy(
        "precise",
        "In `src/pluggy/_result.py`, rename the class `HookCallError` to `HookCallFailed`, and "
        "rename the method `force_result` of `Result` to `set_result`.",
        rename(f"{_P}_result.py::HookCallError", "HookCallFailed"),
        rename(f"{_P}_result.py::Result.force_result", "set_result"),
    ),
    _pluggy(
        "loose",
        "rename _multicall to run_hooks, comments as well",
        rename(f"{_P}_execution.py::_multicall", "run_hooks", "comments"),
    ),
    _pluggy(
        "loose",
        "the is_blocked method on the plugin manager should be called blocked",
        rename(f"{_P}_manager.py::PluginManager.is_blocked", "blocked"),
    ),
    _pluggy(
        "loose",
        "_formatdef belongs in the _tracing module",
        move(f"{_P}_manager.py::_formatdef", f"{_P}_tracing.py"),
    ),
    _pluggy(
        "loose",
        "make lines the first parameter of _format_block",
        reorder(f"{_P}_tracing.py::_format_block", "lines, indent"),
    ),
    _pluggy(
        "loose",
        "call_extra doesn't need kwargs anymore, drop the parameter",
        remove(f"{_P}_caller.py::HookCaller.call_extra", "kwargs"),
    ),
    _pluggy(
        "terse",
        "PluginMananger -> Manager, docs + comments too",
        rename(f"{_P}_manager.py::PluginManager", "Manager", _ALL),
    ),
    _pluggy(
        "terse",
        "tag tracer sub to SubTracer",
        rename(f"{_P}_tracing.py::TagTracerSub", "SubTracer"),
    ),
    _pluggy(
        "terse",
        "plugin arg of PluginManager.unregister -> target",
        rename(f"{_P}_manager.py::PluginManager.unregister.<locals>.plugin", "target"),
    ),
    _pluggy(
        "terse",
        "safe_repr and safe_str to a new file _text.py",
        move(f"{_P}_tracing.py::_safe_repr\n{_P}_tracing.py::_safe_str", f"{_P}_text.py"),
    ),
    _pluggy(
        "terse",
        "write more tests for tracing",
        recipe("write tests", paths=f"{_P}_tracing.py"),
    ),
)

_TOMLKIT: Final = (
    _tomlkit(
        "precise",
        "Rename the function `parse_rfc3339` in `tomlkit/_utils.py` to `parse_datetime`, also in "
        "comments.",
        rename(f"{_T}_utils.py::parse_rfc3339", "parse_datetime", "comments"),
    ),
    _tomlkit(
        "precise",
        "Move the class `TOMLFile` from `tomlkit/toml_file.py` to `tomlkit/api.py`.",
        move(f"{_T}toml_file.py::TOMLFile", f"{_T}api.py"),
    ),
    _tomlkit(
        "precise",
        "Make the parameter `sort_keys` of the function `dumps` keyword-only.",
        keyword_only(f"{_T}api.py::dumps", "sort_keys"),
    ),
    _tomlkit(
        "precise",
        "Replace the literal `3600` in `tomlkit/_utils.py` by a constant `SECONDS_PER_HOUR`.",
        constant(f"{_T}_utils.py", "3600", "SECONDS_PER_HOUR"),
    ),
    _tomlkit(
        "precise",
        "Rename the method `inc_n` of the class `Source` to `advance` and its parameter `n` to "
        "`count`.",
        rename(f"{_T}source.py::Source.inc_n", "advance"),
        rename(f"{_T}source.py::Source.advance.<locals>.n", "count"),
    ),
    _tomlkit(
        "loose",
        "rename aot to array_of_tables everywhere, even in strings",
        rename(f"{_T}api.py::aot", "array_of_tables", "comments,strings,documents"),
    ),
    _tomlkit(
        "loose",
        "merge_dicts should be in container.py, not in _utils.py",
        move(f"{_T}_utils.py::merge_dicts", f"{_T}container.py"),
    ),
    _tomlkit(
        "loose",
        "add an encoding parameter to TOMLFile.read, default 'utf-8'",
        add(f"{_T}toml_file.py::TOMLFile.read", "encoding", default="'utf-8'"),
    ),
    _tomlkit(
        "loose",
        "NonExistentKey is a strange name, KeyNotFound would be nicer, so rename it to that",
        rename(f"{_T}exceptions.py::NonExistentKey", "KeyNotFound"),
    ),
    _tomlkit(
        "loose",
        "I'd rather have the module source named reader",
        move_module(f"{_T}source.py", f"{_T}reader.py"),
    ),
    _tomlkit(
        "terse",
        "rename endswith_whitespace to has_trailing_space",
        rename(f"{_T}container.py::ends_with_whitespace", "has_trailing_space"),
    ),
    _tomlkit(
        "terse",
        "escape str -> escaped, docs also",
        rename(f"{_T}_utils.py::escape_string", "escaped", _DOCS),
    ),
    _tomlkit(
        "terse",
        "swap d1 d2 in merge_dict",
        reorder(f"{_T}_utils.py::merge_dicts", "d2, d1"),
    ),
    _tomlkit(
        "terse",
        "toml_document.py into tomlkit/documents/",
        move_module(f"{_T}toml_document.py", f"{_T}documents/toml_document.py"),
    ),
    _tomlkit(
        "terse",
        "fp -> file in load and in dump",
        rename(f"{_T}api.py::load.<locals>.fp", "file"),
        rename(f"{_T}api.py::dump.<locals>.fp", "file"),
    ),
)

HELD_OUT: Final = (*_ATTRS, *_HTTPX, *_PLUGGY, *_TOMLKIT)
