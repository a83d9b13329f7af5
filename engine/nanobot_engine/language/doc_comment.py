"""The doc comment of one sentence: its words, its form, its place, and its gate.

    /** Returns the area. */     JavaScript, TypeScript, Java, C, C++ (or what the file uses)
    // Area returns the area.    Go: the first word is the name
    /// Returns the area.        Rust

A comment is a pure insertion of whole lines. The gate reads the trees before and after.
"""

import re
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from nanobot_engine.edit.errors import DocstringError
from nanobot_engine.edit.gates import ACCEPTED, Verdict
from nanobot_engine.edit.plan import TextEdit
from nanobot_engine.edit.source import SourceFile
from nanobot_engine.language.definitions import COMMENTS, CodeDefinition
from nanobot_indexer import Language, language_of
from nanobot_indexer.syntax.tree import SyntaxNode, SyntaxTree
from nanobot_indexer.syntax.tree_parser import TreeParser

_THIRD_PERSON: Final = frozenset({Language.GO, Language.RUST, Language.JAVA})
"""Where doc comments tell ("Returns"), by the language's own guide; elsewhere both are used."""
_NO_VERB: Final = frozenset(
    {"A", "An", "The", "This", "That", "It", "Its", "All", "Any", "Each", "Whether", "If", "When"}
)
_AND_VERB: Final = re.compile(
    r"\b(and|then|or) (return|set|add|remove|write|read|parse|check|create|update|call|print|"
    r"convert|store|append|skip|report|close|advance)(?= (?:the|a|an|it|its|them|all|each|any|"
    r"every|whether|true|false|nil|null|that)\b)"
)
_TAB_SIZE_COLUMNS: Final = 8
_MARKS: Final = re.compile(r"^\s*(?:/\*[*!]<?|\*/|\*(?!/)|//[/!]?)[ \t]?|\s*\*/\s*$")
_BLOCK: Final = re.compile(rb"/\*([*!])[^*/].*?\*/", re.DOTALL)
_LINES: Final = re.compile(rb"^[ \t]*(//[/!])[^/!]", re.MULTILINE)


def worded(sentence: str, definition: CodeDefinition) -> str | None:
    """Return a sentence as a language asks for it; None where it can not be put so.

    Args:
        sentence: "Return the area." of a function, "A stack of items." of a type.
        definition: What it is about.
    """
    if "*/" in sentence or "/*" in sentence:
        return None
    if definition.kind == "class":
        return _named_type(sentence, definition.name) if _is_go(definition) else sentence
    first, space, rest = sentence.partition(" ")
    if first in _NO_VERB or not first.isalpha():
        return None
    if definition.language not in _THIRD_PERSON:
        return sentence
    told = _third_person(first) + space + _AND_VERB.sub(_told, rest)
    return f"{definition.name} {told[0].lower()}{told[1:]}" if _is_go(definition) else told


def doc_comment_edit(
    source: SourceFile,
    definition: CodeDefinition,
    text: str,
    *,
    line_length_max: int,
    step_key: str,
) -> TextEdit:
    """Plan the insertion of a comment above a definition.

    Args:
        source: The file that `definition` was found in.
        definition: Has no comment yet.
        text: One sentence of ASCII, as `worded` returns it.
        line_length_max: Columns; a tab counts 8. A longer text gets several lines.
        step_key: Of the edit.

    Raises:
        DocstringError: There is a comment already, or the text can not stand in one.
    """
    name = definition.qualified_name
    if definition.has_comment:
        raise DocstringError(name, "has a comment already")
    if not text or not text.isascii() or not text.isprintable() or "*/" in text:
        raise DocstringError(name, f"a comment can not hold {text!r}")
    indent = definition.indent.decode("ascii")
    room = line_length_max - len(indent.expandtabs(_TAB_SIZE_COLUMNS))
    lines = _formed(text, _form(source, definition.language), max(room, 40))
    whole = "".join(f"{indent}{line}{source.newline}" for line in lines)
    return TextEdit(
        start_byte=definition.start_byte,
        end_byte=definition.start_byte,
        new_text=whole.encode("ascii"),
        step_key=step_key,
        label=f"document {name}",
    )


class OnlyCommentsAddedGate:
    """The tree is the same once the intended comments are taken out.

    Every node that is no part of a comment is the same and in the same order, comments that
    were there stay, each edit adds exactly its text, and no error of syntax is new.
    """

    name: Final = "only comments added"

    def __init__(self, text_by_step_key: Mapping[str, str]) -> None:
        self._text_by_step_key = dict(text_by_step_key)

    def check(self, before: SourceFile, after: bytes, edits: Sequence[TextEdit]) -> Verdict:
        """Compare the trees of `before` and `after`."""
        language = language_of(before.path, before.data)
        with TreeParser() as parser:
            was = parser.tree(before.data, language)
            now = parser.tree(after, language)
        if was is None or now is None:
            return _refused(f"{before.path}: can not be parsed")
        if now.error_count > was.error_count:
            return _refused(f"{before.path}: has errors of syntax that were not there before")
        if list(_code_of(was)) != list(_code_of(now)):
            return _refused(f"{before.path}: more than comments changed")
        shift = 0
        spans = []
        for edit in edits:
            start = edit.start_byte + shift
            shift += len(edit.new_text)
            spans.append((start, start + len(edit.new_text)))
            if not _is_whole_lines(before.data, edit):
                return _refused(f"{edit.label}: inserts no whole lines")
            intended = self._text_by_step_key.get(edit.step_key)
            said = comment_text(edit.new_text.decode("utf-8", errors="replace"))
            if edit.start_byte != edit.end_byte or said != intended:
                return _refused(f"{edit.label}: reads {said!r} instead of {intended!r}")
        return _compared(was, now, spans)


def comment_text(comment: str) -> str:
    """Return the words of a comment, without its marks and line ends."""
    lines = (_MARKS.sub("", _MARKS.sub("", line)).strip() for line in comment.splitlines())
    return " ".join(line for line in lines if line)


def _is_whole_lines(data: bytes, edit: TextEdit) -> bool:
    before = data[: edit.start_byte]
    return edit.new_text.endswith(b"\n") and (not before or before.endswith(b"\n"))


def _compared(was: SyntaxTree, now: SyntaxTree, spans: Sequence[tuple[int, int]]) -> Verdict:
    kept: list[bytes] = []
    filled: Counter[tuple[int, int]] = Counter()
    for node in _comments(now):
        text = now.text_of(node).rstrip()
        end = node.start_byte + len(text)
        around = [span for span in spans if span[0] <= node.start_byte and end <= span[1]]
        filled.update(around)
        if not around:
            kept.append(text)
    if kept != [was.text_of(node).rstrip() for node in _comments(was)]:
        return _refused("a comment that was there changed")
    if any(not filled[span] for span in spans):
        return _refused("what is inserted is no comment")
    return ACCEPTED


def _comments(tree: SyntaxTree) -> Iterator[SyntaxNode]:
    return (node for node in tree.nodes() if node.type in COMMENTS)


def _code_of(tree: SyntaxTree) -> Iterator[tuple[int, str, str, bytes]]:
    """Yield depth, type, field and, of a leaf, text of all nodes outside of comments."""
    waiting = [(tree.root, 0)]
    while waiting:
        node, depth = waiting.pop()
        if node.type in COMMENTS:
            continue
        yield depth, node.type, node.field, b"" if node.children else tree.text_of(node)
        waiting += ((one, depth + 1) for one in reversed(node.children))


def _is_go(definition: CodeDefinition) -> bool:
    return definition.language is Language.GO


def _third_person(verb: str) -> str:
    irregular = {"Do": "Does", "Have": "Has", "Be": "Is"}.get(verb)
    if irregular is not None:
        return irregular
    if verb.endswith("s") and not verb.endswith(("ss", "us")):
        return verb
    if verb.endswith(("s", "x", "z", "ch", "sh", "o")):
        return verb + "es"
    if verb.endswith("y") and verb[-2:-1] not in "aeiou":
        return verb[:-1] + "ies"
    return verb + "s"


def _told(match: re.Match[str]) -> str:
    return f"{match[1]} {_third_person(match[2])}"


def _named_type(sentence: str, name: str) -> str:
    """Begin with the name of a type, as Go's tools ask."""
    first, _, _ = sentence.partition(" ")
    if first == name:
        return sentence
    lowered = sentence if first[1:2].isupper() else sentence[0].lower() + sentence[1:]
    return f"{name} {'is' if first in {'A', 'An', 'The'} else 'represents'} {lowered}"


def _form(source: SourceFile, language: Language) -> str:
    """Return how a comment is written: what begins its lines, or a block of one or more lines."""
    if language is Language.GO:
        return "//"
    if language is Language.RUST:
        return "///"
    blocks = [(match[1].decode(), b"\n" in match[0]) for match in _BLOCK.finditer(source.data)]
    used: Counter[str] = Counter()
    if language in {Language.C, Language.CPP}:
        used.update(match[1].decode() for match in _LINES.finditer(source.data))
    used.update(f"/*{mark}" for mark, _ in blocks if mark == "*" or language in _C_LIKE)
    mark = used.most_common(1)[0][0] if used else "/**"
    spread = [is_spread for _, is_spread in blocks]
    return mark + "\n" if mark.startswith("/*") and sum(spread) == len(spread) > 0 else mark


_C_LIKE: Final = frozenset({Language.C, Language.CPP})


def _formed(text: str, form: str, room: int) -> list[str]:
    if form.startswith("//"):
        return [f"{form} {line}" for line in _wrapped(text, room - len(form) - 1)]
    mark = form.rstrip("\n")
    single = f"{mark} {text} */"
    if mark == form and len(single) <= room:
        return [single]
    return [mark, *(f" * {line}" for line in _wrapped(text, room - 3)), " */"]


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)


def _refused(reason: str) -> Verdict:
    return Verdict(ok=False, reason=reason)
