"""The live files of segments in memory."""

from collections.abc import Mapping, Sequence

from nanobot_indexer.search.live_files import LiveFiles
from nanobot_indexer.volume.format import Revision
from nanobot_indexer.volume.segment import Segment
from support.memory_segment import memory_segment


def live_files(
    *contents: Mapping[str, str | bytes],
    dead: Sequence[str] = (),
    has_syntax: bool = True,
) -> LiveFiles:
    """Return the live files of segments, one per mapping of paths to texts.

    A path that a later segment has again is dead in the earlier one, and so are all in `dead`.
    """
    segments = []
    for number, content in enumerate(contents):
        later = {path for other in contents[number + 1 :] for path in other}
        gone = [path for path in content if path in later or path in dead]
        segments.append(plain_segment(content, dead=gone, has_syntax=has_syntax))
    return LiveFiles(segments)


def plain_segment(
    content_by_path: Mapping[str, str | bytes],
    *,
    dead: Sequence[str] = (),
    has_syntax: bool = True,
) -> Segment:
    """Return a segment of some files, with or without their definitions."""
    revision = Revision.SYNTAX if has_syntax else Revision.LEXICAL
    return memory_segment(content_by_path, dead=dead, revision=revision)
