"""What an index has and what it left out, in words."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from nanobot_indexer import Skipped
from nanobot_server.cli.output import counted


def index_text(view: dict[str, Any]) -> str:
    """Return what an index has in words.

    Args:
        view: From `manifest_view`.
    """
    text = (
        f"{counted(view['files'], 'file')}, {counted(view['definitions'], 'definition')}, "
        f"{view['text_bytes'] / 1e6:.1f} MB"
    )
    return text if view["has_syntax"] else f"{text}; some definitions are not known yet"


def embedded_text(view: dict[str, Any]) -> str:
    """Return how much of an index is embedded in words.

    Args:
        view: With `embedded_chunks` and `chunks`.
    """
    return f"{view['embedded_chunks']} of {view['chunks']} chunks embedded"


def skipped_by_reason(skipped: Iterable[Skipped]) -> list[dict[str, Any]]:
    """Return how many files were left out for each reason, most first."""
    counts = Counter(one.reason.value for one in skipped)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [{"reason": reason, "files": count} for reason, count in ordered]


def skipped_text(counts: Iterable[dict[str, Any]]) -> str:
    """Return `skipped_by_reason` in words."""
    return ", ".join(f"{one['files']} {one['reason']}" for one in counts)
