"""Names of a package that are imported when they are first asked for.

A front that opens an index must not pay for writing one, nor a search for running
models. PEP 562 lets a package answer for a name that it does not have yet.
"""

import gc
import importlib
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

ERRORS_MODULE = "errors"
"""Where a name is that no table places: a part has all its errors there."""


@contextmanager
def _without_collections() -> Iterator[None]:
    """Let the garbage be: modules are made of what stays, and looking at it takes time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def late_import(
    package: str, names: Collection[str], module_by_name: Mapping[str, str]
) -> Callable[[str], Any]:
    """Return the `__getattr__` of a package.

    No name may be that of a module of the package: importing the module would bind it.

    Args:
        package: Its `__name__`.
        names: Its `__all__`.
        module_by_name: Relative to the package.
    """

    def attribute(name: str) -> Any:
        if name not in names:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        place = module_by_name.get(name, ERRORS_MODULE)
        with _without_collections():
            module = importlib.import_module(f"{package}.{place}")
        value = getattr(module, name)
        # Kept, so that this is asked once per name.
        setattr(sys.modules[package], name, value)
        return value

    return attribute
