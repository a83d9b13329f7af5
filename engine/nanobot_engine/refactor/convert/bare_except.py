"""A bare `except:` names what it catches.

One that ends in a plain `raise` goes on to see everything, as `except BaseException:`; any other
becomes `except Exception:`, so that it does not swallow the end of the program any more.
"""

import ast
import re
from collections.abc import Mapping
from typing import Final

from nanobot_engine.python import PythonFile, Span
from nanobot_engine.refactor.change import Change, ChangeBuilder
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.errors import UnsafeError
from nanobot_engine.refactor.file_choice import WHERE, chosen_files
from nanobot_engine.refactor.refactoring import Parameter

_BARE: Final = re.compile(rb"except(?:[ \t\f]|\\\r?\n)*:")


class ConvertBareExcept:
    """See the module docstring. Stateless: safe to share."""

    name: Final = "convert bare except"
    summary: Final = "Turn bare `except:` into `except Exception:`"
    parameters: Final[tuple[Parameter, ...]] = (WHERE,)

    def plan(self, codebase: Codebase, arguments: Mapping[str, str]) -> Change:
        """See `Refactoring.plan`."""
        builder = ChangeBuilder(codebase.project, codebase.data_by_path)
        for file in chosen_files(codebase, arguments):
            for node in ast.walk(file.tree):
                if isinstance(node, ast.ExceptHandler) and node.type is None:
                    self._convert(builder, file, node)
        return builder.build("name what bare excepts catch")

    def _convert(self, builder: ChangeBuilder, file: PythonFile, node: ast.ExceptHandler) -> None:
        start = file.byte_map.offset(node.lineno, node.col_offset)
        written = _BARE.match(file.source.data, start)
        assert written is not None, "a handler without a type is written so"
        last = node.body[-1]
        is_passed_on = isinstance(last, ast.Raise) and last.exc is None
        name = "BaseException" if is_passed_on else "Exception"
        if any(o.name == name and o.bound() is not None for o in file.names.names):
            raise UnsafeError(f"{file.path}:{node.lineno}: {name} means something else there")
        reason = "raises again" if is_passed_on else "does not catch the end of the program"
        builder.replace(file, Span(start, written.end()), f"except {name}:", reason)
