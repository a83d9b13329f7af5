"""Which steps go into the next wave: a pure function of the ledger.

Steps that have votes but no winner go first, so that a process holds few open
steps; then new ones, in order. Nothing here depends on time, so a resumed
process plans the very waves that an uninterrupted one does.
"""

from collections.abc import Collection, Mapping, Sequence

from nanobot_engine.process.record import ProcessOptions


def next_wave(
    step_count: int,
    votes_by_step: Mapping[int, int],
    decided: Collection[int],
    options: ProcessOptions,
) -> Sequence[int]:
    """Return the indexes of the steps of the next wave, empty when all is decided.

    Args:
        step_count: Steps of the process; their indexes are 0 to step_count - 1.
        votes_by_step: How many answers each step without an outcome has.
        decided: Indexes of steps with an outcome.
        options: Slots, samples and budget.
    """
    capacity = max(1, options.slots // options.samples_per_wave)
    budget = min(step_count, options.steps_max)
    started = [i for i in sorted(votes_by_step) if i not in decided and i < budget]
    wave = started[:capacity]
    for index in range(budget):
        if len(wave) == capacity:
            break
        if index not in decided and index not in votes_by_step:
            wave.append(index)
    return wave


def wave_seed(options: ProcessOptions, wave_index: int) -> int:
    """Return the sampling seed of a wave, in [0, 2**31).

    A worker numbers the samples of one prompt upwards from it, so waves are
    further apart than any wave is wide.
    """
    return (options.seed * 1_000_003 + wave_index * 4096) % 2**31
