"""Handlers around what can fail: where, what they say, and that nothing else changes."""

import textwrap
from collections.abc import Sequence

import pytest

from nanobot_engine.edit import SourceFile, TextEdit, apply_edits, run_gates, source_from_bytes
from nanobot_engine.process.verification import verdict_on, with_file_edits
from nanobot_engine.recipe import (
    AskingRecipe,
    DeclinedError,
    Item,
    Recipe,
    goal_from_sentence,
    recipe_named,
)
from nanobot_engine.recipe.recipe import Candidate

ALL = "add comprehensive error handling to all functions"


def source_of(text: str, path: str = "app/io.py") -> SourceFile:
    return source_from_bytes(path, textwrap.dedent(text).lstrip("\n").encode())


def recipe_for(sentence: str = ALL) -> Recipe:
    goal = goal_from_sentence(sentence)
    assert goal.recipe == "handle errors"
    return recipe_named(goal.recipe, goal.arguments)


def edited(recipe: Recipe, source: SourceFile, items: Sequence[Item]) -> str:
    """Handle all items of a file; every gate must pass."""
    winner = Candidate("outside", frozenset({"outside"}))
    edits = [recipe.edit(source, item, winner) for item in items]
    texts = {item.key: winner.text for item in items}
    whole = with_file_edits(
        recipe, source, texts, [edit for edit in edits if isinstance(edit, TextEdit)]
    )
    verdict = verdict_on(recipe, source, texts, whole)
    assert verdict.ok, verdict.reason
    return apply_edits(source.data, whole).decode()


def handled(text: str, sentence: str = ALL) -> str:
    """Return a file with all its places handled."""
    source, recipe = source_of(text), recipe_for(sentence)
    return edited(recipe, source, list(recipe.enumerate(source)))


def labels(text: str, sentence: str = ALL, path: str = "app/io.py") -> list[str]:
    recipe = recipe_for(sentence)
    return [item.label for item in recipe.enumerate(source_of(text, path))]


def test_a_file_that_is_read_is_handled_and_the_module_gets_a_logger() -> None:
    before = '''
    """Settings."""

    import json


    def load(path):
        # From the disk.
        with open(path) as file:
            return json.load(file)
    '''

    assert handled(before) == textwrap.dedent(
        '''\
        """Settings."""

        import json
        import logging

        logger = logging.getLogger(__name__)


        def load(path):
            # From the disk.
            try:
                with open(path) as file:
                    return json.load(file)
            except (OSError, ValueError):
                logger.exception("Failed to read %s", path)
                raise
        '''
    )


def test_a_reviewer_reads_what_is_handled() -> None:
    source, recipe = source_of("def f(path):\n    open(path)\n"), recipe_for()
    (item,) = recipe.enumerate(source)

    edit = recipe.edit(source, item, Candidate("outside", frozenset({"outside"})))

    assert isinstance(edit, TextEdit)
    assert edit.label == "handle errors in f: Failed to read path"


def test_a_logger_that_is_there_is_used() -> None:
    text = handled(
        """
        import logging
        import os

        LOG = logging.getLogger("app")


        def forget(path):
            os.remove(path)
        """
    )

    assert text.count("getLogger") == 1
    assert 'LOG.exception("Failed to remove %s", path)' in text


@pytest.mark.parametrize(
    "body",
    [
        "try:\n        open(path)\n    except OSError:\n        return None",
        "try:\n        open(path)\n    except FileNotFoundError:\n        return None",
        "try:\n        open(path)\n    except self.errors:\n        return None",
        "try:\n        open(path)\n    except:\n        return None",
        "with contextlib.suppress(OSError):\n        open(path)",
        "try:\n        pass\n    finally:\n        open(path)",
        "try:\n        pass\n    except KeyError:\n        open(path)",
        "yield open(path)",
        "with open(path) as file:\n        yield file",
        "with open(path) as file:\n" + "        file.write('x')\n" * 20,
        "return lambda: open(path)",
        "open = str\n    return open(path)",
        "a = 1; open(path)",
        "if a: open(path)",
        "for name in os.listdir(path):\n        work(name)",
        "return zipfile.ZipFile(io.BytesIO())",
        "return int(self.width / 2)",
        "return int(len(path))",
        "if text.isdigit():\n        return int(text)",
        "if isinstance(text, float):\n        return int(text)",
        "width = self.width // 2\n    return int(width)",
        'if found := PATTERN.match(path):\n        return int(found["text"])',
    ],
)
def test_what_is_handled_expected_or_not_to_be_moved_is_left_alone(body: str) -> None:
    imports = "import contextlib\nimport io\nimport os\nimport zipfile\n\n"
    text = f"{imports}def f(self, path):\n    {body}\n"

    assert labels(text) == []


@pytest.mark.parametrize(
    "body",
    [
        "try:\n        open(path)\n    except KeyError:\n        return None",
        "try:\n        pass\n    except OSError:\n        pass\n    else:\n        open(path)",
        "for name in os.listdir(path):\n        names.append(name)",
        "with lock:\n        os.remove(path)",
        "if a:\n        pass\n    elif b:\n        os.remove(path)",
        "match a:\n        case 1:\n            os.remove(path)",
        "return [open(one) for one in path]",
    ],
)
def test_what_nobody_handles_is_found(body: str) -> None:
    text = f"import os\n\ndef f(path, a, b, names, lock):\n    {body}\n"

    assert len(labels(text)) == 1
    assert "raise" in handled(text)


def test_a_try_with_only_a_finally_takes_the_handler() -> None:
    text = handled(
        """
        import os

        def f(path, lock):
            try:
                os.remove(path)
                # Done.
            finally:
                lock.release()
        """
    )

    assert textwrap.dedent(
        """\
            try:
                os.remove(path)
                # Done.
            except OSError:
                logger.exception("Failed to remove %s", path)
                raise
            finally:
        """
    ) in textwrap.dedent(text.partition("def f(path, lock):\n")[2])


def test_what_a_caller_expects_is_left_alone_in_the_whole_workspace() -> None:
    library = source_of("def load(path):\n    return open(path).read()\n")
    other = source_of("def read(path):\n    return open(path).read()\n", "app/other.py")
    caller = source_of(
        "def main():\n    try:\n        load('a')\n    except FileNotFoundError:\n        pass\n",
        "app/main.py",
    )
    recipe = recipe_for()

    surveyed = recipe.surveyed([library, other, caller])

    assert len(list(recipe.enumerate(library))) == 1
    assert list(surveyed.enumerate(library)) == []
    assert len(list(surveyed.enumerate(other))) == 1


def test_neighbours_share_a_handler_that_names_each() -> None:
    text = handled(
        """
        import os
        import shutil

        def install(source, target, folder):
            os.makedirs(folder)
            shutil.copy(source, target)
        """
    )

    assert text.count("try:") == 1
    assert "Failed to create directory %s or copy %s to %s" in text
    assert "folder, source, target" in " ".join(text.split())


def test_a_message_that_does_not_fit_says_less() -> None:
    name = "f" * 40
    text = handled(
        f"""
        import os

        class Store{name}:
            def {name}(self, names):
                if names:
                    os.mkdir(names[0])
                    os.rmdir(names[1])
        """
    )

    assert '"Failed to create a directory' in text
    messages = [line for line in text.splitlines() if "Failed" in line]
    assert messages
    assert all(len(line) <= 88 for line in messages)


def test_what_may_not_be_bound_is_not_logged() -> None:
    text = handled("def f(path):\n    with open(path) as path:\n        return path.read()\n")

    assert 'logger.exception("Failed to read a file in f")' in text


def test_secrets_and_texts_of_users_are_not_logged() -> None:
    text = handled(
        """
        import json
        import subprocess

        def f(token_path, settings_text, data):
            open(token_path)
            a = json.loads(settings_text)
            b = json.loads(data)
            print(a, b)
            subprocess.run(["curl", "-u", token_path])
        """
    )

    assert "settings text as JSON" in text
    assert "Failed to run curl" in text
    handlers = [line for line in text.splitlines() if "Failed" in line or "exception(" in line]
    assert not any(name in line for line in handlers for name in ("token", "data"))


def test_strings_over_several_lines_stay_as_they_are() -> None:
    text = handled(
        '''
        def f(path):
            open(path, "w").write("""
        a
            b""")
        '''
    )

    assert '.write("""\na\n    b""")' in text


def test_a_line_that_would_be_too_long_is_broken_or_left() -> None:
    name = "p" * 50
    text = handled(f"def f({name}):\n    if {name}:\n        value = len(open({name}).read(100))\n")
    assert (
        f"            value = len(\n                open({name}).read(100)\n            )" in text
    )
    assert all(len(line) <= 88 for line in text.splitlines())

    source, recipe = (
        source_of(f"def f({name}):\n    a = open({name}).read() + 'aaaaaaaaaaaa'\n"),
        None,
    )
    recipe = recipe_for()
    (item,) = recipe.enumerate(source)
    with pytest.raises(DeclinedError, match="columns"):
        recipe.edit(source, item, Candidate("outside", frozenset({"outside"})))


def test_line_ends_tabs_and_indentation_are_those_of_the_file() -> None:
    source = source_from_bytes("a.py", b"import os\r\ndef f(path):\r\n\tos.remove(path)\r\n")
    recipe = recipe_for()

    text = edited(recipe, source, list(recipe.enumerate(source)))

    assert "\r\n\ttry:\r\n\t\tos.remove(path)\r\n\texcept OSError:\r\n" in text
    assert "\n" not in text.replace("\r\n", "")


@pytest.mark.parametrize(
    "text",
    [
        "from loguru import logger\n\ndef f(p):\n    open(p)\n",
        "logging = 1\n\ndef f(p):\n    open(p)\n",
        "from app import log\n\ndef f(p):\n    open(p)\n",
        "from app.logger import Logger\n\ndef f(p):\n    open(p)\n",
    ],
)
def test_a_module_that_logs_in_another_way_is_refused(text: str) -> None:
    source, recipe = source_of(text), recipe_for()
    items = list(recipe.enumerate(source))

    with pytest.raises(Exception, match=r"logs with|means something else"):
        edited(recipe, source, items)


def test_a_new_logger_never_takes_a_name_that_is_taken() -> None:
    text = handled("import os\n\ndef f(p):\n    logger = 1\n    os.remove(p)\n    return logger\n")

    assert "_logger = logging.getLogger(__name__)" in text
    assert '_logger.exception("Failed to remove %s", p)' in text


def test_wrapping_raises_the_named_error_from_the_cause() -> None:
    text = handled(
        """
        import os

        from app.errors import StoreError


        def f(path):
            os.remove(path)


        def g(text):
            return int(text)
        """,
        "wrap file access in app/io.py in StoreError",
    )

    assert "    except OSError as error:\n" in text
    assert 'raise StoreError(f"Failed to remove {path}") from error' in text
    assert "logging" not in text
    assert "ValueError" not in text


def test_an_error_that_the_file_does_not_know_is_not_raised() -> None:
    source, recipe = (
        source_of("def f(p):\n    open(p)\n"),
        recipe_for("wrap file access in AppError"),
    )
    (item,) = recipe.enumerate(source)

    with pytest.raises(DeclinedError, match="AppError is not known"):
        recipe.edit(source, item, Candidate("outside", frozenset({"outside"})))


def test_a_conversion_is_judged_by_the_model_and_its_own_value_is_left() -> None:
    source = source_of("def f(text):\n    return int(text)\n")
    recipe = recipe_for()
    (item,) = recipe.enumerate(source)

    assert isinstance(recipe, AskingRecipe)
    assert recipe.settled(source, item) is None
    question = recipe.ask(source, item, code_bytes_max=2000)
    assert ">     return int(text)" in question
    own = recipe.parse(source, item, "program")
    assert isinstance(own, Candidate)
    with pytest.raises(DeclinedError, match="program's own"):
        recipe.edit(source, item, own)


@pytest.mark.parametrize(
    "body",
    [
        'return int(os.environ["PORT"])',
        "size = file.readline()\n    return int(size.strip())",
        'count = request.GET["count"]\n    return int(count)',
    ],
)
def test_what_certainly_comes_from_outside_needs_no_model(body: str) -> None:
    source = source_of(f"import os\n\ndef f(file, request):\n    {body}\n")
    recipe = recipe_for()
    (item,) = recipe.enumerate(source)

    assert recipe.settled(source, item) is not None


SWALLOWED = b"def f(p):\n    try:\n        open(p)\n    except OSError:\n        pass\n"
CHANGED = (
    b"def f(p):\n    try:\n        open(q)\n    except OSError:\n"
    b'        logger.exception("x")\n        raise\n'
)
CALLED = (
    b"def f(p):\n    try:\n        open(p)\n    except OSError:\n"
    b'        logger.exception("x", g())\n        raise\n'
)
RETURNED = (
    b"def f(p):\n    try:\n        open(p)\n    except OSError:\n"
    b'        logger.exception("x")\n        return\n'
)


@pytest.mark.parametrize("after", [SWALLOWED, CHANGED, CALLED, RETURNED])
def test_the_gate_refuses_handlers_of_any_other_form(after: bytes) -> None:
    source = source_of("def f(p):\n    open(p)\n")
    edit = TextEdit(0, len(source.data), after, "app/io.py::f", "handle errors")

    verdict = run_gates(recipe_for().gates({"app/io.py::f": "outside"}), source, after, [edit])

    assert not verdict.ok
    assert verdict.reason.startswith("only handlers added")


def test_the_gate_refuses_a_handler_that_swallows_in_a_try_that_was_there() -> None:
    source = source_of("def f(p):\n    try:\n        open(p)\n    finally:\n        p = 1\n")
    new = b"    except OSError:\n        pass\n"
    at = source.data.index(b"    finally")
    edit = TextEdit(at, at, new, "app/io.py::f", "handle errors")

    verdict = run_gates(recipe_for().gates({}), source, apply_edits(source.data, [edit]), [edit])

    assert verdict.reason.startswith("only handlers added")


def test_the_gate_refuses_a_name_that_nothing_defines() -> None:
    source = source_of("def f(p):\n    open(p)\n")
    after = CHANGED.replace(b"open(q)", b"open(p)")
    edit = TextEdit(0, len(source.data), after, "app/io.py::f", "handle errors")

    verdict = run_gates(recipe_for().gates({"app/io.py::f": "outside"}), source, after, [edit])

    assert verdict.reason == "names: 'logger' is not defined"


@pytest.mark.parametrize(
    ("sentence", "arguments"),
    [
        (ALL, {"paths": "", "error": ""}),
        ("Add error handling to everything in app/io", {"paths": "app/io"}),
        ("handle errors in `load_config`", {"names": "load_config"}),
        ("add try/except blocks around file access", {"families": "file"}),
        ("wrap file access in ConfigError", {"families": "file", "error": "ConfigError"}),
        ("please add exception handling for network requests", {"families": "network"}),
        ("handle all possible exceptions in app/io.py", {"paths": "app/io.py"}),
    ],
)
def test_a_wish_for_error_handling_is_understood(sentence: str, arguments: dict[str, str]) -> None:
    goal = goal_from_sentence(sentence)

    assert goal.recipe == "handle errors"
    assert {key: goal.arguments[key] for key in arguments} == arguments


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("app/io.py", 1),
        ("app/tests/io.py", 1),
        ("lib/tests/io.py", 0),
        ("app/_vendor/io.py", 0),
        ("app/other.py", 0),
    ],
)
def test_only_the_files_that_are_meant_are_looked_at(path: str, count: int) -> None:
    text = "def f(p):\n    open(p)\n"

    found = labels(text, "add error handling to app/io.py and app/tests and _vendor/", path)
    assert len(found) == count
