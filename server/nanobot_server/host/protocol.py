"""The version of what fronts and workspace hosts say to each other: `docs/host.md`."""

from typing import Final

# Bump when a method, a parameter or an event changes its meaning.
# 1: first version.
PROTOCOL_VERSION: Final = 1
