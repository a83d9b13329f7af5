"""Write the index that is kept for every version of its format.

    python tests/support/golden_index.py tests/data/index/format_<version>

A segment of each revision, a dead file, every line ending, a name with a scope, a text
in another encoding, and files without text.
"""

import sys
from pathlib import Path
from typing import Final

import numpy as np

from nanobot_indexer import Skipped, SkipReason
from nanobot_indexer.syntax.version import SYNTAX_VERSION
from nanobot_indexer.volume.format import Revision, Section
from nanobot_indexer.volume.generation import GenerationWriter, with_dead
from support.memory_segment import memory_segment

PARSED: Final = {
    "a/reader.py": (
        "import os.path\n"
        "from json import loads as parse, dumps\n\n\n"
        "class Reader:\n"
        "    '''Read from a socket.'''\n\n"
        "    def read(self, size_bytes):\n"
        "        '''Return some bytes.'''\n"
        "        return self.socket.recv(size_bytes)\n"
    ),
    "b.go": 'package b\n\nimport "fmt"\n\n// Retry tries again.\nfunc (r *Reader) Retry() {}\n',
    "c.md": "# The reader\r\nIt has a budget.\r\n\r\n## Retry\r\nSometimes.\r\n",
    "empty.py": "",
    "gone.txt": "words that are dead\n",
    "ü.txt": "naïve café\rold lines\r",
}
LEXICAL: Final = {
    "long.txt": "".join(f"line {n} of many words, budget {n % 7}\n" for n in range(150)),
    "mixed.py": "def retry(budget):\n    return budget\r\nretry(1)",
}
SKIPPED: Final = (Skipped("logo.png", SkipReason.BINARY, "png"),)


def write_golden_index(folder: Path) -> None:
    """Write the files of an index into an empty folder."""
    writer = GenerationWriter(folder)
    records = []
    for files, revision in ((PARSED, Revision.SYNTAX), (LEXICAL, Revision.LEXICAL)):
        made = memory_segment(files, revision=revision)
        arrays = {section: made.array(section) for section in Section}
        record = writer.add(made.text_range(0, made.text_bytes), arrays, revision)
        if "gone.txt" in files:
            dead = np.array([path == "gone.txt" for path in sorted(files, key=str.encode)])
            record = with_dead(record, dead, arrays[Section.FILES])
        records.append(record)
    writer.publish(
        records, SKIPPED, memo=b"", syntax_version=SYNTAX_VERSION, options={"files_max": 9}
    )


if __name__ == "__main__":
    place = Path(sys.argv[1])
    place.mkdir(parents=True)
    write_golden_index(place)
