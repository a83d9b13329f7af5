"""`nanobot models bench`: how fast the models of the roles are on this machine."""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

from nanobot_engine.model import ModelSpeed, Role, measure
from nanobot_server.chosen_models import role_models
from nanobot_server.cli.output import print_json, remark, say, table
from nanobot_server.engine_options import model_trio
from nanobot_server.host.errors import USAGE, HostError
from nanobot_server.settings import Settings


def bench_models(settings: Settings, names: Sequence[str], *, as_json: bool) -> None:
    """Measure the model of each named role, or of all, one after the other.

    Raises:
        HostError: No such role.
        ModelError: A model is not there or does not work.
    """
    known = [role.value for role in Role]
    for name in names:
        if name not in known:
            raise HostError(USAGE, f"{name}: no role; roles: {', '.join(known)}")
    roles = [Role(name) for name in names] or list(Role)
    models = role_models(settings)
    done: list[tuple[Role, str, ModelSpeed]] = []
    for role in roles:
        entry = models[role]
        if not as_json:
            remark(f"{role.value}: measuring {entry.name}")
        done.append((role, entry.name, asyncio.run(_measured(settings, role))))
    if as_json:
        print_json({"models": [_view(role, name, speed) for role, name, speed in done]})
        return
    rows = [
        (
            role.value,
            f"{speed.load_seconds:.1f} s",
            f"{speed.first_token_seconds:.2f} s",
            f"{speed.read_tokens_per_second:.0f}/s",
            f"{speed.written_tokens_per_second:.0f}/s",
            f"{speed.wave_tokens_per_second:.0f}/s",
            f"{speed.memory_bytes / 1e9:.1f} GB",
        )
        for role, _, speed in done
    ]
    table(("role", "load", "first token", "read", "written", "all slots", "memory"), rows)
    for _, name, speed in done:
        say(f"{name}: {speed.prompt_tokens} tokens before the first one, {speed.slots} slots")


async def _measured(settings: Settings, role: Role) -> ModelSpeed:
    # Short on purpose: a Unix socket's path has about 100 bytes.
    with tempfile.TemporaryDirectory(prefix="nb-") as folder:
        trio = model_trio(settings, Path(folder))
        try:
            return await measure(await trio.worker(role))
        finally:
            await trio.close()


def _view(role: Role, name: str, speed: ModelSpeed) -> dict[str, object]:
    return {
        "role": role.value,
        "model": name,
        "load_seconds": round(speed.load_seconds, 3),
        "first_token_seconds": round(speed.first_token_seconds, 4),
        "prompt_tokens": speed.prompt_tokens,
        "read_tokens_per_second": round(speed.read_tokens_per_second, 1),
        "written_tokens_per_second": round(speed.written_tokens_per_second, 1),
        "wave_tokens_per_second": round(speed.wave_tokens_per_second, 1),
        "slots": speed.slots,
        "memory_bytes": speed.memory_bytes,
    }
