"""Real language servers for tests, fetched once into the user's cache."""

import os
import subprocess
import sys
from pathlib import Path

_INSTALL = Path(__file__).parents[1] / "engine" / "language_server" / "install_servers.sh"


def language_servers() -> Path:
    """Return the folder with the programs of language servers."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    run = subprocess.run(
        ["bash", _INSTALL, cache / "nanobot" / "language-servers", sys.executable],
        check=True,
        capture_output=True,
        text=True,
    )
    return Path(run.stdout.strip())
