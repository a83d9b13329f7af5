"""Hashes of files that nobody had pinned, from when they were first fetched.

`pins.json` in the models folder. The first bytes are believed, once, and shown to the
user; from then on other bytes are an error.
"""

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from nanobot_engine.model.catalogue.catalogue import CatalogueEntry
from nanobot_engine.model.source.draft_file import sync_folder
from nanobot_engine.model.source.file_lock import locked

log = logging.getLogger(__name__)

EntryT = TypeVar("EntryT", bound=CatalogueEntry)

_PINS_BYTES_MAX: Final = 1 << 20


class Pin(BaseModel):
    """The bytes that one name stands for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size_bytes: int = Field(gt=0)
    source: str
    """Where they are from, for people."""
    revision: str = ""
    """The commit, of a file of the hub."""


@dataclass(frozen=True, slots=True)
class Pins:
    """The pins of one models folder, shared by all processes of the user."""

    models_dir: Path

    @property
    def path(self) -> Path:
        """Where they are kept."""
        return self.models_dir / "pins.json"

    def all(self) -> Mapping[str, Pin]:
        """Return the pins by model name; what is damaged is left out, and said in the log."""
        try:
            with self.path.open("rb") as file:
                document = json.loads(file.read(_PINS_BYTES_MAX))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            log.warning("pins are not readable: path=%s reason=%s", self.path, error)
            return {}
        found: dict[str, Pin] = {}
        entries: Any = document.get("pins", {}) if isinstance(document, dict) else {}
        for name, value in entries.items() if isinstance(entries, dict) else ():
            try:
                found[name] = Pin.model_validate(value)
            except ValidationError as error:
                log.warning("pin is not readable: name=%s reason=%s", name, error)
        return found

    def get(self, name: str) -> Pin | None:
        """Return the pin of a model, None when it was never fetched."""
        return self.all().get(name)

    def add(self, name: str, pin: Pin) -> None:
        """Pin a model, for good."""
        self._change(name, pin)
        log.info("model pinned: name=%s sha256=%s", name, pin.sha256)

    def remove(self, name: str) -> None:
        """Forget a pin, because the user removed the model."""
        if self.get(name) is not None:
            self._change(name, None)

    def _change(self, name: str, pin: Pin | None) -> None:
        with locked(self.models_dir / ".pins.lock", lambda: False, name):
            pins = {**self.all()}
            pins.pop(name, None)
            if pin is not None:
                pins[name] = pin
            document = {
                "version": 1,
                "pins": {key: pins[key].model_dump() for key in sorted(pins)},
            }
            draft = self.path.with_name(f".pins.{os.getpid()}")
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as f:
                f.write(json.dumps(document, indent=2) + "\n")
                f.flush()
                os.fsync(f.fileno())
            draft.replace(self.path)
            sync_folder(self.models_dir)


def pinned(entry: EntryT, models_dir: Path) -> EntryT:
    """Return an entry with the hash and size it was pinned with, if the catalogue has no hash."""
    if entry.sha256 is not None or (pin := Pins(models_dir).get(entry.name)) is None:
        return entry
    return entry.model_copy(update={"sha256": pin.sha256, "size_bytes": pin.size_bytes})
