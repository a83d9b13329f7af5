"""The gates for a Python function that was written anew."""

import pytest

from nanobot_engine.edit import Gate, TextEdit, source_from_bytes
from nanobot_engine.edit.rewrite_gates import (
    CommentsKeptGate,
    NoNewPowerGate,
    OneDefinitionGate,
    SameBehaviourGate,
)

BEFORE = '''\
import json

KNOWN = {}


class Store:
    @staticmethod
    def load(path, mode="r"):
        """Load it."""
        # Look first.
        if path in KNOWN:
            return KNOWN[path]
        value = parse(path, mode)
        KNOWN[path] = value
        return value


def parse(path, mode):
    if path:
        # Most have one.
        return json.loads(path)
    else:
        return mode
'''
PARSE = "parse"
LOAD = "Store.load"


def check(gate: Gate, *replaced: tuple[str, str]) -> str:
    """Return why a gate refuses; the only place that knows the API under test."""
    source = source_from_bytes("a.py", BEFORE.encode())
    after = BEFORE
    for old, new in replaced:
        assert old in after
        after = after.replace(old, new)
    edit = TextEdit(0, len(source.data), after.encode(), "a.py::", "rewrite")
    return gate.check(source, after.encode(), [edit]).reason


def test_a_body_may_change() -> None:
    gate = OneDefinitionGate([PARSE])

    assert check(gate, ("    else:\n        return mode", "    return mode")) == ""


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("def parse(path, mode)", "def parse(path, mode=None)", "parameters"),
        ("def parse(path, mode)", "async def parse(path, mode)", "kind"),
        ("def parse(path, mode)", "def parse(path, mode) -> None", "annotation"),
        ("def parse(path, mode)", "@cached\ndef parse(path, mode)", "decorators"),
        ("def parse(path, mode)", "def read(path, mode)", "not there any more"),
        ("    if path:", '    """New."""\n    if path:', "docstring"),
        ("    if path:", "    import os\n    if path:", "imports something"),
        ("KNOWN = {}", "KNOWN = []", "something else changed"),
        ("        KNOWN[path] = value\n", "", "something else changed"),
        ("import json", "import os", "import of :json: is gone"),
    ],
)
def test_anything_else_may_not(old: str, new: str, problem: str) -> None:
    assert problem in check(OneDefinitionGate([PARSE]), (old, new))


def test_an_import_may_be_added_and_a_decorator_that_was_asked_for() -> None:
    gate = OneDefinitionGate([PARSE], decorators=frozenset({"functools.cache"}))

    added = ("def parse", "@functools.cache\ndef parse")

    assert check(gate, ("import json", "import functools\nimport json"), added) == ""


@pytest.mark.parametrize(
    "reached",
    [
        "eval(path)",
        "os.system(path)",
        "subprocess.run(path)",
        "Path(path).unlink()",
        "os.replace(path, mode)",
        "open(path)",
        "path.__class__",
        "getattr(path, mode)",
    ],
)
def test_a_rewrite_gets_no_new_power(reached: str) -> None:
    change = ("        return mode", f"        return {reached}")

    assert "reaches for" in check(NoNewPowerGate([PARSE]), change)


def test_text_may_be_replaced_by_text() -> None:
    change = ("        return mode", '        return mode.replace("a", "b")')

    assert check(NoNewPowerGate([PARSE]), change) == ""


def test_what_is_shown_to_do_the_same_passes() -> None:
    gate = SameBehaviourGate([PARSE])

    assert check(gate, ("    else:\n        return mode", "    return mode")) == ""
    assert "can not be shown" in check(gate, ("if path:", "if not path:"))


CACHED = (
    "        # Look first.\n        if path in KNOWN:\n            return KNOWN[path]\n"
    "        value = parse(path, mode)\n        KNOWN[path] = value\n        return value\n"
)


@pytest.mark.parametrize(
    ("said", "body", "problem"),
    [
        ({"replace", "known", "functools", "lru_cache"}, "return parse(path, mode)", ""),
        ({"functools", "lru_cache"}, "return parse(path, mode)", "'KNOWN' is gone"),
        ({"known", "functools", "lru_cache"}, "return parse(path, path)", "'mode' is gone"),
        ({"known", "functools", "lru_cache"}, "return other(path, mode)", "'other' is new"),
        ({"known"}, "return parse(path, mode)", "can not be shown"),
    ],
)
def test_what_the_user_named_may_come_and_what_it_replaces_may_go(
    said: set[str], body: str, problem: str
) -> None:
    gate = SameBehaviourGate([LOAD], said=frozenset(said))

    reason = check(
        gate,
        (CACHED, f"        {body}\n"),
        ("    def load", "    @functools.lru_cache(maxsize=None)\n    def load"),
    )

    assert problem in reason
    assert bool(problem) == bool(reason)


def test_a_comment_stays_with_its_code() -> None:
    gate = CommentsKeptGate([PARSE])

    assert "'# Most have one.' is gone" in check(gate, ("        # Most have one.\n", ""))
    assert (
        check(
            gate, ("        # Most have one.\n        return json.loads(path)", "        return 1")
        )
        == ""
    )
