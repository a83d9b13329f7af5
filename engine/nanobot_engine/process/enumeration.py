"""From a workspace and a recipe to the steps of a process.

Reads the index (or the editor's unsaved buffers) and writes the ledger. The
base text of every file with a step is kept there, so that a process depends on
nothing that can change under it.
"""

import contextlib
import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from nanobot_engine.edit import EditError, SourceFile, source_from_bytes
from nanobot_engine.process.ledger import Ledger
from nanobot_engine.process.record import BaseFile, Step
from nanobot_engine.recipe import Recipe
from nanobot_indexer import DEFAULT_INDEX_OPTIONS, IndexOptions, ingest, language_of, open_index

log = logging.getLogger(__name__)


def enumerate_workspace(
    ledger: Ledger,
    process_id: str,
    recipe: Recipe,
    root: Path,
    *,
    overlay: Mapping[str, str],
    options: IndexOptions = DEFAULT_INDEX_OPTIONS,
    cancelled: Callable[[], bool],
) -> None:
    """Index `root` and record a step for every item of `recipe` in it.

    Args:
        ledger: Not used by anybody else meanwhile.
        process_id: A process without steps.
        recipe: What to look for.
        root: The workspace.
        overlay: Text of unsaved buffers by workspace-relative path; it stands
            in for the file on disk.
        options: Limits of the indexer.
        cancelled: Polled; a true answer ends indexing.

    Raises:
        IndexerError: The workspace can not be indexed.
    """
    ingest(root, options=options, cancelled=cancelled)
    skipped: list[tuple[str, str]] = []
    with open_index(root) as index:
        skipped += [(s.path, f"{s.reason.value}: {s.detail}") for s in index.skipped]

        def sources() -> Iterator[tuple[str, bytes]]:
            for entry in index.files:
                if entry.language in recipe.languages and entry.path not in overlay:
                    yield entry.path, index.text(entry.path)
            for path, text in overlay.items():
                data = text.encode("utf-8", errors="surrogatepass")
                if language_of(path, data) in recipe.languages:
                    yield path, data

        texts = sorted(sources())
        recipe = recipe.surveyed(_readable(texts))
        _record(ledger, process_id, recipe, texts, overlay=overlay, skipped=skipped)


def enumerate_files(
    ledger: Ledger,
    process_id: str,
    recipe: Recipe,
    sources: Sequence[SourceFile],
    *,
    overlay: Mapping[str, str],
) -> None:
    """Record a step for every item of `recipe` in the given files."""
    texts = sorted((source.path, source.data) for source in sources)
    _record(ledger, process_id, recipe, texts, overlay=overlay, skipped=[])


def _readable(texts: Sequence[tuple[str, bytes]]) -> Iterator[SourceFile]:
    """Yield the files that can be read; the others are told of when they are enumerated."""
    for path, data in texts:
        with contextlib.suppress(EditError):
            yield source_from_bytes(path, data)


def _record(
    ledger: Ledger,
    process_id: str,
    recipe: Recipe,
    texts: Sequence[tuple[str, bytes]],
    *,
    overlay: Mapping[str, str],
    skipped: list[tuple[str, str]],
) -> None:
    base_files: list[BaseFile] = []
    steps: list[Step] = []
    for path, data in texts:
        try:
            items = list(recipe.enumerate(source_from_bytes(path, data)))
        except EditError as error:
            # A file that does not parse is the user's business; say so and go on.
            skipped.append((path, str(error)))
            continue
        if items:
            digest = hashlib.sha256(data).hexdigest()
            base_files.append(BaseFile(path, digest, data, path in overlay))
        for item in items:
            steps.append(Step(len(steps), item.key, item.path, item.label))
    ledger.add_steps(process_id, base_files=base_files, skipped=skipped, steps=steps)
    log.info(
        "process enumerated: process=%s files=%d steps=%d skipped=%d",
        process_id,
        len(base_files),
        len(steps),
        len(skipped),
    )
