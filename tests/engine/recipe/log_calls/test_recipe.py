"""Messages at the start and end of functions: which, where, and that nothing else changes."""

import textwrap

import pytest

from nanobot_engine.edit import SourceFile, TextEdit, apply_edits, run_gates, source_from_bytes
from nanobot_engine.process.verification import verdict_on, with_file_edits
from nanobot_engine.recipe import Recipe, goal_from_sentence, recipe_named

ALL = "add logging to all functions"
BOTH = "add log messages at entry and exit of every function"


def source_of(text: str, path: str = "app/io.py") -> SourceFile:
    return source_from_bytes(path, textwrap.dedent(text).lstrip("\n").encode())


def recipe_for(sentence: str) -> Recipe:
    goal = goal_from_sentence(sentence)
    assert goal.recipe == "add logging"
    return recipe_named(goal.recipe, goal.arguments)


def logged(text: str, sentence: str = ALL) -> str:
    """Return a file with all its messages; every gate must pass."""
    source, recipe = source_of(text), recipe_for(sentence)
    edits: list[TextEdit] = []
    texts: dict[str, str] = {}
    for item in recipe.enumerate(source):
        settled = recipe.settled(source, item)
        assert settled is not None, "no model is asked"
        edit = recipe.edit(source, item, settled)
        assert isinstance(edit, TextEdit)
        edits.append(edit)
        texts[item.key] = settled.text
    whole = with_file_edits(recipe, source, texts, edits)
    verdict = verdict_on(recipe, source, texts, whole)
    assert verdict.ok, verdict.reason
    return apply_edits(source.data, whole).decode()


def test_a_function_says_that_it_starts_and_with_what() -> None:
    before = '''
    import os


    def load_config(path, password, retries: int = 3):
        """Read it."""

        # From the disk.
        data = os.stat(path)
        return data
    '''

    assert logged(before) == textwrap.dedent(
        '''\
        import logging
        import os

        logger = logging.getLogger(__name__)


        def load_config(path, password, retries: int = 3):
            """Read it."""
            logger.debug("Loading config: path=%r, retries=%r", path, retries)

            # From the disk.
            data = os.stat(path)
            return data
        '''
    )


def test_the_end_is_said_where_there_is_one() -> None:
    text = logged(
        """
        def save_all(items):
            for item in items:
                item.save()
            return items


        def clear_all(items):
            while items:
                items.pop()
            items.extend([])


        def find_one(items):
            if items:
                return items[0]
            return None
        """,
        BOTH,
    )

    assert '    logger.debug("Finished saving all")\n    return items\n' in text
    assert '    items.extend([])\n    logger.debug("Finished clearing all")\n' in text
    assert "Finished finding" not in text


@pytest.mark.parametrize(
    "function",
    [
        "def f(x): return x + x",
        "def f(x):\n    return x",
        "def __init__(x):\n    a = x\n    return a",
        "@property\ndef f(x):\n    a = x\n    return a",
        "def f(x):\n    log.info('here')\n    return x",
        '@functools.lru_cache(maxsize=1)\ndef f(x):\n    """Cached."""\n    a = x\n    return a',
        'def f(x):\n    """Two."""; a = x\n    return a',
    ],
)
def test_what_is_not_worth_a_message_gets_none(function: str) -> None:
    recipe = recipe_for(ALL)

    assert list(recipe.enumerate(source_of(function + "\n"))) == []


def test_only_public_functions_where_the_sentence_says_so() -> None:
    source = source_of(
        """
        def f(x):
            a = x
            return a


        class _C:
            def g(self):
                a = 1
                return a
        """
    )

    def labels(sentence: str) -> list[str]:
        return [item.label for item in recipe_for(sentence).enumerate(source)]

    assert labels("add logging to the public functions of app/io.py") == ["f: its start"]
    assert len(labels(ALL)) == 2
    assert labels("add logging to `g`") == ["_C.g: its start"]
    assert labels("add logging to the functions in other.py") == []


def test_a_long_message_is_laid_out_or_says_less() -> None:
    name = "send_" + "x" * 60
    text = logged(f"def {name}(path, name, host, port):\n    a = path\n    return a\n")

    assert all(len(line) <= 88 for line in text.splitlines() if not line.startswith("def"))
    assert f'"Sending {"x" * 60}' in text


def test_the_gate_refuses_a_message_that_calls_something() -> None:
    source = source_of("def f(x):\n    a = x\n    return a\n")
    new = b"    logger.debug('f', g())\n"
    edit = TextEdit(10, 10, new, "app/io.py::f", "log f")

    verdict = run_gates(recipe_for(ALL).gates({}), source, apply_edits(source.data, [edit]), [edit])

    assert verdict.reason.startswith("only logging added")


@pytest.mark.parametrize(
    ("sentence", "arguments"),
    [
        ("add logging to the public functions of app/io", {"only_public": "true"}),
        ("Add debug log statements to every function", {"level": "debug"}),
        (
            "insert info logs at start and end of each function",
            {"level": "info", "with_end": "true"},
        ),
    ],
)
def test_a_wish_for_logging_is_understood(sentence: str, arguments: dict[str, str]) -> None:
    goal = goal_from_sentence(sentence)

    assert goal.recipe == "add logging"
    assert {key: goal.arguments[key] for key in arguments} == arguments


@pytest.mark.parametrize(
    "sentence",
    [
        "replace prints by logging",
        "remove the debug logs",
        "add a logging handler",
        "add error handling with logging",
        "use logging instead of print",
        "set up logging",
    ],
)
def test_another_wish_about_logs_is_none_for_messages(sentence: str) -> None:
    from nanobot_engine.recipe import log_calls

    assert log_calls.goal_of(sentence) is None
