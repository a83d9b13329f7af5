"""The requests for a suggestion at a cursor. Runs on the host's event loop.

The newest request of a document counts; an older one is answered at once, with nothing.
What can not be done is said in the answer: an editor asks at every key, and an error at
every key would help nobody.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from nanobot_engine.completion.completer import Completer, CompletionOptions, SupersededError
from nanobot_engine.completion.context import gathered
from nanobot_engine.completion.piece import Piece
from nanobot_engine.completion.request import (
    AFTER_CHARS_MAX,
    BEFORE_CHARS_MAX,
    HEAD_CHARS_MAX,
    NOTHING,
    CompletionRequest,
    Suggestion,
)
from nanobot_engine.completion.withheld import withheld_reason
from nanobot_engine.model import FimTokens, ModelError, ModelMissingError
from nanobot_engine.model.worker.continuation import TextContinuer
from nanobot_indexer import IndexerError
from nanobot_server.completion_settings import completion_model, completion_options
from nanobot_server.engine_options import models_dir
from nanobot_server.host.errors import USAGE, HostError
from nanobot_server.host.index_requests import PATH_CHARS_MAX
from nanobot_server.host.model_workers import TextContinuers
from nanobot_server.host.params import Params
from nanobot_server.host.token_tasks import TOKEN_CHARS_MAX, TokenTasks
from nanobot_server.host.view import hit_rate
from nanobot_server.host.workspace_index import WorkspaceIndex
from nanobot_server.settings import Settings

LINES_MAX: Final = 100
DELAY_MS_MAX: Final = 5_000
_WITHHELD_KEPT_S: Final = 10.0
_WITHHELD_MAX: Final = 64

Document = dict[str, Any]
Answer = Callable[[Hashable, Params], Awaitable[Document]]


class CompletionRequests:
    """Methods of the host.

    Args:
        workspace: Its root.
        settings: Of the user.
        index: Of the workspace.
        models: Have the one that continues text.
        needs_file: Whether that one is a file of the models folder.
    """

    def __init__(
        self,
        workspace: Path,
        settings: Settings,
        index: WorkspaceIndex,
        models: TextContinuers,
        *,
        needs_file: bool = True,
    ) -> None:
        self._workspace = workspace
        self._index = index
        self._entry = completion_model(settings)
        self._model_path = self._entry.path_in(models_dir(settings))
        self._needs_file = needs_file
        self._models = models
        assert self._entry.fim is not None  # `completion_model` chooses no other.
        self._completer = self._completer_of(
            models.continuer(), self._entry.fim, completion_options(settings)
        )
        self._problem = ""
        self._tasks = TokenTasks("completion")
        self._withheld: dict[str, tuple[float, str | None]] = {}
        self._paths_by_front: dict[Hashable, set[str]] = {}
        self.methods: Final[Mapping[str, Answer]] = {
            "completion": self._complete,
            "completion.cancel": self._cancel,
            "completion.status": self._status,
        }

    def _completer_of(
        self, model: TextContinuer, fim: FimTokens, options: CompletionOptions
    ) -> Completer:
        return Completer(model, fim, self._gathered, options, project=self._workspace.name)

    def left(self, front: Hashable) -> None:
        """A front is gone, and its documents."""
        for path in self._paths_by_front.pop(front, ()):
            self._completer.forget((front, path))

    async def close(self) -> None:
        """End what is asked of the model: else it would be started again."""
        for front in list(self._paths_by_front):
            self.left(front)

    async def _complete(self, front: Hashable, params: Params) -> Document:
        request = CompletionRequest(
            path=params.short_text("path", chars_max=PATH_CHARS_MAX),
            before=_text(params, "before", BEFORE_CHARS_MAX),
            after=_text(params, "after", AFTER_CHARS_MAX),
            head=_text(params, "head", HEAD_CHARS_MAX),
            is_explicit=params.flag("is_explicit"),
            delay_s=_delay_s(params),
            lines_max=params.integer_or("lines_max", 0, least=1, most=LINES_MAX) or None,
        )
        token = params.optional_short_text("token", chars_max=TOKEN_CHARS_MAX)
        return await self._tasks.run(front, token, lambda: self._answered(front, request))

    async def _answered(self, front: Hashable, request: CompletionRequest) -> Document:
        reason = await self._withheld_reason(request.path)
        if reason is not None:
            problem = f"{request.path}: {reason}, so no model is shown it"
            return _view(NOTHING, "withheld", problem)
        if self._is_model_missing():
            return _view(NOTHING, "missing", self._problem)
        self._paths_by_front.setdefault(front, set()).add(request.path)
        try:
            suggestion = await self._completer.suggest((front, request.path), request)
        except SupersededError:
            return _view(NOTHING, "superseded")
        except ModelError as error:
            self._problem = str(error)
            return _view(NOTHING, "failed", self._problem)
        self._problem = ""
        return _view(suggestion, "done")

    async def _cancel(self, front: Hashable, params: Params) -> Document:
        return {"is_cancelled": self._tasks.cancel(front, params.text("token"))}

    async def _status(self, _front: Hashable, _params: Params) -> Document:
        self._is_model_missing()
        worker = await self._models.continuer_status()
        return {
            "model": self._entry.name,
            "pid": worker.pid,
            "memory_bytes": worker.memory_bytes,
            "restarts": worker.restarts,
            "problem": self._problem,
        }

    def _is_model_missing(self) -> bool:
        """Look whether the file is there: a worker would be started to say that it is not."""
        missing = str(ModelMissingError(self._entry.name, self._model_path))
        if self._needs_file and not self._model_path.is_file():
            self._problem = missing
            return True
        if self._problem == missing:
            self._problem = ""  # It was set up meanwhile.
        return False

    async def _withheld_reason(self, path: str) -> str | None:
        """Say why a file is not shown to a model. Looked at again after a while."""
        now = time.monotonic()
        looked_at, reason = self._withheld.get(path, (0.0, None))
        if path not in self._withheld or now > looked_at + _WITHHELD_KEPT_S:
            reason = await asyncio.to_thread(withheld_reason, self._workspace, path)
            if len(self._withheld) >= _WITHHELD_MAX:
                self._withheld.clear()
            self._withheld[path] = (now, reason)
        return reason

    async def _gathered(self, request: CompletionRequest) -> Sequence[Piece]:
        try:
            return await self._index.ask(lambda index: gathered(index, request))
        except (HostError, IndexerError):
            return ()  # Without an index a suggestion is a little worse.


def _text(params: Params, name: str, chars_max: int) -> str:
    text = params.optional_text(name) or ""
    if len(text) > chars_max:
        raise HostError(USAGE, f"{name}: has {len(text)} characters, at most {chars_max} are read")
    return text


def _delay_s(params: Params) -> float | None:
    if params.optional_integer("delay_ms") is None:
        return None
    return params.integer("delay_ms", least=0, most=DELAY_MS_MAX) / 1000


def _view(suggestion: Suggestion, state: str, problem: str = "") -> Document:
    return {
        "state": state,
        "text": suggestion.text,
        "is_known": suggestion.is_known,
        "prompt_tokens": suggestion.prompt_tokens,
        "cached_tokens": suggestion.cached_tokens,
        "cache_hit_rate": hit_rate(suggestion.cached_tokens, suggestion.prompt_tokens),
        "tokens": suggestion.tokens,
        "seconds": round(suggestion.seconds, 3),
        "problem": problem,
    }
