"""How much of what a process shows its model is read once: counted, not timed.

For the steps that a recipe finds in a folder, in the waves of a process: the tokens of
the prefix that all share, those of what differs, and what of that is the same text in
two prompts of a wave, which are read twice.

From `tests`: `python -m benchmarks.bench_prefixes FOLDER`.
"""

import argparse
import asyncio
import json
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from benchmarks.machine import machine
from nanobot_engine.edit import read_source
from nanobot_engine.model import (
    CHATML,
    DEFAULT_MODEL_OPTIONS,
    ModelWorker,
    Role,
    Segment,
    Tier,
    default_models_dir,
    load_catalogue,
)
from nanobot_engine.model.worker.continuation import common_length
from nanobot_engine.recipe import goal_from_sentence, recipe_named
from nanobot_engine.recipe.recipe import AskingRecipe
from nanobot_server.engine_options import process_options
from nanobot_server.settings import Settings

GOALS: Final = ("add docstrings to every public function", "add type annotations")
CODE_BYTES_MAX: Final = 2_400


def main() -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--steps", type=int, default=200, help="per goal")
    arguments = parser.parse_args()
    print(json.dumps(asyncio.run(counted(arguments.folder, arguments.steps)), indent=2))


async def counted(folder: Path, steps_max: int) -> dict[str, object]:
    """Count for each goal, with the tokenizer of the main model."""
    with tempfile.TemporaryDirectory() as runtime:
        worker = ModelWorker(
            Role.MAIN,
            load_catalogue().for_role(Tier.POTATO, Role.MAIN),
            models_dir=default_models_dir(),
            runtime_dir=Path(runtime),
            options=replace(DEFAULT_MODEL_OPTIONS, slots=1),
        )
        try:
            found = {goal: await count(worker, folder, goal, steps_max) for goal in GOALS}
        finally:
            await worker.close()
    return {"goals": found, "machine": machine()}


async def count(
    worker: ModelWorker, folder: Path, goal: str, steps_max: int
) -> dict[str, float | int]:
    """Count for one goal."""
    named = goal_from_sentence(goal)
    recipe = recipe_named(named.recipe, named.arguments)
    assert isinstance(recipe, AskingRecipe)
    asked = questions(recipe, folder)[:steps_max]
    prefix = CHATML.prefix(recipe.briefing.system, examples=recipe.briefing.examples)
    prefix_tokens = await worker.count_tokens(prefix)
    own = [await worker.count_tokens(CHATML.prompt(text)) for text in asked]
    options = process_options(Settings(), seed=1, steps_max=None)
    width = max(1, options.slots // options.samples_per_wave)
    twice = 0
    for wave in batches(asked, width):
        # A prompt may share what it begins with with one before it in the wave.
        for number, text in enumerate(wave):
            shared = max((common_length(text, other) for other in wave[:number]), default=0)
            twice += await worker.count_tokens((Segment(text[:shared]),)) if shared else 0
    total = sum(own)
    return {
        "steps": len(asked),
        "prefix_tokens": prefix_tokens,
        "own_tokens_mean": round(total / len(asked), 1),
        "cache_hit_rate": round(prefix_tokens / (prefix_tokens + total / len(asked)), 3),
        "read_twice_in_a_wave": round(twice / total, 3),
    }


def questions(recipe: AskingRecipe, folder: Path) -> list[str]:
    """Return what the model is asked, in order."""
    sources = [
        read_source(folder, path.relative_to(folder).as_posix(), size_bytes_max=10**6)
        for path in sorted(folder.rglob("*.py"))
    ]
    return [
        recipe.ask(source, item, code_bytes_max=CODE_BYTES_MAX)
        for source in sources
        for item in recipe.enumerate(source)
        if recipe.settled(source, item) is None
    ]


def batches(texts: Sequence[str], width: int) -> list[Sequence[str]]:
    """Return the texts in runs of `width`."""
    return [texts[first : first + width] for first in range(0, len(texts), width)]


if __name__ == "__main__":
    main()
