"""Call a function with many inputs and say what it gives: `call_probe.py TASK RESULTS`.

Run as a script by the interpreter of the workspace, in a confined copy. TASK is JSON:

    folder, module, function   what to import from where
    path                       the file of the module
    calls                      Python source of calls with literals
    variants                   texts of the file, hex; each is tried in a process of its own

RESULTS gets one JSON line per variant: a list with, per call, ["value", repr],
["raises", name], or ["other", type] for what is no literal. Where the module can not be
imported, the line is a text that says why; where it takes too long, an empty list.
"""

import ast
import importlib
import json
import os
import signal
import sys
from typing import Any, Dict, List, Union  # noqa: UP035 - may be an old Python

_SECONDS_MAX = 5
_REPR_MAX = 400


def main(task_path: str, results_path: str) -> None:
    """Try every variant."""
    with open(task_path) as file:  # noqa: PTH123 - may be an old Python
        task = json.load(file)
    for variant in task["variants"]:
        with open(task["path"], "wb") as file:  # noqa: PTH123 - may be an old Python
            file.write(bytes.fromhex(variant))
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            found: Union[str, List[List[str]]] = []  # noqa: UP006, UP007 - may be an old Python
            try:
                signal.alarm(_SECONDS_MAX)
                found = _outcomes(task)
            except BaseException as error:  # noqa: BLE001 - the module can not be imported
                found = "{}: {}".format(type(error).__name__, error)  # noqa: UP032 - as above
            finally:
                data = json.dumps(found).encode("ascii")
                while data:
                    data = data[os.write(writer, data) :]
                os._exit(0)
        os.close(writer)
        with os.fdopen(reader, "rb") as pipe:
            text = pipe.read().decode("ascii") or "[]"
        os.waitpid(child, 0)
        with open(results_path, "a") as file:  # noqa: PTH123 - may be an old Python
            file.write(text + "\n")


def _outcomes(task: Dict[str, Any]) -> List[List[str]]:  # noqa: UP006 - may be an old Python
    sys.path.insert(0, task["folder"])
    module = importlib.import_module(task["module"])
    names = {task["function"]: getattr(module, task["function"])}
    # What it prints is none of ours.
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    return [_outcome(call, dict(names)) for call in task["calls"]]


def _outcome(call: str, names: Dict[str, Any]) -> List[str]:  # noqa: UP006 - may be an old Python
    try:
        value = eval(call, names)  # noqa: S307 - a call with literals: its parser checked that
    except Exception as error:  # noqa: BLE001 - what it raises is what is asked
        return ["raises", type(error).__name__]
    try:
        text = repr(value)
        again = ast.literal_eval(text)
        is_same = len(text) <= _REPR_MAX and again == value and type(again) is type(value)
    except Exception:  # noqa: BLE001 - then it is no literal
        is_same = False
    return ["value", text] if is_same else ["other", type(value).__name__]


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
