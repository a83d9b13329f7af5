from nanobot_engine.edit import TextEdit, apply_edits, source_from_bytes
from nanobot_engine.language import LanguageParsesGate


def _is_accepted(path: str, before: str, old: str, new: str) -> bool:
    source = source_from_bytes(path, before.encode())
    start = before.index(old)
    edit = TextEdit(start, start + len(old), new.encode(), "", "")
    return LanguageParsesGate().check(source, apply_edits(source.data, [edit]), [edit]).ok


def test_a_file_of_any_language_must_parse_as_well_as_before() -> None:
    assert _is_accepted("a.js", "f(1);\n", "f", "g")
    assert not _is_accepted("a.js", "f(1);\n", "f", "g(")
    assert not _is_accepted("a.py", "f(1)\n", "f", "g(")
    assert _is_accepted("a.py", "f(1)\n", "f", "g")
    # What was broken before may stay so, and what has no grammar says nothing.
    assert _is_accepted("a.c", "int f( { g(); }\n", "g", "h")
    assert _is_accepted("a.txt", "f(\n", "f", "g")
