"""Syntax of a text, as it comes out of a worker and through the checks of its parent."""

from nanobot_indexer.syntax.extract import Extractor
from nanobot_indexer.syntax.language import Language
from nanobot_indexer.syntax.table import DefinitionTable, checked_table


def parsed_text(text: bytes, language: Language = Language.PYTHON) -> DefinitionTable:
    rows = Extractor(language).syntax(text)
    return checked_table(
        rows.payload(),
        definition_count=rows.definition_count,
        import_count=rows.import_count,
        text=text,
    )
