"""Which models simulated machines get. Memory is what is free when one looks."""

import random
from dataclasses import replace

import pytest

from nanobot_engine.model.catalogue.catalogue import Role, Tier, load_catalogue
from nanobot_engine.model.catalogue.fit import Assignment, Wanted, fit
from nanobot_engine.model.errors import HardwareError, ProcessorError
from nanobot_engine.model.hardware.hardware import Gpu, Hardware

GIB = 1 << 30
WANTED = Wanted(slots=8, context_tokens=2_048, batch_tokens=512)


def machine(
    ram_gib: float = 7.6, *gpus: Gpu, available_gib: float | None = None, cores: int = 8
) -> Hardware:
    available = ram_gib * 0.7 if available_gib is None else available_gib
    return Hardware(
        cores_physical=cores,
        cores_logical=cores,
        memory_bytes=int(ram_gib * GIB),
        memory_available_bytes=int(available * GIB),
        disk_free_bytes=200 * GIB,
        gpus=gpus,
        avx2=True,
    )


def card(total_gib: float, free_gib: float | None = None, index: int = 0) -> Gpu:
    free = total_gib - 0.4 if free_gib is None else free_gib
    return Gpu("Card", int(total_gib * GIB), int(free * GIB), f"CUDA{index}", index)


def models(assignment: Assignment) -> dict[str, str]:
    return {one.use: one.entry.name for one in assignment.placements}


def check(hardware: Hardware, wanted: Wanted = WANTED) -> Assignment:
    """Fit, and hold the plan against what is free."""
    found = fit(hardware, load_catalogue(), wanted)
    ram = sum(one.ram_bytes for one in found.placements)
    for index, gpu in enumerate(hardware.gpus):
        on_it = sum(one.gpu_bytes for one in found.placements if one.gpu_index == index)
        assert on_it <= gpu.memory_free_bytes
        assert gpu.is_usable or not on_it
        ram += on_it if gpu.is_integrated else 0
    assert ram <= hardware.memory_available_bytes
    return found


@pytest.mark.parametrize(
    ("hardware", "tier"),
    [
        (machine(7.6), Tier.POTATO),
        (machine(15.4, cores=2), Tier.POTATO),
        (machine(15.4, available_gib=11.5), Tier.SWEET),
        (machine(14.4), Tier.POTATO),
        (machine(15.4, card(8)), Tier.POTATO),
        (machine(31, card(14.4)), Tier.POTATO),
        (machine(31, card(15.7)), Tier.SWEET),
        (machine(31, card(21.9)), Tier.SWEET),
        (machine(31, card(23.6)), Tier.POWER),
        (machine(62, card(29.9)), Tier.POWER),
        (machine(62, card(31.8)), Tier.BEAST),
        (machine(62, card(80)), Tier.BEAST),
        (machine(62, cores=4), Tier.SWEET),
        (machine(62, cores=16), Tier.BEAST),
    ],
)
def test_a_machine_gets_the_tier_of_its_memory(hardware: Hardware, tier: Tier) -> None:
    assert check(hardware).tier is tier


def test_the_smallest_machine_runs_the_potato_trio() -> None:
    found = check(machine(7.6))

    assert found.slots == 8
    assert models(found) == {
        "main": "qwen2.5-coder-1.5b-instruct-q4_k_m",
        "rlm": "qwen2.5-coder-0.5b-instruct-q4_k_m",
        "memory": "smollm2-135m-instruct-q4_1",
        "completion": "qwen2.5-coder-0.5b-instruct-q4_k_m",
    }
    assert {one.reason for one in found.placements} == {"on the processor"}


def test_with_little_memory_free_there_are_fewer_slots() -> None:
    found = check(machine(7.6, available_gib=3.6))

    assert found.tier is Tier.POTATO
    assert found.slots < 8
    assert found.reasons[0].startswith("potato with 8 slots does not fit: ")


def test_with_less_than_the_smallest_tier_needs_the_numbers_are_said() -> None:
    with pytest.raises(HardwareError, match=r"memory: 2\.0 GiB available and at least 2\.\d GiB"):
        fit(machine(7.6, available_gib=2.0), load_catalogue(), WANTED)


def test_a_card_of_24_gb_takes_all_layers_of_what_fits() -> None:
    found = check(machine(62, card(23.6)))

    main = found.placement("main")
    assert main is not None
    assert main.entry.name == "qwen3-30b-a3b-instruct-2507-q4_k_m"
    assert main.gpu_layers == main.entry.shape.layers
    assert models(found)["rlm"] == "nanbeige4.1-3b-q4_k_m"


def test_a_busy_card_steps_down_to_a_smaller_quantisation() -> None:
    main = check(machine(62, card(23.6, 18.5))).placement("main")

    assert main is not None
    assert main.entry.quantisation == "Q3_K_M"
    assert "qwen3-30b-a3b-instruct-2507-q4_k_m does not fit" in main.reason


def test_a_busier_card_takes_some_of_the_layers() -> None:
    main = check(machine(62, card(23.6, 12.5))).placement("main")

    assert main is not None
    assert main.entry.shape.layers / 2 < main.gpu_layers < main.entry.shape.layers
    assert "of 48 layers on Card" in main.reason


def test_the_busiest_card_gets_a_lower_tier() -> None:
    found = check(machine(62, card(23.6, 6.5)))

    assert found.tier is Tier.SWEET
    assert any(
        reason.startswith("power with 8 slots does not fit: main") for reason in found.reasons
    )


def test_two_cards_share_the_models() -> None:
    found = check(machine(62, card(23.6), card(23.6, index=1)))

    used = {one.gpu_index for one in found.placements}
    assert used == {0, 1}


def test_a_card_that_this_llama_cpp_can_not_use_is_no_card() -> None:
    found = check(machine(7.6, Gpu("NVIDIA H100", 80 * GIB, 79 * GIB)))

    assert found.tier is Tier.POTATO
    assert "NVIDIA H100 is there, but this build of llama.cpp can not use it" in found.reasons[0]


def test_an_integrated_gpu_shares_the_memory_of_the_processor() -> None:
    metal = Gpu("Apple M3", 24 * GIB, 24 * GIB, "Metal", 0, is_integrated=True)

    found = check(machine(36, metal, available_gib=26))

    assert found.tier is Tier.POWER
    assert {one.gpu_index for one in found.placements} == {0}


def test_cards_of_other_makers_count_when_llama_cpp_can_use_them() -> None:
    arc = Gpu("Intel(R) Arc(tm) A770", 16 * GIB, 15 * GIB, "Vulkan0")
    radeon = Gpu("AMD Radeon RX 7900 XTX", 24 * GIB, 23 * GIB, "ROCm0")

    assert check(machine(31, arc)).tier is Tier.SWEET
    assert check(machine(31, radeon)).tier is Tier.POWER


def test_without_avx2_nothing_runs_but_an_endpoint() -> None:
    old = replace(machine(), avx2=False)

    with pytest.raises(ProcessorError, match="no AVX2"):
        fit(old, load_catalogue(), WANTED)

    everything = replace(WANTED, at_endpoint=frozenset(Role))
    assert check(old, everything).tier is Tier.HYBRID
    assert check(old, replace(WANTED, needs_avx2=False)).tier is Tier.POTATO


def test_without_disk_only_what_is_there_is_used() -> None:
    full = replace(machine(), disk_free_bytes=0)
    present = frozenset(entry.name for entry in load_catalogue().for_tier(Tier.POTATO))

    with pytest.raises(HardwareError, match=r"disk: 0\.0 GiB available.*free some space"):
        fit(full, load_catalogue(), WANTED)

    assert check(full, replace(WANTED, present=present)).tier is Tier.POTATO


def test_a_disk_that_is_too_small_for_a_tier_gets_a_lower_one() -> None:
    found = check(replace(machine(62, card(23.6)), disk_free_bytes=10 * GIB))

    assert found.tier is Tier.SWEET
    assert "its files need" in found.reasons[0]


def test_an_endpoint_for_the_main_model_leaves_small_models_here() -> None:
    found = check(machine(7.6), replace(WANTED, at_endpoint=frozenset({Role.MAIN})))

    assert found.tier is Tier.HYBRID
    assert set(models(found)) == {"rlm", "memory", "completion"}


def test_one_model_for_all_roles_needs_its_memory_once() -> None:
    one = load_catalogue().entry("qwen2.5-coder-1.5b-instruct-q4_k_m")

    found = check(machine(7.6), replace(WANTED, own=dict.fromkeys(Role, one)))

    assert set(models(found).values()) == {one.name}
    assert [one.ram_bytes > 0 for one in found.placements] == [True, False, False, True]


def test_a_tier_that_was_asked_for_is_refused_rather_than_replaced() -> None:
    with pytest.raises(HardwareError, match="memory"):
        fit(machine(7.6), load_catalogue(), replace(WANTED, tier=Tier.BEAST))


def test_no_machine_is_given_more_than_it_has_free() -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - to run a failure again
    source = random.Random(seed)
    fitted, refused = 0, []
    for _ in range(400):
        ram = source.choice([4, 8, 16, 32, 64, 128]) * source.uniform(0.9, 1.0)
        gpus = tuple(
            Gpu(
                f"gpu {index}",
                int(total := source.choice([2, 6, 8, 12, 16, 24, 32, 80]) * GIB),
                int(total * source.uniform(0, 1)),
                source.choice(["", f"X{index}", f"X{index}"]),
                index,
                is_integrated=source.random() < 0.2,
            )
            for index in range(source.choice([0, 0, 1, 1, 2, 3]))
        )
        hardware = replace(
            machine(ram, *gpus, cores=source.choice([1, 2, 4, 8, 32])),
            memory_available_bytes=int(ram * GIB * source.uniform(0, 1)),
            disk_free_bytes=int(source.uniform(0, 100) * GIB),
        )
        wanted = replace(
            WANTED,
            slots=source.choice([1, 2, 8, 16]),
            context_tokens=source.choice([1_024, 2_048, 8_192]),
            tier=source.choice([None, None, *Tier]),
        )
        if wanted.tier is Tier.HYBRID:
            wanted = replace(wanted, at_endpoint=frozenset({Role.MAIN}))
        try:
            check(hardware, wanted)
        except HardwareError as error:
            refused.append(error)
        else:
            fitted += 1
    assert all(error.needed_bytes > error.available_bytes for error in refused)
    assert refused
    assert fitted > 50
