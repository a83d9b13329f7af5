"""How long a question may take. Apart, so that a front imports nothing heavy for it."""

from typing import Final

TIMEOUT_S_DEFAULT: Final = 120
TIMEOUT_S_MAX: Final = 3_600
