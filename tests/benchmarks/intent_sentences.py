"""Sentences that ask for refactorings of released packages, and the plan each should become.

Written by hand, from the outlines of the packages, a third in each of three styles:
"precise" as in a ticket, "loose" as one says it to a colleague, "terse" as one types it in a
hurry, with names that are only nearly right. Those of four packages were used while
the rules were made (here); those of the other four were not (`intent_sentences_held_out`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

Accepted = str | tuple[str, ...]
"""A value of an argument; several where each of them is right."""


@dataclass(frozen=True, slots=True)
class Expected:
    """One part of a plan."""

    refactoring: str
    arguments: Mapping[str, Accepted]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence with its plan."""

    package: str
    style: str
    text: str
    parts: tuple[Expected, ...]
    """Empty for what nanobot should refuse."""


def rename(symbol: Accepted, new_name: str, also: str = "") -> Expected:
    """Expect a rename; `also` is empty for code alone."""
    return Expected("rename", {"symbol": symbol, "new_name": new_name, "also": also})


def move(symbols: str, target: str) -> Expected:
    """Expect definitions to move."""
    return Expected("move", {"symbols": symbols, "target": target})


def move_module(module: str, target: str) -> Expected:
    """Expect a module to move."""
    return Expected("move module", {"module": module, "target": target})


def add(function: Accepted, parameter: str, **more: str) -> Expected:
    """Expect a new parameter."""
    return Expected("add parameter", {"function": function, "parameter": parameter, **more})


def remove(function: Accepted, parameter: str) -> Expected:
    """Expect a parameter to go."""
    return Expected("remove parameter", {"function": function, "parameter": parameter})


def reorder(function: Accepted, order: str) -> Expected:
    """Expect another order of parameters."""
    return Expected("reorder parameters", {"function": function, "order": order})


def keyword_only(function: Accepted, parameter: str) -> Expected:
    """Expect parameters by keyword only."""
    return Expected("make keyword only", {"function": function, "parameter": parameter})


def constant(module: str, literal: str, new_name: str) -> Expected:
    """Expect a literal to get a name."""
    return Expected(
        "extract constant", {"module": module, "literal": literal, "new_name": new_name}
    )


def variable(function: str, expression: str, new_name: str) -> Expected:
    """Expect an expression to get a name."""
    arguments = {"function": function, "expression": expression, "new_name": new_name}
    return Expected("extract variable", arguments)


def function_of(module: str, lines: str, new_name: str) -> Expected:
    """Expect lines to become a function."""
    return Expected("extract function", {"module": module, "lines": lines, "new_name": new_name})


def recipe(name: str, *, names: Accepted = "", paths: Accepted = "") -> Expected:
    """Expect a recipe for definitions and files, each list separated by commas."""
    return Expected(name, {"names": names, "paths": paths})


TUNING_PACKAGES: Final = {
    "click": "8.5.1",
    "h11": "0.16.0",
    "itsdangerous": "2.2.0",
    "markdown-it-py": "4.3.0",
}
_DOCS: Final = "documents"
_ALL: Final = "comments,documents"
_C: Final = "src/click/"
_H: Final = "h11/"
_I: Final = "src/itsdangerous/"
_M: Final = "markdown_it/"


def _click(style: str, text: str, *parts: Expected) -> Sentence:
    return Sentence("click", style, text, parts)


def _h11(style: str, text: str, *parts: Expected) -> Sentence:
    return Sentence("h11", style, text, parts)


def _its(style: str, text: str, *parts: Expected) -> Sentence:
    return Sentence("itsdangerous", style, text, parts)


def _mdit(style: str, text: str, *parts: Expected) -> Sentence:
    return Sentence("markdown-it-py", style, text, parts)


_CLICK: Final = (
    _click(
        "precise",
        "Rename the function `make_str` in `src/click/utils.py` to `to_text` and update every use.",
        rename(f"{_C}utils.py::make_str", "to_text"),
    ),
    _click(
        "precise",
        "Move the class `HelpFormatter` from `click/formatting.py` to a new module "
        "`click/help_formatter.py`.",
        move(f"{_C}formatting.py::HelpFormatter", f"{_C}help_formatter.py"),
    ),
    _click(
        "precise",
        "Add a keyword-only parameter `encoding` with default `None` to the function `open_file`'s "
        "helper `_get_binary_stream` in `utils.py`.",
        add(f"{_C}utils.py::_get_binary_stream", "encoding", default="None", keyword_only="yes"),
    ),
    _click(
        "precise",
        "Make the parameter `width` of `wrap_text` keyword-only.",
        keyword_only(f"{_C}formatting.py::wrap_text", "width"),
    ),
    _click(
        "precise",
        "Extract the literal `80` in `src/click/formatting.py` into a constant named "
        "`DEFAULT_MAX_WIDTH`.",
        constant(f"{_C}formatting.py", "80", "DEFAULT_MAX_WIDTH"),
    ),
    _click(
        "loose",
        "rename get_app_dir to app_dir everywhere",
        rename(f"{_C}utils.py::get_app_dir", "app_dir", _ALL),
    ),
    _click(
        "loose",
        "can you move join_options into utils.py and rename it to format_options?",
        move(f"{_C}formatting.py::join_options", f"{_C}utils.py"),
        rename(f"{_C}utils.py::join_options", "format_options"),
    ),
    _click(
        "loose",
        "the method close_intelligently of _LazyFile should be called close_if_needed",
        rename(f"{_C}utils.py::_LazyFile.close_intelligently", "close_if_needed"),
    ),
    _click(
        "loose",
        "swap roaming and force_posix in get_app_dir",
        reorder(f"{_C}utils.py::get_app_dir", "app_name, force_posix, roaming"),
    ),
    _click(
        "loose",
        "echo's nl parameter should be named newline, please change it in the docs too",
        rename(f"{_C}utils.py::echo.<locals>.nl", "newline", _DOCS),
    ),
    _click(
        "terse",
        "current_context instead of get current context pls, also in docs",
        rename(f"{_C}globals.py::get_current_context", "current_context", _DOCS),
    ),
    _click(
        "terse",
        "HelpFormater -> HelpWriter",
        rename(f"{_C}formatting.py::HelpFormatter", "HelpWriter"),
    ),
    _click(
        "terse",
        "globals module => context_stack",
        move_module(f"{_C}globals.py", f"{_C}context_stack.py"),
    ),
    _click(
        "terse",
        "push ctx to enter_context, pop ctx to leave_context",
        rename(f"{_C}globals.py::push_context", "enter_context"),
        rename(f"{_C}globals.py::pop_context", "leave_context"),
    ),
    _click("terse", "make everything in core.py async"),
)

_H11: Final = (
    _h11(
        "precise",
        "Rename the class `ReceiveBuffer` to `InputBuffer`, also in comments and documentation.",
        rename(f"{_H}_receivebuffer.py::ReceiveBuffer", "InputBuffer", _ALL),
    ),
    _h11(
        "precise",
        "Move the functions `get_comma_header` and `set_comma_header` from `h11/_headers.py` to "
        "`h11/_util.py`.",
        move(
            f"{_H}_headers.py::get_comma_header\n{_H}_headers.py::set_comma_header",
            f"{_H}_util.py",
        ),
    ),
    _h11(
        "precise",
        "Rename the module `h11/_abnf.py` to `h11/_grammar.py`.",
        move_module(f"{_H}_abnf.py", f"{_H}_grammar.py"),
    ),
    _h11(
        "precise",
        "Rename the parameter `our_role` of `Connection.__init__` to `role`.",
        rename(f"{_H}_connection.py::Connection.__init__.<locals>.our_role", "role"),
    ),
    _h11(
        "precise",
        "Add a parameter `strict: bool = True` to `validate` in `h11/_util.py` and pass `False` "
        "in h11/tests/.",
        add(
            f"{_H}_util.py::validate",
            "strict",
            default="True",
            annotation="bool",
            value="False",
            callers="h11/tests",
        ),
    ),
    _h11(
        "loose",
        "I'd like bytesify to be called to_bytes",
        rename(f"{_H}_util.py::bytesify", "to_bytes"),
    ),
    _h11(
        "loose",
        "rename the constant CONTENT_LENGTH_MAX_DIGITS to MAX_LENGTH_DIGITS in the code and in "
        "the comments",
        rename(f"{_H}_headers.py::CONTENT_LENGTH_MAX_DIGITS", "MAX_LENGTH_DIGITS", "comments"),
    ),
    _h11(
        "loose",
        "has_expect_100_continue belongs in _events.py",
        move(f"{_H}_headers.py::has_expect_100_continue", f"{_H}_events.py"),
    ),
    _h11(
        "loose",
        "put data before regex in validate",
        reorder(f"{_H}_util.py::validate", "data, regex, msg"),
    ),
    _h11(
        "loose",
        "normalize_and_validate takes a _parsed argument nobody needs, remove it",
        remove(f"{_H}_headers.py::normalize_and_validate", "_parsed"),
    ),
    _h11(
        "terse",
        "recieve_data => feed",
        rename(f"{_H}_connection.py::Connection.receive_data", "feed"),
    ),
    _h11(
        "terse",
        "max incomplete event size -> EVENT_SIZE_LIMIT (the default one)",
        rename(f"{_H}_connection.py::DEFAULT_MAX_INCOMPLETE_EVENT_SIZE", "EVENT_SIZE_LIMIT"),
    ),
    _h11(
        "terse",
        "ChunkReader to ChunkedBodyReader and Http10Reader to UntilCloseReader",
        rename(f"{_H}_readers.py::ChunkedReader", "ChunkedBodyReader"),
        rename(f"{_H}_readers.py::Http10Reader", "UntilCloseReader"),
    ),
    _h11(
        "terse",
        "buf param of expect_nothing -> buffer",
        rename(f"{_H}_readers.py::expect_nothing.<locals>.buf", "buffer"),
    ),
    _h11(
        "terse",
        "kw only: error_status_hint in ProtocolError",
        keyword_only(
            (f"{_H}_util.py::ProtocolError.__init__", f"{_H}_util.py::ProtocolError"),
            "error_status_hint",
        ),
    ),
)

_ITS: Final = (
    _its(
        "precise",
        "Rename the method `derive_key` of the class `Signer` to `make_key` and update all "
        "callers.",
        rename(f"{_I}signer.py::Signer.derive_key", "make_key"),
    ),
    _its(
        "precise",
        "Move `want_bytes` from `src/itsdangerous/encoding.py` to `src/itsdangerous/text.py`, "
        "which is new.",
        move(f"{_I}encoding.py::want_bytes", f"{_I}text.py"),
    ),
    _its(
        "precise",
        "Reorder the parameters of `want_bytes` to `s, errors, encoding`.",
        reorder(f"{_I}encoding.py::want_bytes", "s, errors, encoding"),
    ),
    _its(
        "precise",
        'Extract the string "ascii" in `src/itsdangerous/encoding.py` to the constant '
        "`ASCII_ENCODING`.",
        constant(f"{_I}encoding.py", "'ascii'", "ASCII_ENCODING"),
    ),
    _its(
        "precise",
        "Rename `BadSignature` to `InvalidSignature` and move it to `src/itsdangerous/errors.py`.",
        rename(f"{_I}exc.py::BadSignature", "InvalidSignature"),
        move(f"{_I}exc.py::InvalidSignature", f"{_I}errors.py"),
    ),
    _its(
        "loose",
        "call the module exc errors from now on",
        move_module(f"{_I}exc.py", f"{_I}errors.py"),
    ),
    _its(
        "loose",
        "give base64_encode a strip parameter that defaults to True",
        add(f"{_I}encoding.py::base64_encode", "strip", default="True"),
    ),
    _its(
        "loose",
        "use SignatureTooOld instead of SignatureExpired everywhere",
        rename(f"{_I}exc.py::SignatureExpired", "SignatureTooOld", _ALL),
    ),
    _its(
        "loose",
        "in TimestampSigner rename get_timestamp to now and timestamp_to_datetime to as_datetime",
        rename(f"{_I}timed.py::TimestampSigner.get_timestamp", "now"),
        rename(f"{_I}timed.py::TimestampSigner.timestamp_to_datetime", "as_datetime"),
    ),
    _its(
        "loose",
        "pull base64_encode and base64_decode out into a new module base64_text",
        move(
            f"{_I}encoding.py::base64_encode\n{_I}encoding.py::base64_decode",
            f"{_I}base64_text.py",
        ),
    ),
    _its(
        "terse",
        "int_from_bytes instead of bytes to int",
        rename(f"{_I}encoding.py::bytes_to_int", "int_from_bytes"),
    ),
    _its(
        "terse",
        "HmacAlgorithm -> HmacSigning, docs too",
        rename(f"{_I}signer.py::HMACAlgorithm", "HmacSigning", _DOCS),
    ),
    _its(
        "terse",
        "signed_val param in Signer.unsign to token",
        rename(f"{_I}signer.py::Signer.unsign.<locals>.signed_value", "token"),
    ),
    _its(
        "terse",
        "is_text_serialiser to signer.py",
        move(f"{_I}serializer.py::is_text_serializer", f"{_I}signer.py"),
    ),
    _its("terse", "upgrade to python 3.13 syntax"),
)

_MDIT: Final = (
    _mdit(
        "precise",
        "Rename the function `charCodeAt` in `markdown_it/common/utils.py` to `char_code_at`, "
        "also in strings and docs.",
        rename(f"{_M}common/utils.py::charCodeAt", "char_code_at", "strings,documents"),
    ),
    _mdit(
        "precise",
        "Move the module `markdown_it/ruler.py` to `markdown_it/common/ruler.py`.",
        move_module(f"{_M}ruler.py", f"{_M}common/ruler.py"),
    ),
    _mdit(
        "precise",
        "Remove the parameter `match` from the function `replaceEntityPattern`.",
        remove(f"{_M}common/utils.py::replaceEntityPattern", "match"),
    ),
    _mdit(
        "precise",
        "Extract the expression `c & 0xFFFF` in the function `isValidEntityCode` into a local "
        "variable `low_bits`.",
        variable(f"{_M}common/utils.py::isValidEntityCode", "c & 0xFFFF", "low_bits"),
    ),
    _mdit(
        "precise",
        "Rename the attribute `srcCharCode` of `StateBase` to `char_codes`.",
        rename(f"{_M}ruler.py::StateBase.srcCharCode", "char_codes"),
    ),
    _mdit(
        "loose",
        "escapeHtml should live in markdown_it/renderer.py",
        move(f"{_M}common/utils.py::escapeHtml", f"{_M}renderer.py"),
    ),
    _mdit(
        "loose",
        "change isWhiteSpace to is_whitespace and isPunctChar to is_punctuation",
        rename(f"{_M}common/utils.py::isWhiteSpace", "is_whitespace"),
        rename(f"{_M}common/utils.py::isPunctChar", "is_punctuation"),
    ),
    _mdit(
        "loose",
        "please add a silent flag, False by default, as parameter to convert_file",
        add(f"{_M}cli/parse.py::convert_file", "silent", default="False"),
    ),
    _mdit(
        "loose",
        "replace the magic number 0xFDD0 in common/utils.py with a constant FIRST_NONCHARACTER",
        constant(f"{_M}common/utils.py", "0xFDD0", "FIRST_NONCHARACTER"),
    ),
    _mdit(
        "loose",
        "ignoreInvalid of Ruler.enable should be keyword-only",
        keyword_only(f"{_M}ruler.py::Ruler.enable", "ignoreInvalid"),
    ),
    _mdit(
        "terse",
        "normalise_reference instead of normalizeReference, everywhere",
        rename(f"{_M}common/utils.py::normalizeReference", "normalise_reference", _ALL),
    ),
    _mdit(
        "terse",
        "syntax tree node -> TreeNode",
        rename(f"{_M}tree.py::SyntaxTreeNode", "TreeNode"),
    ),
    _mdit(
        "terse",
        "text_join module in rules_core to join_text",
        move_module(f"{_M}rules_core/text_join.py", f"{_M}rules_core/join_text.py"),
    ),
    _mdit(
        "terse",
        "lines 25-33 of cli/parse.py -> function run_cli",
        function_of(f"{_M}cli/parse.py", "25-33", "run_cli"),
    ),
    _mdit(
        "terse",
        "drop dict_factory from Token.as_dict",
        remove(f"{_M}token.py::Token.as_dict", "dict_factory"),
    ),
)

TUNING: Final = (*_CLICK, *_H11, *_ITS, *_MDIT)
