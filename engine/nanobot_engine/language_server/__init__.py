"""A client of other languages' own servers: asks them who refers to what.

Suggested reading order: `catalogue` (which server for which language), `connection`
(messages to a confined child), `place` (positions), `reference_query` (the question).

A language server reads the configuration of a workspace and may run its build scripts, so
it runs only where the user allows that, in a scratch copy, confined, with an end. What it
answers is a claim: whoever uses it checks every range against the text.
"""

from nanobot_engine.language_server.catalogue import ServerProgram, server_for
from nanobot_engine.language_server.connection import ServerError
from nanobot_engine.language_server.place import Range
from nanobot_engine.language_server.reference_query import find_references

__all__ = ["Range", "ServerError", "ServerProgram", "find_references", "server_for"]
