"""The process that indexes a haystack, so that time and memory are the index's alone.

`python -m nanobot_indexer.needle.index_worker ROOT` prints one line of JSON: the fields of
`IndexingCost`, without the wall time, which only its parent knows. When it fails, the last
line of its standard error is the reason.
"""

import json
import resource
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Final

from nanobot_indexer.errors import IndexerError
from nanobot_indexer.ingestion.ingest import ingest
from nanobot_indexer.needle.indexing import IndexingCost
from nanobot_indexer.options import DEFAULT_INDEX_OPTIONS
from nanobot_indexer.volume.folder import index_folder

_KIB: Final = 1024


def main() -> None:
    """Index the folder that the command line names."""
    root = Path(sys.argv[1])
    try:
        report = ingest(root, options=DEFAULT_INDEX_OPTIONS)
    except IndexerError as error:
        sys.exit(str(error))
    own = resource.getrusage(resource.RUSAGE_SELF)
    workers = resource.getrusage(resource.RUSAGE_CHILDREN)
    size_bytes = sum(p.stat().st_size for p in index_folder(root).rglob("*") if p.is_file())
    cost = IndexingCost(
        wall_s=0.0,  # Known to who started this process.
        cpu_s=own.ru_utime + own.ru_stime + workers.ru_utime + workers.ru_stime,
        peak_memory_bytes=_peak_bytes(own),
        worker_peak_memory_bytes=workers.ru_maxrss * _KIB if workers.ru_utime else 0,
        index_bytes=size_bytes,
        files=report.file_count,
        skipped=len(report.skipped),
    )
    sys.stdout.write(json.dumps(asdict(cost)) + "\n")


def _peak_bytes(usage: resource.struct_rusage) -> int:
    try:
        # `ru_maxrss` starts with what the parent had when it forked; this does not.
        lines = Path("/proc/self/status").read_text("ascii").splitlines()
    except OSError:
        # macOS counts in bytes.
        return usage.ru_maxrss * (1 if sys.platform == "darwin" else _KIB)
    peaks = [line.split()[1] for line in lines if line.startswith("VmHWM:")]
    return int(peaks[0]) * _KIB


if __name__ == "__main__":
    main()
