"""A small workspace in which a name is changed everywhere, for tests of several editors.

Astral characters, a form feed and a character of two bytes stand where positions could slip.
"""

from typing import Final

from e2e.model_editor import ModelEditor

FILES: Final = {
    "settings.py": "PAGE = 1  # \U0001f600\n\f\ndef load_cfg(path):\n    return path  # \u00e9\n",
    "main.py": "from settings import load_cfg\n\n\ndef send(data):\n    return load_cfg(data)\n",
    "last.py": "import settings\n\nprint(settings.load_cfg('\U0001f600'))\n",
}
SENTENCE: Final = "rename load_cfg to read_settings"


def with_new_name(files: dict[str, str]) -> dict[str, str]:
    """Return the files after `SENTENCE`."""
    return {path: text.replace("load_cfg", "read_settings") for path, text in files.items()}


def shown(editor: ModelEditor, paths: list[str]) -> dict[str, str]:
    """Return what the user sees of each file: the document, or the file where none is open."""
    found = {}
    for path in paths:
        document = editor.documents.get((editor.workspace / path).as_uri())
        text = (editor.workspace / path).read_text() if document is None else document.text
        found[path] = text
    return found
