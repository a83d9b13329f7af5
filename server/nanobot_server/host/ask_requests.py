"""The requests that need an answer with evidence: look up, ask the models, check.

Runs on the host's event loop; looking things up runs in a thread. A question belongs
to the front that asked it and ends when that front leaves or cancels it.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Protocol

from nanobot_engine.ask import (
    DEFAULT_ASK_OPTIONS,
    Asker,
    Panelist,
    QuestionInvalidError,
    Stage,
    parsed_question,
    retrieve,
)
from nanobot_engine.ask.question import QUESTION_CHARS_MAX
from nanobot_engine.model import Lane, OpenLanes, Role
from nanobot_server.host.ask_limits import TIMEOUT_S_DEFAULT, TIMEOUT_S_MAX
from nanobot_server.host.ask_view import answer_view, piece_view
from nanobot_server.host.errors import USAGE, HostError
from nanobot_server.host.model_workers import WaveModels
from nanobot_server.host.params import Params
from nanobot_server.host.token_tasks import TOKEN_CHARS_MAX, TokenTasks
from nanobot_server.host.workspace_index import WorkspaceIndex
from nanobot_server.role_templates import TemplateOf

# The smallest model that can copy a line, then the one that understands more.
_ROLES: Final = (Role.RLM, Role.MAIN)

Document = dict[str, Any]


class Front(Protocol):
    """Who asked."""

    def send_event(self, event: str, params: Document) -> None:
        """Tell it how far its question is."""


Answer = Callable[[Front, Params], Awaitable[Document]]


class AskRequests:
    """Methods of the host.

    Args:
        index: Of the workspace.
        workers: The models.
        template_of: How they read a conversation.
    """

    def __init__(self, index: WorkspaceIndex, workers: WaveModels, template_of: TemplateOf) -> None:
        self._index = index
        panel = [
            Panelist(_loader(workers, role), OpenLanes(), template_of(role)) for role in _ROLES
        ]
        self._asker = Asker(panel, DEFAULT_ASK_OPTIONS)
        self._tasks = TokenTasks("question")
        self.methods: Final[Mapping[str, Answer]] = {"ask": self._ask, "ask.cancel": self._cancel}

    async def _ask(self, front: Front, params: Params) -> Document:
        text = params.short_text("question", chars_max=QUESTION_CHARS_MAX)
        timeout_s = params.integer_or("timeout_s", TIMEOUT_S_DEFAULT, least=1, most=TIMEOUT_S_MAX)
        token = params.optional_short_text("token", chars_max=TOKEN_CHARS_MAX)
        return await self._tasks.run(
            front, token, lambda: self._answered(front, text, timeout_s, token)
        )

    async def _answered(
        self, front: Front, text: str, timeout_s: int, token: str | None
    ) -> Document:
        started = time.monotonic()
        try:
            question = parsed_question(text)
        except QuestionInvalidError as error:
            raise HostError(USAGE, str(error)) from error
        retrieved = await self._index.ask(lambda index: retrieve(index, question))

        def tell(stage: Stage) -> None:
            pieces = [piece_view(piece) for piece in stage.pieces]
            event = {"token": token or "", "round": stage.round, "rounds": stage.rounds}
            front.send_event("ask", {**event, "pieces": pieces})

        answer = await self._asker.answer(
            retrieved, timeout_s=timeout_s, observer=tell, started=started
        )
        return answer_view(answer)

    async def _cancel(self, front: Front, params: Params) -> Document:
        return {"is_cancelled": self._tasks.cancel(front, params.text("token"))}


def _loader(workers: WaveModels, role: Role) -> Callable[[], Awaitable[Any]]:
    return lambda: workers.worker(role, Lane.CHAT)
