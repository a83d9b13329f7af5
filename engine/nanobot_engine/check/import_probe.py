"""Import modules, each in a process of its own: `import_probe.py MODULES RESULTS`.

Run as a script by the interpreter of the workspace. MODULES is a JSON list of names,
each with the folder that it is imported from; RESULTS gets one JSON line per module,
`[name, problem]`, the problem empty for a module that could be imported.
"""

import importlib
import json
import os
import signal
import sys

_SECONDS_MAX = 30
# What a pipe takes at once.
_PROBLEM_BYTES_MAX = 2000


def main(modules_path: str, results_path: str) -> None:
    """Import every module."""
    # The folder of this script is none of the workspace's.
    del sys.path[0]
    with open(modules_path) as file:  # noqa: PTH123 - may be an old Python
        modules = json.load(file)
    for name, folder in modules:
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            problem = "it ended Python"
            try:
                signal.alarm(_SECONDS_MAX)
                sys.path.insert(0, folder)
                importlib.import_module(name)
                problem = ""
            except BaseException as error:  # noqa: BLE001 - whatever a module raises is the answer
                problem = "%s: %s" % (type(error).__name__, error)  # noqa: UP031 - may be an old Python
            finally:
                os.write(writer, problem.encode("utf-8", "replace")[:_PROBLEM_BYTES_MAX])
                os._exit(3 if problem else 0)
        os.close(writer)
        # A process that the module started may hold the pipe open: nothing is waited for.
        _, status = os.waitpid(child, 0)
        os.set_blocking(reader, False)
        try:
            text = os.read(reader, _PROBLEM_BYTES_MAX).decode("utf-8", "replace")
        except OSError:
            text = ""
        os.close(reader)
        if status and not text:
            text = "it ended Python"
        with open(results_path, "a") as file:  # noqa: PTH123 - may be an old Python
            file.write(json.dumps([name, " ".join(text.split())]) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
