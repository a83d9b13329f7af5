"""What a model is shown before it writes a command."""

from typing import Final

from nanobot_engine.intent.command.vocabulary import Vocabulary
from nanobot_engine.intent.names.resolution import CALLABLE
from nanobot_engine.intent.names.symbol_table import SymbolTable

SYSTEM: Final = """\
Somebody asks for a change of Python code in plain words. Write it as commands, with the names of \
the request. Write none where no command does exactly that, for questions, and for changes with a \
condition or an exception."""
EXAMPLES: Final = (
    (
        "fetch_all should really read load_rows, hm?",
        "fetch_all: function(); load_rows: new",
        "rename fetch_all to load_rows",
    ),
    (
        "Let callers of draw say colour= by name, nobody gets it right by position",
        "draw: function(x, y, colour)",
        "keyword-only parameter colour of draw",
    ),
    ("is Shape used outside of shapes.py?", "Shape: class(); shapes.py: module", "none"),
    (
        "Shape and area have their place in geometry.py",
        "Shape: class(); area: function(of); geometry.py: new file",
        "move Shape, area to geometry.py",
    ),
    ("when dump runs, tell me so in the log", "dump: function(obj)", "add logging to dump"),
    (
        "a for the first arg of scale is no help, factor would be one",
        "scale: function(a, b)",
        "rename parameter a of scale to factor",
    ),
    (
        "rename area to surface but only where nobody imports it",
        "area: function(of)",
        "none",
    ),
    (
        "figures.py says more than shapes.py",
        "shapes.py: module; figures.py: new file",
        "rename file shapes.py to figures.py",
    ),
    (
        "open_all takes one thing more, limit, 10 if left out",
        "open_all: function(paths); 10: value",
        "add parameter limit = 10 to open_all",
    ),
    ("Node.walk speed it up", "Node.walk: method()", "none"),
    ("nobody can tell what Node is for, document it", "Node: class()", "write docstrings for Node"),
    ("types for area missing", "area: function(of)", "write type hints for area"),
    (
        "clip, a test for it would be nice",
        "clip: function(value, low)",
        "write tests for clip",
    ),
    (
        "left: get_left, right: get_right",
        "left: function(); right: function(); get_left: new; get_right: new",
        "rename left to get_left; rename right to get_right",
    ),
    (
        "clip(value, low): low first",
        "clip: function(value, low)",
        "reorder parameters of clip: low, value",
    ),
    (
        "all of shapes.py goes to the end of draw.py",
        "shapes.py: module; draw.py: module",
        "merge file shapes.py into draw.py",
    ),
    (
        "clip has one caller, put its body there",
        "clip: function(value, low)",
        "inline clip",
    ),
    (
        "Node.depth makes no use of self, an ordinary function will do",
        "Node.depth: method(tree)",
        "make function of Node.depth",
    ),
    (
        "draw.py imports a lot that it has no need of",
        "draw.py: module",
        "remove unused imports in draw.py",
    ),
    ("find area a better name", "area: function(of)", "none"),
)


def names_line(words: Vocabulary, table: SymbolTable) -> str:
    """Return what the names of a sentence are, on one line."""
    parts = []
    for label, entry in words.symbols.items():
        is_callable = entry.kind in CALLABLE
        listed = f"({', '.join(table.parameters(entry))})" if is_callable else ""
        parts.append(f"{label}: {entry.kind}{listed}")
    parts += [f"{path}: module" for path in words.modules]
    parts += [f"{path}: new file" for path in words.files]
    parts += [f"{text}: value" for text in words.literals]
    parts += [f"{name}: new" for name in words.new if _is_code(name)]
    return "; ".join(parts) or "no names"


def _is_code(name: str) -> bool:
    return "_" in name or not name.islower()


FRAMINGS: Final = (
    "Request: {sentence}\nNames: {names}\nCommands:",
    "Names: {names}\nRequest: {sentence}\nCommands:",
    "Request: {sentence}\nCommands:",
    "Names: {names}\nWhat somebody wants: {sentence}\nAs commands:",
)
