"""Sentences that were written after the readings by names alone; see `intent_sentences`.

A first run had 22 of 30 right: 11 of 11 precise, 5 of 10 loose, 6 of 9 terse. The misses
were looked at since, so for a new first run write others, about other packages.
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
    remove,
    rename,
    reorder,
)

FRESH_PACKAGES: Final = {"iniconfig": "2.3.1", "sqlparse": "0.6.1", "tabulate": "0.10.0"}
_DOCS: Final = "documents"
_ALL: Final = "comments,documents"
_N: Final = "src/iniconfig/"
_Q: Final = "sqlparse/"
_B: Final = "tabulate/__init__.py"


def _iniconfig(style: str, text: str, *parts: Expected) -> Sentence:
    return Sentence("iniconfig", style, text, parts)


def _sqlparse(style: str, text: str, *parts: Expected) -> Sentence:
    return Sentence("sqlparse", style, text, parts)


def _tabulate(style: str, text: str, *parts: Expected) -> Sentence:
    return Sentence("tabulate", style, text, parts)


FRESH: Final = (
    _iniconfig(
        "precise",
        "Rename `iscommentline` in `src/iniconfig/_parse.py` to `is_comment_line` and adapt all "
        "imports and calls.",
        rename(f"{_N}_parse.py::iscommentline", "is_comment_line"),
    ),
    _iniconfig(
        "precise",
        "Move the class `ParsedLine` from `_parse.py` to a new module `_line.py` in the same "
        "package.",
        move(f"{_N}_parse.py::ParsedLine", f"{_N}_line.py"),
    ),
    _iniconfig(
        "precise",
        "Remove the keyword argument `strip_section_whitespace` of the function `_parseline`.",
        remove(f"{_N}_parse.py::_parseline", "strip_section_whitespace"),
    ),
    _iniconfig(
        "loose",
        "COMMENTCHARS should rather be COMMENT_PREFIXES, please also fix the comments",
        rename(f"{_N}_parse.py::COMMENTCHARS", "COMMENT_PREFIXES", "comments"),
    ),
    _iniconfig(
        "loose",
        "the exceptions file would be better named errors.py",
        move_module(f"{_N}exceptions.py", f"{_N}errors.py"),
    ),
    _iniconfig(
        "loose",
        "can we have the line_iter argument of parse_lines be called lines?",
        rename(f"{_N}_parse.py::parse_lines.<locals>.line_iter", "lines"),
    ),
    _iniconfig(
        "terse",
        "section wrapper -> Section, docs too",
        rename(f"{_N}__init__.py::SectionWrapper", "Section", _DOCS),
    ),
    _iniconfig(
        "terse",
        "_parseline: swap line + lineno",
        reorder(
            f"{_N}_parse.py::_parseline",
            "path, lineno, line, strip_inline_comments, strip_section_whitespace",
        ),
    ),
    _iniconfig("terse", "drop support for python 3.8"),
    _sqlparse(
        "precise",
        "Rename the class `TokenList` in the module `sqlparse.sql` to `TokenGroup`, in code, "
        "docstrings and comments.",
        rename(f"{_Q}sql.py::TokenList", "TokenGroup", _ALL),
    ),
    _sqlparse(
        "precise",
        "Move the functions `remove_quotes` and `recurse` from `sqlparse/utils.py` into "
        "`sqlparse/sql.py`.",
        move(f"{_Q}utils.py::remove_quotes\n{_Q}utils.py::recurse", f"{_Q}sql.py"),
    ),
    _sqlparse(
        "precise",
        "Add a parameter `errors` with the default `'strict'` to the function `tokenize` in "
        "`sqlparse/lexer.py`.",
        add(f"{_Q}lexer.py::tokenize", "errors", default="'strict'"),
    ),
    _sqlparse(
        "precise",
        "Make the parameter `encoding` of `sqlparse.parsestream` keyword-only.",
        keyword_only(f"{_Q}__init__.py::parsestream", "encoding"),
    ),
    _sqlparse(
        "precise",
        "Rename the method `set_SQL_REGEX` of `Lexer` to `set_patterns` and its parameter "
        "`SQL_REGEX` to `patterns`.",
        rename(f"{_Q}lexer.py::Lexer.set_SQL_REGEX", "set_patterns"),
        rename(f"{_Q}lexer.py::Lexer.set_patterns.<locals>.SQL_REGEX", "patterns"),
    ),
    _sqlparse(
        "loose",
        "I don't like the name get_token_at_offset, please make it token_at",
        rename(f"{_Q}sql.py::TokenList.get_token_at_offset", "token_at"),
    ),
    _sqlparse(
        "loose",
        "build_filter_stack really belongs to engine/filter_stack.py",
        move(f"{_Q}formatter.py::build_filter_stack", f"{_Q}engine/filter_stack.py"),
    ),
    _sqlparse(
        "loose",
        "split_unquoted_newlines has a parameter stmt, that should be statement",
        rename(f"{_Q}utils.py::split_unquoted_newlines.<locals>.stmt", "statement"),
    ),
    _sqlparse(
        "loose",
        "rename _process_file to process_file and _error to report_error in cli.py",
        rename(f"{_Q}cli.py::_process_file", "process_file"),
        rename(f"{_Q}cli.py::_error", "report_error"),
    ),
    _sqlparse(
        "terse",
        "validate_opts to check_options",
        rename(f"{_Q}formatter.py::validate_options", "check_options"),
    ),
    _sqlparse(
        "terse",
        "aligned_indent.py -> alignment.py",
        move_module(f"{_Q}filters/aligned_indent.py", f"{_Q}filters/alignment.py"),
    ),
    _sqlparse(
        "terse",
        "get_typecast => typecast, get_ordering => ordering",
        rename(f"{_Q}sql.py::Identifier.get_typecast", "typecast"),
        rename(f"{_Q}sql.py::Identifier.get_ordering", "ordering"),
    ),
    _sqlparse(
        "terse",
        "rm param encoding from Lexer.get_tokens",
        remove(f"{_Q}lexer.py::Lexer.get_tokens", "encoding"),
    ),
    _tabulate(
        "precise",
        "Extract the literal `'\\x1b'` in `tabulate/__init__.py` into the constant `ESCAPE`.",
        constant(_B, "'\\x1b'", "ESCAPE"),
    ),
    _tabulate(
        "precise",
        "Change the name of the constant `MIN_PADDING` to `PADDING_MIN` everywhere.",
        rename(f"{_B}::MIN_PADDING", "PADDING_MIN", _ALL),
    ),
    _tabulate(
        "precise",
        "Reorder the parameters of `_pipe_segment_with_colons` to `colwidth, align`.",
        reorder(f"{_B}::_pipe_segment_with_colons", "colwidth, align"),
    ),
    _tabulate(
        "loose",
        "all these _latex things are fine but _latex_row should be called _tex_row",
        rename(f"{_B}::_latex_row", "_tex_row"),
    ),
    _tabulate(
        "loose",
        "let _rst_escape_first_column live in a new module tabulate/rst.py",
        move(f"{_B}::_rst_escape_first_column", "tabulate/rst.py"),
    ),
    _tabulate(
        "loose",
        "nobody passes longtable to _latex_line_begin_tabular, get rid of it",
        remove(f"{_B}::_latex_line_begin_tabular", "longtable"),
    ),
    _tabulate(
        "terse",
        "is seperating line value -> _is_rule_value",
        rename(f"{_B}::_is_separating_line_value", "_is_rule_value"),
    ),
    _tabulate("terse", "DataRow to dataclass"),
)
