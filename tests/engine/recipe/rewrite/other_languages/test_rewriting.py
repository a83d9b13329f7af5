"""What the model is asked about other languages, and which of its answers are taken."""

import pytest

from nanobot_engine.edit import apply_edits, run_gates, source_from_bytes
from nanobot_engine.recipe import Candidate, RedFlag
from nanobot_engine.recipe.errors import DeclinedError
from support.code_rewrite import recipe_for

SCRIPT = """\
class Cart {
  // Of all lines.
  total(lines) {
    let sum = 0;
    for (const line of lines) {
      // Gifts are free.
      if (!line.isGift) {
        sum += line.price * line.count;
      }
    }
    this.log('total');
    return sum;
  }
}
"""
BODY = """\
  // Gifts are free.
  const sum = lines.filter((line) => !line.isGift)
    .reduce((all, line) => all + line.price * line.count, 0);
  this.log('total');
  return sum;"""


def answer(body: str, head: str = "total(lines) {") -> str:
    return f"```javascript\n{head}\n{body}\n}}\n```"


def parsed(text: str, sentence: str = "simplify `Cart.total` in src/a.js") -> Candidate | RedFlag:
    """The only place that knows how an answer is checked."""
    recipe = recipe_for(sentence)
    source = source_from_bytes("src/a.js", SCRIPT.encode())
    (item,) = recipe.enumerate(source)
    assert recipe.settled(source, item) is None
    return recipe.parse(source, item, text)


def test_the_model_is_shown_the_function_alone_and_told_of_its_language() -> None:
    recipe = recipe_for("simplify `Cart.total` in src/a.js")
    source = source_from_bytes("src/a.js", SCRIPT.encode())
    (item,) = recipe.enumerate(source)

    question = recipe.ask(source, item, code_bytes_max=2_400)

    assert "JavaScript" in recipe.briefing.system
    assert question.startswith("Instruction: simplify `Cart.total`")
    assert "```javascript\ntotal(lines) {\n  let sum = 0;\n" in question
    assert recipe_for("simplify `f` in app/a.py").briefing.system.count("Python") == 1


def test_an_answer_that_can_not_be_proved_is_likely_and_says_what_is_not_known() -> None:
    recipe = recipe_for("simplify `Cart.total` in src/a.js")
    source = source_from_bytes("src/a.js", SCRIPT.encode())
    (item,) = recipe.enumerate(source)
    candidate = recipe.parse(source, item, answer(BODY))
    assert isinstance(candidate, Candidate), candidate

    edit = recipe.edit(source, item, candidate)

    assert edit.is_likely
    assert "not proved" in edit.label
    after = apply_edits(source.data, [edit])
    assert run_gates(recipe.gates({item.key: candidate.text}), source, after, [edit]).ok
    assert b"  total(lines) {\n    // Gifts are free.\n    const sum" in after


def test_an_answer_that_is_proved_is_sure() -> None:
    recipe = recipe_for("swap the branches in `f` of src/a.js")
    text = "function f(a) {\n  if (!a) {\n    return g();\n  } else {\n    return h();\n  }\n}\n"
    source = source_from_bytes("src/a.js", text.encode())
    (item,) = recipe.enumerate(source)
    new = "function f(a) {\n  if (a) {\n    return h();\n  }\n  return g();\n}"

    candidate = recipe.parse(source, item, f"```javascript\n{new}\n```")

    assert isinstance(candidate, Candidate), candidate
    edit = recipe.edit(source, item, candidate)
    assert (edit.is_likely, edit.label) == (False, "rewrite f: proved to do the same")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (BODY.replace("'total'", "'sum'"), "literal 'total' is gone"),
        (BODY.replace("  this.log('total');\n", ""), "call 'log' is gone"),
        (BODY.replace("this.log", "this.audit"), "call 'log' is gone"),
        (BODY.replace("  // Gifts are free.\n", ""), "the comment"),
        (BODY.replace("(line) => !line.isGift", "(line) => !line.isFree"), "'line.isGift' is gone"),
        (BODY.replace("line.price * line.count", "line.price + line.count"), "comparison '*'"),
        (
            BODY.replace("(line) => !line.isGift", "function (x) { return this.log; }"),
            "'this in function_expression' is new",
        ),
        (BODY.replace("return sum", "this.sum = sum"), "write"),
    ],
)
def test_an_answer_that_does_something_else_is_no_vote(body: str, reason: str) -> None:
    found = parsed(answer(body))

    assert isinstance(found, RedFlag), found
    assert reason in found.detail


def test_an_answer_with_another_head_or_more_than_the_function_is_no_vote() -> None:
    for head in ("total(lines, tax) {", "async total(lines) {", "sum(lines) {"):
        found = parsed(answer(BODY, head))
        assert isinstance(found, RedFlag), head
        assert found.name == "form"
    found = parsed(answer(BODY + "\n}\nmore() {"))
    assert isinstance(found, RedFlag)
    assert isinstance(parsed("no code ```"), RedFlag)


def test_a_find_that_becomes_a_filter_is_no_vote() -> None:
    text = (
        "function f(all) {\n  if (all.find((one) => one.isTold)) {\n    return all;\n  }\n"
        "  return [];\n}\n"
    )
    recipe = recipe_for("simplify `f` in src/a.js")
    source = source_from_bytes("src/a.js", text.encode())
    (item,) = recipe.enumerate(source)
    new = "function f(all) {\n  return all.filter((one) => one.isTold);\n}"

    found = recipe.parse(source, item, f"```javascript\n{new}\n```")

    assert isinstance(found, RedFlag), found
    assert "is gone" in found.detail


def test_what_the_user_names_may_come_and_go() -> None:
    body = BODY.replace("this.log", "this.audit")

    found = parsed(answer(body), "simplify `Cart.total` in src/a.js with audit instead of log")

    assert isinstance(found, Candidate), found


def test_a_named_function_without_anything_to_do_is_told_of() -> None:
    recipe = recipe_for("use early returns in `f` of src/a.js")
    source = source_from_bytes("src/a.js", b"function f() {\n  return 1;\n}\n")
    (item,) = recipe.enumerate(source)
    candidate = recipe.settled(source, item)

    assert candidate is not None
    with pytest.raises(DeclinedError, match="nothing in it is nested"):
        recipe.edit(source, item, candidate)


def test_a_gate_refuses_what_is_said_to_be_proved_and_is_not() -> None:
    recipe = recipe_for("simplify `f` in src/a.js")
    source = source_from_bytes("src/a.js", b"function f() {\n  g();\n  if (a) { h(); }\n}\n")
    (item,) = recipe.enumerate(source)
    new = "function f() {\n  if (a) { h(); }\n  g();\n}"
    edit = recipe.edit(source, item, Candidate(new, frozenset({"proved"})))

    verdict = run_gates(
        recipe.gates({item.key: new}), source, apply_edits(source.data, [edit]), [edit]
    )

    assert not verdict.ok
    assert "said to be proved" in verdict.reason


def test_a_survey_finds_the_same_items_and_parses_only_what_can_be_meant() -> None:
    recipe = recipe_for("simplify `Cart.total`")
    files = [
        source_from_bytes("src/a.js", SCRIPT.encode()),
        source_from_bytes("src/b.js", b"function other() { if (a) { g(); } }\n"),
        source_from_bytes("tests/a.js", SCRIPT.encode()),
        source_from_bytes("src/a.py", b"def total():\n    return 1\n"),
    ]

    seen = recipe.surveyed(files)

    assert [item.key for file in files[:3] for item in seen.enumerate(file)] == [
        "src/a.js::Cart.total"
    ]
    assert list(recipe.enumerate(files[0])) == list(seen.enumerate(files[0]))
