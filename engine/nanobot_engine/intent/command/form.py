"""The forms of commands, each with the plain sentence that the rules read for it."""

from dataclasses import dataclass
from typing import Final

NOTHING: Final = "none"
"""What is written where no command does what is asked."""


@dataclass(frozen=True, slots=True)
class Form:
    """One kind of command."""

    name: str
    """Of the refactoring or recipe."""
    command: str
    """What a model writes; in braces are names of `grammar.blanks_of`."""
    sentence: str
    """What the rules read, with the same blanks."""
    cue: str = ""
    """A regular expression; where nothing matches it, the command is not meant."""


FORMS: Final = (
    Form("rename", "rename {symbol} to {new}", "rename {symbol} to `{new}`"),
    Form(
        "rename",
        "rename parameter {parameter} to {new}",
        "rename the parameter {parameter} to `{new}`",
    ),
    Form("move", "move {movable} to {target}", "move {movable} to `{target}`"),
    Form("move module", "rename file {module} to {file}", "rename the file `{module}` to `{file}`"),
    Form(
        "merge modules",
        "merge file {module} into {into}",
        "merge the module `{module}` into `{into}`",
    ),
    Form(
        "add parameter",
        "add parameter {new} = {literal} to {function}",
        "add a parameter `{new}` to {function} with default {literal}",
    ),
    Form(
        "remove parameter",
        "remove parameter {parameter}",
        "remove the parameter {parameter}",
        r"remov|drop|delet|kill|unused|not used|nobody|no one|never|rid|useless|without|need|rm\b"
        r"|strip|superfluous|away|gone|out of",
    ),
    Form(
        "make keyword only",
        "keyword-only parameter {parameter}",
        "make the parameter {parameter} keyword-only",
        r"keyword|\bkw|name|position|spell|explicit|=",
    ),
    Form(
        "reorder parameters",
        "reorder parameters {order}",
        "reorder the parameters {order}",
        r"order|swap|flip|revers|sort|first|second|last|front|before|after|behind|ahead|place|change"
        r"|exchange|other way|switch|mix|round|begin|start|end",
    ),
    Form(
        "inline function",
        "inline {plain}",
        "inline the function {plain}",
        r"inline|body|caller|once|single|only (?:one|use)|paste|dissolve|fold|into",
    ),
    Form(
        "method to static method",
        "make static {method}",
        "make the method {method} static",
        r"static|self",
    ),
    Form(
        "method to function",
        "make function of {method}",
        "turn the method {method} into a function",
        r"function|out of|class|self|module",
    ),
    Form(
        "function to method",
        "make {plain} a method of {class}",
        "turn the function {plain} into a method of {class}",
        r"method|member|belong|class|part of",
    ),
    Form(
        "extract constant",
        "extract constant {new} = {literal} in {module}",
        "extract the literal {literal} in `{module}` to a constant `{new}`",
        r"constant|name|magic|literal|extract|[A-Z]{3}",
    ),
    Form(
        "extract variable",
        "extract variable {new} = {literal} in {function}",
        "extract `{literal}` in {function} to a variable `{new}`",
        r"variable|local|name|twice|extract|compute|assign|store",
    ),
    Form(
        "extract function",
        "extract function {new} from lines {lines} of {module}",
        "extract lines {lines} of `{module}` to a function `{new}`",
    ),
    Form(
        "convert format strings",
        "convert to f-strings in {module}",
        "convert to f-strings in `{module}`",
        r"\bf[- ]?str|format|percent|%",
    ),
    Form(
        "convert bare except",
        "convert bare except in {module}",
        "convert bare excepts in `{module}`",
        r"except",
    ),
    Form(
        "convert unittest to pytest",
        "convert unittest to pytest in {module}",
        "convert unittest to pytest in `{module}`",
        r"pytest|unittest",
    ),
    Form(
        "convert os.path to pathlib",
        "convert os.path to pathlib in {module}",
        "convert os.path to pathlib in `{module}`",
        r"path",
    ),
    Form(
        "convert print to logging",
        "convert print to logging in {module}",
        "convert print to logging in `{module}`",
        r"print",
    ),
    Form("add all", "add __all__ to {module}", "add `__all__` to `{module}`", r"__all__|export"),
    Form(
        "remove dead code",
        "remove unused imports in {module}",
        "remove unused imports in `{module}`",
        r"import",
    ),
    Form(
        "remove dead code",
        "remove dead code in {module}",
        "remove dead code in `{module}`",
        r"dead|unused|nobody|nothing|never|cruft|unreachable",
    ),
    Form(
        "remove unused parameters",
        "remove unused parameters in {module}",
        "remove unused parameters in `{module}`",
        r"param|arg",
    ),
    Form(
        "deduplicate",
        "deduplicate code in {module}",
        "deduplicate functions in `{module}`",
        r"dup|cop(?:y|ies)|twice|same",
    ),
    Form(
        "document",
        "write docstrings for {what}",
        "add docstrings to {what}",
        r"doc|explain|descri|comment|undoc|what .* (?:does|do|is for|are for)|what it",
    ),
    Form(
        "annotate",
        "write type hints for {what}",
        "add type annotations to {what}",
        r"typ|annot|hint|mypy|pyright",
    ),
    Form("write tests", "write tests for {what}", "write tests for {what}", r"test|cover"),
    Form("add logging", "add logging to {what}", "add logging to {what}", r"\blog"),
    Form(
        "handle errors",
        "add error handling to {what}",
        "add error handling to {what}",
        r"error|exception|handl|catch|fail|crash|rais|robust",
    ),
)
RECIPES: Final = frozenset({"document", "annotate", "write tests", "add logging", "handle errors"})
"""Forms that ask for a recipe and no refactoring."""
