"""What comes out of a value: items, elements, what `with` and `except` bind."""

import ast
from typing import TYPE_CHECKING

from nanobot_engine.python.python_file import PythonFile
from nanobot_engine.python.scope import PathStep, Scope
from nanobot_engine.python.value import (
    UNKNOWN,
    ClassValue,
    ContainerValue,
    ForeignValue,
    InstanceValue,
    RaisedValue,
    Value,
    Values,
)

if TYPE_CHECKING:
    from nanobot_engine.python.inference import Inference


class PartReader:
    """Answers for `Inference` what the parts of values are."""

    def __init__(self, inference: "Inference") -> None:
        self._inference = inference

    def unpacked(self, found: Values, path: tuple[PathStep, ...]) -> Values:
        """Follow how a bound value comes out of an expression."""
        inference = self._inference
        for step in path:
            if step == "element":
                found = inference.each(found, self._element)
            elif step == "enter":
                found = inference.each(found, self._entered)
            elif step == "exception":
                found = inference.each(found, self._instance)
            else:
                found = self._items_at(found, step)
        return found

    def instances(self, file: PythonFile, scope: Scope, node: ast.expr) -> Values:
        """Return what is an instance of a class, or of any class of a tuple or union."""
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            return self.instances(file, scope, node.left) | self.instances(file, scope, node.right)
        found = self._inference.values(file, scope, node)
        return self._inference.each(found, self._instance)

    def item(self, value: Value, index: ast.expr) -> Values:
        """Return what `value[index]` is."""
        match value:
            case ContainerValue():
                return _item(value, index)
            case ClassValue():
                # `Box[int]` is the class with arguments.
                return frozenset((value,))
            case InstanceValue():
                return self._inference.method_result(value, "__getitem__")
        return UNKNOWN

    def _items_at(self, found: Values, index: int) -> Values:
        inference = self._inference

        def item(value: Value) -> Values:
            if isinstance(value, ContainerValue) and value.items is not None:
                return value.items[index] if index < len(value.items) else UNKNOWN
            if isinstance(value, InstanceValue):
                fields = inference.classes.tuple_fields(value.of)
                if fields is not None and index < len(fields):
                    annotation = fields[index].annotation
                    return inference.annotations.instances(
                        value.of.file, value.of.scope, annotation
                    )
            return self._element(value)

        return inference.each(found, item)

    def _element(self, value: Value) -> Values:
        inference = self._inference
        match value:
            case ContainerValue(keys=frozenset() as keys):
                return keys or UNKNOWN
            case ContainerValue(elements=elements):
                return elements or UNKNOWN
            case InstanceValue():
                found = inference.each(inference.method_result(value, "__iter__"), self._iterated)
                if found == UNKNOWN:
                    # The older protocol: `__getitem__` with 0, 1, 2 and so on.
                    found = inference.method_result(value, "__getitem__")
                return found
            case ClassValue() if inference.classes.is_enum(value):
                return frozenset((InstanceValue(value),))
        return UNKNOWN

    def _iterated(self, value: Value) -> Values:
        match value:
            case ContainerValue(elements=elements):
                return elements or UNKNOWN
            case InstanceValue():
                return self._inference.method_result(value, "__next__")
        return UNKNOWN

    def _entered(self, value: Value) -> Values:
        match value:
            case ContainerValue(elements=elements):
                # A generator that `contextlib.contextmanager` decorates.
                return elements or UNKNOWN
            case InstanceValue():
                entered = self._inference.method_result(value, "__enter__")
                if entered == UNKNOWN:
                    entered = self._inference.method_result(value, "__aenter__")
                return entered
            case RaisedValue():
                return frozenset((value,))
            case ForeignValue(name=name, is_instance=True) if name.startswith("io."):
                return frozenset((value,))
        return UNKNOWN

    def _instance(self, value: Value) -> Values:
        match value:
            case ClassValue():
                return frozenset((InstanceValue(value),))
            case ContainerValue(elements=elements):
                return self._inference.each(elements, self._instance)
            case ForeignValue(is_instance=False):
                return frozenset((ForeignValue(value.name, is_instance=True),))
        return UNKNOWN


def _item(value: ContainerValue, index: ast.expr) -> Values:
    if isinstance(index, ast.Slice):
        return frozenset((value,))
    match value.items, index:
        case tuple(items), ast.Constant(value=int(place)) if 0 <= place < len(items):
            return items[place]
    return value.elements or UNKNOWN
