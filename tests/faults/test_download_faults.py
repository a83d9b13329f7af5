"""A model file over every bad line: the right bytes under its name, or an error and no name.

A trial draws faults for a number of answers, a source, and how many blocks there are;
some kill the process that fetches, give it a neighbour, or take the disk away.
`NANOBOT_LONG_TESTS=1` makes 200 trials; `NANOBOT_TEST_SEED` repeats them.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from nanobot_engine.model.catalogue.catalogue import (
    Catalogue,
    HubSource,
    ModelEntry,
    Tier,
    TierModels,
    UrlSource,
    load_catalogue,
)
from nanobot_engine.model.errors import ChecksumError, DiskSpaceError, DownloadError
from nanobot_engine.model.source.download import CHUNK_BYTES
from nanobot_engine.model.source.draft_file import DraftFile, progress_of, regions_of
from nanobot_engine.model.source.installation import install
from nanobot_engine.model.source.model_file import open_verified
from nanobot_engine.model.source.network import DEFAULT_NETWORK_OPTIONS, NetworkOptions
from nanobot_engine.model.source.source_index import IndexSettings
from support.faulty_server import FAULTS, Faults, serving
from support.index_twin import IS_LONG, seeded

TRIALS: Final = 200 if IS_LONG else 30
SIZE_BYTES: Final = 1_500_000
# What is written besides the file: progress, records, logs.
OTHER_BYTES_MAX: Final = 100_000
# After these the bytes that were had are of no use, by what the server says itself.
STARTS_AGAIN: Final = {"other etag", "longer"}

SCRIPT: Final = """
import json, os, sys
from pathlib import Path
from nanobot_engine.model.catalogue.catalogue import Catalogue, Tier
from nanobot_engine.model.source.installation import install
from nanobot_engine.model.source.network import NetworkOptions
from nanobot_engine.model.source.source_index import IndexSettings

job = json.loads(sys.stdin.read())
done = install(
    Tier.POTATO, Path(job["models_dir"]), cancelled=lambda: False,
    progress=lambda at: print(at.done_bytes, flush=True),
    settings=IndexSettings((), (), NetworkOptions(**job["network"])),
    catalogue=Catalogue.model_validate(job["catalogue"]),
)
print("fetched" if done[0].fetched else "found", flush=True)
"""


class Trial:
    """One model, one server, one folder, and nothing that may change around it."""

    def __init__(self, folder: Path, faults: Faults, draw: random.Random) -> None:
        self.folder = folder
        self.models_dir = folder / "models"
        self.faults = faults
        self.sha256 = hashlib.sha256(faults.body).hexdigest()
        faults.sha256 = self.sha256
        hub = HubSource(kind="hub", repo="owner/name", revision="c" * 40, file="folder/file.gguf")
        url = UrlSource(kind="url", url=f"{faults.url}/file")
        is_hub = draw.random() < 0.4
        changes = {
            "name": "tiny",
            "size_bytes": len(faults.body),
            "sha256": self.sha256,
            "sources": (hub if is_hub else url,),
        }
        self.entry: ModelEntry = load_catalogue().models[0].model_copy(update=changes)
        self.network: NetworkOptions = replace(
            DEFAULT_NETWORK_OPTIONS,
            timeout_s=0.4,
            failures_max=4,
            backoff_s=0.001,
            backoff_max_s=0.01,
            slow_window_s=0.2,
            connections=draw.choice((1, 2, 4)),
            block_bytes=draw.choice((200_000, 500_000, 4 << 20)),
        )
        (folder / "beside").write_text("not ours")

    @property
    def final(self) -> Path:
        return self.models_dir / self.entry.file_name

    @property
    def draft(self) -> Path:
        return self.models_dir / ".download" / "tiny" / "file.draft"

    @property
    def catalogue(self) -> Catalogue:
        names = (self.entry.name,)
        tier = TierModels(main=names, rlm=names, memory=names)
        return Catalogue(version=1, tiers={Tier.POTATO: tier}, models=(self.entry,))

    def fetch(self) -> bool:
        """Install in this process; returns whether it was fetched."""
        (done,) = install(
            Tier.POTATO,
            self.models_dir,
            progress=lambda _: None,
            cancelled=lambda: False,
            settings=IndexSettings((), (), self.network),
            catalogue=self.catalogue,
        )
        return done.fetched

    def start(self) -> subprocess.Popen[bytes]:
        """Install in a process of its own."""
        job = {
            "models_dir": str(self.models_dir),
            "catalogue": self.catalogue.model_dump(mode="json"),
            "network": {one: getattr(self.network, one) for one in self.network.__slots__},
        }
        process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert process.stdin is not None
        process.stdin.write(json.dumps(job).encode())
        process.stdin.close()
        process.stdin = None
        return process

    def check(self, *, is_done: bool) -> None:
        """Check what is true at the end of every trial."""
        assert sorted(path.name for path in self.folder.iterdir()) == ["beside", "models"]
        assert (self.folder / "beside").read_text() == "not ours"
        assert self.final.exists() == is_done
        if not is_done:
            return
        assert hashlib.sha256(self.final.read_bytes()).hexdigest() == self.sha256
        assert sorted(path.name for path in self.models_dir.iterdir()) == [
            ".download", "tiny.gguf", "tiny.gguf.verified",
        ]  # fmt: skip
        assert [path.name for path in (self.models_dir / ".download").iterdir()] == ["tiny.lock"]

    def check_little_is_read_again(self) -> int:
        """Check that progress tells all that is in place, but a chunk for each connection.

        Returns:
            How much is in place.
        """
        regions = regions_of(len(self.faults.body), self.network.block_bytes)
        identity = f"tiny {self.sha256}"
        content = self.draft.read_bytes()
        ahead = 0
        with DraftFile(self.draft, regions=regions, identity=identity) as draft:
            for region in draft.missing():
                place, end = draft.gap(region)
                assert (
                    content[draft.bounds[region] : place]
                    == (self.faults.body[draft.bounds[region] : place])
                )
                more = alike(content[place:end], self.faults.body[place:end])
                assert more <= CHUNK_BYTES
                ahead += more > 8  # A few bytes are equal by chance.
            assert ahead <= self.network.connections
            return draft.done_bytes


def alike(one: bytes, other: bytes) -> int:
    """Return how many bytes are equal at the beginning."""
    pairs = enumerate(zip(one, other, strict=True))
    return next((place for place, (a, b) in pairs if a != b), len(one))


def wchar() -> int:
    """Return how many bytes this process has written to files."""
    return int(Path("/proc/self/io").read_text().split("wchar: ")[1].split()[0])


def faulty_line(trial: Trial, draw: random.Random) -> str:
    """Every answer may break; when the faults are over, the file is there."""
    planned = [draw.choice((*FAULTS, "", "")) for _ in range(draw.randrange(1, 9))]
    trial.faults.planned = list(planned)
    if draw.random() < 0.3:
        trial.faults.drop_bytes = draw.randrange(150_000, 400_000)
    before = wchar()
    runs = 0
    is_done = False
    while not is_done:
        runs += 1
        assert runs <= 12, planned
        try:
            trial.fetch()
            is_done = True
        except (DownloadError, ChecksumError):
            trial.check(is_done=False)
    written = wchar() - before
    if not STARTS_AGAIN.intersection(planned):
        assert written <= SIZE_BYTES + OTHER_BYTES_MAX, (written, planned)
    trial.check(is_done=True)
    return "line"


def wrong_bytes(trial: Trial, draw: random.Random) -> str:
    """Other bytes of the same length never get the name."""
    right = trial.faults.body
    place = draw.randrange(len(right))
    trial.faults.body = right[:place] + bytes([right[place] ^ 4]) + right[place + 1 :]
    with pytest.raises(ChecksumError):
        trial.fetch()
    trial.check(is_done=False)
    trial.faults.body = right
    trial.faults.etag = '"2"'
    trial.fetch()
    trial.check(is_done=True)
    return "wrong bytes"


def killed(trial: Trial, draw: random.Random) -> str:
    """Who is killed is continued where it stopped, by a neighbour that waited."""
    trial.faults.pause_s = 1.0
    trial.network = replace(trial.network, timeout_s=30.0, slow_window_s=30.0)
    leader = trial.start()
    wait_for(trial.draft.exists)
    follower = trial.start()
    assert follower.stdout is not None
    # It shows how far its neighbour is.
    seen = 0
    while not seen:
        seen = int(follower.stdout.readline())
    leader.send_signal(signal.SIGKILL)
    leader.communicate()
    trial.faults.pause_s = 0
    words = follower.communicate()[0].split()
    assert (follower.returncode, words[-1]) == (0, b"fetched")
    assert int(words[0]) >= seen
    trial.check(is_done=True)
    return "killed"


def killed_alone(trial: Trial, draw: random.Random) -> str:
    """What a killed process leaves is exactly what its progress says, but a chunk."""
    trial.faults.pause_s = 0.02
    trial.network = replace(trial.network, timeout_s=30.0, slow_window_s=30.0)
    leader = trial.start()
    wait_for(lambda: progress_of(trial.draft) > draw.randrange(SIZE_BYTES // 2))
    leader.send_signal(signal.SIGKILL)
    leader.communicate()
    trial.faults.pause_s = 0
    trial.check(is_done=False)
    had = trial.check_little_is_read_again()
    trial.faults.asked.clear()
    trial.fetch()
    trial.check(is_done=True)
    assert asked_bytes(trial) == SIZE_BYTES - had
    return "killed alone"


def two(trial: Trial, draw: random.Random) -> str:
    """Two processes fetch once."""
    trial.faults.pause_s = 0.005
    trial.network = replace(trial.network, timeout_s=30.0, slow_window_s=30.0)
    both = [trial.start() for _ in range(2)]
    words = sorted(process.communicate()[0].split()[-1] for process in both)
    assert words == [b"fetched", b"found"]
    assert asked_bytes(trial) == SIZE_BYTES
    trial.check(is_done=True)
    return "two"


def full_disk(trial: Trial, draw: random.Random) -> str:
    """No room is said before anything is fetched."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (draw.randrange(10_000, SIZE_BYTES), hard))
    try:
        with pytest.raises(DiskSpaceError):
            trial.fetch()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert trial.faults.asked == []
    trial.check(is_done=False)
    trial.fetch()
    trial.check(is_done=True)
    return "full disk"


def changed_after(trial: Trial, draw: random.Random) -> str:
    """A byte that flips after the check is found, and the file is fetched again."""
    trial.fetch()
    content = bytearray(trial.final.read_bytes())
    content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
    status = trial.final.stat()
    trial.final.write_bytes(content)
    os.utime(trial.final, ns=(status.st_atime_ns, status.st_mtime_ns))
    with pytest.raises(ChecksumError):
        os.close(open_verified(trial.final, trial.entry))
    assert trial.fetch()
    trial.check(is_done=True)
    return "flip"


def replaced(trial: Trial, draw: random.Random) -> str:
    """The descriptor that was checked is what is read, whatever takes the name."""
    trial.fetch()
    fd = open_verified(trial.final, trial.entry)
    other = trial.models_dir / "other"
    other.write_bytes(bytes(SIZE_BYTES))
    other.replace(trial.final)
    with os.fdopen(fd, "rb") as file:
        assert hashlib.sha256(file.read()).hexdigest() == trial.sha256
    assert trial.fetch()
    trial.check(is_done=True)
    return "replaced"


KINDS: Final = (
    (faulty_line, 20), (wrong_bytes, 2), (killed, 1), (killed_alone, 1), (two, 1), (full_disk, 1),
    (changed_after, 2), (replaced, 2),
)  # fmt: skip


def asked_bytes(trial: Trial) -> int:
    """Return how much of the file was asked for."""
    total = 0
    for asked in trial.faults.asked:
        first, _, last = asked.removeprefix("bytes=").partition("-")
        total += int(last) + 1 - int(first) if asked else SIZE_BYTES
    return total


def wait_for(holds: Any) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.002)


@pytest.mark.timeout(900 if IS_LONG else 120)
def test_a_model_arrives_whole_or_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    # Nobody is there: whatever asks it fails.
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    draw = seeded()
    kinds = [kind for kind, share in KINDS for _ in range(share * TRIALS // 30)]
    counts: Counter[str] = Counter()
    for number, kind in enumerate(kinds):
        seed = draw.randrange(2**31)
        own = random.Random(seed)
        body = own.randbytes(SIZE_BYTES)
        with serving(body) as faults, tempfile.TemporaryDirectory(prefix="nanobot-") as folder:
            monkeypatch.setenv("HF_ENDPOINT", faults.url)
            trial = Trial(Path(folder), faults, own)
            sys.stderr.write(f"trial {number}: {kind.__name__} seed {seed}\n")
            counts[kind(trial, own)] += 1
    sys.stderr.write(f"{dict(counts)}\n")
    assert counts.total() == len(kinds) >= TRIALS * 9 // 10
