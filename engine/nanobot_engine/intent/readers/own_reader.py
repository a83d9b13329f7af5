"""The readers of refactorings whose arguments are said in ways of their own."""

from collections.abc import Mapping
from typing import Final

from nanobot_engine.intent.readers.read_extract import (
    read_extract_constant,
    read_extract_function,
    read_extract_variable,
)
from nanobot_engine.intent.readers.read_names import read_move, read_move_module, read_rename
from nanobot_engine.intent.readers.read_order import read_reorder
from nanobot_engine.intent.readers.read_pattern import read_parameter_object, read_replace_pattern
from nanobot_engine.intent.readers.read_signature import (
    read_add_parameter,
    read_keyword_only,
    read_remove_parameter,
)
from nanobot_engine.intent.readers.read_static import read_static
from nanobot_engine.intent.readers.reading import Reader

READERS: Final[Mapping[str, Reader]] = {
    "rename": read_rename,
    "move": read_move,
    "move module": read_move_module,
    "add parameter": read_add_parameter,
    "remove parameter": read_remove_parameter,
    "reorder parameters": read_reorder,
    "make keyword only": read_keyword_only,
    "extract constant": read_extract_constant,
    "extract variable": read_extract_variable,
    "extract function": read_extract_function,
    "method to static method": read_static,
    "introduce parameter object": read_parameter_object,
    "replace pattern": read_replace_pattern,
}
"""By the name of the refactoring."""
