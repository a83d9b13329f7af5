"""How many lines a change may touch: what was asked explains them."""

from nanobot_engine.edit import NO_FILE, EditPlan, FileEdit, TextEdit, apply_edits, sha256_hex
from nanobot_engine.process.asked import Asked
from nanobot_engine.process.size_gate import Size, change_size

BODY = "".join(f"line{n} = {n}\n" for n in range(200))


def size(before: dict[str, str], after: dict[str, str], asked: Asked) -> Size:
    """Return the size of a change that replaces whole files."""
    old = {path: text.encode() for path, text in before.items()}
    new = {path: text.encode() for path, text in after.items()}
    files = [
        FileEdit(
            path,
            sha256_hex(old[path]) if path in old else NO_FILE,
            (TextEdit(0, len(old.get(path, b"")), data, f"{path}::", "label"),),
        )
        for path, data in new.items()
    ]
    for file in files:
        assert apply_edits(old.get(file.path, b""), file.edits) == new[file.path]
    return change_size(old, new, EditPlan(tuple(files)), asked)


def test_a_file_written_anew_is_refused() -> None:
    found = size({"a.py": BODY}, {"a.py": BODY.replace(" = ", "=")}, Asked(frozenset({"load"})))

    assert (found.lines, found.explained, found.edits) == (400, 0, 1)
    assert found.problem.startswith("400 lines change at 1 places, 0 of them with a name")


def test_lines_with_an_asked_name_are_explained() -> None:
    before = "".join(f"load({n})\n" for n in range(200))

    found = size(
        {"a.py": before},
        {"a.py": before.replace("load", "read")},
        Asked(frozenset({"load", "read"})),
    )

    assert (found.lines, found.explained, found.problem) == (400, 400, "")


def test_lines_that_move_or_are_indented_are_no_change() -> None:
    moved = "".join(f"    {line}\n" for line in BODY.splitlines())

    found = size({"a.py": BODY}, {"a.py": "", "b.py": f"if x:\n{moved}"}, Asked())

    assert (found.lines, found.problem) == (1, "")


def test_what_is_removed_counts_where_removing_was_not_asked() -> None:
    left, asked = (
        size({"a.py": BODY}, {"a.py": ""}, Asked(may_remove=may)) for may in (False, True)
    )

    assert left.lines == 200
    assert left.problem
    assert (asked.lines, asked.problem) == (0, "")


def test_what_is_new_counts_where_adding_was_not_asked() -> None:
    added, asked = (size({}, {"a.py": BODY}, Asked(may_add=may)) for may in (False, True))

    assert added.problem
    assert (asked.lines, asked.problem) == (0, "")
