import io
import logging
import random
from contextlib import redirect_stdout

import pytest

from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.convert.print_call import ConvertPrint
from nanobot_engine.refactor.errors import UnsafeError
from support.refactored import check, planned

HEAD = 'import logging\nimport sys\n\nlogger = logging.getLogger("m")\nsys\n\n\n'
HEAD += "def f(x, y, d, n: int):\n"


def check_line(before: str, after: str) -> None:
    check(
        ConvertPrint(),
        {"m.py": f"{HEAD}    {before}\n"},
        {"m.py": f"{HEAD}    {after}\n"},
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('print("100% done")', 'logger.info("100% done")'),
        ("print(x)", 'logger.info("%s", x)'),
        ('print("a:", x, y)', 'logger.info("a: %s %s", x, y)'),
        ('print("50%", x, sep=", ")', 'logger.info("50%%, %s", x)'),
        ('print(f"a {x} {y!r} 5%")', 'logger.info("a %s %r 5%%", x, y)'),
        ('print(f"a {n:>3}")', 'logger.info(f"a {n:>3}")'),
        ('print(f"{x=}")', 'logger.info("x=%r", x)'),
        ('print("a %s %d%%" % (x, n))', 'logger.info("a %s %d%%", x, n)'),
        ('print("a %s" % x)', 'logger.info("a %s" % x)'),
        ('print("a {}".format(x))', 'logger.info("a {}".format(x))'),
        ('print("\\nstart\\n")', 'logger.info("start")'),
        ("print(*x)", 'logger.info(" ".join(map(str, x)))'),
        ('print("no", file=sys.stderr)', 'logger.warning("no")'),
        ('print("no", file=sys.stdout, flush=True)', 'logger.info("no")'),
        ('print("Error:", x)', 'logger.error("Error: %s", x)'),
        ('print(f"[warning] {x}")', 'logger.warning("[warning] %s", x)'),
        ("print(x if y else d, (n, n))", 'logger.info("%s %s", x if y else d, (n, n))'),
        ("print('it\\'s', x)", 'logger.info("it\'s %s", x)'),
        ("return lambda: print('a')", "return lambda: logger.info('a')"),
        ("print('a')  # noqa: T201", "logger.info('a')"),
    ],
)
def test_a_print_becomes_a_message(before: str, after: str) -> None:
    check_line(before, after)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('print("a", end="")', "same line"),
        ("print(x, file=y)", "writes to a file"),
        ("print(1, *x)", "unpacks"),
        ("print(x, sep=y)", "computed"),
        ("print(x, **d)", "computed"),
        ("return map(print, x)", "handed on"),
        ('return f"{print(x)}"', "f-string"),
        ("logger = 1; print(logger)", "something else there"),
        ("print(x,  # why\n     y)", "comment"),
    ],
)
def test_what_is_no_message_is_left_with_the_reason(line: str, reason: str) -> None:
    files = {"m.py": f"{HEAD}    {line}\n\n\ndef g():\n    print('b')\n"}

    change = planned(ConvertPrint(), files)

    assert [edit.new_text for edit in change.plan.files[0].edits] == [b"logger.info"]
    assert any(reason in note.text for note in change.notes), change.notes


def test_an_error_in_a_handler_is_one() -> None:
    check(
        ConvertPrint(),
        {
            "m.py": """
                import sys
                from logging import getLogger

                log = getLogger(__name__)

                def f():
                    try:
                        f()
                    except ValueError as e:
                        print("failed", e, file=sys.stderr)
            """
        },
        {
            "m.py": """
                from logging import getLogger

                log = getLogger(__name__)

                def f():
                    try:
                        f()
                    except ValueError as e:
                        log.error("failed %s", e)
            """
        },
    )


def test_a_module_without_a_logger_gets_one_behind_its_imports() -> None:
    change = check(
        ConvertPrint(),
        {
            "a.py": '''
                """Doc."""

                import json

                from x import y


                def f():
                    print("a")
                    print()
                    return json, y
            ''',
        },
        {
            "a.py": '''
                """Doc."""

                import json
                import logging

                from x import y

                logger = logging.getLogger(__name__)


                def f():
                    logger.info("a")
                    return json, y
            ''',
        },
    )

    assert any("configures logging" in note.text for note in change.notes)


def test_a_module_without_imports_at_its_head_gets_them() -> None:
    check(
        ConvertPrint(),
        {
            "b.py": """
                def f():
                    print("a")
            """,
            "c.py": """
                import logging
                A = 1

                def f():
                    print("a")
                    return logging

                import late
                late.x
            """,
        },
        {
            "b.py": """
                import logging

                logger = logging.getLogger(__name__)

                def f():
                    logger.info("a")
            """,
            "c.py": """
                import logging

                logger = logging.getLogger(__name__)

                A = 1

                def f():
                    logger.info("a")
                    return logging

                import late
                late.x
            """,
        },
    )


def test_a_logger_that_is_imported_is_used() -> None:
    check(
        ConvertPrint(),
        {
            "p/__init__.py": "",
            "p/logs.py": "import logging\nLOG = logging.getLogger('p')\n",
            "p/m.py": "from p.logs import LOG\n\ndef f():\n    print('a')\n    LOG.debug('b')\n",
        },
        {"p/m.py": "from p.logs import LOG\n\ndef f():\n    LOG.info('a')\n    LOG.debug('b')\n"},
    )


def test_level_and_logger_are_taken() -> None:
    check(
        ConvertPrint(),
        {"m.py": "import os\n\ndef f():\n    print('error', os)\n"},
        {
            "m.py": """
                import logging
                import os

                _log = logging.getLogger(__name__)

                def f():
                    _log.debug('error %s', os)
            """
        },
        level="debug",
        logger="_log",
    )


PROGRAM = """
    import sys

    def helper(x):
        print("usage", sys.argv)

    def work(x):
        print("working")

    def main():
        helper(1)
        work(1)

    def other():
        work(2)

    if __name__ == "__main__":
        print("start")
        main()
"""


def test_what_only_the_program_prints_stays() -> None:
    change = planned(ConvertPrint(), {"m.py": PROGRAM})

    new = b"".join(edit.new_text for edit in change.plan.files[0].edits)
    assert new.count(b"logger.info") == 1
    assert any("output of the program" in n.text and n.line == 4 for n in change.notes)


def test_where_names_a_program_that_is_converted_whole() -> None:
    change = planned(ConvertPrint(), {"m.py": PROGRAM}, where="m.py")

    new = b"".join(edit.new_text for edit in change.plan.files[0].edits)
    assert new.count(b"logger.info") == 3


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("tests/test_a.py", "def test(): print(1)\n"),
        ("p/cli.py", "def f(): print(1)\n"),
        ("scripts/x.py", "def f(): print(1)\n"),
        ("p/x.py", "import argparse\ndef f(): print(argparse)\n"),
        ("p/x.py", "def f():\n    '''\n    >>> f()\n    1\n    '''\n    print(1)\n"),
        ("p/x.py", "print(1)\nlogger = 1\n"),
        ("p/x.py", "def _print_all(): print(1)\n"),
        ("p/x.py", "import sys\ndef f():\n    print(1)\n    sys.exit(2)\n"),
        ("p/x.py", "print(1)\nimport os\nos\n"),
    ],
)
def test_output_for_people_is_refused_unless_it_is_named(path: str, text: str) -> None:
    with pytest.raises(UnsafeError, match="no print"):
        planned(ConvertPrint(), {path: text})


@pytest.mark.parametrize("where", ["scripts", "scripts/x.py", "scripts/*.py"])
def test_output_of_a_named_file_is_converted(where: str) -> None:
    change = planned(ConvertPrint(), {"scripts/x.py": "def f(): print(1)\n"}, where=where)

    assert len(change.plan.files) == 1


def test_what_a_test_captures_stays() -> None:
    files = {
        "m.py": "def f(): print(1)\ndef g(): print(2)\n",
        "tests/test_m.py": "from m import f\ndef test(capsys):\n    f()\n",
    }

    change = planned(ConvertPrint(), files)

    assert any("tests/test_m.py reads what f prints" in note.text for note in change.notes)
    assert len(change.plan.files[0].edits) == 2


def test_long_calls_get_a_line_for_each_argument() -> None:
    name = "x" * 40
    check(
        ConvertPrint(),
        {
            "m.py": f"""
                import logging
                log = logging.getLogger()
                def f({name}):
                    if {name}:
                        print(f"something {{{name}}} longer", {name})
            """
        },
        {
            "m.py": f"""
                import logging
                log = logging.getLogger()
                def f({name}):
                    if {name}:
                        log.info(
                            "something %s longer %s",
                            {name},
                            {name},
                        )
            """
        },
    )


def test_further_lines_stay_below_the_first_argument() -> None:
    check(
        ConvertPrint(),
        {
            "m.py": """
                import logging
                log = logging.getLogger()
                def f(x):
                    print(f"first {x:>3} "
                          f"second {x}")
            """
        },
        {
            "m.py": """
                import logging
                log = logging.getLogger()
                def f(x):
                    log.info(f"first {x:>3} "
                             f"second {x}")
            """
        },
    )


def test_an_import_is_a_blank_line_away_from_other_kinds() -> None:
    check(
        ConvertPrint(),
        {"p/__init__.py": "from .a import b\n\ndef f(): print(b)\n", "p/a.py": "b = 1\n"},
        {
            "p/__init__.py": """
                import logging

                from .a import b

                logger = logging.getLogger(__name__)

                def f(): logger.info("%s", b)
            """
        },
    )


class _Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def test_random_prints_say_the_same() -> None:
    seed = random.randrange(10**6)
    rng = random.Random(seed)
    values = {"a": 1, "b": "x%s", "c": {"k": 1}, "d": (1, 2), "e": None, "g": [3.5, "%"], "h": {}}
    handler = _Lines()
    log = logging.getLogger("random prints")
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
    log.propagate = False
    for _ in range(300):
        arguments = []
        for _ in range(rng.randrange(1, 4)):
            one, two = rng.choice("abcdegh"), rng.choice("abcdegh")
            text = rng.choice(["t", "50%", "%s", "%(k)s", "q'", 'q"', "{a}", "ä\t"])
            forms = [one, repr(text), f"f'u {{{one}}} % {{{two}!r}}'"]
            forms += [f"'v %s %r %%' % ({one}, {two})", f"'{{}} %'.format({one})"]
            forms += [f"f'{{{one}!s:>9}}'", f"'%s' % ({one},)"]
            arguments.append(rng.choice(forms))
        separator = rng.choice(["", ", sep='%'", ", sep=''", ", sep=None", ", flush=True"])
        call = f"print({', '.join(arguments)}{separator})"
        parameters = ", ".join(values)
        before = "import logging\nlog = logging.getLogger('random prints')\n"
        before += f"def f({parameters}):\n    {call}\n"
        data = {"m.py": before.encode()}
        after = ConvertPrint().plan(Codebase(data), {}).applied(data)["m.py"].decode()
        stream = io.StringIO()
        for source in (before, after):
            namespace: dict[str, object] = {}
            exec(source, namespace)
            with redirect_stdout(stream):
                namespace["f"](**values)  # type: ignore[operator] # a function
        assert stream.getvalue() == handler.lines.pop() + "\n", (seed, before, after)
