"""What the recipe finds, asks and edits."""

from nanobot_engine.edit import SourceFile, apply_edits, source_from_bytes
from nanobot_engine.recipe import Candidate, Item, RedFlag
from nanobot_engine.recipe.document.recipe import EVERYTHING, DocumentRecipe, Scope
from nanobot_engine.recipe.place import Place

CODE = b'''\
import typing

def plain(a):
    return a

def documented():
    """Done."""

def _private(): ...

@typing.overload
def over(a: int) -> int: ...
def over(a): return a

class Box:
    def open(self):
        def inner(): ...
        return inner

    @property
    def size(self): return 1

    @size.setter
    def size(self, value): ...

    def __len__(self): return 1
'''


def source(path: str = "pkg/box.py", data: bytes = CODE) -> SourceFile:
    return source_from_bytes(path, data)


def check_items(file: SourceFile, scope: Scope = EVERYTHING) -> list[str]:
    """The only place that knows the API under test."""
    return [item.key.partition("::")[2] for item in DocumentRecipe(scope).enumerate(file)]


def item_of(file: SourceFile, label: str) -> Item:
    return next(i for i in DocumentRecipe(EVERYTHING).enumerate(file) if i.label == label)


def test_public_definitions_without_a_docstring_are_found() -> None:
    assert check_items(source()) == ["plain", "over#2", "Box", "Box.open", "Box.size"]


def test_kinds_narrow_what_is_found() -> None:
    only_classes = Scope(kinds=frozenset({"class"}), with_tests=False)

    assert check_items(source(), only_classes) == ["Box"]


def test_tests_and_private_modules_are_left_out() -> None:
    assert check_items(source("tests/test_box.py")) == []
    assert check_items(source("pkg/_box.py")) == []
    assert check_items(source("tests/test_box.py"), Scope(EVERYTHING.kinds, with_tests=True)) != []


def test_a_test_that_is_named_counts() -> None:
    by_path = Scope(EVERYTHING.kinds, with_tests=False, place=Place(frozenset({"test_box.py"})))
    by_name = Scope(EVERYTHING.kinds, with_tests=False, place=Place(names=frozenset({"BoxTest"})))
    data = b"class BoxTest:\n    size = 1\n\n\nclass Other: ...\n"

    assert check_items(source("tests/test_box.py"), by_path) == check_items(source())
    assert check_items(source("tests/test_box.py", data), by_name) == ["BoxTest"]


def test_a_private_definition_that_is_named_counts() -> None:
    named = Scope(EVERYTHING.kinds, with_tests=False, place=Place(names=frozenset({"_private"})))

    assert check_items(source(), named) == ["_private"]


def test_a_named_definition_is_found_wherever_it_is() -> None:
    key = "pkg/_box.py::_private"
    scope = Scope(EVERYTHING.kinds, with_tests=True, only=frozenset({key}))

    assert check_items(source("pkg/_box.py"), scope) == ["_private"]


def test_a_scope_survives_the_ledger() -> None:
    scope = Scope(frozenset({"class"}), with_tests=True, only=frozenset({"a::b", "a::c"}))

    assert Scope.from_arguments(scope.to_arguments()) == scope


def test_a_method_is_shown_inside_its_class() -> None:
    question = DocumentRecipe(EVERYTHING).ask(
        source(), item_of(source(), "Box.open"), code_bytes_max=1000
    )

    assert question == (
        "```python\nclass Box:\n    ...\n    def open(self):\n        def inner(): ...\n"
        "        return inner\n```\nSummary of the method `Box.open`, which returns a value:"
    )


def test_long_code_is_cut_at_a_line() -> None:
    long = b"def long():\n" + b"".join(b"    step_%d()\n" % i for i in range(500))
    file = source(data=long)

    question = DocumentRecipe(EVERYTHING).ask(file, item_of(file, "long"), code_bytes_max=200)

    assert len(question) < 300
    assert "    ...\n```" in question


def test_an_example_of_the_prompt_is_no_answer() -> None:
    recipe = DocumentRecipe(EVERYTHING)
    file = source(data=b"def area(w, h): return w * h\n")

    parsed = recipe.parse(file, item_of(file, "area"), recipe.briefing.examples[0][1])

    assert parsed == RedFlag("echo", "it repeats an example of the prompt")


def test_a_sentence_that_does_not_fit_its_line_is_no_answer() -> None:
    narrow = Scope(EVERYTHING.kinds, with_tests=False, line_length_max=40)

    parsed = DocumentRecipe(narrow).parse(
        source(), item_of(source(), "plain"), "Return the very argument that was given to it."
    )

    assert isinstance(parsed, RedFlag)
    assert parsed.name == "length"


def test_the_edit_inserts_the_docstring_and_nothing_else() -> None:
    recipe, item = DocumentRecipe(EVERYTHING), item_of(source(), "plain")

    edit = recipe.edit(source(), item, Candidate("Return the argument.", frozenset()))

    after = apply_edits(CODE, [edit])
    assert after == CODE.replace(
        b"def plain(a):\n", b'def plain(a):\n    """Return the argument."""\n'
    )
    gates = recipe.gates({item.key: "Return the argument."})
    assert [gate.check(source(), after, [edit]).ok for gate in gates] == [True, True, True]
