"""Names of functions as phrases."""

import pytest

from nanobot_engine.recipe.log_calls.function_words import doing, words_of


@pytest.mark.parametrize(
    ("name", "phrase"),
    [
        ("load_config", "Loading config"),
        ("_save_all", "Saving all"),
        ("getHTTPHeaders", "Getting HTTP headers"),
        ("run", "Running"),
        ("set_up_logging", "Setting up logging"),
        ("format_date", "Formatting date"),
        ("free_memory", "Freeing memory"),
        ("setup_database", "Setting up database"),
        ("parse2", "Parsing 2"),
        ("request_context", None),
        ("as_sqlite", None),
        ("main", None),
        ("_", None),
    ],
)
def test_a_name_with_a_verb_is_a_phrase(name: str, phrase: str | None) -> None:
    assert doing(name) == phrase


def test_words_keep_abbreviations() -> None:
    assert words_of("parseXMLFile_v2") == ["parse", "XML", "file", "v", "2"]
