"""The gate "only annotations added": the program is the same once they are taken out."""

import ast
from collections.abc import Collection, Sequence
from typing import Final

from nanobot_engine.edit.errors import SourceError
from nanobot_engine.edit.gates import ACCEPTED, Verdict
from nanobot_engine.edit.plan import TextEdit
from nanobot_engine.edit.python_syntax import python_tree
from nanobot_engine.edit.rewrite_gates import keyed_nodes
from nanobot_engine.edit.source import SourceFile, source_from_bytes

RETURN: Final = "return"
"""The name of the place behind the parameters: no parameter can have it."""

_IMPORTS: Final = (ast.Import, ast.ImportFrom)


class OnlyAnnotationsAddedGate:
    """Each edit adds one annotation where none was, and imports may be added at the top."""

    name = "only annotations added"

    def __init__(self, places: Collection[tuple[str, str]]) -> None:
        """State where annotations are added.

        Args:
            places: Qualified names of functions, each with a parameter or `RETURN`.
        """
        self._places = frozenset(places)

    def check(self, before: SourceFile, after: bytes, edits: Sequence[TextEdit]) -> Verdict:  # noqa: ARG002 - the protocol's signature
        """Take the new annotations out of the new tree and compare what is left."""
        try:
            old = python_tree(before)
            new = python_tree(source_from_bytes(before.path, after))
            added = _taken_out(old, new)
            is_same = _dumped(old) == _dumped(new)
        except SourceError as error:
            return _refused(str(error))
        except RecursionError:
            return _refused("is nested too deeply to compare")
        if not is_same:
            return _refused("something else changed")
        odd = added ^ self._places
        if odd:
            name, place = min(odd)
            how = "was not asked for" if (name, place) in added else "is missing"
            return _refused(f"the annotation of {place} in {name} {how}")
        return ACCEPTED


def _taken_out(old: ast.Module, new: ast.Module) -> set[tuple[str, str]]:
    """Remove from the new tree the annotations that the old one has not, and name them."""
    node_by_name = dict(keyed_nodes(old))
    added: set[tuple[str, str]] = set()
    for name, node in keyed_nodes(new):
        was = node_by_name.get(name)
        if isinstance(node, ast.ClassDef) or was is None or isinstance(was, ast.ClassDef):
            continue
        if was.returns is None and node.returns is not None:
            node.returns = None
            added.add((name, RETURN))
        annotated = {one.arg for one in _arguments(was.args) if one.annotation is not None}
        for one in _arguments(node.args):
            if one.annotation is not None and one.arg not in annotated:
                one.annotation = None
                added.add((name, one.arg))
    return added


def _arguments(arguments: ast.arguments) -> list[ast.arg]:
    stars = [one for one in (arguments.vararg, arguments.kwarg) if one is not None]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *stars]


def _dumped(tree: ast.Module) -> list[str]:
    """Return everything but the imports at the top, which may only become more."""
    return [ast.dump(one) for one in tree.body if not isinstance(one, _IMPORTS)]


def _refused(reason: str) -> Verdict:
    return Verdict(ok=False, reason=reason)
