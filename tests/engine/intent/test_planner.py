"""Sentences in, plans out; the codebase is four small files."""

import asyncio

import pytest

from nanobot_engine.intent import NotUnderstoodError, Plan, Planner, Question, Sureness
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.registry import REFACTORINGS
from nanobot_engine.refactor.sequence import planned_in_turn
from support.refactored import encoded

FILES = encoded(
    {
        "app/__init__.py": "",
        "app/settings.py": """
            LIMIT = 40


            def load_cfg(path, strict=False):
                size = 4096
                return path, size


            class ConfigReader:
                def __init__(self, path, encoding="utf-8"):
                    self.path = path

                def read(self, size):
                    return self.path, size
            """,
        "app/shapes.py": """
            class Shape:
                def area(self):
                    return 0


            class Square(Shape):
                def area(self):
                    return 1


            def send(shape, times, *, quiet=False):
                return shape.area() * times
            """,
        "app/main.py": """
            from app.settings import load_cfg

            def send(data):
                return load_cfg(data)
            """,
    }
)
SETTINGS, SHAPES, MAIN = "app/settings.py", "app/shapes.py", "app/main.py"


class Recorder:
    """A chooser that takes one option and keeps the questions."""

    def __init__(self, option: str | None) -> None:
        self.questions: list[Question] = []
        self._option = option

    async def choose(self, question: Question) -> int | None:
        self.questions.append(question)
        fitting = [i for i, one in enumerate(question.options) if (self._option or "\0") in one]
        return fitting[0] if fitting else None


def planned(sentence: str, *choosers: Recorder) -> Plan:
    planner = Planner(Codebase(FILES), tuple(REFACTORINGS.values()))
    return asyncio.run(planner.plan(sentence, choosers))


def check(sentence: str, *expected: tuple[str, dict[str, str]]) -> Plan:
    """Compare the parts of a plan, and carry them out."""
    plan = planned(sentence)
    assert [(part.refactoring, part.values()) for part in plan.parts] == list(expected)
    steps = [(REFACTORINGS[part.refactoring], part.values()) for part in plan.parts]
    assert planned_in_turn(Codebase(FILES), steps).plan.files
    return plan


LOAD = {"symbol": f"{SETTINGS}::load_cfg", "new_name": "read_settings"}


@pytest.mark.parametrize(
    "sentence",
    [
        "Rename the function `load_cfg` in `app/settings.py` to `read_settings` and update all.",
        "rename load_cfg to read_settings",
        "load_cfg -> read_settings",
        "read_settings instead of load config pls",
        "please call load_cfg read_settings from now on",
        "load_cfg should be named read_settings",
        "use read_settings for load_cfg",
        "replace load_cfg by read_settings",
        "Could you rename settings.load_cfg to read_settings?",
        "rename laod_cfg to read_settings",
        "rename LoadCfg to read settings",
        "ld_cfg is fine but load_cfg should really be read_settings",
        "rename load_cfgs to read_settings",
        "the load_cfg function: rename to read_settings",
    ],
)
def test_one_rename_in_many_words(sentence: str) -> None:
    check(sentence, ("rename", LOAD))


def test_where_else_a_name_is_changed() -> None:
    also = check("load_cfg -> read_settings, also in docs and comments", ("rename", LOAD | {
        "also": "comments,documents",
    }))  # fmt: skip

    assert also.lines() == [
        "rename function load_cfg to read_settings; also in comments, documents ('docs, comments')"
    ]
    check(
        "rename load_cfg to read_settings everywhere but not in comments",
        ("rename", LOAD | {"also": "documents"}),
    )
    check("rename load_cfg to read_settings, don't touch the docs", ("rename", LOAD))
    included = LOAD | {"also": "documents"}
    check("rename load_cfg to read_settings, readme included", ("rename", included))
    with pytest.raises(NotUnderstoodError, match="readme"):
        planned("rename load_cfg to read_settings, the readme comes later")


def test_a_description_is_explained() -> None:
    (part,) = planned("read_settings instead of load config").parts

    assert part.explained() == (
        "rename function load_cfg to read_settings"
        " — 'load config' was taken for load_cfg: 2 of 2 parts match"
    )
    assert part.arguments[0].sureness is Sureness.LIKELY


def test_parts_speak_of_what_the_parts_before_left() -> None:
    check(
        "move load_cfg to app/config.py and rename it to read_settings",
        ("move", {"symbols": f"{SETTINGS}::load_cfg", "target": "app/config.py"}),
        ("rename", {"symbol": "app/config.py::load_cfg", "new_name": "read_settings"}),
    )
    check(
        "rename the method read of ConfigReader to take and its parameter size to count",
        ("rename", {"symbol": f"{SETTINGS}::ConfigReader.read", "new_name": "take"}),
        (
            "rename",
            {"symbol": f"{SETTINGS}::ConfigReader.take.<locals>.size", "new_name": "count"},
        ),
    )
    check(
        "rename the module shapes to figures, then Square in app/figures.py to Box",
        ("move module", {"module": SHAPES, "target": "app/figures.py"}),
        ("rename", {"symbol": "app/figures.py::Square", "new_name": "Box"}),
    )


def test_a_verb_counts_for_what_follows() -> None:
    check(
        "rename load_cfg to read_settings, and LIMIT to MAXIMUM",
        ("rename", LOAD),
        ("rename", {"symbol": f"{SETTINGS}::LIMIT", "new_name": "MAXIMUM"}),
    )


def test_signatures() -> None:
    load = f"{SETTINGS}::load_cfg"
    check(
        "add a parameter `depth: int = 3` to load_cfg and pass 0 in app/main.py",
        (
            "add parameter",
            {
                "function": load,
                "parameter": "depth",
                "default": "3",
                "annotation": "int",
                "value": "0",
                "callers": MAIN,
            },
        ),
    )
    check(
        "load_cfg should take a keyword-only timeout, default None",
        (
            "add parameter",
            {"function": load, "parameter": "timeout", "default": "None", "keyword_only": "yes"},
        ),
    )
    check(
        "load_cfg doesn't need strict anymore, remove it",
        ("remove parameter", {"function": load, "parameter": "strict"}),
    )
    check(
        "swap shape and times in app.shapes.send",
        ("reorder parameters", {"function": f"{SHAPES}::send", "order": "times, shape"}),
    )
    check(
        "the encoding of ConfigReader should be keyword-only",
        (
            "make keyword only",
            {"function": f"{SETTINGS}::ConfigReader.__init__", "parameter": "encoding"},
        ),
    )


def test_extractions() -> None:
    check(
        "replace the magic number 4096 with BUFFER_SIZE",
        (
            "extract constant",
            {"module": SETTINGS, "literal": "4096", "new_name": "BUFFER_SIZE"},
        ),
    )
    check(
        "extract `shape.area()` in app.shapes.send to a variable area",
        (
            "extract variable",
            {"function": f"{SHAPES}::send", "expression": "shape.area()", "new_name": "area"},
        ),
    )
    check(
        "pull line 5 of settings.py out into a function called measure",
        ("extract function", {"module": SETTINGS, "lines": "5-5", "new_name": "measure"}),
    )


@pytest.mark.parametrize(
    "sentence",
    [
        "load_cfg is far too long, read_settings would do",
        "read_settings, that is what I think load_cfg should have been called",
        "load_cfg is a misnomer: read_settings",
    ],
)
def test_names_alone_tell_a_rename(sentence: str) -> None:
    plan = check(sentence, ("rename", LOAD))

    assert plan.lines() == ["rename function load_cfg to read_settings (by the names alone)"]


def test_names_alone_tell_a_parameter() -> None:
    check(
        "people should have to pass strict by name in load_cfg",
        ("make keyword only", {"function": f"{SETTINGS}::load_cfg", "parameter": "strict"}),
    )


def test_names_without_a_word_for_the_change_tell_nothing() -> None:
    with pytest.raises(NotUnderstoodError):
        planned("load_cfg and read_settings")


def test_places_of_a_rename() -> None:
    check(
        "path -> place in load_cfg and in ConfigReader",
        ("rename", {"symbol": f"{SETTINGS}::load_cfg.<locals>.path", "new_name": "place"}),
        ("rename", {"symbol": f"{SETTINGS}::ConfigReader.path", "new_name": "place"}),
    )
    check(
        "in app/shapes.py rename send to post and Square to Box",
        ("rename", {"symbol": f"{SHAPES}::send", "new_name": "post"}),
        ("rename", {"symbol": f"{SHAPES}::Square", "new_name": "Box"}),
    )


def test_a_refactoring_without_rules_is_read_by_its_name() -> None:
    plan = planned("make the method ConfigReader.read a static method")
    moved = planned("convert the function load_cfg to a method of the class ConfigReader")
    group = planned("group load_cfg and `app.main.send` into a class called Loading")

    assert [(part.refactoring, part.values()) for part in plan.parts] == [
        ("method to static method", {"method": f"{SETTINGS}::ConfigReader.read"})
    ]
    assert [(part.refactoring, part.values()) for part in moved.parts] == [
        (
            "function to method",
            {"function": f"{SETTINGS}::load_cfg", "class": f"{SETTINGS}::ConfigReader"},
        )
    ]
    assert [(part.refactoring, part.values()) for part in group.parts] == [
        (
            "group into class",
            {"functions": f"{SETTINGS}::load_cfg\n{MAIN}::send", "class_name": "Loading"},
        )
    ]


def test_a_word_that_is_like_one_of_a_name_names_no_refactoring() -> None:
    check(
        "The function `load_cfg` of `app.settings` shall be moved to `app.main`.",
        ("move", {"symbols": f"{SETTINGS}::load_cfg", "target": MAIN}),
    )


def test_several_things_move_together() -> None:
    check(
        "Move `Shape` and `Square` from shapes.py to a new module figures",
        ("move", {"symbols": f"{SHAPES}::Shape\n{SHAPES}::Square", "target": "app/figures.py"}),
    )


def test_what_inheritance_makes_one_is_not_ambiguous() -> None:
    plan = planned("rename the method area to surface")

    assert plan.open == ()
    assert plan.parts[0].values()["symbol"] in {f"{SHAPES}::Shape.area", f"{SHAPES}::Square.area"}


def test_what_is_ambiguous_is_asked_and_else_decided_by_evidence() -> None:
    asked = Recorder("app/main.py")
    silent = Recorder(None)

    plan = planned("rename send to post", asked)
    by_evidence = planned("rename send to post", silent)

    (question,) = asked.questions
    assert question.options == ("function send in app/main.py", "function send in app/shapes.py")
    assert not question.is_about_words
    assert plan.parts[0].values()["symbol"] == f"{MAIN}::send"
    assert plan.open == ()
    assert [one.text for one in by_evidence.open] == [question.text]
    assert not by_evidence.parts[0].is_sure
    assert "of 2 that 'send' can mean" in by_evidence.lines()[0]


def test_a_hint_decides() -> None:
    check(
        "rename send in shapes.py to post",
        ("rename", {"symbol": f"{SHAPES}::send", "new_name": "post"}),
    )


@pytest.mark.parametrize(
    "sentence",
    [
        "make everything faster",
        "fix the bugs in app/main.py",
        "rename load_cfg",
        "rename download_page to fetch",
        "port load_cfg to Rust",
        "turn ConfigReader into a dataclass",
        "ConfigReader to dataclass",
        "add a parameter strict to load_cfg",
        "remove the feature flag frobnicate",
        "what does load_cfg do?",
        "",
    ],
)
def test_what_is_no_known_refactoring_is_refused(sentence: str) -> None:
    with pytest.raises(NotUnderstoodError) as refused:
        planned(sentence)
    assert "what it can do" in str(refused.value)
    assert refused.value.nearest


def test_a_part_that_is_not_understood_refuses_all() -> None:
    with pytest.raises(NotUnderstoodError):
        planned("rename load_cfg to read_settings and move `frobnicate` to app/main.py")


def test_names_the_other_way_round_are_turned_and_told() -> None:
    plan = planned("rename read_settings to load_cfg")

    assert plan.parts[0].values() == LOAD
    assert "so it is the old name" in plan.lines()[0]
    assert not plan.parts[0].is_sure


def test_too_long_a_sentence_is_refused() -> None:
    with pytest.raises(NotUnderstoodError, match="at most 2000 are read"):
        planned("rename a to b and " * 200)


def test_a_pattern_in_backticks_is_replaced_and_no_name() -> None:
    plan = planned("In `app/main.py`, replace `load_cfg($a)` by `load_cfg($a, strict=True)`.")

    assert [(part.refactoring, part.values()) for part in plan.parts] == [
        ("replace pattern", {"pattern": "load_cfg($a)", "where": MAIN,
                             "replacement": "load_cfg($a, strict=True)"}),
    ]  # fmt: skip


def test_parameters_are_put_into_an_object() -> None:
    sentence = (
        "Introduce a parameter object `Source` for the parameters `path`, `strict` of load_cfg"
    )

    assert [(part.refactoring, part.values()) for part in planned(sentence).parts] == [
        ("introduce parameter object", {"function": f"{SETTINGS}::load_cfg",
                                        "parameters": "path, strict", "class_name": "Source"}),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("inline load_cfg, it only returns",
         ("inline function", {"function": f"{SETTINGS}::load_cfg"})),
        ("get rid of load_cfg in settings, inline it",
         ("inline function", {"function": f"{SETTINGS}::load_cfg"})),
        ("merge settings.py into main.py",
         ("merge modules", {"module": SETTINGS, "target": MAIN})),
        ("in send of shapes pull shape.area() out into a variable called size",
         ("extract variable", {"function": f"{SHAPES}::send", "expression": "shape.area()",
                               "new_name": "size"})),
        ("split settings.py, load_cfg n ConfigReader go to loading.py",
         ("move", {"symbols": f"{SETTINGS}::load_cfg\n{SETTINGS}::ConfigReader",
                   "target": "app/loading.py"})),
        ("LIMIT should just be SIZE_LIMIT",
         ("rename", {"symbol": f"{SETTINGS}::LIMIT", "new_name": "SIZE_LIMIT"})),
    ],
)  # fmt: skip
def test_what_people_say_in_other_words(
    sentence: str, expected: tuple[str, dict[str, str]]
) -> None:
    part = planned(sentence).parts[0]

    assert (part.refactoring, part.values()) == expected


def test_several_parameters_are_made_keyword_only_by_the_first() -> None:
    plan = planned("load_cfg in settings: path + strict kw only")

    assert [part.values() for part in plan.parts] == [
        {"function": f"{SETTINGS}::load_cfg", "parameter": "path"}
    ]
    assert plan.parts[0].summary.endswith("and what follows it: strict")
    with pytest.raises(NotUnderstoodError):
        planned("load_cfg in settings: strict + path kw only")


def test_a_reading_that_leaves_a_name_out_is_none() -> None:
    plan = check(
        "split shapes.py, Shape n Square go to figures.py",
        ("move", {"symbols": f"{SHAPES}::Shape\n{SHAPES}::Square", "target": "app/figures.py"}),
    )

    assert plan.open == ()


def test_a_remark_says_what_it_is_about() -> None:
    method = f"{SETTINGS}::ConfigReader.read"

    plan = planned("ConfigReader.read doesn't use self, can you make it static?")
    in_class = planned("make the method `read` of the class `ConfigReader` static")

    assert in_class.parts[0].values() == {"method": method}
    assert [(part.refactoring, part.values()) for part in plan.parts] == [
        ("method to static method", {"method": method})
    ]
    with pytest.raises(NotUnderstoodError):
        planned("ConfigReader.read doesn't use self and load_cfg neither, make it static")


def test_a_call_in_backticks_without_arguments_becomes_a_variable() -> None:
    plan = planned(
        "In the function `send` of `app/shapes.py`, extract the expression `shape.area()` into"
        " a variable named `area`."
    )
    bare = planned("In the function `send` of `app/main.py`, extract `Condition()` to `condition`")

    expected = {"function": f"{SHAPES}::send", "expression": "shape.area()", "new_name": "area"}
    assert [part.values() for part in plan.parts] == [expected]
    assert bare.parts[0].values()["expression"] == "Condition()"


def test_a_description_of_duplicates_is_explained_or_refused() -> None:
    body = "    '''Escape for the shell.'''\n    return text + '\\\\'\n"
    files = encoded(
        {
            "app/one.py": f"def shell_escape(text):\n{body}",
            "app/two.py": f"def escape_for_shell(text):\n{body}",
        }
    )
    planner = Planner(Codebase(files), tuple(REFACTORINGS.values()))
    wish = "functions in one.py and two.py are duplicates, deduplicate them"

    (part,) = asyncio.run(planner.plan(f"the shell escaping {wish}")).parts

    assert part.values() == {"where": "app/one.py,app/two.py"}
    assert "shell_escape and escape_for_shell" in part.explained()
    with pytest.raises(NotUnderstoodError):
        asyncio.run(planner.plan(f"the colour mixing {wish}"))
