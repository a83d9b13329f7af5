"""Reviews that come, change or go elsewhere: in another editor, a terminal, an earlier session.

A host tells every front of its processes, and has a list of those that wait when a front
connects. What waits is looked up then, so that lenses and notes are right without a question.
"""

import asyncio
import logging
from pathlib import Path
from typing import Any, Final

from nanobot_server.host.errors import HostError
from nanobot_server.lsp.host_links import HostLinks
from nanobot_server.lsp.review.open_reviews import WAITING, OpenReviews
from nanobot_server.lsp.review.review_lookup import ReviewLookup

log = logging.getLogger(__name__)

_PAUSE_S: Final = 0.1
"""Events come in groups: what changed is looked up once."""
_WAITING_MAX: Final = 8
"""Reviews that are looked up when a host is connected, newest first."""


class ReviewFollower:
    """Listens to hosts. Runs on the event loop."""

    def __init__(self, links: HostLinks, reviews: OpenReviews, lookup: ReviewLookup) -> None:
        self._links = links
        self._reviews = reviews
        self._lookup = lookup
        self._task_by_key: dict[tuple[Path, str], asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        links.listen(self._take_event, lambda _root: None, self._take_connected)

    def _take_event(self, root: Path, event: str, params: dict[str, Any]) -> None:
        process_id = params.get("process_id")
        if event != "process" or not isinstance(process_id, str):
            return
        is_known = self._reviews.plan(root, process_id) is not None
        if is_known or params.get("state") == WAITING:
            self._look_up(root, process_id)

    def _look_up(self, root: Path, process_id: str) -> None:
        key = (root, process_id)
        if key not in self._task_by_key:
            task = asyncio.create_task(self._looked_up(root, process_id), name="review follower")
            self._task_by_key[key] = task

    async def _looked_up(self, root: Path, process_id: str) -> None:
        await asyncio.sleep(_PAUSE_S)
        # An event from now on may tell of something newer.
        del self._task_by_key[root, process_id]
        link = self._links.of(root)
        # A folder that was closed meanwhile needs no host any more.
        if link.is_connected:
            await self._lookup.refresh(link, process_id)

    def _take_connected(self, root: Path) -> None:
        task = asyncio.create_task(self._catch_up(root), name="reviews of a new host")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _catch_up(self, root: Path) -> None:
        try:
            answer = await self._links.of(root).call_running("status", {"process_id": None})
        except HostError as error:
            log.info("no reviews: workspace=%s reason=%s", root, error)
            return
        views = (answer or {}).get("processes")
        ids = [
            str(view.get("process_id"))
            for view in (views if isinstance(views, list) else ())
            if isinstance(view, dict) and view.get("state") == WAITING
        ]
        for process_id in ids[-_WAITING_MAX:]:
            self._look_up(root, process_id)
