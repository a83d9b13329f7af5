"""Real workers whose binding is `evil_binding`: they need no model and do as they are told."""

import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from nanobot_engine.model.catalogue.catalogue import (
    FileSource,
    ModelEntry,
    Role,
    load_catalogue,
)
from nanobot_engine.model.prompt.template import Segment
from nanobot_engine.model.wave import Wave
from nanobot_engine.model.worker.options import ModelOptions
from nanobot_engine.model.worker.supervisor import ModelWorker
from support.gguf_file import gguf_bytes

BINDING = Path(__file__).with_name("evil_binding.py")
MEMORY_BYTES = 64 << 20


@dataclass(frozen=True)
class EvilWorkers:
    """Where an evil binding is, and how it is started."""

    folder: Path
    options: ModelOptions

    @classmethod
    def in_folder(
        cls, folder: Path, patch: pytest.MonkeyPatch, options: ModelOptions
    ) -> "EvilWorkers":
        """Have workers that this process starts import the evil binding."""
        folder.mkdir()
        shutil.copy(BINDING, folder / "xllamacpp.py")
        patch.setenv("PYTHONPATH", f"{folder}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
        evil = cls(folder, options)
        evil.aim(folder / "nothing", 9)
        return evil

    @property
    def runtime_dir(self) -> Path:
        return self.folder / "run"

    def aim(self, secret: Path, port: int) -> None:
        """Say what a spy tries to read and to reach."""
        (self.folder / "targets.json").write_text(json.dumps({"secret": str(secret), "port": port}))

    def worker(self, deeds: Sequence[str]) -> ModelWorker:
        """A worker whose n-th start does the n-th deed, and all later ones the last."""
        (self.folder / "deeds.txt").write_text(" ".join(deeds))
        (self.folder / "starts").unlink(missing_ok=True)
        entry = entry_of("tiny", gguf_bytes(), self.folder)
        return ModelWorker(
            Role.MEMORY,
            entry,
            models_dir=self.folder,
            runtime_dir=self.runtime_dir,
            options=self.options,
        )


def entry_of(name: str, raw: bytes, folder: Path) -> ModelEntry:
    """Write a model file, and have it trusted."""
    (folder / f"{name}.gguf").write_bytes(raw)
    return (
        load_catalogue()
        .models[0]
        .model_copy(
            update={
                "name": name,
                "size_bytes": len(raw),
                "sha256": hashlib.sha256(raw).hexdigest(),
                "memory_bytes": MEMORY_BYTES,
                "context_tokens": 512,
                "sources": (FileSource(kind="file"),),
            }
        )
    )


def wave(seed: int) -> Wave:
    """A small wave."""
    return Wave(
        prefix=(Segment("You are", special=False),),
        prompts=((Segment("a cat", special=False),), (Segment("the sea", special=False),)),
        samples=2,
        tokens_max=8,
        temperature=0.5,
        seed=seed,
    )


def right_answer(asked: Wave) -> list[list[str]]:
    """What a sound worker says to a wave."""
    start = "".join(one.text for one in asked.prefix)
    prompts = [start + "".join(one.text for one in prompt) for prompt in asked.prompts]
    return [
        [f"{sum(prompt.encode()) % 997} {asked.seed + n}" for n in range(asked.samples)]
        for prompt in prompts
    ]
