"""What must be installed for a module to be imported.

A module that comes to import another one needs what that one needs: packages, and modules of the
standard library that not every system has.
"""

import ast
import sys
from typing import Final

from nanobot_engine.python import PythonFile
from nanobot_engine.refactor.codebase import Codebase

_NOT_EVERYWHERE: Final = frozenset(
    {"_winapi", "crypt", "ctypes", "curses", "dbm", "fcntl", "grp", "idlelib", "lib2to3", "msvcrt"}
    | {"nt", "ossaudiodev", "posix", "pty", "pwd", "readline", "resource", "sqlite3", "ssl"}
    | {"syslog", "termios", "tkinter", "tty", "turtle", "winreg", "winsound"}
)


def required_modules(codebase: Codebase, file: PythonFile) -> frozenset[str]:
    """Return the packages that running a module imports, itself or by others of the workspace."""
    found: set[str] = set()
    waiting, seen = [file], {file.path}
    modules = codebase.project.modules
    while waiting:
        current = waiting.pop()
        for imported, scope in current.names.imports:
            if scope.parent is not None or not _runs(current, imported.statement):
                continue
            path = modules.resolve(current.path, level=imported.level, module=imported.module)
            inner = modules.submodule(path, imported.name) if path and imported.name else None
            for one in filter(None, (path, inner)):
                known = codebase.project.file(one)
                if known is not None and one not in seen:
                    seen.add(one)
                    waiting.append(known)
            root = imported.module.partition(".")[0]
            is_here = path is not None or imported.level > 0
            is_everywhere = root in sys.stdlib_module_names - _NOT_EVERYWHERE
            if not is_here and not is_everywhere:
                found.add(root)
    return frozenset(found)


def _runs(file: PythonFile, statement: ast.stmt) -> bool:
    """Tell whether a statement is at the top, or in a block that is no `if TYPE_CHECKING`."""
    for node in file.tree.body:
        if any(one is statement for one in ast.walk(node)):
            is_typing = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
            return not is_typing
    return False
