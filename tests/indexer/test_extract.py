from pathlib import Path

import pytest

from nanobot_indexer import Language
from nanobot_indexer.syntax.definition import DefinitionRange
from nanobot_indexer.syntax.extract import Extractor
from nanobot_indexer.syntax.language import LANGUAGES_WITHOUT_DEFINITIONS
from nanobot_indexer.syntax.rows import DEPTH_MAX, NAME_SIZE_BYTES_MAX
from support.parsed_text import parsed_text

LINE_FEED = b"\n"


def definitions_of(text: bytes, language: Language = Language.PYTHON) -> list[DefinitionRange]:
    return list(parsed_text(text, language).definitions(text))


# Each file: a source, the definitions expected of it (lines, kind, qualified name, signature,
# documentation; ↵ is the end of a line), and the imports.
CASES = sorted((Path(__file__).parents[1] / "data" / "definitions").glob("*.txt"))


def case_of(path: Path) -> tuple[Language, bytes, list[str], list[str]]:
    source, _, expected = path.read_text(encoding="utf-8").partition("======== definitions\n")
    definitions, _, imports = expected.partition("======== imports\n")
    language = Language(path.stem.partition("_")[0])
    return language, source.encode(), definitions.splitlines(), imports.splitlines()


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_definitions_and_imports(path: Path) -> None:
    language, text, expected, imports = case_of(path)

    def written(start: int, end: int) -> str:
        return text[start:end].decode().replace("\n", "↵")

    shown = []
    table = parsed_text(text, language)
    for one in table.definitions(text):
        first = text.count(LINE_FEED, 0, one.start_byte) + 1
        last = text.count(LINE_FEED, 0, one.end_byte - 1) + 1
        signature = written(one.signature_start_byte, one.signature_end_byte)
        documentation = written(one.docstring_start_byte, one.docstring_end_byte)
        line = f"{first}-{last} {one.kind} {one.qualified_name} | {signature}"
        shown.append(f"{line} | {documentation}" if documentation else line)

    assert shown == expected
    assert [one.name for one in table.import_ranges()] == imports


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_names_and_parents_are_where_they_say(path: Path) -> None:
    language, text, _, _ = case_of(path)

    definitions = definitions_of(text, language)

    for index, one in enumerate(definitions):
        assert text[one.name_start_byte : one.name_end_byte].decode() == one.name
        assert one.qualified_name.endswith(one.name)
        if one.parent is not None:
            outer = definitions[one.parent]
            assert one.parent < index
            assert outer.start_byte <= one.start_byte < one.end_byte <= outer.end_byte


def test_every_language_has_a_case() -> None:
    assert {case_of(path)[0] for path in CASES} == set(Language) - LANGUAGES_WITHOUT_DEFINITIONS


def test_a_broken_file_keeps_the_definitions_outside_of_the_error() -> None:
    text = b"def good():\n    pass\n\ndef broken(:\n\nclass Fine:\n    def m(self): pass\n"

    names = {one.qualified_name for one in definitions_of(text)}

    assert Extractor(Language.PYTHON).syntax(text).has_errors
    assert {"good", "Fine", "Fine.m"} <= names


def test_decorators_belong_to_a_definition_and_comments_do_not() -> None:
    text = b"# about f\n@a\n@b\ndef f(): pass\n"

    (one,) = definitions_of(text)

    assert text[one.start_byte : one.end_byte] == b"@a\n@b\ndef f(): pass"


def test_nesting_and_names_are_bounded() -> None:
    nested = b"".join(b" " * depth + b"def f():\n" for depth in range(3 * DEPTH_MAX))
    long_name = b"def " + b"x" * (NAME_SIZE_BYTES_MAX + 1) + b"(): pass\n"

    assert len(definitions_of(nested)) == DEPTH_MAX
    assert definitions_of(long_name) == []


def test_a_name_that_is_not_utf_8_is_left_out() -> None:
    definitions = definitions_of(b"def caf\xe9(): pass\ndef f(): pass\n")

    assert definitions[-1].name == "f"
    assert all(one.name.isascii() for one in definitions)


@pytest.mark.parametrize("language", [Language.JSON, Language.TOML, Language.YAML, Language.TEXT])
def test_data_has_no_definitions(language: Language) -> None:
    assert definitions_of(b"a: 1\n", language) == []
