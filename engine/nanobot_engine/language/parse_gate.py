"""A gate for edits of any language: the file parses as well as before."""

from collections.abc import Sequence
from typing import Final

from nanobot_engine.edit import ParsesGate, SourceFile, TextEdit
from nanobot_engine.edit.gates import ACCEPTED, Verdict
from nanobot_indexer import Language, language_of
from nanobot_indexer.syntax.tree_parser import TreeParser


class LanguageParsesGate:
    """Python parses the file; of other languages, it has no more errors than before."""

    name: Final = "parses"

    def check(self, before: SourceFile, after: bytes, edits: Sequence[TextEdit]) -> Verdict:
        """See `Gate.check`."""
        language = language_of(before.path, before.data)
        if language is Language.PYTHON:
            return ParsesGate().check(before, after, edits)
        with TreeParser() as parser:
            was = parser.tree(before.data, language)
            now = parser.tree(after, language)
        if was is not None and (now is None or now.error_count > was.error_count):
            reason = f"{before.path}: has errors of syntax that were not there before"
            return Verdict(ok=False, reason=reason)
        return ACCEPTED
