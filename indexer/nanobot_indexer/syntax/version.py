"""The version of what the syntax part says about a text."""

from typing import Final

# Bump on every change of a query, a grammar or the naming: definitions of an
# older version are not reused.
# 1: nine languages.
# 2: fifteen; signatures, documentation, imports.
# 3: default exports, accessors, exported C++ classes, namespaces of whole files,
#    variables under a condition; comments end where they end.
SYNTAX_VERSION: Final = 3
