"""The hosts of all workspaces of this editor, and who hears from them.

Runs on the event loop.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from nanobot_server.lsp.host_link import HostLink

TakeEvent = Callable[[Path, str, dict[str, Any]], None]
TakeGone = Callable[[Path], None]
TakeConnected = Callable[[Path], None]


class HostLinks:
    """One link per workspace, made when it is first asked for."""

    def __init__(self) -> None:
        self._link_by_root: dict[Path, HostLink] = {}
        self._listeners: list[tuple[TakeEvent, TakeGone, TakeConnected]] = []

    def listen(
        self,
        take_event: TakeEvent,
        take_gone: TakeGone,
        take_connected: TakeConnected = lambda _root: None,
    ) -> None:
        """Hear every event, with the workspace it comes from, and when a host comes and goes."""
        self._listeners.append((take_event, take_gone, take_connected))

    def of(self, root: Path) -> HostLink:
        """Return the link to the host of a workspace. Nothing is connected yet."""
        link = self._link_by_root.get(root)
        if link is None:
            link = HostLink(
                root,
                on_event=lambda event, params: self._take_event(root, event, params),
                on_gone=lambda: self._take_gone(root),
                on_connected=lambda: self._take_connected(root),
            )
            self._link_by_root[root] = link
        return link

    async def leave(self, root: Path) -> None:
        """Close the connection to the host of a workspace; it pauses what was started here."""
        link = self._link_by_root.get(root)
        if link is not None:
            await link.close()

    def _take_event(self, root: Path, event: str, params: dict[str, Any]) -> None:
        for take_event, _, _ in self._listeners:
            take_event(root, event, params)

    def _take_gone(self, root: Path) -> None:
        for _, take_gone, _ in self._listeners:
            take_gone(root)

    def _take_connected(self, root: Path) -> None:
        for _, _, take_connected in self._listeners:
            take_connected(root)
