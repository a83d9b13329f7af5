"""A file of the user's own: what it says of itself, and whose bytes count."""

import hashlib
from pathlib import Path

import pytest

from nanobot_engine.model.errors import GgufError, UnknownTemplateError
from nanobot_engine.model.source.own_file import own_entry
from support.gguf_file import SOUND, gguf_bytes

LLAMA3 = "<|start_header_id|>{{ role }}<|end_header_id|>{{ text }}<|eot_id|>"


def file_with(folder: Path, template: str) -> Path:
    path = folder / "My Model (v2).gguf"
    path.write_bytes(gguf_bytes(SOUND | {"tokenizer.chat_template": template}))
    return path


def test_a_file_of_the_user_is_known_by_its_bytes_and_its_own_template(tmp_path: Path) -> None:
    path = file_with(tmp_path, LLAMA3)

    entry = own_entry(path)

    assert entry.name == "own-my-model-v2"
    assert entry.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert entry.size_bytes == path.stat().st_size
    assert (entry.template, entry.architecture) == ("llama3", "llama")
    assert entry.memory_bytes > entry.size_bytes
    assert [source.path for source in entry.sources if source.kind == "file"] == [path]


def test_a_template_that_is_none_of_ours_is_refused_unless_one_is_named(tmp_path: Path) -> None:
    path = file_with(tmp_path, "{{ nobody.knows }}")

    with pytest.raises(UnknownTemplateError, match="llama: no chat template fits"):
        own_entry(path)

    assert own_entry(path, template="llama3").template == "llama3"
    with pytest.raises(UnknownTemplateError, match="llama4: no chat template fits"):
        own_entry(path, template="llama4")


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.gguf"
    path.write_text("no model")

    with pytest.raises(GgufError):
        own_entry(path)
