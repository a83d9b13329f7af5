"""A process over generated code, small enough to run many times."""

from pathlib import Path

from nanobot_engine.edit import read_source
from nanobot_engine.model import CHATML, Lane, Lanes, WaveModel
from nanobot_engine.process import Ledger, ProcessOptions, ProcessRunner, enumerate_files
from nanobot_engine.recipe import goal_from_sentence, recipe_named

OPTIONS = ProcessOptions(
    seed=7,
    votes_ahead=2,
    samples_per_wave=2,
    samples_max=6,
    temperature=0.5,
    slots=8,
    context_tokens=2048,
    steps_max=10_000,
    model="scripted",
)

# What a run decided, without what depends on the clock.
_CANONICAL = (
    "SELECT step_index, item_key, path, label FROM step ORDER BY 1",
    (
        "SELECT wave_index, role, seed, prompt_tokens, cached_tokens, generated_tokens"
        " FROM wave ORDER BY 1"
    ),
    "SELECT step_index, wave_index, sample_index, answer, tokens, flag FROM vote ORDER BY 1, 2, 3",
    "SELECT step_index, verdict, cause, detail, edit_json, margin FROM outcome ORDER BY 1",
)


def write_workspace(root: Path, *, files: int, functions: int) -> None:
    """Write `files` modules with `functions` undocumented functions each."""
    root.mkdir(parents=True, exist_ok=True)
    for number in range(files):
        bodies = [
            f"def task_{number}_{i}(numbers, limit={i}):\n"
            f"    total = sum(numbers[:limit])\n    return total * {i + 1}\n"
            for i in range(functions)
        ]
        (root / f"module_{number}.py").write_text("\n\n".join(bodies), encoding="utf-8")


def write_risky_workspace(root: Path, *, files: int, functions: int) -> None:
    """Write modules with functions that fail: a program knows of three in four, a model of one."""
    root.mkdir(parents=True, exist_ok=True)
    for number in range(files):
        bodies = [
            f"def work_{number}_{i}(path, text):\n"
            + ("    return int(text)\n" if i % 4 == 3 else "    return open(path).read()\n")
            for i in range(functions)
        ]
        (root / f"module_{number:02}.py").write_text("\n\n".join(bodies), encoding="utf-8")


def create(
    ledger: Ledger,
    root: Path,
    options: ProcessOptions = OPTIONS,
    *,
    sentence: str = "add docstrings to every public function",
) -> str:
    """Create and enumerate a process over the Python files of `root`."""
    goal = goal_from_sentence(sentence)
    process_id = ledger.create_process(goal, options)
    sources = [
        read_source(root, path.name, size_bytes_max=10**6) for path in sorted(root.glob("*.py"))
    ]
    recipe = recipe_named(goal.recipe, goal.arguments)
    enumerate_files(ledger, process_id, recipe, sources, overlay={})
    return process_id


async def run(ledger: Ledger, process_id: str, model: WaveModel) -> None:
    """Run a process to its end."""
    runner = ProcessRunner(
        ledger,
        process_id,
        model=model,
        template=CHATML,
        lanes=Lanes(),
        lane=Lane.PROCESS,
        observer=lambda: None,
    )
    await runner.run()


def canonical(ledger: Ledger) -> list[list[tuple[object, ...]]]:
    """Return everything that two equal runs have in common."""
    return [list(ledger.connection.execute(sql)) for sql in _CANONICAL]
