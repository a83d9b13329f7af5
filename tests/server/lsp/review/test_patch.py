import hashlib
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nanobot_server.lsp.document.text_buffer import split_lines
from nanobot_server.lsp.review.edit_plan import PlanEdit, PlanFile
from nanobot_server.lsp.review.patch import unified_diff
from nanobot_server.lsp.review.workspace_edit import BaseText, FileChange


def change(base: str, edits: list[tuple[int, int, str]]) -> FileChange:
    data, result, at = base.encode(), b"", 0
    for start, end, new in edits:
        result += data[at:start] + new.encode()
        at = end
    result += data[at:]
    file = PlanFile(
        "a.py",
        hashlib.sha256(data).hexdigest(),
        hashlib.sha256(result).hexdigest(),
        tuple(PlanEdit(start, end, new, "") for start, end, new in edits),
    )
    return FileChange.checked(file, BaseText("file:///a.py", None, data))


def patched(base: str, patch: str) -> str:
    """Apply a patch as its reader would: strictly, by line numbers."""
    old, new, at = split_lines(base), [], 0
    old = old if old[-1] else old[:-1]
    lines = patch.splitlines(keepends=True)[2:] if patch else []
    for number, line in enumerate(lines):
        unfinished = lines[number + 1 : number + 2] == ["\\ No newline at end of file\n"]
        content = line[1:-1] if unfinished else line[1:]
        if line.startswith("@@"):
            start, count = map(int, line.split()[1][1:].split(","))
            start -= 1 if count else 0
            new += old[at:start]
            at = start
        elif line[0] in " -":
            assert old[at] == content
            new += [content] if line[0] == " " else []
            at += 1
        elif line[0] == "+":
            new.append(content)
    return "".join([*new, *old[at:]])


@settings(max_examples=200)
@given(
    st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=25),
    st.sampled_from(["", "\n"]),
    st.data(),
)
def test_a_patch_leads_from_the_base_to_the_result(
    lines: list[str], end_of_last: str, data: st.DataObject
) -> None:
    base = "\n".join(lines) + end_of_last
    edits: list[tuple[int, int, str]] = []
    at = 0
    while at <= len(base) and len(edits) < 4:
        start = data.draw(st.integers(at, len(base)))
        end = data.draw(st.integers(start, min(len(base), start + 4)))
        edits.append((start, end, data.draw(st.sampled_from(["", "x", "x\n", "\ny\n"]))))
        at = end + 1
    made = change(base, edits)

    assert patched(base, unified_diff([made])) == made.result.decode()


def test_git_takes_the_patch(tmp_path: Path) -> None:
    base = "".join(f"line {n}\n" for n in range(40)) + "end"
    at = base.index("line 20")
    made = change(base, [(0, 0, "first\n"), (at, at, "new\n"), (len(base), len(base), "ing")])
    (tmp_path / "a.py").write_text(base, encoding="utf-8")

    subprocess.run(
        ["git", "apply", "-"],
        cwd=tmp_path,
        input=unified_diff([made]).encode(),
        check=True,
        env={"GIT_CEILING_DIRECTORIES": str(tmp_path.parent), "PATH": "/usr/bin:/bin"},
    )

    assert (tmp_path / "a.py").read_bytes() == made.result


@pytest.mark.parametrize("base", ["", "a", "a\n"])
def test_an_insertion_shows_as_added_lines_only(base: str) -> None:
    patch = unified_diff([change(base, [(0, 0, "new\n")])])

    assert "+new\n" in patch
    assert not [line for line in patch.splitlines()[2:] if line.startswith("-")]
