"""Which class stands before a dot: marked as in `support.marked`."""

import time

from nanobot_engine.python import PythonProject, ReferenceFinder
from support.marked import check


def test_a_condition_tells_the_class() -> None:
    check(
        "m.py",
        "Box.open",
        {
            "m.py": """
                class Box:
                    def «open»(self): ...
                class Door:
                    def open(self): ...
                def f(x, y, z, things, pair):
                    if isinstance(x, Box):
                        x.«open»()
                        x = y
                        x.⸨open⸩()
                    elif isinstance(x, Door):
                        x.open()
                    assert isinstance(y, Box)
                    y.«open»()
                    if not isinstance(z, (Box, int)):
                        return
                    z.⟨open⟩()
                    isinstance(pair.left, Door) and pair.left.open()
                    isinstance(pair.left, Box) and pair.left.«open»() or pair.right.⸨open⸩()
                    pair.left.«open»() if isinstance(pair.left, Box) else pair.left.⸨open⸩()
                    [t.«open»() for t in things if isinstance(t, Box)]
                    while isinstance(x, Box):
                        x.«open»()
                        x = next(things)
                        x.⸨open⸩()
            """
        },
    )


def test_a_class_that_is_compared_with_another_is_the_same() -> None:
    check(
        "m.py",
        "Box.open",
        {
            "m.py": """
                class Box:
                    def «open»(self): ...
                    def __eq__(self, other):
                        if type(self) is not type(other):
                            return NotImplemented
                        return self.«open»() == other.«open»()
                    def __lt__(self, other):
                        if other.__class__ != type(self):
                            return NotImplemented
                        return other.«open»()
                    def __add__(self, other):
                        return other.⸨open⸩() if type(self) is not type(other) else other.«open»()
                class Door:
                    def open(self): ...
                def f(x):
                    if type(x) is Box or type(x) == Box:
                        x.⸨open⸩()
                    elif type(x) is Door and x.open():
                        x.open()
            """
        },
    )


def test_a_condition_takes_a_class_away() -> None:
    check(
        "m.py",
        "Box.open",
        {
            "m.py": """
                class Box:
                    def «open»(self): ...
                class Door:
                    def open(self): ...
                def f(x: Box | Door):
                    x.⸨open⸩()
                    if isinstance(x, Door):
                        x.open()
                    else:
                        x.«open»()
                    if isinstance(x, Door):
                        raise ValueError
                    x.«open»()
            """
        },
    )


def test_a_class_pattern_tells_the_class() -> None:
    check(
        "m.py",
        "Box.size",
        {
            "m.py": """
                class Box:
                    def __init__(self): self.«size» = 1
                class Door:
                    size = 2
                def f(x):
                    match x:
                        case Box(«size»=3) as box:
                            return box.«size», x.«size»
                        case Door():
                            return x.size
                        case [Box() as first, *_] if first.«size»:
                            return first.«size»
                    return x.⸨size⸩
            """
        },
    )


def test_calls_tell_what_comes_in() -> None:
    check(
        "m.py",
        "Box.open",
        {
            "m.py": """
                class Box:
                    def «open»(self): ...
                class Door:
                    def open(self): ...
                def f(x, y, *, z=None): x.⟨open⟩(); y.open(); z.⟨open⟩()
                def g(b, unknown): f(b, Door(), z=Box()); b.⟨open⟩(); unknown.⸨open⸩()
                g(Box(), what())
                class Room:
                    def __init__(self, door): self.door = door; door.open()
                    def use(self, thing): thing.⟨open⟩(); self.door.open()
                Room(Door()).use(Box())
                sorted([Box()], key=lambda box: box.«open»())
            """
        },
    )


def test_fixtures_tell_what_comes_in() -> None:
    check(
        "app.py",
        "Box.open",
        {
            "app.py": """
                class Box:
                    def «open»(self): ...
                class Door:
                    def open(self): ...
            """,
            "tests/conftest.py": """
                import pytest
                from app import Box, Door
                @pytest.fixture
                def box(): return Box()
                @pytest.fixture(name="door")
                def make_door():
                    yield Door()
            """,
            "tests/test_app.py": """
                import pytest
                from app import Box, Door
                @pytest.fixture(params=[Door, pytest.param(Door, id="a")])
                def made(request): return request.param()
                @pytest.fixture
                def opened(box):
                    box.«open»()
                    return box
                def test_a(opened, made, door):
                    opened.«open»(); made.open(); door.open()
                @pytest.mark.parametrize("x, y", [(Box(), Door()), pytest.param(Box(), Door())])
                def test_b(x, y): x.«open»(); y.open()
                class TestC:
                    @pytest.fixture
                    def box(self, box): return Door()
                    def test_d(self, box): box.open()
                def check(box): box.⸨open⸩()
            """,
        },
    )


def test_what_a_generator_is_sent_is_in_its_annotation() -> None:
    check(
        "m.py",
        "Box.open",
        {
            "m.py": """
                from collections.abc import Generator
                class Box:
                    def «open»(self): ...
                class Door:
                    def open(self): ...
                def f() -> Generator[Door, Box, None]:
                    box = yield Door()
                    box.«open»()
            """
        },
    )


def test_what_closed_modules_give_is_never_ours() -> None:
    check(
        "m.py",
        "Box.decode",
        {
            "m.py": """
                import base64, re, random
                class Box:
                    def «decode»(self): ...
                base64.b64encode(b"").decode()
                re.match("", "").decode.group().decode()
                random.choice([]).⸨decode⸩()
            """
        },
    )


def test_the_last_assignment_tells_the_class() -> None:
    check(
        "m.py",
        "Box.open",
        {
            "m.py": """
                class Box:
                    def «open»(self): ...
                class Door:
                    def open(self): ...
                def f(a, things):
                    x = Box()
                    x.«open»()
                    x = Door()
                    x.open()
                    if a:
                        x = Box()
                        x.«open»()
                    x.⸨open⸩()
                    x = Box()
                    for _ in things:
                        x.⸨open⸩()
                        x = Door()
                    x = Box()
                    y = None
                    return lambda: x.⸨open⸩(), [x.open() for x in [Door()]], x.«open»()
            """
        },
    )


def test_pytest_raises_tells_the_exception() -> None:
    check(
        "m.py",
        "Wrong.code",
        {
            "m.py": """
                import pytest
                class Wrong(Exception):
                    def __init__(self): self.«code» = 1
                class Bad(Exception):
                    code = 2
                def test_f():
                    with pytest.raises(Wrong) as info:
                        pass
                    assert info.value.«code»
                    with pytest.raises((Bad, ValueError)) as other:
                        pass
                    assert other.value.code
            """
        },
    )


def test_names_that_all_define_each_other_are_asked_about_once_not_along_every_path() -> None:
    names = [f"v{number}" for number in range(14)]
    lines = [
        f"    {name} = {' or '.join(other for other in names if other != name)}"
        for name in names * 3
    ]
    text = "class A:\n    def foo(self): ...\n\ndef f():\n" + "\n".join(lines) + "\n    v0.foo()\n"
    finder = ReferenceFinder(PythonProject({"m.py": text.encode()}))
    symbol = finder.symbol("m.py", "A.foo")
    assert symbol is not None

    started = time.process_time()
    found = finder.find(symbol).found

    assert [one.line for one in found] == [2, 47]
    # Every path between fourteen names would take longer than anybody lives.
    assert time.process_time() - started < 20
