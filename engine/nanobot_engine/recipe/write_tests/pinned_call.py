"""What a function gives today, seen by running it in a confined copy of the workspace."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nanobot_engine.check.confined import run_confined
from nanobot_engine.check.import_check import package_roots
from nanobot_engine.check.scratch import ScratchWorkspace
from nanobot_engine.recipe.errors import DeclinedError

_PROBE: Final = Path(__file__).with_name("call_probe.py")
_RESULTS: Final = "outcomes.jsonl"
_TIMEOUT_S: Final = 180.0
_PINS_MAX: Final = 6
_PINS_MIN: Final = 3
_FROM_NONSENSE: Final = frozenset({"TypeError", "AttributeError", "NameError", "RecursionError"})
"""What Python raises of itself when an input is none that the function is for."""
_EMPTY: Final = frozenset({"''", "b''", "[]", "{}", "()", "0", "None", "set()"})


@dataclass(frozen=True, slots=True)
class Target:
    """A function that can be imported."""

    path: str
    """Of its file, workspace-relative."""
    folder: str
    """What the module is imported from, workspace-relative; "" for the workspace itself."""
    module: str
    function: str


@dataclass(frozen=True, slots=True)
class Pin:
    """A call and what came of it."""

    call: str
    value: str
    """The source of a literal; "" where it raises."""
    error: str
    """The name of what is raised; "" where it gives a value."""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What came of the calls in one variant of a file."""

    pins: Sequence[Pin | None]
    """Per call, None for what can not be written down; nothing where it can not be imported."""
    import_problem: str = ""


def target_of(root: Path, path: str, function: str) -> Target | None:
    """Return how a function of a file is imported; None where it is in no module."""
    file = root / path
    folder = file.parent
    while folder != root and (folder / "__init__.py").is_file():
        folder = folder.parent
    parts = list(file.relative_to(folder).with_suffix("").parts)
    if parts[-1] == "__init__":
        parts.pop()
    if not parts or not all(part.isidentifier() for part in parts):
        return None
    relative = folder.relative_to(root).as_posix()
    return Target(path, "" if relative == "." else relative, ".".join(parts), function)


def outcomes(
    scratch: ScratchWorkspace,
    python: Path,
    target: Target,
    calls: Sequence[str],
    variants: Sequence[bytes],
    *,
    hash_seed: str = "0",
) -> list[Outcomes]:
    """Call a function in several variants of its file.

    Args:
        scratch: A copy of the workspace; its file is left as the last variant.
        python: The interpreter of the workspace.
        target: The function.
        calls: Checked to be calls of it with literals.
        variants: Whole texts of the file.
        hash_seed: What the order of sets and such depends on.

    Returns:
        What came of it, per variant.

    Raises:
        DeclinedError: The calls could not be run.
        ScratchError: The copy can not be written.
    """
    folder = scratch.folder / target.folder
    document = {
        "folder": str(folder),
        "module": target.module,
        "function": target.function,
        "path": str(scratch.folder / target.path),
        "calls": list(calls),
        "variants": [one.hex() for one in variants],
    }
    # The code that ran here before may have left links in their places.
    task = scratch.write_home("calls.json", json.dumps(document).encode("ascii"))
    results = scratch.write_home(_RESULTS, b"")
    roots = [str(root) for root in package_roots(scratch.folder)]
    run = run_confined(
        [str(python), str(_PROBE), str(task), str(results)],
        folder=scratch.folder,
        home=scratch.home,
        environment={"PYTHONPATH": os.pathsep.join(roots), "PYTHONHASHSEED": hash_seed},
        timeout_s=_TIMEOUT_S,
        cancelled=scratch.cancelled,
    )
    lines = scratch.read_home(_RESULTS).splitlines()
    if len(lines) < len(variants):
        last = run.output.strip().rpartition("\n")[2]
        raise DeclinedError(f"the calls could not be run: {last or 'they took too long'}")
    try:
        return [_outcomes(calls, json.loads(line)) for line in lines]
    except (TypeError, ValueError) as error:
        raise DeclinedError("the calls could not be run: their results can not be read") from error


def _outcomes(calls: Sequence[str], told: str | Sequence[Sequence[str]]) -> Outcomes:
    if isinstance(told, str):
        return Outcomes((), told)
    if not told:
        return Outcomes((), "it did not finish")
    return Outcomes([_pin(call, one) for call, one in zip(calls, told, strict=True)])


def _pin(call: str, outcome: Sequence[str]) -> Pin | None:
    kind, text = outcome
    if kind == "value":
        return Pin(call, text, "")
    return Pin(call, "", text) if kind == "raises" else None


def telling_pins(
    stable: Sequence[Pin], by_mutant: Sequence[Sequence[Pin | None]], calls: Sequence[str]
) -> tuple[list[Pin], int]:
    """Return few calls that tell as many mutants from the function as all of them.

    Args:
        stable: What the function gives, always.
        by_mutant: What each mutant gives, per call of `calls`; nothing where it breaks.
        calls: All calls that were made.

    Returns:
        The calls, and how many mutants they tell.
    """
    place = {call: index for index, call in enumerate(calls)}
    told: dict[Pin, set[int]] = {
        pin: {
            number
            for number, gives in enumerate(by_mutant)
            if gives and gives[place[pin.call]] != pin
        }
        for pin in stable
    }
    chosen: list[Pin] = []
    seen: set[int] = set()
    telling = [pin for pin in stable if told[pin]]
    while len(chosen) < min(_PINS_MAX, len(telling)):
        best = max(
            (pin for pin in telling if pin not in chosen),
            key=lambda pin: (len(told[pin] - seen), *_interest(pin, chosen)),
        )
        if not told[best] - seen and len(chosen) >= _PINS_MIN:
            break
        chosen.append(best)
        seen |= told[best]
    # What a function refuses is part of what it does.
    refused = [pin for pin in telling if pin.error]
    if refused and not any(pin.error for pin in chosen):
        chosen.append(refused[0])
    return sorted(chosen, key=lambda pin: place[pin.call]), len(seen)


def _interest(pin: Pin, chosen: Sequence[Pin]) -> tuple[bool, bool, bool]:
    """Rank calls that tell the same: those with a result of their own, and not empty."""
    is_new = all((pin.value, pin.error) != (one.value, one.error) for one in chosen)
    return is_new, not pin.error, pin.value not in _EMPTY


def is_pinned(pin: Pin) -> bool:
    """Tell whether an outcome says something about the function."""
    return pin.error not in _FROM_NONSENSE
