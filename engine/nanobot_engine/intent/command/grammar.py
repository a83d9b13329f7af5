"""What can be written at all of one sentence, as GBNF, and back from it to plain sentences."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from nanobot_engine.intent.command.form import FORMS, NOTHING, Form
from nanobot_engine.intent.command.vocabulary import Vocabulary
from nanobot_engine.intent.names.resolution import CALLABLE, FUNCTIONS, TOP_LEVEL
from nanobot_engine.intent.names.symbol_table import CLASS, FUNCTION, METHOD

_BLANK: Final = re.compile(r"\{(\w+)\}")
_COMMANDS_MAX: Final = 4
_LISTS: Final = frozenset({"movable", "order", "what"})
_LIST_MAX: Final = 6


def blanks_of(words: Vocabulary) -> dict[str, list[str]]:
    """Return what each blank can hold; none of what it is empty for can be written."""
    functions = words.of_kind(*CALLABLE)
    return {
        "symbol": list(words.symbols),
        "movable": [
            label
            for label in words.of_kind(*TOP_LEVEL)
            if "." not in words.symbols[label].qualified_name
        ],
        "function": functions,
        "plain": words.of_kind(FUNCTION),
        "method": words.of_kind(METHOD),
        "class": words.of_kind(CLASS),
        "parameter": [
            f"{name} of {label}" for label, names in words.parameters.items() for name in names
        ],
        "order": [label for label, names in words.parameters.items() if names],
        "new": words.new,
        "module": words.modules,
        "into": words.modules if len(words.modules) > 1 else [],
        "file": words.files,
        "target": [*words.modules, *words.files],
        "literal": words.literals,
        "lines": [words.lines] if words.lines else [],
        "what": [*words.of_kind(*FUNCTIONS, CLASS), *words.modules],
    }


def possible(words: Vocabulary) -> Iterator[Form]:
    """Yield the forms that may be meant and whose blanks can all be filled."""
    blanks = blanks_of(words)
    for form in FORMS:
        is_said = not form.cue or re.search(form.cue, words.text, re.IGNORECASE)
        if is_said and all(blanks[blank] for blank in _BLANK.findall(form.command)):
            yield form


def grammar_of(words: Vocabulary) -> str:
    """Return the GBNF of everything that can be written."""
    blanks = blanks_of(words)
    forms = list(possible(words))
    used = {blank for form in forms for blank in _BLANK.findall(form.command)}
    rules = []
    for blank in sorted(used):
        one = f"b-{blank}"
        if blank == "order":
            rules.append(f"{one} ::= {_orders(words)}")
        elif blank in _LISTS and len(blanks[blank]) > 1:
            rules.append(f"{one}1 ::= {_any(blanks[blank])}")
            rules.append(f'{one} ::= {one}1 (", " {one}1){{0,{_LIST_MAX - 1}}}')
        else:
            rules.append(f"{one} ::= {_any(blanks[blank])}")
    commands = " | ".join([*dict.fromkeys(_production(form) for form in forms), _quoted(NOTHING)])
    return "\n".join([f'root ::= c ("; " c){{0,{_COMMANDS_MAX - 1}}}', f"c ::= {commands}", *rules])


def _production(form: Form) -> str:
    pieces = _BLANK.split(form.command)
    parts = [
        f"b-{piece}" if index % 2 else _quoted(piece) for index, piece in enumerate(pieces) if piece
    ]
    return " ".join(parts)


def _orders(words: Vocabulary) -> str:
    found = []
    for label, names in words.parameters.items():
        every = _any(names)
        found.append(f'{_quoted(f"of {label}: ")} ({every}) (", " ({every})){{0,{_LIST_MAX - 1}}}')
    return " | ".join(found)


def _any(texts: Sequence[str]) -> str:
    return " | ".join(_quoted(text) for text in texts)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def sentence_of(command: str, words: Vocabulary) -> tuple[Form, str] | None:
    """Return the form of a command, and the plain sentence that the rules read for it.

    Returns:
        None for what is no command with these words.
    """
    for form in possible(words):
        pattern = _BLANK.sub(lambda blank: f"(?P<{blank[1]}>.+)", _escaped(form.command))
        match = re.fullmatch(pattern, command)
        if match is None:
            continue
        filled = {blank: _plain(blank, text, words) for blank, text in match.groupdict().items()}
        if all(filled.values()):
            return form, form.sentence.format(**filled)
    return None


def _escaped(command: str) -> str:
    return "".join(
        piece if piece.startswith("{") else re.escape(piece)
        for piece in re.split(r"(\{\w+\})", command)
    )


def _plain(blank: str, text: str, words: Vocabulary) -> str:
    """Return a filled blank as the rules read it; "" where it holds what it can not."""
    blanks = blanks_of(words)
    if blank == "order":
        label, _, names = text.removeprefix("of ").partition(": ")
        listed = ", ".join(f"`{one}`" for one in names.split(", "))
        return f"of {_placed(label, words)} to {listed}" if label in words.parameters else ""
    if blank in _LISTS:
        items = text.split(", ")
        if len(set(items)) < len(items) or not set(items) <= set(blanks[blank]):
            return ""
        return _listed(items, words)
    if text not in blanks[blank]:
        return ""
    if blank == "parameter":
        name, _, label = text.partition(" of ")
        return f"`{name}` of {_placed(label, words)}"
    return _placed(text, words) if text in words.symbols else text


def _listed(items: Sequence[str], words: Vocabulary) -> str:
    """Return a list, with one place for all of it where there is one."""
    paths = {words.symbols[one].path if one in words.symbols else "" for one in items}
    listed = " and ".join(f"`{one}`" for one in items)
    path = paths.pop()
    return f"{listed} from `{path}`" if path and not paths else listed


def _placed(label: str, words: Vocabulary) -> str:
    entry = words.symbols.get(label)
    return f"`{label}`" if entry is None else f"`{label}` in `{entry.path}`"
