"""The guarantee of a rewrite in other languages than Python."""

from collections.abc import Sequence
from typing import Final

from nanobot_engine.edit import SourceFile, TextEdit
from nanobot_engine.edit.gates import ACCEPTED, Verdict
from nanobot_engine.language.functions import CodeFunction, code_functions
from nanobot_engine.recipe.rewrite.other_languages.verdict import verdict_of
from nanobot_indexer import language_of
from nanobot_indexer.syntax.tree_parser import TreeParser


class CodeRewriteGate:
    """Only the functions that were meant changed, and each of them as `verdict` allows.

    The file has no error of syntax that it had not, and every other function is the same
    to the byte.
    """

    name: Final = "rewritten functions"

    def __init__(self, names: Sequence[str], *, said: frozenset[str]) -> None:
        """State what may change.

        Args:
            names: Qualified names of the functions that were written anew.
            said: Words of the request.
        """
        self._names = frozenset(names)
        self._said = said

    def check(self, before: SourceFile, after: bytes, edits: Sequence[TextEdit]) -> Verdict:
        """Compare every function before and after."""
        language = language_of(before.path, before.data)
        with TreeParser() as parser:
            was = parser.tree(before.data, language)
            now = parser.tree(after, language)
        if was is None or now is None or now.error_count > was.error_count:
            return _refused(f"{before.path}: has errors of syntax that were not there before")
        old, new = code_functions(was, language), code_functions(now, language)
        if list(old) != list(new):
            return _refused(f"{before.path}: has other functions than before")
        for name, function in old.items():
            problem = self._problem(name, function, new[name])
            if problem:
                return _refused(f"{name}: {problem}")
        likely = {edit.step_key for edit in edits if edit.is_likely}
        for edit in edits:
            name = edit.step_key.partition("::")[2]
            if edit.step_key in likely or name not in self._names:
                continue
            if not verdict_of(old[name], new[name], self._said).is_proved:
                return _refused(f"{name}: it is said to be proved, and is not")
        return ACCEPTED

    def _problem(self, name: str, old: CodeFunction, new: CodeFunction) -> str:
        if name in self._names:
            return verdict_of(old, new, self._said).problem
        return "" if old.text == new.text else "changed and was not meant"


def _refused(reason: str) -> Verdict:
    return Verdict(ok=False, reason=reason)
