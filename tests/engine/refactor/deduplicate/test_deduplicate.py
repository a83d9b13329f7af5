import random
import re
from collections.abc import Callable
from textwrap import dedent

import pytest

from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.deduplicate.deduplicate import Deduplicate
from nanobot_engine.refactor.errors import ArgumentError, UnsafeError
from support.refactored import check, encoded, planned

BODY = """
    total = 0
    for {one} in {items}:
        # What counts.
        if {one} > 2:
            total += len(str({one}))
    return total
"""


DOC = '    """Else."""\n'


def function(name: str, one: str = "item", items: str = "items", doc: str = "") -> str:
    return f"def {name}({items}):\n{doc}" + BODY[1:].format(one=one, items=items)


def test_a_private_duplicate_goes_and_its_uses_follow() -> None:
    check(
        Deduplicate(),
        {
            "m.py": f"""{function("f")}

{function("_g", one="x", doc=DOC)}

def h():
    return _g([1]) + f([2])
"""
        },
        {
            "m.py": f"""{function("f")}

def h():
    return f([1]) + f([2])
"""
        },
    )


def test_a_public_duplicate_stays_as_another_name() -> None:
    check(
        Deduplicate(),
        {"m.py": f"{function('f')}\n\n{function('g')}"},
        {"m.py": f"{function('f')}\n\ng = f\n"},
    )


def test_a_duplicate_in_another_module_is_imported() -> None:
    head = "import os\n\n"
    files = {
        "p/__init__.py": "",
        "p/a.py": function("count"),
        "p/b.py": f"import os\n\n\n{function('count')}\n\ndef h():\n    return count(os.sep)\n",
        "p/c.py": f"import os\n\nX = os.sep\n\n\n{function('number')}",
        "use.py": "from p.c import number\n\nnumber([])\n",
    }
    check(
        Deduplicate(),
        files,
        {
            "p/b.py": f"{head}from p.a import count\n\n\ndef h():\n    return count(os.sep)\n",
            "p/c.py": f"{head}from p.a import count\n\nX = os.sep\n\n\nnumber = count\n",
        },
    )


def test_modules_that_would_import_each_other_keep_theirs() -> None:
    files = {
        "p/__init__.py": "",
        "p/a.py": f"from p.b import x\n\nx\n\n\n{function('f')}",
        "p/b.py": f"from p.a import f as y\n\nx = y\n\n\n{function('f')}",
    }
    files["p/b.py"] = f"x = 1\n\n\n{function('f')}"

    change = planned(Deduplicate(), files)

    # `p.a` imports `p.b` already, so it is the one that takes the function.
    assert [file.path for file in change.plan.files] == ["p/a.py"]


def test_a_method_that_says_what_it_overrides_goes() -> None:
    method = function("m", items="self").replace("\n", "\n    ").rstrip()
    check(
        Deduplicate(),
        {
            "m.py": f"""class A:
    {method}


class B(A):
    x = 1

    {method}
"""
        },
        {
            "m.py": f"""class A:
    {method}


class B(A):
    x = 1
"""
        },
    )


def test_methods_of_one_class_become_names_of_the_first() -> None:
    one = function("one", items="self").replace("\n", "\n    ").rstrip()
    two = one.replace("def one", "def two")
    check(
        Deduplicate(),
        {"m.py": f"class A:\n    {one}\n\n    {two}\n"},
        {"m.py": f"class A:\n    {one}\n\n    two = one\n"},
    )


NEAR = '''
    """{doc}"""
    found = []
    for line in {lines}:
        # Blank lines say nothing.
        if not line.strip():
            continue
        key, _, value = line.partition({mark!r})
        if len(key) > {limit}:
            raise {error}(line)
        found.append((key, value))
    return found
'''


def test_functions_that_differ_in_literals_share_a_helper() -> None:
    first = NEAR.format(doc="One.", lines="lines", mark="=", limit=10, error="ValueError")
    second = NEAR.format(doc="Two.", lines="lines", mark=":", limit=20, error="KeyError")
    shared = dedent(
        """
        def _read_pairs(lines, *, text, number, error):
            found = []
            for line in lines:
                # Blank lines say nothing.
                if not line.strip():
                    continue
                key, _, value = line.partition(text)
                if len(key) > number:
                    raise error(line)
                found.append((key, value))
            return found
        """
    )
    check(
        Deduplicate(),
        {
            "m.py": f"""import os


# The first.
def read_equal_pairs(lines):{first}

def read_colon_pairs(lines):{second}

os
"""
        },
        {
            "m.py": f'''import os

{shared}

# The first.
def read_equal_pairs(lines):
    """One."""
    return _read_pairs(lines, text='=', number=10, error=ValueError)


def read_colon_pairs(lines):
    """Two."""
    return _read_pairs(lines, text=':', number=20, error=KeyError)


os
'''
        },
    )


def test_the_helper_of_annotated_functions_is_annotated() -> None:
    body = """
    found = []
    for line in lines:
        if line.strip():
            found.append(FUNCTION(line, MARK) + 1)
            found.append(len(line) + len(found) * 2)
        else:
            found.append(len(found) - 1)
    return found
"""
    head = "def _one(a: str, b: str) -> int: return 1\ndef _two(x: str, y: str) -> int: return 2\n"
    text = head
    for name, mark in (("one", "'a'"), ("two", "'b'")):
        text += f"def read_{name}(lines: list[str]) -> list[int]:"
        text += body.replace("FUNCTION", f"_{name}").replace("MARK", mark)

    change = planned(Deduplicate(), {"m.py": text})

    after = change.applied({"m.py": text.encode()})["m.py"].decode()
    assert "from collections.abc import Callable\n" in after
    kind = "Callable[[str, str], int]"
    assert f"    lines: list[str],\n    *,\n    function: {kind},\n    text: str,\n" in after


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (function("f") + function("g").replace("str(", "repr("), "no function is there twice"),
        ("def f(x): return x\ndef g(x): return x\n", "no function is there twice"),
        (function("f", items="a") + function("g", items="b"), "no function is there twice"),
        (
            (function("f") + function("g")).replace("(items)", "(items=[])"),
            "may be another object",
        ),
        (function("f") + "@print\n" + function("g"), "no function is there twice"),
        ((function("f") + function("g")).replace("str(", "eval("), "no function is there twice"),
        (
            "if x:\n    " + function("f").replace("\n", "\n    ") + "\n" + function("f"),
            "no function",
        ),
        (
            "class A:\n    "
            + function("m").replace("\n", "\n    ")
            + "\nclass B:\n    "
            + function("m").replace("\n", "\n    ")
            + "\n",
            "do not inherit",
        ),
    ],
)
def test_what_is_not_the_same_is_refused(text: str, reason: str) -> None:
    with pytest.raises(UnsafeError, match=reason):
        planned(Deduplicate(), {"m.py": text})


def test_names_that_mean_something_else_make_no_duplicate() -> None:
    body = function("f").replace("len(", "LEN(")
    files = {
        "p/__init__.py": "",
        "p/a.py": f"LEN = len\n{body}",
        "p/b.py": f"LEN = id\n{body}",
    }

    with pytest.raises(UnsafeError, match="no function is there twice"):
        planned(Deduplicate(), files)


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ("from x import *\n", "", "no function is there twice"),
        ("import numpy\n\nnumpy\n\n\n", "import pandas\n\npandas\n\n\n", "p/b.py would need"),
    ],
)
def test_modules_that_give_names_another_meaning_keep_theirs(
    first: str, second: str, reason: str
) -> None:
    body = function("f")
    files = {"p/__init__.py": "", "p/a.py": first + body, "p/b.py": second + body}

    with pytest.raises(UnsafeError, match=reason):
        planned(Deduplicate(), files)


def test_a_private_function_stays_in_its_folder() -> None:
    body = function("_f") + "\n\n_f([])\n"
    folders = dict.fromkeys(["p/__init__.py", "p/q/__init__.py"], "")

    change = planned(Deduplicate(), {"p/a.py": body, "p/b.py": body} | folders)

    assert any("could be public" in note.text for note in change.notes)
    with pytest.raises(UnsafeError, match="make it public"):
        planned(Deduplicate(), {"p/a.py": body, "p/q/b.py": body} | folders)


def test_relative_imports_mean_the_package_of_the_file() -> None:
    body = function("f").replace("    total = 0\n", "    from .x import total\n")
    files = {"p/a/m.py": body, "p/b/m.py": body}
    files |= dict.fromkeys(["p/__init__.py", "p/a/__init__.py", "p/b/__init__.py"], "")

    with pytest.raises(UnsafeError, match="no function is there twice"):
        planned(Deduplicate(), files)


@pytest.mark.parametrize(
    "extra",
    [
        {"tests/test_b.py": "import mock\nmock.patch('p.b.load', 1)\n"},
        {"tests/test_b.py": "def test(monkeypatch):\n    monkeypatch.setattr(b, 'load', 1)\n"},
    ],
)
def test_a_duplicate_that_tests_patch_stays(extra: dict[str, str]) -> None:
    body = "from json import load\n\n\n" + function("f").replace("len(", "load(")
    files = {"p/__init__.py": "", "p/a.py": body, "p/b.py": body}

    with pytest.raises(UnsafeError, match="replaces load"):
        planned(Deduplicate(), files | extra)


def test_what_becomes_the_same_is_merged_too() -> None:
    files = {"m.py": function("_f") + function("_g")}
    for name, one in (("one", "_f"), ("two", "_g")):
        files["m.py"] += function(name).replace("str(", f"{one}(")

    change = planned(Deduplicate(), files)

    after = change.applied({"m.py": files["m.py"].encode()})["m.py"].decode()
    assert after == function("_f") + function("one").replace("str(", "_f(") + "two = one\n"


def test_only_the_function_asked_for_is_merged() -> None:
    other = function("one").replace("> 2", "> 3") + function("two").replace("> 2", "> 3")
    files = {"m.py": function("f") + function("g") + other}

    change = planned(Deduplicate(), files, function="m.py::g")

    assert [edit.new_text for edit in change.plan.files[0].edits] == [b"g = f"]
    with pytest.raises(ArgumentError, match="no such function"):
        planned(Deduplicate(), files, function="m.py::h")


def test_what_only_looks_alike_is_told() -> None:
    lines = "".join(f"    x{i} = f(a{i}, b) + [a{i}, {i}]\n" for i in range(12))
    first = f"def one(b):\n{lines}    return x1\n"
    second = f"def two(b, c):\n{lines}    x1.append(c)\n    return x1\n"
    files = {"m.py": function("f") + function("g") + first + second}

    change = planned(Deduplicate(), files)

    assert any("one looks like two" in note.text for note in change.notes), change.notes


# Random functions


def _block(rng: random.Random, names: list[str], depth: int, pad: str) -> list[str]:
    """Return random statements over numbers; `names` are bound."""
    lines = []
    for _ in range(rng.randrange(2, 5)):
        one, two = rng.choice(names), rng.choice(names)
        number = rng.randrange(1, 9)
        target = rng.choice([*names, f"v{len(names)}"])
        match rng.randrange(6 if depth else 4):
            case 0:
                lines.append(f"{pad}{target} = {one} * {number} + {two}")
            case 1:
                lines.append(f"{pad}{target} = len('{'x' * number}') + {one} % 7")
            case 2:
                lines.append(f"{pad}{target} = {rng.choice(['TWICE', 'THRICE'])}({one}) - {two}")
            case 3:
                lines.append(f"{pad}{target} = sum([{one} - i for i in range({number})])")
            case 4:
                lines.append(f"{pad}if {one} > {number}:")
                lines += _block(rng, list(names), depth - 1, f"{pad}    ")
                continue
            case _:
                lines.append(f"{pad}for {target} in range({number}):")
                names.append(target)
                lines += _block(rng, list(names), depth - 1, f"{pad}    ")
                continue
        if target not in names:
            names.append(target)
    return lines


def _module(rng: random.Random) -> str:
    """Return a module with a function and copies of it, edited or not."""
    body = "\n".join(_block(rng, ["n", "m"], 2, "    ")) + "\n    return n + m * 2 + v\n"
    functions = []
    for name in "fgh":
        copy = "    v = n\n" + body
        if rng.random() < 0.5:
            copy = re.sub(r"\bv(\d*)\b", r"w\1", copy)
        if rng.random() < 0.6:
            places = list(re.finditer(r"\d+|TWICE|'x+'", copy))
            place = rng.choice([one for one in places if one[0] != "2"] or places)
            is_named = copy[place.start() - 1].isalpha()
            new = {"T": "THRICE", "'": "'xx'"}.get(place[0][0], "8")
            copy = copy if is_named else copy[: place.start()] + new + copy[place.end() :]
        functions.append(f'def {name}(n, m=3):\n    """Say {name}."""\n{copy}\n')
    head = "def TWICE(a): return a * 2\ndef THRICE(a): return a * 3\n\n\n"
    return head + "\n".join(functions)


def test_random_functions_give_the_same_after_merging() -> None:
    seed = random.randrange(10**6)
    rng = random.Random(seed)
    merged = 0
    for _ in range(40):
        before = _module(rng)
        data = {"m.py": before.encode()}
        try:
            after = Deduplicate().plan(Codebase(data), {}).applied(data)["m.py"].decode()
        except UnsafeError:
            continue
        merged += 1
        results = []
        for source in (before, after):
            namespace: dict[str, Callable[..., int]] = {}
            exec(source, namespace)
            results.append([namespace[one](n) for one in "fgh" for n in range(-3, 12)])
        assert results[0] == results[1], (seed, before, after)
    assert merged > 8, seed


def test_functions_of_neighbour_modules_share_a_helper_in_the_first() -> None:
    first = NEAR.format(doc="One.", lines="lines", mark="=", limit=10, error="ValueError")
    second = NEAR.format(doc="Two.", lines="lines", mark=":", limit=20, error="WrongError")
    files = {
        "p/__init__.py": "",
        "p/first.py": f"def read_equal_pairs(lines):{first}",
        "p/second.py": f"class WrongError(OSError): ...\n\n\ndef read_colon_pairs(lines):{second}",
    }

    after = planned(Deduplicate(), files).applied(encoded(files))

    assert after["p/second.py"].decode() == (
        "from p.first import _read_pairs\n\n\n"
        "class WrongError(OSError): ...\n\n\n"
        'def read_colon_pairs(lines):\n    """Two."""\n'
        "    return _read_pairs(lines, text=':', number=20, error=WrongError)\n"
    )
    assert b"def _read_pairs(lines, *, text, number, error):" in after["p/first.py"]
    assert b"_read_pairs(lines, text='=', number=10, error=ValueError)" in after["p/first.py"]


def test_the_helper_stands_where_the_modules_do_not_import_each_other() -> None:
    first = NEAR.format(doc="One.", lines="lines", mark="=", limit=10, error="ValueError")
    second = NEAR.format(doc="Two.", lines="lines", mark=":", limit=20, error="KeyError")
    files = {
        "p/__init__.py": "",
        "p/first.py": f"import p.second\ndef read_equal_pairs(lines):{first}p.second\n",
        "p/second.py": f"x = 1\n\n\ndef read_colon_pairs(lines):{second}",
    }

    after = planned(Deduplicate(), files).applied(encoded(files))

    assert b"from p.second import _read_pairs\n" in after["p/first.py"]
    assert b"def _read_pairs(" in after["p/second.py"]


def test_modules_that_need_different_packages_share_nothing() -> None:
    first = NEAR.format(doc="One.", lines="lines", mark="=", limit=10, error="ValueError")
    second = NEAR.format(doc="Two.", lines="lines", mark=":", limit=20, error="KeyError")
    files = {
        "p/__init__.py": "",
        "p/first.py": f"import numpy\ndef read_equal_pairs(lines):{first}numpy\n",
        "p/second.py": f"import pandas\ndef read_colon_pairs(lines):{second}pandas\n",
    }

    with pytest.raises(UnsafeError, match="would need numpy"):
        planned(Deduplicate(), files)
