"""The settings of this connection: the user's file, with what the editor says laid over it.

Three ways lead here: `initializationOptions`, what the editor answers when it is asked
(`workspace/configuration`), and what it sends by itself (`workspace/didChangeConfiguration`).
The newest of the last two lies over the first. What can not be used is told once.

Runs on the event loop; the settings are read in a thread, long after `initialize`.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, Protocol

from nanobot_server.lsp.client.client_profile import ClientProfile

if TYPE_CHECKING:
    from nanobot_server.settings import Settings, SettingsProblem

log = logging.getLogger(__name__)

_SECTION: Final = "nanobot"
DID_CHANGE: Final = "workspace/didChangeConfiguration"


class ConfiguredEditor(Protocol):
    """The editor, as far as settings need it."""

    async def configuration(self, section: str) -> object:
        """Return what its user set in a section; None when it says nothing."""

    async def register(self, method: str, options: object) -> bool:
        """Ask to be told of something; false when the editor refuses."""


class Configuration:
    """One per connection.

    Args:
        client: What the editor can do, and said at its start.
        editor: Is asked.
        tell: Shows the user a problem.
    """

    def __init__(
        self, client: ClientProfile, editor: ConfiguredEditor, tell: Callable[[str], None]
    ) -> None:
        self.settings: Settings | None = None
        """None until they were read, a moment after the start."""
        self._client = client
        self._editor = editor
        self._tell = tell
        self._given: Mapping[str, Any] = {}
        self._told: set[str] = set()
        self._listeners: list[Callable[[Settings], None]] = []
        self._turn = 0
        self._tasks: set[asyncio.Task[None]] = set()

    def listen(self, take: Callable[["Settings"], None]) -> None:
        """Hear the settings when they are known, and whenever they change."""
        self._listeners.append(take)
        if self.settings is not None:
            take(self.settings)

    async def start(self) -> None:
        """Read the settings, and ask the editor for its own."""
        if self._client.has_dynamic_configuration:
            await self._editor.register(DID_CHANGE, {"section": _SECTION})
        await self.changed(None)

    def changed_somehow(self, _params: object) -> None:
        """Take it that something changed, from an editor that does not say what in our form."""
        task = asyncio.create_task(self.changed(None), name="settings")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def changed(self, pushed: object) -> None:
        """Take what the editor sent, ask it if it can be asked, and use the outcome.

        Args:
            pushed: Its settings; None or empty from an editor that wants to be asked.
        """
        self._turn += 1
        turn = self._turn
        given = pushed if isinstance(pushed, Mapping) and pushed else None
        if self._client.has_configuration:
            asked = await self._editor.configuration(_SECTION)
            given = asked if isinstance(asked, Mapping) else given
        if turn != self._turn:
            return  # A newer one is on its way.
        if given is not None:
            self._given = given
        layers = (self._client.initialization_options, self._given)
        settings, problems = await asyncio.to_thread(_read, layers)
        if turn == self._turn:
            self._say(problems)
            self._use(settings)

    def _use(self, settings: "Settings") -> None:
        if settings == self.settings:
            return
        self.settings = settings
        for take in self._listeners:
            take(settings)

    def _say(self, problems: "list[SettingsProblem]") -> None:
        news = [problem.message for problem in problems if problem.message not in self._told]
        self._told.update(news)
        for message in news:
            log.warning("setting not used: %s", message)
        if news:
            more = f" ({len(news) - 1} more are in the log)" if len(news) > 1 else ""
            self._tell(f"nanobot: {news[0]}{more}")


def _read(layers: tuple[Mapping[str, Any], ...]) -> "tuple[Settings, list[SettingsProblem]]":
    # Imported in the thread: the library for it takes a tenth of a second.
    from nanobot_server.editor_settings import with_editor_settings  # noqa: PLC0415
    from nanobot_server.settings import default_settings_path, load_settings  # noqa: PLC0415

    settings, problems = load_settings(default_settings_path())
    for layer in layers:
        settings, more = with_editor_settings(settings, layer)
        problems = [*problems, *more]
    return settings, problems
