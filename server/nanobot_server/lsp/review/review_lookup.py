"""Reviews as the host has them now, and the texts that they were made for."""

import hashlib
import logging
from collections.abc import Mapping, Sequence
from typing import Final

from nanobot_server.host.client import HostError
from nanobot_server.lsp.document.planned_texts import PlannedTexts
from nanobot_server.lsp.errors import PlanError
from nanobot_server.lsp.host_link import HostLink
from nanobot_server.lsp.review.edit_plan import BOM, Plan, PlanFile
from nanobot_server.lsp.review.open_reviews import OpenReviews

log = logging.getLogger(__name__)

_EVERYTHING: Final[Mapping[str, list[str]]] = {}


class ReviewLookup:
    """Asks hosts about reviews, and remembers what they say. Runs on the event loop."""

    def __init__(self, reviews: OpenReviews, texts: PlannedTexts) -> None:
        self._reviews = reviews
        self._texts = texts

    async def plan(
        self, link: HostLink, process_id: str, part: Mapping[str, list[str]] = _EVERYTHING
    ) -> Plan:
        """Return what waits of a process.

        Args:
            link: To the host of its workspace.
            process_id: The process.
            part: Which `paths` and `hunks`; everything when it is empty.

        Raises:
            HostError: The host refused.
            PlanError: The host's answer can not be used.
        """
        params: dict[str, object] = {"process_id": process_id, **part}
        plan = Plan.of(await link.call("process.review", params))
        if not part:
            await self._keep_texts(link, plan)
            self._reviews.remember(link.workspace, plan)
        return plan

    async def refresh(self, link: HostLink, process_id: str) -> None:
        """Look up what still waits of a process after something was decided."""
        try:
            await self.plan(link, process_id)
        except (HostError, PlanError) as error:
            # The decision stands; only what is shown does not know yet.
            log.info("review not refreshed: process=%s reason=%s", process_id, error)
            self._reviews.forget(link.workspace, process_id)

    async def _keep_texts(self, link: HostLink, plan: Plan) -> None:
        """Keep the texts that the edits count in: from the editor, the disk, or the ledger."""
        unknown = []
        for file in plan.files:
            if file.is_created or self._reviews.texts.get(file.base_sha256) is not None:
                continue
            data = _fitting(file, await self._texts.text_of_now(link.workspace, file.path))
            if data is None:
                unknown.append(file)
            else:
                self._reviews.texts.keep(file.base_sha256, data)
        if unknown:
            await self._ask_for_texts(link, plan.process_id, unknown)

    async def _ask_for_texts(
        self, link: HostLink, process_id: str, files: Sequence[PlanFile]
    ) -> None:
        params: dict[str, object] = {
            "process_id": process_id,
            "texts_of": [file.path for file in files],
        }
        try:
            answer = await link.call("process.review", params)
        except HostError as error:
            log.info("texts not looked up: process=%s reason=%s", process_id, error)
            return
        text_by_path = {one.get("path"): one.get("base_text") for one in answer.get("files", ())}
        for file in files:
            text = text_by_path.get(file.path)
            data = _fitting(file, text.encode() if isinstance(text, str) else None)
            if data is not None:
                self._reviews.texts.keep(file.base_sha256, data)


def _fitting(file: PlanFile, data: bytes | None) -> bytes | None:
    """Return a text if it is the one that a file's edits count in; an editor shows no BOM."""
    if data is None:
        return None
    found = (one for one in (data, BOM + data))
    return next((one for one in found if hashlib.sha256(one).hexdigest() == file.base_sha256), None)
