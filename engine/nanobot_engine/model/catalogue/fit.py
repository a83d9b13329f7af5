"""Which models a machine gets, where their layers go, and why.

`fit` is a pure function of what was measured. It begins with the tier that the memory
is of, and steps down where something does not fit: a smaller quantisation, some of the
layers on the GPU, a lower tier, fewer slots. What it plans never needs more than is
free, so nothing that follows it runs out of memory.

    tier        of the biggest usable GPU; without one, of RAM and cores
    in a tier   roles in their order; the first candidate that fits entirely on a GPU,
                else partly on one, else with the processor
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Final

from nanobot_engine.model.catalogue.catalogue import Catalogue, ModelEntry, Role, Tier
from nanobot_engine.model.catalogue.memory import (
    GPU_CONTEXT_BYTES,
    PROCESS_BYTES,
    buffer_bytes,
    embedding_bytes,
    gpu_buffer_bytes,
    kv_bytes,
    model_memory_bytes,
)
from nanobot_engine.model.errors import HardwareError, ProcessorError
from nanobot_engine.model.hardware.hardware import Hardware

_GIB: Final = 1 << 30
RAM_RESERVE_BYTES: Final = 512 << 20
"""Left for hosts, indexes and an editor that grows."""
DISK_RESERVE_BYTES: Final = 512 << 20
COMPLETION_SLOTS: Final = 4
COMPLETION_CONTEXT_TOKENS: Final = 1_280
COMPLETION_BATCH_TOKENS: Final = 64
# What is sold as 16, 24 and 32 GB shows less to a program.
_TIER_BY_BYTES: Final = (
    (int(30 * _GIB), Tier.BEAST),
    (int(22 * _GIB), Tier.POWER),
    (int(14.5 * _GIB), Tier.SWEET),
)
_DOWNWARDS: Final = (Tier.BEAST, Tier.POWER, Tier.SWEET, Tier.POTATO)
# With a processor alone a bigger model is no use where nobody waits for it.
_CORES_MIN: Final = {Tier.SWEET: 4, Tier.POWER: 8, Tier.BEAST: 8}
_USES: Final = (*(role.value for role in Role), "completion")
_OFFLOAD_MIN: Final = 0.5
"""Of the layers of a model: with fewer on the GPU it is hardly faster than without."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user asks for."""

    slots: int
    context_tokens: int
    """Of each slot."""
    batch_tokens: int
    tier: Tier | None = None
    """None: whichever fits."""
    own: Mapping[Role, ModelEntry] = field(default_factory=dict)
    """Models that the user chose; they are taken or refused, never replaced."""
    at_endpoint: frozenset[Role] = frozenset()
    """Roles that an endpoint plays."""
    present: frozenset[str] = frozenset()
    """Names of models whose files are there already."""
    needs_avx2: bool = True
    """The prebuilt llama.cpp runs the models."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where one model goes."""

    use: str
    """A role, or `completion`."""
    entry: ModelEntry
    gpu_layers: int
    gpu_index: int | None
    """Into the GPUs of the hardware; None: the processor alone."""
    ram_bytes: int
    gpu_bytes: int
    reason: str
    """In words."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a machine gets."""

    tier: Tier
    slots: int
    placements: tuple[Placement, ...]
    """Roles in their order, then `completion`; a model that plays two roles needs its
    memory once, at the first of them."""
    reasons: tuple[str, ...]
    """What was not taken, and why."""

    def placement(self, use: str) -> Placement | None:
        """Return where the model of a role, or of `completion`, goes."""
        return next((one for one in self.placements if one.use == use), None)


class _TooBigError(Exception):
    """Something does not fit; the message says what, in words."""

    def __init__(self, message: str, what: str, needed: int, available: int) -> None:
        super().__init__(message)
        self.what, self.needed, self.available = what, needed, available


def fit(hardware: Hardware, catalogue: Catalogue, wanted: Wanted) -> Assignment:
    """Choose models for a machine.

    Raises:
        HardwareError: Not even the smallest tier fits, or not the one that is wanted.
        ProcessorError: The prebuilt llama.cpp can not run here at all.
    """
    if wanted.needs_avx2 and not hardware.avx2 and wanted.at_endpoint != frozenset(Role):
        raise ProcessorError
    reasons = [_unusable_text(gpu.name) for gpu in hardware.gpus if not gpu.is_usable]
    last: _TooBigError | None = None
    for tier, slots in _attempts(hardware, wanted, reasons):
        try:
            placements = _placed(hardware, catalogue, wanted, tier, slots)
        except _TooBigError as error:
            last = error
            reasons.append(f"{tier} with {slots} slots does not fit: {error}")
            continue
        return Assignment(tier, slots, placements, tuple(reasons))
    assert last is not None
    raise HardwareError(last.what, last.needed, last.available)


def _placed(
    hardware: Hardware, catalogue: Catalogue, wanted: Wanted, tier: Tier, slots: int
) -> tuple[Placement, ...]:
    """Place the models of a tier, with as few steps down from the best ones as it takes.

    Raises:
        _TooBigError: Not even the smallest of them fit.
    """
    lists = [catalogue.candidates(tier, role) for role in Role]
    lists.append(catalogue.completion_candidates(tier))
    steps = product(*(range(max(1, len(one))) for one in lists))
    for step in sorted(steps, key=lambda step: (sum(step), step[::-1])):
        left = [one[count:] for one, count in zip(lists, step, strict=True)]
        try:
            placed = _Plan(hardware, wanted, tier, slots, left).placements()
        except _TooBigError as error:
            last = error
        else:
            best = {use: one[0] for use, one in zip(_USES, lists, strict=True) if one}
            return tuple(_with_reason(one, best.get(one.use), wanted) for one in placed)
    raise last


def _with_reason(placement: Placement, best: ModelEntry | None, wanted: Wanted) -> Placement:
    """Return a placement that says too which better model it is not."""
    if best is None or placement.use in wanted.own:
        return placement
    if placement.entry.size_bytes >= best.size_bytes:
        return placement
    return replace(placement, reason=f"{placement.reason}; {best.name} does not fit")


def _unusable_text(name: str) -> str:
    return (
        f"{name} is there, but this build of llama.cpp can not use it: install a build of "
        "xllamacpp for it (docs/models.md)"
    )


def _attempts(hardware: Hardware, wanted: Wanted, reasons: list[str]) -> Iterator[tuple[Tier, int]]:
    """Yield what to try, best first; fewer slots only where no lower tier is left."""
    if wanted.tier is not None or wanted.at_endpoint:
        first = wanted.tier or Tier.HYBRID
        tiers: tuple[Tier, ...] = (first,)
    else:
        first = _nominal_tier(hardware, reasons)
        tiers = _DOWNWARDS[_DOWNWARDS.index(first) :]
    yield from ((tier, wanted.slots) for tier in tiers)
    slots = wanted.slots // 2
    while slots:
        yield tiers[-1], slots
        slots //= 2


def _nominal_tier(hardware: Hardware, reasons: list[str]) -> Tier:
    """Return the tier that the memory is of."""
    cards = [gpu for gpu in hardware.gpus if gpu.is_usable and not gpu.is_integrated]
    has_integrated = any(gpu.is_usable and gpu.is_integrated for gpu in hardware.gpus)
    if cards:
        return _tier_of(max(gpu.memory_bytes for gpu in cards))
    tier = _tier_of(hardware.memory_bytes)
    while not has_integrated and hardware.cores_physical < _CORES_MIN.get(tier, 0):
        reasons.append(
            f"{tier} would be slow: {hardware.cores_physical} cores without a GPU, "
            f"{_CORES_MIN[tier]} are the least"
        )
        tier = _DOWNWARDS[_DOWNWARDS.index(tier) + 1]
    return tier


def _tier_of(memory_bytes: int) -> Tier:
    return next((tier for least, tier in _TIER_BY_BYTES if memory_bytes >= least), Tier.POTATO)


class _Plan:
    """One attempt: what is left of the memory while models are placed."""

    def __init__(
        self,
        hardware: Hardware,
        wanted: Wanted,
        tier: Tier,
        slots: int,
        candidates: Sequence[tuple[ModelEntry, ...]],
    ) -> None:
        self._hardware, self._wanted = hardware, wanted
        self._tier, self._slots = tier, slots
        self._candidates = dict(zip(Role, candidates[:-1], strict=True))
        self._makers = candidates[-1]
        self._context, self._batch = wanted.context_tokens, wanted.batch_tokens
        self._ram_left = hardware.memory_available_bytes - RAM_RESERVE_BYTES
        self._gpu_left = [gpu.memory_free_bytes if gpu.is_usable else 0 for gpu in hardware.gpus]
        self._placed: list[Placement] = []

    def placements(self) -> tuple[Placement, ...]:
        """Place the models of all roles, and the one that makes suggestions.

        Raises:
            _TooBigError: One of them does not fit.
        """
        for role in Role:
            if role not in self._wanted.at_endpoint:
                own = self._wanted.own.get(role)
                self._add(role, (own,) if own else self._candidates[role])
        self._slots, self._context = COMPLETION_SLOTS, COMPLETION_CONTEXT_TOKENS
        self._batch = COMPLETION_BATCH_TOKENS
        makers = self._completion_candidates()
        if makers:
            self._add("completion", makers)
        self._check_disk()
        return tuple(self._placed)

    def _completion_candidates(self) -> tuple[ModelEntry, ...]:
        by_use = {one.use: one.entry for one in self._placed}
        # The smaller one answers faster, and somebody waits for it.
        rlm, main = by_use.get(Role.RLM), by_use.get(Role.MAIN)
        if rlm is not None and rlm.fim is not None:
            return (rlm,)
        is_able = main is not None and main.fim is not None
        return (*self._makers, main) if main is not None and is_able else self._makers

    def _add(self, use: str, candidates: tuple[ModelEntry, ...]) -> None:
        twin = next((one for one in self._placed if one.entry in candidates[:1]), None)
        if twin is not None and use != "completion":
            shared = Placement(
                use, twin.entry, twin.gpu_layers, twin.gpu_index, 0, 0, f"shared with {twin.use}"
            )
            self._placed.append(shared)
            return
        for find in (self._on_gpu, self._partly_on_gpu, self._on_processor):
            for entry in candidates:
                placement = find(use, entry)
                if placement is not None:
                    self._take(placement)
                    return
        smallest = min(candidates, key=lambda entry: entry.size_bytes)
        needed = self._processor_bytes(smallest)
        raise _TooBigError(
            f"{use} needs {needed / _GIB:.1f} GiB and {max(0, self._ram_left) / _GIB:.1f} GiB "
            "are left",
            "memory",
            needed + self._hardware.memory_available_bytes - self._ram_left,
            self._hardware.memory_available_bytes,
        )

    def _on_gpu(self, use: str, entry: ModelEntry) -> Placement | None:
        """All layers on the GPU with the most room."""
        return self._with_layers(use, entry, entry.shape.layers)

    def _partly_on_gpu(self, use: str, entry: ModelEntry) -> Placement | None:
        layers = entry.shape.layers
        for count in range(layers - 1, int(layers * _OFFLOAD_MIN), -1):
            placement = self._with_layers(use, entry, count)
            if placement is not None:
                return placement
        return None

    def _with_layers(self, use: str, entry: ModelEntry, count: int) -> Placement | None:
        usable = [i for i, gpu in enumerate(self._hardware.gpus) if gpu.is_usable]
        if not usable:
            return None
        index = max(usable, key=lambda i: self._gpu_left[i])
        shape = entry.shape
        keys = kv_bytes(shape, slots=self._slots, context_tokens=self._context)
        embedding = embedding_bytes(entry)
        # The output layer goes with the last one, so it counts with those on the GPU.
        weights = entry.size_bytes * count // shape.layers
        on_gpu = (
            max(weights, embedding)
            + keys * count // shape.layers
            + gpu_buffer_bytes(shape, batch_tokens=self._batch)
            + GPU_CONTEXT_BYTES
        )
        in_ram = (
            max(embedding, entry.size_bytes - weights)
            + keys
            - keys * count // shape.layers
            + buffer_bytes(shape, slots=self._slots, batch_tokens=self._batch)
            + PROCESS_BYTES
        )
        gpu = self._hardware.gpus[index]
        total_ram = in_ram + (on_gpu if gpu.is_integrated else 0)
        if on_gpu > self._gpu_left[index] or total_ram > self._ram_left:
            return None
        text = f"all layers on {gpu.name}"
        if count < shape.layers:
            text = f"{count} of {shape.layers} layers on {gpu.name}"
        return Placement(use, entry, count, index, in_ram, on_gpu, text)

    def _on_processor(self, use: str, entry: ModelEntry) -> Placement | None:
        if use == Role.MAIN and not self._may_run_slowly:
            return None
        needed = self._processor_bytes(entry)
        if needed > self._ram_left:
            return None
        return Placement(use, entry, 0, None, needed, 0, "on the processor")

    @property
    def _may_run_slowly(self) -> bool:
        """Whether the main model may do without the card that the tier was chosen for."""
        has_card = any(gpu.is_usable for gpu in self._hardware.gpus)
        is_chosen = self._wanted.tier is not None or Role.MAIN in self._wanted.own
        return not has_card or is_chosen or self._tier is Tier.POTATO

    def _processor_bytes(self, entry: ModelEntry) -> int:
        return model_memory_bytes(
            entry, slots=self._slots, context_tokens=self._context, batch_tokens=self._batch
        )

    def _take(self, placement: Placement) -> None:
        self._ram_left -= placement.ram_bytes
        if placement.gpu_index is not None:
            self._gpu_left[placement.gpu_index] -= placement.gpu_bytes
            if self._hardware.gpus[placement.gpu_index].is_integrated:
                self._ram_left -= placement.gpu_bytes
        self._placed.append(placement)

    def _check_disk(self) -> None:
        sizes = {
            one.entry.name: one.entry.size_bytes
            for one in self._placed
            if one.entry.name not in self._wanted.present
        }
        needed, free = sum(sizes.values()), self._hardware.disk_free_bytes
        if needed and needed + DISK_RESERVE_BYTES > free:
            raise _TooBigError(
                f"its files need {needed / 1e9:.1f} GB of disk and {free / 1e9:.1f} GB are free",
                "disk",
                needed + DISK_RESERVE_BYTES,
                free,
            )
