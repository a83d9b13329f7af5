"""What can happen to the files of an index: by accident, by a bad disk, by somebody's hand."""

import json
import os
import random
import shutil
import struct
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

Files = Mapping[str, bytes]
"""The files of an index by name."""

MANIFEST: Final = "manifest.json"
_HEADER: Final = struct.Struct("<8sIIQ")
_SECTION: Final = struct.Struct("<IIQQ")
_PAGES: Final = (64, 512, 4096)


def write_index(folder: Path, files: Files) -> None:
    """Make a folder hold some files and nothing else."""
    if folder.exists():
        for path in folder.iterdir():
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def damage(folder: Path, files: Files, older: Files, draw: random.Random) -> str:
    """Damage one file of an index and return what was done.

    Args:
        folder: Of the index, in which `files` are.
        files: Those of the current generation.
        older: Those of one before it.
        draw: Decides what is done.
    """
    name = draw.choice(sorted(set(files) - {"CACHEDIR.TAG"}))
    kind = draw.choices(list(_CHANGES), [weight for weight, _ in _CHANGES.values()])[0]
    content = files[name]
    changed = _CHANGES[kind][1](content, draw)
    (folder / name).write_bytes(changed)
    return f"{kind} {_suffix(name)}"


def exchange(folder: Path, files: Files, older: Files, draw: random.Random) -> str:
    """Put whole files in the place of others, as restoring some of a backup does."""
    names = sorted(set(files) - {"CACHEDIR.TAG"})
    name = draw.choice(names)
    match draw.randrange(7):
        case 0:
            other = draw.choice(names)
            (folder / name).write_bytes(files[other])
            (folder / other).write_bytes(files[name])
            return f"swapped {_suffix(name)} {_suffix(other)}"
        case 1 | 2 | 3:
            return _put_older(folder, name, older, draw)
        case 4:
            # A file of the same size and sound in itself, as one of another time may be.
            other = draw.choice(_containers(files))
            (folder / other).write_bytes(_resealed(files[other], draw)[0])
            return f"replaced {_suffix(other)}"
        case 5:
            (folder / name).unlink()
            return f"removed {_suffix(name)}"
        case _:
            return _put_something_else(folder / name, draw)


def _put_older(folder: Path, name: str, older: Files, draw: random.Random) -> str:
    match draw.randrange(3):
        case 0:
            same = [one for one in older if _suffix(one) == _suffix(name)]
            (folder / name).write_bytes(older[draw.choice(same)])
            return f"older {_suffix(name)}"
        case 1:
            (folder / MANIFEST).write_bytes(older[MANIFEST])
            return "older manifest"
        case _:
            # All of the older generation beside the current one.
            for one, content in older.items():
                (folder / one).write_bytes(content)
            return "older generation"


def _put_something_else(path: Path, draw: random.Random) -> str:
    kind = draw.choice(["folder", "link", "fifo", "mode", "link to itself"])
    if kind == "mode":
        path.chmod(draw.choice([0o000, 0o200, 0o777]))
        return f"mode {_suffix(path.name)}"
    path.unlink()
    match kind:
        case "folder":
            path.mkdir()
        case "link":
            path.symlink_to(draw.choice(["/etc/hostname", "CACHEDIR.TAG", "/dev/zero"]))
        case "link to itself":
            path.symlink_to(path.name)
        case "fifo":
            os.mkfifo(path)
    return f"{kind} {_suffix(path.name)}"


def craft(folder: Path, files: Files, older: Files, draw: random.Random) -> str:
    """Change a section and seal everything again, as somebody who made the index would."""
    name = draw.choice(_containers(files))
    content, kind, header_crc32 = _resealed(files[name], draw)
    (folder / name).write_bytes(content)
    document = json.loads(files[MANIFEST])
    segment, _, rest = name.partition(".")[0].partition("-")
    field = "tables_crc32" if rest else "volume_crc32"
    for record in document["body"]["segments"]:
        if record["number"] == int(segment):
            record[field] = header_crc32
    (folder / MANIFEST).write_bytes(sealed_manifest(document["body"]))
    return f"crafted {_suffix(name)} {kind}"


def _containers(files: Files) -> list[str]:
    return sorted(name for name in files if name.endswith((".tables", ".volume")))


def _resealed(content: bytes, draw: random.Random) -> tuple[bytes, int, int]:
    """Change a section of a container; return it, the kind and the new CRC-32 of the header."""
    changed = bytearray(content)
    count = _HEADER.unpack_from(changed)[2]
    rows = [_SECTION.unpack_from(changed, _HEADER.size + n * _SECTION.size) for n in range(count)]
    number = draw.choice([number for number, row in enumerate(rows) if row[3]])
    kind, _, offset, size = rows[number]
    for _ in range(draw.choice([1, 1, 2, 8])):
        place = offset + draw.randrange(size)
        value = draw.choice([0, 1, 0x7F, 0x80, 0xFF, draw.randrange(256)])
        # Numbers are of several bytes: change one byte, or the whole of one.
        width = draw.choice([1, 1, 2, 4])
        end = min(place + width, offset + size)
        changed[place:end] = bytes([value]) * (end - place)
    row = (kind, zlib.crc32(changed[offset : offset + size]), offset, size)
    _SECTION.pack_into(changed, _HEADER.size + number * _SECTION.size, *row)
    end = _HEADER.size + count * _SECTION.size
    header_crc32 = zlib.crc32(changed[:end])
    struct.pack_into("<I", changed, end, header_crc32)
    return bytes(changed), kind, header_crc32


def sealed_manifest(body: dict[str, Any]) -> bytes:
    """Return a manifest with the right checksum."""
    written = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return json.dumps({"body": body, "crc32": zlib.crc32(written.encode())}).encode()


def _suffix(name: str) -> str:
    return "skipped" if "skipped" in name else name.rpartition(".")[2]


def _truncated(content: bytes, draw: random.Random) -> bytes:
    size = draw.choice([0, 8, 32, draw.randrange(len(content) + 1), len(content) - 1])
    if draw.random() < 0.3:
        size = size // 512 * 512
    return content[: max(0, min(size, len(content) - 1))]


def _place(content: bytes, draw: random.Random) -> int:
    """Half of all damage is to the header, its table of sections and the columns behind it."""
    if draw.random() < 0.5:
        return draw.randrange(min(len(content), 480))
    return draw.randrange(len(content))


def _flipped(content: bytes, draw: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(draw.choice([1, 1, 1, 2, 16])):
        changed[_place(content, draw)] ^= 1 << draw.randrange(8)
    return bytes(changed)


def _overwritten(content: bytes, draw: random.Random) -> bytes:
    page = draw.choice(_PAGES)
    start = draw.randrange(len(content)) // page * page
    end = min(start + page, len(content))
    source = draw.randrange(len(content))
    filling = draw.choice(
        [bytes(end - start), b"\xff" * (end - start), (content[source:] + content)[: end - start]]
    )
    return content[:start] + filling + content[end:]


def _lengthened(content: bytes, draw: random.Random) -> bytes:
    return content + draw.choice([b"\0", bytes(512), content, b"\n", b"}", content[:64]])


def _randomised(content: bytes, draw: random.Random) -> bytes:
    return draw.randbytes(draw.choice([len(content), draw.randrange(5000)]))


def _shifted(content: bytes, draw: random.Random) -> bytes:
    place = draw.randrange(len(content))
    return content[:place] + draw.randbytes(draw.choice([1, 8])) + content[place:]


_CHANGES: Final[dict[str, tuple[int, Callable[[bytes, random.Random], bytes]]]] = {
    "flipped": (10, _flipped),
    "truncated": (4, _truncated),
    "overwritten": (4, _overwritten),
    "lengthened": (2, _lengthened),
    "random": (1, _randomised),
    "shifted": (1, _shifted),
    "empty": (1, lambda _content, _draw: b""),
}
