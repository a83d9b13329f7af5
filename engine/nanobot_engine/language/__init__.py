"""What code of other languages than Python says about names, by tree-sitter.

Suggested reading order: `binding` (roles, scopes, bindings), `code_files`, `reference`,
the rules of a language and its links between files (`javascript`, `javascript_modules`, …),
`members`, `inherited`, `references`, `name_check`, `symbols` (what sentences can speak of).

What is inside of functions has its own order: `definitions` and `doc_comment` (comments),
`functions`, `apart` (one function alone), `statement`, `control_flow` (the proof that two
bodies do the same), `effects` (what they do to the world).

Trees come from a worker of the indexer; nothing here runs native code, and nothing here
runs code of the workspace.
"""

from nanobot_engine.language.binding import CodeFile, Rules
from nanobot_engine.language.code_files import CodeFiles
from nanobot_engine.language.name_check import changed_meaning, replacement
from nanobot_engine.language.parse_gate import LanguageParsesGate
from nanobot_engine.language.reference import CodeReference, CodeSymbol, Form, Found
from nanobot_engine.language.references import code_references, code_symbol, name_taken, rules_of
from nanobot_engine.language.symbols import DeclaredName, DeclaredNames

__all__ = [
    "CodeFile",
    "CodeFiles",
    "CodeReference",
    "CodeSymbol",
    "DeclaredName",
    "DeclaredNames",
    "Form",
    "Found",
    "LanguageParsesGate",
    "Rules",
    "changed_meaning",
    "code_references",
    "code_symbol",
    "name_taken",
    "replacement",
    "rules_of",
]
