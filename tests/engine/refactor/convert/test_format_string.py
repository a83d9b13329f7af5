import random

import pytest

from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.convert.format_string import ConvertFormatStrings
from nanobot_engine.refactor.errors import UnsafeError
from support.refactored import check, planned


def check_line(before: str, after: str) -> None:
    head = "def f(x, y, d, n: int, r: float, s: str):\n    return "
    check(
        ConvertFormatStrings(),
        {"m.py": f"{head}{before}\n"},
        {"m.py": f"{head}{after}\n"},
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("'%s: %r' % (x, y)", "f'{x!s}: {y!r}'"),
        ("'%s and %s' % (len(x), 'b')", "f'{len(x)} and {\"b\"}'"),
        ("'%d%% of %03d' % (n, len(x))", "f'{n:d}% of {len(x):03d}'"),
        ("'%-5s|%5s|%.2s' % (x, y, s)", "f'{x!s:<5}|{y!s:>5}|{s!s:.2}'"),
        ("'%.2f %x' % (r, n)", "f'{r:.2f} {n:x}'"),
        ("'%d' % n", "f'{n:d}'"),
        ("'%d' % r", "f'{int(r):d}'"),
        ("'%02d' % (x / 2,)", "f'{int(x / 2):02d}'"),
        ("'%s' % type(x).__name__", "f'{type(x).__name__}'"),
        ("'%s' % type(x)", "f'{type(x)!s}'"),
        ("'%r' % ValueError(x)", "f'{ValueError(x)!r}'"),
        ("'%s' % s", "f'{s!s}'"),
        ("'%(a)s {}' % {'a': x}", "f'{x!s} {{}}'"),
        ("'{} {!r:>3}'.format(x, y)", "f'{x} {y!r:>3}'"),
        ("'{1} {0}'.format(x, y)", "f'{y} {x}'"),
        ("'{a.b[0][c]} {{}}'.format(a=x)", "f'{x.b[0][\"c\"]} {{}}'"),
        ('"{}".format(d["a"])', "f\"{d['a']}\""),
        ("u'{}'.format(x if y else n)", "f'{x if y else n}'"),
        ("r'\\d{}'.format(x)", "fr'\\d{x}'"),
        ("'{}'.format({1: x})", "f'{ {1: x}}'"),
        ("'{0.real}'.format(x + y)", "f'{(x + y).real}'"),
        ("('a %s' 'b {} %%' % (x,)).upper()", "(f'a {x!s}' 'b {} %').upper()"),
        # The inner one has the quotes of the outer one, which older versions refuse.
        ("'{}'.format('%s' % (x,))", "'{}'.format(f'{x!s}')"),
        ("'%s' % (x,) + '{}'.format(y)", "f'{x!s}' + f'{y}'"),
    ],
)
def test_what_means_the_same_is_converted(before: str, after: str) -> None:
    check_line(before, after)


@pytest.mark.parametrize(
    ("before", "reason"),
    [
        ("'%s' % (x if d else (1, 2))", "may be a tuple"),
        ("'%x' % r", "is a number"),
        ("'%d' % (s,)", "is a number"),
        ("'%05f' % r", "no equal"),
        ("'%*d' % (n, n)", "no equal"),
        ("'%s %s' % (x,)", "missing"),
        ("'{} {}'.format(*x)", "unpacks"),
        ("'{:{}}'.format(x, y)", "no equal"),
        ("'{0} {0}'.format(x())", "another order"),
        ("'{1} {0}'.format(x(), y())", "another order"),
        ("'{}'.format('\\n')", "older versions"),
        ("'\\N{EM DASH} {}'.format(x)", "escapes"),
        ("'\\x25s' % (x,)", "escapes"),
        ("'a'.format(x)", "no fields"),
    ],
)
def test_what_may_differ_is_left_with_the_reason(before: str, reason: str) -> None:
    head = "def f(x, y, d, n: int, r: float, s: str):\n    '{}'.format(x)\n    return "
    files = {"m.py": f"{head}{before}\n"}

    change = planned(ConvertFormatStrings(), files)

    assert len(change.plan.files[0].edits) == 1
    assert len(change.notes) == 1
    assert reason in change.notes[0].text


@pytest.mark.parametrize(
    ("before", "after", "unless"),
    [
        ("'%s' % x", "f'{x!s}'", "x is a tuple"),
        ("'%s' % d.items()", "f'{d.items()!s}'", "d.items() is a tuple"),
        ("'%x' % (x,)", "f'{x:x}'", "x is no whole number"),
        ("'%.1f' % (x.a,)", "f'{x.a:.1f}'", "x.a is no plain number"),
        ("'%d' % x", "f'{int(x):d}'", "x is a tuple"),
    ],
)
def test_where_nothing_is_known_of_a_value_the_f_string_is_likely(
    before: str, after: str, unless: str
) -> None:
    head = "def f(x, d, n: int):\n    return "
    change = check(
        ConvertFormatStrings(), {"m.py": f"{head}{before}\n"}, {"m.py": f"{head}{after}\n"}
    )

    [edit] = change.plan.files[0].edits
    assert edit.is_likely
    assert edit.label == f"an f-string says the same unless {unless}"


def test_what_is_too_long_for_a_line_goes_into_several() -> None:
    check(
        ConvertFormatStrings(),
        {
            "m.py": """
                def f(limit, something, another_thing):
                    if limit:
                        return "%s(%s, limit=%r, something=%r)" % (
                            type(limit).__name__,
                            repr(another_thing.of_this),
                            something.that_is_long,
                            another_thing,
                        )
                    raise ValueError(
                        "the limit %r of %r is far too small for %r and for all of the others"
                        % (limit, something.that_is_long, another_thing)
                    )
            """
        },
        {
            "m.py": """
                def f(limit, something, another_thing):
                    if limit:
                        return (
                            f"{type(limit).__name__}({repr(another_thing.of_this)}, limit="
                            f"{something.that_is_long!r}, something={another_thing!r})"
                        )
                    raise ValueError(
                        f"the limit {limit!r} of {something.that_is_long!r} is far too small for "
                        f"{another_thing!r} and for all of the others"
                    )
            """
        },
    )


def test_adjacent_literals_over_several_lines() -> None:
    check(
        ConvertFormatStrings(),
        {
            "m.py": """
                def f(x, y):
                    a = (
                        "first %s, "  # why
                        "second\\n"
                        "third {%s}" % (x, y)
                    )
                    raise ValueError(
                        "first {}, "
                        "second {}".format(x, y)
                    )
            """
        },
        {
            "m.py": """
                def f(x, y):
                    a = (
                        f"first {x!s}, "  # why
                        "second\\n"
                        f"third {{{y!s}}}"
                    )
                    raise ValueError(
                        f"first {x}, "
                        f"second {y}"
                    )
            """
        },
    )


def test_random_formats_give_the_same_text() -> None:
    seed = random.randrange(10**6)
    random_number = random.Random(seed)
    names = {"i": "int", "r": "float", "s": "str", "b": "bool"}
    values = {"i": -42, "r": 3.14159, "s": "täxt", "b": True}
    converted = 0
    for _ in range(300):
        fields = []
        chosen = []
        for _ in range(random_number.randrange(1, 4)):
            flags = "".join(c for c in "-+ 0" if random_number.random() < 0.2)
            width = random_number.choice(["", "1", "7"])
            precision = random_number.choice(["", "", ".0", ".3"])
            kind = random_number.choice("srdixXofeg")
            fields.append(f"%{flags}{width}{precision}{kind}")
            chosen.append(random_number.choice("irsb" if kind in "sr" else "irb"))
        written = f"'{{}}{' '.join(fields)}%%' % ({', '.join(chosen)},)"
        signature = ", ".join(f"{name}: {kind}" for name, kind in names.items())
        text = f"def f({signature}):\n    return {written}\n"
        data = {"m.py": text.encode()}
        try:
            after = ConvertFormatStrings().plan(Codebase(data), {}).applied(data)["m.py"]
        except UnsafeError:
            continue
        results = []
        for source in (text, after.decode()):
            namespace: dict[str, object] = {}
            exec(source, namespace)
            results.append(namespace["f"](**values))  # type: ignore[operator] # a function
        assert results[0] == results[1], (seed, written)
        converted += 1
    assert converted > 30, seed


_MATCHED = """
    import re

    P = re.compile("a")

    def f(x, y):
        {}
        raise ValueError("%s" % x)
"""


def test_what_was_matched_with_a_pattern_is_no_tuple() -> None:
    matched = "found = P.match(x)"
    after = _MATCHED.replace('"%s" % x', 'f"{x!s}"')
    check(
        ConvertFormatStrings(),
        {"m.py": _MATCHED.format(matched)},
        {"m.py": after.replace("{}", matched)},
    )
    for other in ("found = P.match(y)", "found = y.match(x)", "if y: P.match(x)"):
        change = planned(ConvertFormatStrings(), {"m.py": _MATCHED.format(other)})
        assert [edit.is_likely for edit in change.plan.files[0].edits] == [True]


def test_an_object_of_an_own_class_is_no_tuple_unless_the_class_is_one() -> None:
    text = "from typing import NamedTuple\n\n\nclass A{}:\n    def f(self):\n        return {}\n"
    check(
        ConvertFormatStrings(),
        {"m.py": text.format("", "'%s' % self")},
        {"m.py": text.format("", "f'{self!s}'")},
    )
    with pytest.raises(UnsafeError, match="may be a tuple"):
        planned(ConvertFormatStrings(), {"m.py": text.format("(NamedTuple)", "'%s' % self")})
