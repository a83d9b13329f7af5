"""A statement is written anew when the tool, asked again, says this no more and nothing new."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest

from nanobot_engine.check import ToolAccess
from nanobot_engine.edit import SourceFile, apply_edits, sorted_edits, source_from_bytes
from nanobot_engine.recipe import Candidate, Item, RedFlag
from nanobot_engine.recipe.errors import DeclinedError
from nanobot_engine.recipe.fix_diagnostics import AskedStatement, FixDiagnosticsRecipe
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.diagnostics.fix_diagnostics import FixDiagnostics
from nanobot_engine.refactor.open_finding import OpenFinding

RUFF = '[tool.ruff.lint]\nselect = ["F", "B", "SIM", "C4", "PTH"]\n'
MYPY = "[tool.mypy]\nstrict = true\n"


@dataclass
class Question:
    """One step that a plan leaves to a model."""

    recipe: FixDiagnosticsRecipe
    source: SourceFile
    item: Item
    asked: AskedStatement

    def answer(self, text: str) -> Candidate | RedFlag:
        return self.recipe.parse(self.source, self.item, f"```python\n{dedent(text).strip()}\n```")

    def after(self, candidate: Candidate) -> str:
        edit = self.recipe.edit(self.source, self.item, candidate)
        more = self.recipe.file_edits(self.source, {self.item.key: candidate.text})
        return apply_edits(self.source.data, sorted_edits([edit, *more])).decode()


def questions(
    root: Path, files: Mapping[str, str], *, may_run_code: bool = True, **arguments: str
) -> list[Question]:
    """Write a workspace, plan, and return what is asked, in order."""
    data = {path: dedent(text).lstrip("\n").encode() for path, text in files.items()}
    for path, text in data.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(text)
    access = ToolAccess(root, Path(sys.executable), may_run_code)
    change = FixDiagnostics().plan(Codebase(data, tools=access), arguments)
    asked: dict[str, AskedStatement] = {}
    for doubt in change.doubts:
        finding = OpenFinding.from_question(doubt.question)
        assert finding is not None
        asked[doubt.edit.step_key] = AskedStatement(finding, doubt.edit)
    recipe = FixDiagnosticsRecipe(asked)
    return [
        Question(
            recipe,
            source_from_bytes(doubt.path, data[doubt.path]),
            Item(doubt.edit.step_key, doubt.path, ""),
            asked[doubt.edit.step_key],
        )
        for doubt in change.doubts
    ]


PORT = """
    class PortError(Exception):
        pass


    def port_of(text):
        try:
            return int(text)
        except ValueError:
            raise PortError(f"{text}: no port")
    """


def test_an_answer_counts_when_the_diagnostic_is_gone(tmp_path: Path) -> None:
    (one,) = questions(tmp_path, {"pyproject.toml": RUFF, "a.py": PORT}, tool="ruff")

    found = one.answer(
        """
        try:
            return int(text)
        except ValueError as error:
            raise PortError(f"{text}: no port") from error
        """
    )

    assert isinstance(found, Candidate)
    after = one.after(found)
    assert "    except ValueError as error:\n        raise PortError" in after
    edit = one.recipe.edit(one.source, one.item, found)
    assert not edit.is_likely
    assert "a model wrote it; gone, none new" in edit.label


def test_an_answer_that_leaves_the_diagnostic_is_none(tmp_path: Path) -> None:
    (one,) = questions(tmp_path, {"pyproject.toml": RUFF, "a.py": PORT}, tool="ruff")

    found = one.answer(
        """
        try:
            return int(text)
        except ValueError as error:
            raise PortError(f"{text}: no port", error)
        """
    )

    assert found == RedFlag("asked again", "ruff still says B904")


def test_an_answer_that_brings_another_diagnostic_is_none(tmp_path: Path) -> None:
    text = """
        def f(rows):
            for i, row in enumerate(rows):
                print(row)
            return list(map(lambda x: str(x), rows))
        """
    both = questions(tmp_path, {"pyproject.toml": RUFF, "a.py": text}, codes="B007")
    (one,) = [one for one in both if "B007" in one.asked.finding.remarks[0].code]

    # `set` over what is a generator is what C401 is about.
    found = one.answer("for _i, row in set(pair for pair in enumerate(rows)):\n    print(row)")

    assert isinstance(found, RedFlag)
    assert found.name == "statement kept" or "something new" in found.detail


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        ("", "format"),
        (PORT.partition("(text):\n")[2], "unchanged"),
        ("return int(text)", "statement kept"),
        ("\n".join(f"x{n} = text" for n in range(40)), "size"),
        ("return int(text)  # noqa: B904" + " " * 200 + "x", "size"),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_a_red_flag(tmp_path: Path, answer: str, name: str) -> None:
    (one,) = questions(tmp_path, {"pyproject.toml": RUFF, "a.py": PORT}, tool="ruff")

    found = one.answer(answer)

    assert isinstance(found, RedFlag)
    assert found.name == name


def test_what_the_tool_proposes_needs_no_model_and_is_likely_only(tmp_path: Path) -> None:
    text = '''
        """Forget."""

        import os


        def forget(path):
            try:
                os.remove(path)
            except FileNotFoundError:
                pass
        '''
    (one,) = questions(tmp_path, {"pyproject.toml": RUFF, "a.py": text}, codes="SIM105")

    found = one.recipe.settled(one.source, one.item)

    assert found is not None
    after = one.after(found)
    assert after.startswith('"""Forget."""\n\nimport contextlib\nimport os\n')
    assert "    with contextlib.suppress(FileNotFoundError):\n        os.remove(path)\n" in after
    edit = one.recipe.edit(one.source, one.item, found)
    assert edit.is_likely
    assert "ruff proposes it" in edit.label


TYPED = """
    class Page:
        title: str = 3

        def size(self) -> int:
            return len(self.title)
    """


def test_a_type_checker_is_asked_again(tmp_path: Path) -> None:
    (one,) = questions(tmp_path, {"pyproject.toml": MYPY, "a.py": TYPED}, tool="mypy")

    refused = one.answer("title: int = 3")
    assert isinstance(refused, RedFlag)
    assert "something new: arg-type" in refused.detail

    found = one.answer("title: str = str(3)")
    assert isinstance(found, Candidate)
    assert "    title: str = str(3)\n" in one.after(found)


def test_without_permission_nothing_is_asked_again_and_the_edit_is_likely(tmp_path: Path) -> None:
    handed = '[["mypy", "a.py", 2, "assignment", "Incompatible types (\\"int\\", \\"str\\")"]]'
    (one,) = questions(
        tmp_path, {"pyproject.toml": MYPY, "a.py": TYPED}, may_run_code=False, diagnostics=handed
    )

    found = one.answer("title: str = str(3)")

    assert isinstance(found, Candidate)
    edit = one.recipe.edit(one.source, one.item, found)
    assert edit.is_likely
    assert "not checked again: mypy: it runs your code" in edit.label


def test_what_an_unknown_tool_says_is_likely(tmp_path: Path) -> None:
    handed = '[["clippy", "a.py", 2, "", "title must be text"]]'
    (one,) = questions(tmp_path, {"a.py": TYPED}, diagnostics=handed)

    found = one.answer("title: str = str(3)")

    assert isinstance(found, Candidate)
    assert one.recipe.edit(one.source, one.item, found).is_likely


def test_a_diagnostic_that_the_tool_does_not_say_here_can_not_be_checked(tmp_path: Path) -> None:
    handed = '[["ruff", "a.py", 2, "C408", "no call"]]'
    (one,) = questions(tmp_path, {"pyproject.toml": RUFF, "a.py": TYPED}, diagnostics=handed)

    found = one.answer("title: str = str(3)")

    assert isinstance(found, Candidate)
    assert (
        "ruff: says nothing of what is asked" in one.recipe.edit(one.source, one.item, found).label
    )


def test_what_a_report_says_and_the_tool_does_not_is_not_forgotten(tmp_path: Path) -> None:
    rows = [["ruff", "a.py", 10, "B904", "chain it"], ["ruff", "a.py", 6, "C408", "no call"]]
    text = PORT.replace("try:", "text = dict()\n        try:")
    files = {"pyproject.toml": RUFF, "a.py": text.replace("dict()", "{}")}

    asked = questions(tmp_path, files, diagnostics=json.dumps(rows))

    assert [one.asked.finding.remarks[0].code for one in asked] == ["C408", "B904"]


def test_an_answer_for_another_text_is_refused(tmp_path: Path) -> None:
    (one,) = questions(tmp_path, {"pyproject.toml": RUFF, "a.py": PORT}, tool="ruff")
    changed = one.source.data.replace(b"no port", b"is port")

    one.source = source_from_bytes("a.py", changed)
    found = one.answer(PORT.partition("(text):\n")[2].replace("no port", "is port {text}"))

    assert isinstance(found, RedFlag)
    assert "another text" in found.detail


def test_an_edit_that_the_tool_is_not_content_with_is_declined(tmp_path: Path) -> None:
    (one,) = questions(tmp_path, {"pyproject.toml": MYPY, "a.py": TYPED}, tool="mypy")

    with pytest.raises(DeclinedError, match="something new"):
        one.recipe.edit(one.source, one.item, Candidate("title: int = 3", frozenset()))


def test_line_ends_and_indentation_stay(tmp_path: Path) -> None:
    text = dedent(PORT).lstrip("\n").replace("    ", "\t").replace("\n", "\r\n")
    data = {"pyproject.toml": RUFF, "a.py": text}
    (tmp_path / "a.py").write_bytes(text.encode())
    (one,) = questions(tmp_path, data, tool="ruff")

    found = one.answer(
        'try:\n\treturn int(text)\nexcept ValueError as error:\n\traise PortError(f"{text}: no port") from error'  # noqa: E501 - an answer as it comes
    )

    assert isinstance(found, Candidate)
    after = one.after(found)
    assert "\r\n\texcept ValueError as error:\r\n\t\traise" in after
    assert "\n" not in after.replace("\r\n", "")


def test_the_question_about_a_form_shows_rule_statement_and_definitions(tmp_path: Path) -> None:
    (one,) = questions(tmp_path, {"pyproject.toml": RUFF, "a.py": PORT}, tool="ruff")

    asked = one.recipe.ask(one.source, one.item, code_bytes_max=2_400)

    assert asked.startswith("ruff B904: Within an `except` clause")
    assert "Checks for `raise` statements" in asked
    assert "class PortError(Exception): ..." in asked
    statement = dedent(PORT.partition("(text):")[2]).strip()
    assert asked.endswith(f"Write this anew:\n```python\n{statement}\n```")
    assert "def port_of" not in asked
    assert len(one.recipe.ask(one.source, one.item, code_bytes_max=300)) < len(asked)


def test_the_question_about_types_shows_the_code_around(tmp_path: Path) -> None:
    (one,) = questions(tmp_path, {"pyproject.toml": MYPY, "a.py": TYPED}, tool="mypy")

    asked = one.recipe.ask(one.source, one.item, code_bytes_max=2_400)

    assert "  class Page:\n>     title: str = 3\n" in asked
    assert "return len(self.title)" in asked
