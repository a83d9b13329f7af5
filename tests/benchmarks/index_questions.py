"""Questions and edits for timing: taken from the corpus itself, by seed.

200 names that are defined in it, and 200 sentences from its docstrings.
"""

import ast
import random
from pathlib import Path
from typing import Final

from benchmarks.corpus import texts_of
from nanobot_indexer import Index, ParseStatus

NAMES_COUNT: Final = 200
SENTENCES_COUNT: Final = 200
_FILES_MAX: Final = 400
_WORDS_MIN: Final = 6
_EDIT_SIZE_BYTES_MAX: Final = 200_000


def questions_of(root: Path, seed: int) -> dict[str, list[str]]:
    """Return `names` and `sentences`, the same for the same corpus and seed."""
    order = random.Random(seed)
    files = [path for path in texts_of(root) if path.suffix == ".py"]
    names: set[str] = set()
    sentences: set[str] = set()
    for path in order.sample(files, min(_FILES_MAX, len(files))):
        try:
            tree = ast.parse(path.read_bytes())
        except (SyntaxError, ValueError):
            continue  # A test of the parser.
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
                names.add(node.name)
                first = " ".join((ast.get_docstring(node) or "").split("\n\n")[0].split())
                if len(first.split()) >= _WORDS_MIN:
                    sentences.add(first)
    return {
        "names": order.sample(sorted(names), min(NAMES_COUNT, len(names))),
        "sentences": order.sample(sorted(sentences), min(SENTENCES_COUNT, len(sentences))),
    }


def edits_of(root: Path, seed: int, count: int) -> list[dict[str, str]]:
    """Return changes of files: each adds a function whose name is nowhere else."""
    order = random.Random(seed)
    files = [
        path
        for path in texts_of(root)
        if path.suffix == ".py" and path.stat().st_size <= _EDIT_SIZE_BYTES_MAX
    ]
    edits = []
    for number, path in enumerate(order.sample(files, count)):
        name = f"quaintmarker{order.randrange(16**8):08x}x{number}"
        text = path.read_bytes().decode("utf-8", errors="ignore")
        edits.append(
            {
                "path": path.relative_to(root).as_posix(),
                "name": name,
                "text": f"{text}\n\ndef {name}(amount):\n    return amount + {number}\n",
            }
        )
    return edits


def without_errors(edits: list[dict[str, str]], index: Index) -> list[dict[str, str]]:
    """Return the edits of files without syntax errors: in others a definition may not be seen."""
    whole = {entry.path for entry in index.files if entry.parse_status is ParseStatus.PARSED}
    return [edit for edit in edits if edit["path"] in whole]
