"""How everything is, in one sentence for people: what `nanobot.status` shows."""

from collections.abc import Mapping, Sequence
from typing import Any

from nanobot_server.lsp.own.own_messages import ModelStatus, Status, WorkspaceStatus


def status_sentence(status: Status, processes: Sequence[Mapping[str, Any]]) -> str:
    """Return processes, indexes, models and problems.

    Args:
        status: How the rest is.
        processes: As the host says it, newest last.
    """
    workspaces = status["workspaces"]
    parts = [processes_sentence(processes)]
    for workspace in workspaces:
        name = f"{workspace['name']}: " if len(workspaces) > 1 else ""
        parts.append(name + _index(workspace))
    parts.append(_models(status["models"]))
    completion = status["completion"]
    if not completion["isOn"]:
        parts.append("suggestions are off")
    parts += [
        workspace["index"]["problem"]
        for workspace in workspaces
        if workspace["index"] is not None and workspace["index"]["problem"]
    ]
    if completion["problem"] and "missing" not in {one["state"] for one in status["models"]}:
        parts.append(completion["problem"])
    return "nanobot: " + "; ".join(filter(None, parts))


def processes_sentence(found: Sequence[Mapping[str, Any]]) -> str:
    """Return how the newest process is, and how many there are."""
    if not found:
        return "no process in this workspace"
    newest = found[-1]
    state = str(newest.get("state")).replace("_", " ")
    if state == "running" and newest.get("is_alive") is False:
        state = "interrupted"
    parts = [f"{newest.get('process_id')} is {state}"]
    steps = newest.get("steps")
    if type(steps) is int and steps:
        parts.append(f"{newest.get('done', 0)} of {steps} steps done")
    if len(found) > 1:
        parts.append(f"{len(found)} processes in all")
    return ", ".join(parts)


def _index(workspace: WorkspaceStatus) -> str:
    index = workspace["index"]
    if index is None:
        return "no index yet"
    if index["state"] == "indexing":
        percentage = index["percentage"]
        return "indexing" if percentage is None else f"indexing, {percentage}%"
    return f"{index['files']:,} files and {index['definitions']:,} definitions indexed"


def _models(models: Sequence[ModelStatus]) -> str:
    missing = sorted({model["name"] for model in models if model["state"] == "missing"})
    if missing:
        return f"missing models: {', '.join(missing)}, which 'nanobot setup' gets"
    loaded = sorted({model["name"] for model in models if model["state"] == "loaded"})
    if loaded:
        return f"loaded models: {', '.join(loaded)}"
    return "models ready" if models else ""
