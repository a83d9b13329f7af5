"""The version of what the syntax part says about a text."""

from typing import Final

# Bump on every change of a query, a grammar or the naming: definitions of an
# older version are not reused.
# 1: nine languages.
# 2: fifteen; signatures, documentation, imports.
SYNTAX_VERSION: Final = 2
