"""Search by meaning on the command line: one worker for one command.

What the embedding model needs is imported when it is asked for.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as ProgressBar

from nanobot_indexer import open_index
from nanobot_server.cli.output import REMARKS
from nanobot_server.host.errors import FAILED, MODEL_MISSING, HostError
from nanobot_server.host.semantic_view import BySemantics
from nanobot_server.settings import default_settings_path, load_settings


@contextmanager
def semantic_search(root: Path, *, is_wanted: bool | None) -> Iterator[BySemantics | None]:
    """Give the search by words and meaning, or None when words are enough.

    Args:
        root: The workspace.
        is_wanted: As asked for on the command line; None leaves it to the settings.
    """
    # What is wrong with the settings is said by who brings the index up to date.
    settings, _ = load_settings(default_settings_path())
    if not (settings.search.semantic if is_wanted is None else is_wanted):
        yield None
        return
    from nanobot_server.semantic_model import by_semantics, embedder  # noqa: PLC0415 - see above.

    worker = embedder(settings, is_background=False)
    try:
        yield by_semantics(root, worker)
    finally:
        worker.close()


def embed_workspace(root: Path) -> dict[str, Any]:
    """Embed what is not embedded yet, with a progress bar, and return how far that came.

    Raises:
        HostError: The model is not installed, or does not run.
        IndexerError: There is no index, another process embeds, or the disk refuses.
    """
    from nanobot_indexer.semantic.embedder import EmbeddingError  # noqa: PLC0415 - see above.
    from nanobot_indexer.semantic.vector_build import (  # noqa: PLC0415 - see above.
        BuildProgress,
        build_vectors,
    )
    from nanobot_server.semantic_model import (  # noqa: PLC0415 - see above.
        embedder,
        is_embedder_there,
        vector_store,
    )

    settings, _ = load_settings(default_settings_path())
    if not is_embedder_there(settings):
        message = "the embedding model is not installed; run 'nanobot setup --semantic'"
        raise HostError(MODEL_MISSING, message)
    worker = embedder(settings, is_background=True)
    columns = (
        TextColumn("embedding"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("chunks"),
        TimeRemainingColumn(),
    )
    bar = ProgressBar(*columns, console=REMARKS, disable=not REMARKS.is_terminal, transient=True)
    try:
        with bar, open_index(root) as index:
            task = bar.add_task("", total=None)

            def show(at: BuildProgress) -> None:
                bar.update(task, completed=at.embedded_chunks, total=at.chunks)

            report = build_vectors(index, vector_store(root), worker, progress=show)
    except EmbeddingError as error:
        raise HostError(FAILED, str(error)) from error
    finally:
        worker.close()
    return {
        "embedded_chunks": report.embedded_chunks,
        "chunks": report.chunks,
        "new_chunks": report.new_chunks,
        "seconds": round(report.seconds, 1),
    }
