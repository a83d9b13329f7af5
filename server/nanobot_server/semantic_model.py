"""Search by meaning for this user: where its model is, and the vectors of a workspace.

Optional. Without the model file every search is one by words, and says so.
"""

from pathlib import Path
from typing import Final

from nanobot_engine.model import ModelError, load_catalogue, open_verified
from nanobot_indexer import Index, SearchFilter
from nanobot_indexer.semantic.embedder import Embedder, EmbeddingError, OpenModel
from nanobot_indexer.semantic.semantic_search import SemanticResult, SemanticSearch
from nanobot_indexer.semantic.vector_store import VectorStore
from nanobot_server.engine_options import models_dir
from nanobot_server.host.semantic_view import BySemantics
from nanobot_server.settings import Settings

SEARCH_TIMEOUT_S: Final = 3.0
"""So long a search waits for vectors; then the answer by words has to do."""
BACKGROUND_NICENESS: Final = 19


def embedder_path(settings: Settings) -> Path:
    """Return where the embedding model is, or would be."""
    return load_catalogue().embedder().path_in(models_dir(settings))


def is_embedder_there(settings: Settings) -> bool:
    """Tell whether there is a file; whether it is right shows when it is opened."""
    return embedder_path(settings).is_file()


def embedder(settings: Settings, *, is_background: bool) -> Embedder:
    """Return a worker that starts when it is first asked. The caller closes it."""
    # The vector of a question takes 8 ms; waiting behind busy models made it 60.
    return Embedder(_opener(settings), niceness=BACKGROUND_NICENESS if is_background else 0)


def vector_store(root: Path) -> VectorStore:
    """Return the vectors of a workspace."""
    return VectorStore(root, bytes.fromhex(load_catalogue().embedder().pinned_sha256))


def by_semantics(root: Path, worker: Embedder) -> BySemantics:
    """Return the search of a workspace by words and meaning."""
    search = SemanticSearch(vector_store(root), worker)

    def ask(index: Index, query: str, limit: int, filters: SearchFilter) -> SemanticResult:
        return search.search(index, query, limit=limit, timeout_s=SEARCH_TIMEOUT_S, filters=filters)

    return ask


def _opener(settings: Settings) -> OpenModel:
    entry, path = load_catalogue().embedder(), embedder_path(settings)

    def opened() -> int:
        if not path.exists():
            raise EmbeddingError(f"{path.name} is not installed; run 'nanobot setup --semantic'")
        try:
            return open_verified(path, entry)
        except ModelError as error:
            raise EmbeddingError(str(error)) from error

    return opened
