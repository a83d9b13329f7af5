"""What Python code says about names: scopes, modules, references. Changes nothing.

Suggested reading order: `scope` (the values), `binder` (from a tree to scopes),
`module_tree` (which file is which module), `inference` (what an expression is),
`references` (everything that refers to one symbol).
"""

from nanobot_engine.python.inference import Inference
from nanobot_engine.python.project import PythonProject
from nanobot_engine.python.python_file import PythonFile, read_python
from nanobot_engine.python.reference import (
    Certainty,
    Reference,
    ReferenceKind,
    References,
    Symbol,
)
from nanobot_engine.python.references import ReferenceFinder
from nanobot_engine.python.scope import Scope, ScopeKind, Span

__all__ = [
    "Certainty",
    "Inference",
    "PythonFile",
    "PythonProject",
    "Reference",
    "ReferenceFinder",
    "ReferenceKind",
    "References",
    "Scope",
    "ScopeKind",
    "Span",
    "Symbol",
    "read_python",
]
