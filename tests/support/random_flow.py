"""Random functions that only decide, call and leave: as JavaScript, and as Python to run them."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

_RETURNED: Final = {
    "return 1;": "return 1",
    "return 2;": "return 2",
    "return a() ? 1 : 2;": "return 1 if a() else 2",
    "return !a() && !b();": "return (not a()) and (not b())",
}


@dataclass(frozen=True)
class Both:
    """One piece of code in two languages."""

    script: str
    python: tuple[str, ...]
    """Lines."""


class _NoMoreAnswersError(Exception):
    pass


def function(rng: random.Random) -> tuple[str, str]:
    """Return a function `f` of JavaScript and the same of Python."""
    body = _block(rng, 3, depth=0, in_loop=False)
    lines = "\n".join(f" {line}" for line in body.python)
    return f"function f() {{ {body.script} }}", f"def f():\n{lines}\n"


def trace(python: str, answers: Sequence[bool]) -> list[object]:
    """Run a function and return what it calls, and what it gives back.

    Args:
        python: Of `function`.
        answers: Of the conditions in order; when there is none left, it is stopped.
    """
    done: list[object] = []
    left = iter(answers)

    def asked(name: str) -> Callable[[], bool]:
        def answer() -> bool:
            done.append(name)
            found = next(left, None)
            if found is None:
                raise _NoMoreAnswersError
            return found

        return answer

    def called(name: str) -> Callable[[], None]:
        return lambda: done.append(name)

    names: dict[str, Callable[[], object]] = {
        **{name: asked(name) for name in "ab"},
        **{name: called(name) for name in "ghz"},
    }
    exec(python, names)
    try:
        done.append(("returned", names["f"]()))
    except _NoMoreAnswersError:
        # What `finally` does then is no part of what the function does.
        while done and done[-1] == "z":
            done.pop()
    return done


def _condition(rng: random.Random, depth: int = 0) -> tuple[str, str]:
    kind = rng.random()
    if depth > 1 or kind < 0.6:
        name = f"{rng.choice('ab')}()"
        return name, name
    if kind < 0.75:
        script, python = _condition(rng, depth + 1)
        return f"!({script})", f"(not {python})"
    one, other = _condition(rng, depth + 1), _condition(rng, depth + 1)
    operator, word = rng.choice([("&&", "and"), ("||", "or")])
    return f"({one[0]} {operator} {other[0]})", f"({one[1]} {word} {other[1]})"


def _block(rng: random.Random, size_max: int, *, depth: int, in_loop: bool) -> Both:
    made = [_statement(rng, depth, in_loop=in_loop) for _ in range(rng.randint(1, size_max))]
    return Both(" ".join(one.script for one in made), tuple(_lines(made)))


def _lines(made: Sequence[Both]) -> Iterator[str]:
    for one in made:
        yield from one.python


def _statement(rng: random.Random, depth: int, *, in_loop: bool) -> Both:
    kind = rng.random()
    if kind < 0.4 or depth > 2:
        name = rng.choice("gh")
        return Both(f"{name}();", (f"{name}()",))
    if kind < 0.72:
        return _decision(rng, depth, in_loop=in_loop)
    if kind < 0.86:
        script, python = rng.choice(list(_RETURNED.items()))
        if in_loop and rng.random() < 0.7:
            script, python = rng.choice([("continue;", "continue"), ("break;", "break")])
        return Both(script, (python,))
    is_loop = kind < 0.92
    inner = _block(rng, 2, depth=depth + 1, in_loop=in_loop or is_loop)
    indented = tuple(f" {line}" for line in inner.python)
    if is_loop:
        script, python = _condition(rng)
        return Both(f"while ({script}) {{ {inner.script} }}", (f"while {python}:", *indented))
    return Both(
        f"try {{ {inner.script} }} finally {{ z(); }}", ("try:", *indented, "finally:", " z()")
    )


def _decision(rng: random.Random, depth: int, *, in_loop: bool) -> Both:
    script, python = _condition(rng)
    yes = _block(rng, 2, depth=depth + 1, in_loop=in_loop)
    script = f"if ({script}) {{ {yes.script} }}"
    lines = [f"if {python}:", *(f" {line}" for line in yes.python)]
    if rng.random() < 0.5:
        no = _block(rng, 2, depth=depth + 1, in_loop=in_loop)
        script += f" else {{ {no.script} }}"
        lines += ["else:", *(f" {line}" for line in no.python)]
    return Both(script, tuple(lines))
