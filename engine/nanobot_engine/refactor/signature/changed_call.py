"""What changes of signatures share: calls that are rewritten, and functions that are refused."""

import ast
from collections.abc import Sequence
from typing import Final

from nanobot_engine.python import Certainty, Span
from nanobot_engine.python.class_tree import decorator_names
from nanobot_engine.python.named_access import computed_access
from nanobot_engine.python.value import ClassValue
from nanobot_engine.refactor.call.call_site import CallSite, Function, Uses
from nanobot_engine.refactor.change import ChangeBuilder
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.errors import UnsafeError
from nanobot_engine.refactor.refactoring import Parameter, ParameterKind

CallEdit = tuple[Span, str, str]
"""What is replaced, by what, and why."""


# Decorators that pass all arguments on as they come.
_TRANSPARENT_DECORATORS: Final = frozenset(
    {"abstractmethod", "asynccontextmanager", "cache", "classmethod", "contextmanager"}
    | {"deprecated", "final", "lru_cache", "overload", "override", "staticmethod", "wraps"}
)


_CONSTRUCTORS: Final = frozenset({"__init__", "__new__", "__init_subclass__"})
FUNCTION: Final = Parameter("function", ParameterKind.SYMBOL, "the function, method or class")


def change_call(builder: ChangeBuilder, call: CallSite, edits: Sequence[CallEdit]) -> None:
    """Change the arguments of a call, or ask where it is not sure that it is one."""
    if not call.is_possible:
        for span, text, reason in edits:
            is_likely = call.certainty is Certainty.LIKELY
            builder.replace(call.file, span, text, reason, is_likely=is_likely)
        return
    if not edits:
        return
    data = call.file.source.data
    start, end = edits[0][0].start_byte, edits[-1][0].end_byte
    text, position = "", start
    for span, new, _ in edits:
        text += call.file.text(Span(position, span.start_byte)) + new
        position = span.end_byte
    edit = builder.edit(call.file, Span(start, end), text, edits[0][2])
    written = data[call.reference.span.start_byte : call.reference.span.end_byte].decode(
        call.file.source.encoding
    )
    question = f"line {call.reference.line}: is {written} the function whose signature changes?"
    builder.doubt(call.reference, edit, question)


def positional(function: Function) -> list[str]:
    """Return the positional parameters without the one that the object gives."""
    arguments = function.node.args
    names = [one.arg for one in (*arguments.posonlyargs, *arguments.args)]
    return names[1:] if function.is_method else names


def positional_index(function: Function, name: str) -> int | None:
    """Return the place of a parameter among all positional ones; None for others."""
    arguments = function.node.args
    names = [one.arg for one in (*arguments.posonlyargs, *arguments.args)]
    return names.index(name) if name in names else None


def self_count(call: CallSite, function: Function) -> int:
    """Return how many arguments come before the parameters: the object, if written."""
    return 1 if function.is_method and not call.given_count else 0


def unpacks(builder: ChangeBuilder, call: CallSite, slot: int | None) -> bool:
    """Tell whether the arguments of a call can not be told apart.

    Raises:
        UnsafeError: They can not, and it certainly is a call of the function.
    """
    starred = [i for i, one in enumerate(call.node.args) if isinstance(one, ast.Starred)]
    is_hidden = bool(starred) and (slot is None or slot >= starred[0])
    if not is_hidden and (slot is not None or all(one.arg for one in call.node.keywords)):
        return False
    text = "unpacks its arguments, so a program can not follow; change it first"
    if not call.is_possible:
        raise UnsafeError(f"{call.file.path}:{call.node.lineno}: {text}")
    builder.note(call.file.path, call.node.lineno, f"may be a call of the function; it {text}")
    return True


def refuse_strangers(codebase: Codebase, uses: Uses) -> None:
    """Refuse a function that is called by somebody who can not be changed.

    Raises:
        UnsafeError: It is decorated by something unknown, or what a protocol or a class outside
            of the workspace asks for.
    """
    classes = codebase.references.inference.classes
    for function in uses.functions:
        name = function.node.name
        if name.startswith("__") and name.endswith("__") and name not in _CONSTRUCTORS:
            line = f"{function.file.path}:{function.node.lineno}"
            raise UnsafeError(f"{line}: Python calls {name} itself, with arguments by position")
        owner = function.scope.parent
        if owner is not None and isinstance(owner.node, ast.ClassDef):
            of = ClassValue(function.file, owner.node)
            if classes.is_protocol(of) or classes.outside_owner(of, function.node.name):
                line = f"{function.file.path}:{function.node.lineno}"
                raise UnsafeError(f"{line}: classes outside of the workspace may have it, too")
            for above in classes.line(of):
                call = computed_access(above.file, above.scope)
                if call is not None:
                    line = f"{above.file.path}:{call.lineno}"
                    raise UnsafeError(f"{line}: may reach {function.node.name} by a computed name")
        for name in decorator_names(function.node):
            if name.rpartition(".")[2] not in _TRANSPARENT_DECORATORS:
                line = f"{function.file.path}:{function.node.lineno}"
                raise UnsafeError(f"{line}: {name} decorates it and may call it in its own way")


def refuse_handed_on(uses: Uses) -> None:
    """Refuse a function that is handed on as a value.

    Raises:
        UnsafeError: With the first place.
    """
    for value in uses.values if not uses.is_constructor else ():
        raise UnsafeError(
            f"{value.file.path}:{value.line}: hands the function on; whoever calls it there "
            "can not be followed"
        )
