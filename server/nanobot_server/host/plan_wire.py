"""What the host and its plan worker say to each other: one JSON object per line.

    host ─job──> worker ─state*, question*, write*─> host ─answer, stop─> worker
    worker ─done | failed─> host

Bytes of files travel as base64. A question is about one job, and so is an answer: there is
one job at a time.
"""

import base64
import json
from dataclasses import astuple
from pathlib import Path
from typing import Any, Final

from nanobot_engine.intent import NotUnderstoodError
from nanobot_engine.process.record import (
    BaseFile,
    DoubtRecord,
    GateRun,
    GateVerdict,
    NoteRecord,
    Outcome,
    Step,
)
from nanobot_engine.process.refactor_again import ChangeRequest
from nanobot_engine.process.refactor_records import PlannedChange
from nanobot_engine.recipe import Goal
from nanobot_indexer import VolumeCorruptError, VolumeError, VolumeVersionError
from nanobot_server.host.error_code import KNOWN_ERRORS, code_of
from nanobot_server.host.errors import FAILED, HostError

Message = dict[str, Any]

BROKE: Final = "nanobot failed; the host's log has the details"
_NOT_UNDERSTOOD: Final = "not understood"


def line_of(message: Message) -> bytes:
    """Return a message as it is sent."""
    return json.dumps(message).encode("ascii") + b"\n"


def message_of(line: bytes) -> Message:
    """Read what `line_of` wrote."""
    return dict(json.loads(line))


def request_to_json(request: ChangeRequest) -> Message:
    """Return what is to be planned as a message."""
    goal = request.goal
    return {
        "goal": {
            "sentence": goal.sentence,
            "recipe": goal.recipe,
            "arguments": dict(goal.arguments),
        },
        "instead": [
            [path, None if data is None else base64.b64encode(data).decode("ascii")]
            for path, data in request.instead.items()
        ],
        "unless": request.unless,
        "overlay": dict(request.overlay),
    }


def request_from_json(message: Message) -> ChangeRequest:
    """Read what `request_to_json` wrote."""
    return ChangeRequest(
        Goal(**message["goal"]),
        {
            path: None if data is None else base64.b64decode(data)
            for path, data in message["instead"]
        },
        message["unless"],
        message["overlay"],
    )


def change_to_json(change: PlannedChange | None) -> Message | None:
    """Return a planned change, or that there is none, as a message."""
    if change is None:
        return None
    return {
        "base_files": [
            [one.path, one.sha256, base64.b64encode(one.data).decode("ascii"), one.is_overlay]
            for one in change.base_files
        ],
        "skipped": [list(one) for one in change.skipped],
        "steps": [astuple(one) for one in change.steps],
        "outcomes": [astuple(one) for one in change.outcomes],
        "doubts": [astuple(one) for one in change.doubts],
        "notes": [astuple(one) for one in change.notes],
        "gates": [astuple(one) for one in change.gates],
        "workspace_sha256": change.workspace_sha256,
    }


def change_from_json(message: Message | None) -> PlannedChange | None:
    """Read what `change_to_json` wrote."""
    if message is None:
        return None
    return PlannedChange(
        base_files=[
            BaseFile(path, sha256, base64.b64decode(data), is_overlay)
            for path, sha256, data, is_overlay in message["base_files"]
        ],
        skipped=[(path, reason) for path, reason in message["skipped"]],
        steps=[Step(*one) for one in message["steps"]],
        outcomes=[Outcome(*one) for one in message["outcomes"]],
        doubts=[DoubtRecord(*one) for one in message["doubts"]],
        notes=[NoteRecord(*one) for one in message["notes"]],
        gates=[
            GateRun(gate, GateVerdict(verdict), detail)
            for gate, verdict, detail in message["gates"]
        ],
        workspace_sha256=message["workspace_sha256"],
    )


def error_to_json(error: BaseException) -> Message:
    """Return why a job has no result. The text of an unknown error stays in the log."""
    if isinstance(error, NotUnderstoodError):
        kind = _NOT_UNDERSTOOD
        said = [error.sentence, list(error.nearest), error.reason]
        return {"kind": kind, "said": said}
    if isinstance(error, VolumeError):
        is_version = isinstance(error, VolumeVersionError)
        return {
            "kind": "version" if is_version else "damage",
            "said": [str(error.path), error.reason],
        }
    if isinstance(error, KNOWN_ERRORS):
        return {"kind": "", "said": [code_of(error), str(error)]}
    if isinstance(error, MemoryError):
        return {"kind": "", "said": [FAILED, "planning this takes more memory than it may have"]}
    return {"kind": "", "said": [FAILED, BROKE]}


def error_from_json(message: Message) -> Exception:
    """Return the error that `error_to_json` wrote, as far as somebody acts on its kind."""
    kind, said = message["kind"], message["said"]
    if kind == _NOT_UNDERSTOOD:
        return NotUnderstoodError(*said)
    if kind in {"version", "damage"}:
        made = VolumeVersionError if kind == "version" else VolumeCorruptError
        return made(Path(said[0]), said[1])
    return HostError(*said)
