"""Write the settings that an editor may set into the VS Code extension's `package.json`.

    python scripts/vscode_settings.py

What the extension has of its own stays; a test compares the two.
"""

import json
from pathlib import Path
from typing import Any, Final

from nanobot_server.editor_settings import PLUGIN_KEYS, SECTION, vscode_properties

PACKAGE: Final = Path(__file__).parent.parent / "editors" / "vscode" / "package.json"


def with_settings(package: dict[str, Any]) -> dict[str, Any]:
    """Return `package.json` with the settings of today."""
    contributes = package["contributes"]
    (configuration,) = contributes["configuration"]
    own = {
        key: value
        for key, value in configuration["properties"].items()
        if key.removeprefix(f"{SECTION}.").partition(".")[0] in PLUGIN_KEYS
    }
    section = {**configuration, "properties": {**own, **vscode_properties()}}
    return {**package, "contributes": {**contributes, "configuration": [section]}}


def main() -> None:
    """Rewrite the file."""
    package = json.loads(PACKAGE.read_text(encoding="utf-8"))
    text = json.dumps(with_settings(package), indent=2, ensure_ascii=False) + "\n"
    PACKAGE.write_text(text, encoding="utf-8")
    print(f"{PACKAGE}: has the settings of today")


if __name__ == "__main__":
    main()
