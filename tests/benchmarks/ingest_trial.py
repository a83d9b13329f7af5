"""Index a workspace in a fresh process that imports nothing else, and print its peak memory.

Other trials import what asks an index as well; an ingest does not pay for that.

`python -m benchmarks.ingest_trial ROOT`.
"""

import json
import sys
from pathlib import Path

import nanobot_indexer


def peak_bytes() -> int:
    """Return the peak memory of this process.

    Not `ru_maxrss`: that one starts with what the parent had when it forked.
    """
    for line in Path("/proc/self/status").read_text("utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def main() -> None:
    """Index everything, until symbols are complete."""
    nanobot_indexer.ingest(Path(sys.argv[1]), options=nanobot_indexer.DEFAULT_INDEX_OPTIONS)
    print(json.dumps({"peak_bytes": peak_bytes()}))


if __name__ == "__main__":
    main()
