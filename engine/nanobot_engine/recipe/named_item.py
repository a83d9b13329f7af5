"""Definitions that a sentence names: each gets what was asked for, or the reason why not.

Of a whole project, what needs nothing is not worth a word. Who names a function expects
an answer about it, so it becomes an item even where there is nothing to do.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from nanobot_engine.edit import SourceFile
from nanobot_engine.recipe.place import Place
from nanobot_engine.recipe.python_item import PythonItem, items_by_key
from nanobot_engine.recipe.recipe import Candidate, Item

_MARK: Final = "#nothing"
NOTHING: Final = Candidate("", frozenset())
"""The answer where there is nothing to do: `edit` says why."""


def named_definitions(source: SourceFile, place: Place) -> Iterator[PythonItem]:
    """Yield the definitions of a file that a sentence names, without what is in them.

    Args:
        source: Of the file.
        place: What the sentence says; without names it means none in particular.

    Raises:
        SourceSyntaxError: The file does not parse.
    """
    if not place.names:
        return
    for found in items_by_key(source).values():
        name = found.definition.qualified_name
        outer = name.removesuffix(".<locals>").rpartition(".")[0]
        if place.has_name(name) and not (outer and place.has_name(outer)):
            yield found


def left_items(source: SourceFile, place: Place, done: Iterable[str]) -> Iterator[Item]:
    """Yield an item for each named definition in which there is nothing to do.

    Args:
        source: Of the file.
        place: What the sentence says.
        done: Qualified names of definitions in which there is something to do.
    """
    taken = frozenset(done)
    for found in named_definitions(source, place):
        name = found.definition.qualified_name
        if not any(one == name or one.startswith(f"{name}.") for one in taken):
            yield Item(f"{found.key}{_MARK}", source.path, name)


def left_definition(source: SourceFile, item: Item) -> PythonItem:
    """Return the definition of an item of `left_items`."""
    return items_by_key(source)[item.key.removesuffix(_MARK)]


def is_left(item: Item) -> bool:
    """Tell whether an item is of a definition in which there is nothing to do."""
    return item.key.endswith(_MARK)
