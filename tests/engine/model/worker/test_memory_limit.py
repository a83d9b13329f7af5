"""How much memory a worker may take follows from its model and its options."""

from dataclasses import replace
from pathlib import Path

from nanobot_engine.model.worker.memory_limit import memory_limit_bytes
from nanobot_engine.model.worker.options import DEFAULT_MODEL_OPTIONS
from support.evil_worker import entry_of
from support.gguf_file import gguf_bytes


def test_the_measured_memory_has_a_margin(tmp_path: Path) -> None:
    entry = entry_of("tiny", gguf_bytes(), tmp_path)

    small = memory_limit_bytes(entry, tmp_path / entry.file_name, DEFAULT_MODEL_OPTIONS)
    large = entry.model_copy(update={"memory_bytes": 8 << 30})
    limit = memory_limit_bytes(large, tmp_path / entry.file_name, DEFAULT_MODEL_OPTIONS)

    assert small == entry.memory_bytes + (512 << 20)
    assert limit == (8 << 30) + (2 << 30)


def test_more_slots_take_the_memory_of_their_keys_and_values(tmp_path: Path) -> None:
    entry = entry_of("tiny", gguf_bytes(), tmp_path)
    wide = replace(DEFAULT_MODEL_OPTIONS, slots=2 * DEFAULT_MODEL_OPTIONS.slots)
    narrow = replace(DEFAULT_MODEL_OPTIONS, slots=1)

    path = tmp_path / entry.file_name
    usual = memory_limit_bytes(entry, path, DEFAULT_MODEL_OPTIONS)

    # Three heads in all layers together, 16 numbers a key and a value, of two bytes each.
    more_tokens = DEFAULT_MODEL_OPTIONS.slots * DEFAULT_MODEL_OPTIONS.context_tokens_per_slot
    assert memory_limit_bytes(entry, path, wide) == usual + more_tokens * 3 * 32 * 2
    assert memory_limit_bytes(entry, path, narrow) == usual


def test_a_file_that_is_no_model_leaves_the_measured_memory(tmp_path: Path) -> None:
    entry = entry_of("tiny", b"nothing", tmp_path)
    wide = replace(DEFAULT_MODEL_OPTIONS, slots=64)

    limit = memory_limit_bytes(entry, tmp_path / entry.file_name, wide)

    assert limit == entry.memory_bytes + (512 << 20)
