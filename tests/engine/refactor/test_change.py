"""Files with a change done."""

from collections.abc import Iterator, Mapping

import pytest

from nanobot_engine.edit import NO_FILE, EditPlan, FileEdit, TextEdit, sha256_hex
from nanobot_engine.refactor.change import Change

FILES = {f"{name}.py": f"# {name}\n".encode() for name in "abcdef"}


class Counted(Mapping[str, bytes]):
    """Files that remember which of them were read."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def __getitem__(self, path: str) -> bytes:
        self.read.append(path)
        return FILES[path]

    def __iter__(self) -> Iterator[str]:
        return iter(FILES)

    def __len__(self) -> int:
        return len(FILES)


def edited(path: str, new_path: str | None = None) -> FileEdit:
    edit = TextEdit(0, 0, b"x\n", f"{path}::", "say x")
    return FileEdit(path, sha256_hex(FILES[path]), (edit,), new_path)


def test_only_files_that_change_are_read_and_the_others_are_there() -> None:
    created = FileEdit("new.py", NO_FILE, (TextEdit(0, 0, b"y\n", "s", "r"),))
    removed = FileEdit("c.py", sha256_hex(FILES["c.py"]), (), is_removed=True)
    plan = EditPlan((edited("a.py"), edited("b.py", "z.py"), removed, created))
    files = Counted()

    after = Change("t", plan).applied(files)

    assert set(files.read) <= {"a.py", "b.py", "c.py"}
    assert dict(after) == {
        "a.py": b"x\n# a\n", "z.py": b"x\n# b\n", "new.py": b"y\n",
        **{path: FILES[path] for path in ("d.py", "e.py", "f.py")},
    }  # fmt: skip
    assert "b.py" not in after
    assert "c.py" not in after
    assert len(after) == 6


def test_a_change_of_another_version_is_refused() -> None:
    other = FileEdit("a.py", sha256_hex(b"other"), ())

    with pytest.raises(ValueError, match="another version"):
        Change("t", EditPlan((other,))).applied(FILES)
