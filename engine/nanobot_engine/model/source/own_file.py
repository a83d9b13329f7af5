"""A GGUF file that a user brings, as an entry of the catalogue.

What the file says of itself is read without being believed; its sha256 is pinned now,
and only these bytes are loaded later.
"""

import os
import re
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from nanobot_engine.model.catalogue.catalogue import (
    FileSource,
    ModelEntry,
    ModelShape,
    TemplateName,
)
from nanobot_engine.model.catalogue.memory import resident_bytes
from nanobot_engine.model.errors import GgufError
from nanobot_engine.model.prompt.families import template_named, template_of_file
from nanobot_engine.model.source.gguf_header import read_gguf_header
from nanobot_engine.model.source.model_file import hash_file, remember_verified
from nanobot_engine.model.worker.options import DEFAULT_MODEL_OPTIONS

_NOT_PLAIN: Final = re.compile(r"[^a-z0-9._-]+")
_PREFIX: Final = "own-"
"""So that no name is that of a shipped model."""


def own_entry(path: Path, *, template: str | None = None) -> ModelEntry:
    """Return the entry for a file of the user, with the sha256 that it has now.

    Blocks while the file is hashed.

    Args:
        path: Of a GGUF file.
        template: Name of a chat template of ours; None: the one that fits the template of the
            file, or its architecture where it has none.

    Raises:
        GgufError: The file can not be read, or is no model that can be run.
        UnknownTemplateError: None of our templates fits.
    """
    path = path.expanduser().absolute()
    header = read_gguf_header(path)
    chosen = (
        template_named(template)
        if template
        else template_of_file(header.architecture, header.chat_template)
    )
    shape = ModelShape(
        layers=header.layers,
        heads=max(header.heads_by_layer),
        kv_heads=max(1, *header.kv_heads_by_layer),
        head_dim=max(header.key_length, header.value_length),
        width=header.embedding_length,
        vocabulary=header.vocabulary_tokens,
    )
    name = _NOT_PLAIN.sub("-", path.stem.lower()).strip("-._") or "model"
    entry = ModelEntry(
        name=f"{_PREFIX}{name}",
        family=header.name or header.architecture,
        architecture=header.architecture,
        quantisation=header.quantisation,
        size_bytes=header.size_bytes,
        sha256=_hashed(path),
        licence="not known",
        memory_bytes=header.size_bytes,
        is_measured=False,
        sources=(FileSource(kind="file", path=path),),
        context_tokens=header.context_tokens,
        template=TypeAdapter(TemplateName).validate_python(chosen.name),
        shape=shape,
        fim=None,
    )
    options = DEFAULT_MODEL_OPTIONS
    memory_bytes = resident_bytes(
        entry,
        slots=options.slots,
        context_tokens=options.context_tokens_per_slot,
        batch_tokens=options.batch_tokens,
    )
    return entry.model_copy(update={"memory_bytes": memory_bytes})


def _hashed(path: Path) -> str:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise GgufError(path, f"can not be opened: {error.strerror}") from error
    try:
        sha256 = hash_file(fd, lambda _done: None)
        remember_verified(fd, path, sha256)
        return sha256
    finally:
        os.close(fd)
