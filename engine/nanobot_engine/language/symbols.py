"""What can be named in code of other languages: every declaration of a name, with its kind."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from nanobot_engine.language.binding import Binding, CodeFile
from nanobot_engine.language.code_files import CodeFiles
from nanobot_engine.language.references import ALL_RULES, is_member_name

_WORD: Final = re.compile(rb"[^\W\d]\w*|[A-Za-z_$][\w$]*")
_FUNCTIONS: Final = ("function", "method", "prototype", "closure", "arrow", "func", "macro")
_TYPES: Final = ("class", "struct", "interface", "enum", "union", "trait", "type", "record")


@dataclass(frozen=True, slots=True)
class DeclaredName:
    """One name that a file declares."""

    path: str
    qualified_name: str
    kind: str
    """`function`, `method`, `class`, `attribute`, `constant`, `variable`, `parameter` or
    `local variable`: the words for Python, whatever the language calls it."""
    line: int
    """1-based."""


class DeclaredNames:
    """Finds declarations by name. Not safe to share between threads."""

    def __init__(self, data_by_path: Mapping[str, bytes]) -> None:
        self._families = [CodeFiles(data_by_path, rules) for rules in ALL_RULES]

    def counts(self) -> Counter[str]:
        """Count every word of every file: the names are among them."""
        counted: Counter[str] = Counter()
        for files in self._families:
            for path in files.paths:
                words = _WORD.findall(files.data_by_path[path])
                counted.update(word.decode(errors="replace") for word in words)
        return counted

    def named(self, name: str) -> list[DeclaredName]:
        """Return what is declared under a name, outermost first; what imports bind is not."""
        found: list[DeclaredName] = []
        for files in self._families:
            # The worker ends with the block; the trees stay.
            with files:
                parsed = list(files.files_with(name))
            for file in parsed:
                for binding in file.names(name).bindings:
                    if not binding.is_import:
                        line = file.tree.line(binding.declarations[0].start_byte)
                        kind = _kind(file, binding)
                        full = file.qualified_name(binding)
                        found.append(DeclaredName(file.path, full, kind, line))
        return sorted(found, key=_rank)


def _rank(one: DeclaredName) -> tuple[bool, int, str, int]:
    is_inside = one.kind in {"parameter", "local variable"}
    return is_inside, one.qualified_name.count("."), one.path, one.line


def _kind(file: CodeFile, binding: Binding) -> str:
    around = binding.declarations[0].parent
    while around is not None and around.type.endswith(("declarator", "pattern", "identifier")):
        if "function" in around.type or around.type == "variable_declarator":
            break
        around = around.parent
    declared = around.type if around is not None else ""
    value = around.child("value") if around is not None else None
    is_function = declared.startswith(_FUNCTIONS) or (
        value is not None and value.type.startswith(_FUNCTIONS)
    )
    kind = "local variable"
    if "parameter" in declared and not is_member_name(file, binding):
        kind = "parameter"
    elif is_member_name(file, binding):
        kind = "method" if is_function else "attribute"
    elif is_function:
        kind = "function"
    elif any(word in declared for word in _TYPES):
        kind = "class"
    elif file.is_top(binding):
        kind = "constant" if binding.name.isupper() else "variable"
    return kind
