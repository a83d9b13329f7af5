"""How benchmarks print tables and write documents."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.machine import machine


def print_table(rows: Sequence[Sequence[str]]) -> None:
    """Print aligned columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        print("  ".join(cells).rstrip())


def document_text(content: Mapping[str, object]) -> str:
    """Return what was measured as JSON, with the machine that it depends on."""
    return json.dumps({"machine": machine(), **content}, indent=2, ensure_ascii=False) + "\n"


def write_document(path: Path | None, content: Mapping[str, object]) -> None:
    """Write what was measured, if the command line named a file for it."""
    if path is not None:
        path.write_text(document_text(content), "utf-8")
