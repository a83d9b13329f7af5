"""What `nanobot doctor` says of the model host of this user. Starts none."""

import asyncio
from typing import Any

from nanobot_server.cli.front import PING_TIMEOUT_S
from nanobot_server.host.errors import HostError, NoHostError
from nanobot_server.model_host.link import ModelHostClient
from nanobot_server.model_host.location import model_host


def model_host_rows(problems: list[str]) -> list[dict[str, Any]]:
    """Return the model host that runs and its workers; nothing where none runs.

    Args:
        problems: Gets a sentence when it does not answer.
    """

    async def ask() -> list[dict[str, Any]]:
        connecting = ModelHostClient.reached(model_host(), spawn=False, timeout_s=PING_TIMEOUT_S)
        async with await connecting as client:
            told = await client.call("status", {}, timeout_s=PING_TIMEOUT_S)
        host = {
            "kind": "models",
            "pid": told["pid"],
            "workspaces": told["users"],
            "memory_bytes": told["memory_bytes"],
            "running_s": told["running_s"],
        }
        workers = [
            {
                "kind": "model",
                "roles": worker["roles"],
                "model": worker["model"],
                "pid": worker["pid"],
                "memory_bytes": worker["memory_bytes"],
                "loaded_s": worker["loaded_s"],
                "restarts": worker["restarts"],
            }
            for worker in told["workers"]
        ]
        return [host, *workers]

    try:
        return asyncio.run(ask())
    except NoHostError:
        return []
    except HostError as error:
        problems.append(str(error))
        return []


def row_text(row: dict[str, Any]) -> str:
    """Return a line for people about one of them."""
    memory = f"{row['memory_bytes'] / 2**20:.0f} MiB"
    if row["kind"] == "models":
        return f"model host: pid {row['pid']}, {memory}, used by {row['workspaces']} workspaces"
    roles = ", ".join(row["roles"])
    restarts = f", started again {row['restarts']} times" if row["restarts"] else ""
    return (
        f"model worker {roles}: pid {row['pid']}, {row['model']}, {memory}, "
        f"loaded for {row['loaded_s']:.0f} s{restarts}"
    )
