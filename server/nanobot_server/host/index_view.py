"""How the index of a host is, as JSON. Its answers are in `view`."""

from typing import Any

from nanobot_indexer import IngestProgress, IngestReport
from nanobot_indexer.volume.manifest import Manifest


def manifest_view(manifest: Manifest) -> dict[str, Any]:
    """Return the public view of a generation."""
    return {
        "generation": manifest.generation,
        "files": manifest.file_count,
        "definitions": manifest.definition_count,
        "text_bytes": manifest.text_bytes,
        "segments": len(manifest.segments),
        "has_syntax": manifest.has_syntax,
    }


def progress_view(progress: IngestProgress | None) -> dict[str, Any] | None:
    """Return how far a refresh is; None before it knows."""
    if progress is None:
        return None
    left = progress.seconds_left
    return {
        "stage": progress.stage.value,
        "files_done": progress.files_done,
        "files_total": progress.files_total,
        "bytes_done": progress.bytes_done,
        "bytes_total": progress.bytes_total,
        "seconds_left": None if left is None else round(left, 1),
    }


def report_view(report: IngestReport) -> dict[str, Any]:
    """Return what a refresh did. What was left out is counted: it may be very much."""
    return {
        "generation": report.generation,
        "files": report.file_count,
        "definitions": report.definition_count,
        "text_bytes": report.text_bytes,
        "skipped": len(report.skipped),
        "seconds": round(report.seconds, 3),
        "unchanged": report.unchanged,
    }
