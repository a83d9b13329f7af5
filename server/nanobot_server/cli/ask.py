"""`nanobot ask QUESTION`: an answer, and the lines that it is from."""

import asyncio
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from nanobot_server.cli.arguments import In, Json, workspace_of
from nanobot_server.cli.output import EXIT_FAILED, fail, print_json, remark, reported, say
from nanobot_server.cli.refreshed_index import answer_from_index
from nanobot_server.host.ask_limits import TIMEOUT_S_DEFAULT, TIMEOUT_S_MAX
from nanobot_server.host.client import HostClient
from nanobot_server.host.errors import FAILED, MODEL_MISSING

# The host keeps the deadline; this is for one that does not answer at all.
_PATIENCE_S: Final = 30.0
_CANDIDATES_SHOWN: Final = 5
_CODE_BY_REASON: Final = {"model_missing": MODEL_MISSING, "model_failed": FAILED}


def command(
    question: Annotated[
        str, typer.Argument(metavar="QUESTION", help="A question about the code, in English.")
    ],
    workspace: In = None,
    *,
    timeout: Annotated[
        int,
        typer.Option(
            metavar="SECONDS", min=1, max=TIMEOUT_S_MAX, help="Give up after so many seconds."
        ),
    ] = TIMEOUT_S_DEFAULT,
    as_json: Json = False,
) -> None:
    """Answer a question from the files, with the lines it is from."""
    with reported(as_json=as_json):
        root = workspace_of(workspace)
        # The first index is built here, where its progress can be shown.
        answer_from_index(root, lambda _index: None, as_is=False)
        document = asyncio.run(_asked(root, question, timeout))
        code = _CODE_BY_REASON.get(str(document["reason"]))
        if code is not None:
            _fail(document, code, as_json=as_json)
            raise typer.Exit(EXIT_FAILED)
        if as_json:
            print_json(document)
            return
        if document["is_found"]:
            _show(document)
        else:
            remark(f"{document['problem']}")
            _show_candidates(document, "places like the question, read by no model:")


async def _asked(root: Path, question: str, timeout_s: int) -> dict[str, Any]:
    async with await HostClient.connect(root) as client:
        telling = asyncio.create_task(_tell(client))
        try:
            params: dict[str, object] = {"question": question, "timeout_s": timeout_s}
            return dict(await client.call("ask", params, timeout_s=timeout_s + _PATIENCE_S))
        finally:
            telling.cancel()
            await asyncio.wait({telling})


async def _tell(client: HostClient) -> None:
    """Say what is being read."""
    async for event in client.events():
        if event["event"] == "ask":
            params = event["params"]
            places = ", ".join(
                f"{piece['path']}:{piece['start_line']}-{piece['end_line']}"
                for piece in params["pieces"]
            )
            remark(f"reading {places}")


def _show(document: dict[str, Any]) -> None:
    say(str(document["answer"]))
    for quote in document["evidence"]:
        say(f"{quote['path']}:{quote['start_line']}-{quote['end_line']}: {quote['quote']}")


def _show_candidates(document: dict[str, Any], heading: str) -> None:
    for name in document["near"]:
        remark(f"there is {name!r}")
    if document["candidates"]:
        remark(heading)
    for piece in document["candidates"][:_CANDIDATES_SHOWN]:
        place = f"{piece['path']}:{piece['start_line']}-{piece['end_line']}"
        say(f"{place}  {piece['name']}".rstrip())


def _fail(document: dict[str, Any], code: str, *, as_json: bool) -> None:
    """Say why no model answered, and what was found without one."""
    message = str(document["problem"])
    if as_json:
        error = {"error": {"code": code, "message": message}}
        print_json({**error, "candidates": document["candidates"]})
        return
    fail(message, code, as_json=False)
    _show_candidates(document, "found by search alone, read by no model:")
