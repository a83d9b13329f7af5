"""Run one process in an OS process of its own, so that it can be killed.

`python run_process.py LEDGER PROCESS_ID HOW`, where HOW is `scripted` or `judging` for a
scripted model that writes sentences or judges, else a folder for the smallest real model in
a real worker.
"""

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from nanobot_engine.model import DEFAULT_MODEL_OPTIONS, ModelTrio, Role, default_models_dir
from nanobot_engine.process import Ledger
from support import small_process
from support.scripted_model import ScriptedModel


async def _run_real(ledger: Ledger, process_id: str, runtime_dir: Path) -> None:
    trio = ModelTrio(default_models_dir(), runtime_dir, DEFAULT_MODEL_OPTIONS)
    try:
        await small_process.run(ledger, process_id, await trio.worker(Role.MEMORY))
    finally:
        await trio.close()


def main() -> None:
    path, process_id, how = sys.argv[1:]
    with Ledger.open(Path(path)) as ledger:
        if how == "scripted":
            asyncio.run(small_process.run(ledger, process_id, ScriptedModel()))
        elif how == "judging":
            model = ScriptedModel(answer=lambda text: "outside" if "_1(" in text else "program")
            asyncio.run(small_process.run(ledger, process_id, model))
        else:
            asyncio.run(_run_real(ledger, process_id, Path(how)))


if __name__ == "__main__":
    main()
