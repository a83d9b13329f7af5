"""`nanobot/review`: a review for an editor that shows it by itself (`docs/protocol.md`)."""

from pygls.exceptions import JsonRpcException

from nanobot_server.host.client import HostError
from nanobot_server.lsp.connection.envelope import REQUEST_FAILED
from nanobot_server.lsp.document.document_uri import path_of
from nanobot_server.lsp.document.session import Session
from nanobot_server.lsp.errors import ParamsError, PlanError
from nanobot_server.lsp.host_link import HostLink
from nanobot_server.lsp.host_links import HostLinks
from nanobot_server.lsp.own.own_messages import REVIEW, Review
from nanobot_server.lsp.process.processes import Processes
from nanobot_server.lsp.review.review_lookup import ReviewLookup
from nanobot_server.lsp.review.shown_reviews import ShownReviews


async def review(
    session: Session,
    links: HostLinks,
    processes: Processes,
    lookup: ReviewLookup,
    shown: ShownReviews,
    *,
    params: object,
) -> Review:
    """Return what waits of a process, and where it is in the texts of now.

    Raises:
        ParamsError: They name no process.
        JsonRpcException: The host refused.
    """
    given = params if isinstance(params, dict) else {}
    process_id, uri = given.get("processId"), given.get("uri")
    if not isinstance(process_id, str) or not isinstance(uri, str | None):
        raise ParamsError(REVIEW, 'give {"processId": "p1", "uri": "file:///…"}')
    try:
        link = _link(session, links, uri) or await processes.link_of(process_id)
        plan = await lookup.plan(link, process_id)
    except (HostError, PlanError) as error:
        raise JsonRpcException(str(error), code=REQUEST_FAILED) from error
    return shown.message(link.workspace, plan)


def _link(session: Session, links: HostLinks, uri: str | None) -> HostLink | None:
    path = None if uri is None else path_of(uri)
    root = None if path is None else session.root_of(path)
    return None if root is None else links.of(root)
