"""Read what a GGUF file says about itself, without believing any of it.

A model file may come from anywhere, so nothing is allocated or looped over before it
was compared with a bound and with the size of the file. Text that is not asked for is
passed over and not decoded. The chat template is kept to see whose it is, and is never
run. A sound header is no sound model: only a sha256 says whose file it is, and only a
worker loads it.

    magic  version  count of tensors  count of values
    values: key, kind, value
    tensors: name, dimensions, form, offset
    padding, and then the tensors one behind the other
"""

import contextlib
import os
import stat
import struct
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

from nanobot_engine.model.errors import GgufError
from nanobot_engine.model.source.gguf_forms import (
    ALIGNMENT_DEFAULT,
    ARRAY,
    MAGIC,
    QUANTISATIONS,
    SCALARS,
    STRING,
    TENSOR_FORMS,
    VERSIONS,
    TensorForm,
)

# The longest known headers have a vocabulary of 262,000 tokens and take 16 MB.
HEADER_BYTES_MAX: Final = 32 << 20
_FIRST_READ_BYTES: Final = 1 << 20
_VALUES_MAX: Final = 2_048
_TENSORS_MAX: Final = 16_384
_KEY_BYTES_MAX: Final = 256
_KEPT_BYTES_MAX: Final = 1_024
"""Of a text that is asked for."""
_TEMPLATE_KEY: Final = "tokenizer.chat_template"
_TEMPLATE_BYTES_MAX: Final = 64 << 10
"""The longest known ones have 12,000 bytes."""
_KEPT_ITEMS_MAX: Final = 1_024
"""Of a list that is asked for: one number a layer."""
_BY_LAYER: Final = ".attention.head_count"
_STRINGS_MAX: Final = 1_000_000
"""Of all lists together. A vocabulary and its merges: more is slow to pass over."""
_DIMENSIONS_MAX: Final = 4
_ALIGNMENT_MAX: Final = 1 << 16
_KV_BYTES_PER_NUMBER: Final = 2
"""llama.cpp keeps keys and values as 16-bit numbers unless it is told otherwise."""
_INTEGER_KINDS: Final = frozenset(kind for kind, letter in SCALARS.items() if letter not in "fd")

_U32: Final = struct.Struct("<I")
_U64: Final = struct.Struct("<Q")

_Value: TypeAlias = int | float | str | tuple[int, ...]


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """What a model file says about itself."""

    size_bytes: int
    """Of the file."""
    architecture: str
    """As llama.cpp names it, e.g. `qwen2`."""
    name: str
    """Whatever who made the file wrote; may be empty. Printable characters only."""
    quantisation: str
    """Of the file as a whole, e.g. `Q4_K_M`; of most of its bytes where it does not say."""
    parameters: int
    """Numbers in all tensors."""
    tensor_bytes: int
    context_tokens: int
    """What the model was trained for."""
    vocabulary_tokens: int
    layers: int
    embedding_length: int
    heads_by_layer: tuple[int, ...]
    kv_heads_by_layer: tuple[int, ...]
    """0 where a layer keeps no keys: a recurrent one."""
    key_length: int
    """Numbers of one key of one head."""
    value_length: int
    chat_template: str = ""
    """A program of whoever made the file: for `template_of_file` to look at. Its first
    64 KiB; empty where the file has none."""

    def kv_bytes(self, tokens: int) -> int:
        """Return the memory of keys and values of `tokens` tokens, all slots together.

        An upper bound: layers that look back over a window only keep less.
        """
        numbers = sum(self.kv_heads_by_layer) * (self.key_length + self.value_length)
        return tokens * numbers * _KV_BYTES_PER_NUMBER


def read_gguf_header(path: Path) -> GgufHeader:
    """Read the header of a model file and compare it with the size of the file.

    Raises:
        GgufError: No regular file, not readable, not GGUF, damaged, incomplete, one part
            of several, or of a form this version does not know. Nothing else.
    """
    try:
        # Not blocking: opening a pipe would wait for a writer.
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise GgufError(path, f"can not be opened: {reason}") from error
    try:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            raise GgufError(path, "not a regular file")
        return _Reader(fd, path, status.st_size).header()
    except OSError as error:
        raise GgufError(path, f"can not be read: {error.strerror}") from error
    finally:
        os.close(fd)


@dataclass(slots=True)
class _Tensors:
    """What the tensors are together."""

    parameters: int = 0
    packed_bytes: int = 0
    bytes_by_form: Counter[str] = field(default_factory=Counter)


class _Reader:
    """A position in the header. Invariant: `_at` never passes the end of `_seen` unchecked."""

    def __init__(self, fd: int, path: Path, size_bytes: int) -> None:
        self._fd = fd
        self._path = path
        self._size_bytes = size_bytes
        self._limit = min(size_bytes, HEADER_BYTES_MAX)
        self._seen = b""
        self._at = 0
        self._strings = 0

    def header(self) -> GgufHeader:
        """Read everything, once."""
        tensor_count, value_count = self._counts()
        values = self._values(value_count)
        if _whole(values, "split.count", 1) > 1:
            raise self._error(f"one part of {values['split.count']}; only whole models are run")
        alignment = _whole(values, "general.alignment", ALIGNMENT_DEFAULT)
        if not 8 <= alignment <= _ALIGNMENT_MAX or alignment & (alignment - 1):
            raise self._error(f"an alignment of {alignment}")
        tensors = self._tensors(tensor_count, alignment)
        data_start = _padded(self._at, alignment)
        missing = data_start + tensors.packed_bytes - self._size_bytes
        if missing > alignment:  # The padding of the last tensor may be left out.
            raise self._error(f"incomplete: {missing} bytes are missing at its end")
        return self._described(values, tensors)

    def _counts(self) -> tuple[int, int]:
        if self._take(4) != MAGIC:
            raise self._error("not a GGUF file")
        version = self._u32()
        if version not in VERSIONS:
            if int.from_bytes(_U32.pack(version), "big") in VERSIONS:
                raise self._error("written for another byte order")
            raise self._error(f"version {version} of GGUF; known are 2 and 3")
        tensor_count, value_count = self._u64(), self._u64()
        if not 1 <= tensor_count <= _TENSORS_MAX:
            raise self._error(f"{tensor_count} tensors; 1 to {_TENSORS_MAX} are accepted")
        if not 1 <= value_count <= _VALUES_MAX:
            raise self._error(f"{value_count} values; 1 to {_VALUES_MAX} are accepted")
        return tensor_count, value_count

    def _values(self, count: int) -> dict[str, _Value]:
        values: dict[str, _Value] = {}
        seen: set[str] = set()
        for _ in range(count):
            key = self._text(_KEY_BYTES_MAX, "a key")
            if key in seen:
                raise self._error(f"the key {key!r} twice")
            seen.add(key)
            kind = self._u32()
            value = self._list(key) if kind == ARRAY else self._single(kind, key)
            if value is not None:
                values[key] = value
        return values

    def _single(self, kind: int, key: str) -> _Value | None:
        if kind == STRING:
            if key == _TEMPLATE_KEY:
                return self._kept_text(_TEMPLATE_BYTES_MAX)
            if not key.startswith("general."):
                self._skip(self._u64())
                return None
            return self._kept_text(_KEPT_BYTES_MAX)
        letter = SCALARS.get(kind)
        if letter is None:
            raise self._error(f"a value of the unknown kind {kind}")
        (value,) = struct.unpack(f"<{letter}", self._take(struct.calcsize(letter)))
        assert isinstance(value, int | float)
        return value

    def _list(self, key: str) -> _Value | None:
        """Pass over a list; return its numbers if they are few, else its length."""
        kind, count = self._u32(), self._u64()
        if kind == STRING:
            self._skip_strings(count)
        elif (letter := SCALARS.get(kind)) is None:
            # Lists of lists are allowed by the format and used by nobody.
            raise self._error(f"a list of the unknown kind {kind}")
        elif _BY_LAYER in key and kind in _INTEGER_KINDS and count <= _KEPT_ITEMS_MAX:
            raw = self._take(count * struct.calcsize(letter))
            return struct.unpack(f"<{count}{letter}", raw)
        else:
            self._skip(count * struct.calcsize(letter))
        return count if key == "tokenizer.ggml.tokens" else None

    def _skip_strings(self, count: int) -> None:
        self._strings += count
        if self._strings > _STRINGS_MAX or count > self._limit // _U64.size:
            raise self._error(f"a list of {count} texts")
        at, seen, size_at, width = self._at, self._seen, _U64.unpack_from, _U64.size
        left = count
        while left:
            try:
                # The one hot loop: a vocabulary has 150,000 tokens and as many merges.
                while left:
                    at += width + size_at(seen, at)[0]
                    left -= 1
            except (struct.error, OverflowError):  # Behind what was read so far.
                if at > self._limit:
                    raise self._error("a text is longer than the file") from None
                self._at = at
                self._need(width)
                seen = self._seen
        self._at = at
        self._need(0)

    def _tensors(self, count: int, alignment: int) -> _Tensors:
        tensors = _Tensors()
        names: set[str] = set()
        for _ in range(count):
            name = self._text(_KEY_BYTES_MAX, "the name of a tensor")
            if name in names:
                raise self._error(f"the tensor {name!r} twice")
            names.add(name)
            dimensions = self._u32()
            if not 1 <= dimensions <= _DIMENSIONS_MAX:
                raise self._error(f"the tensor {name!r} has {dimensions} dimensions")
            shape = struct.unpack(f"<{dimensions}Q", self._take(8 * dimensions))
            form = TENSOR_FORMS.get(kind := self._u32())
            if form is None:
                raise self._error(f"the tensor {name!r} has the unknown form {kind}")
            numbers = self._numbers(name, shape, form)
            if (offset := self._u64()) != tensors.packed_bytes:
                # As llama.cpp has it: no gaps, no overlaps.
                expected = tensors.packed_bytes
                raise self._error(f"the tensor {name!r} is at {offset} instead of {expected}")
            size_bytes = numbers // form.block * form.block_bytes
            tensors.parameters += numbers
            tensors.bytes_by_form[form.name] += size_bytes
            tensors.packed_bytes += _padded(size_bytes, alignment)
            if tensors.packed_bytes > self._size_bytes + alignment:
                raise self._error(f"incomplete: the tensor {name!r} ends behind its end")
        return tensors

    def _numbers(self, name: str, shape: tuple[int, ...], form: TensorForm) -> int:
        if shape[0] % form.block:
            raise self._error(f"the tensor {name!r} has rows of {shape[0]} {form.name} numbers")
        numbers = 1
        for length in shape:
            # The file has at least one bit of each number.
            if not 1 <= length <= 8 * self._size_bytes // numbers:
                raise self._error(f"the tensor {name!r} has the shape {shape}")
            numbers *= length
        return numbers

    def _described(self, values: dict[str, _Value], tensors: _Tensors) -> GgufHeader:
        architecture = values.get("general.architecture")
        if not isinstance(architecture, str) or not architecture.isascii():
            raise self._error("it does not say its architecture")
        if values.get("general.type", "model") != "model":
            raise self._error(f"not a model but of the type {values['general.type']!r}")

        def number(key: str, default: int = 0) -> int:
            return _whole(values, f"{architecture}.{key}", default)

        layers, width = number("block_count"), number("embedding_length")
        context = number("context_length")
        if not (1 <= layers <= _KEPT_ITEMS_MAX and 1 <= width < 1 << 24 and 1 <= context < 1 << 31):
            what = f"{layers} layers, a width of {width}, a context of {context}"
            raise self._error(f"not a language model: {what}")
        heads = self._by_layer(values, f"{architecture}{_BY_LAYER}", layers, (0,))
        kv_heads = self._by_layer(values, f"{architecture}{_BY_LAYER}_kv", layers, heads)
        head_length = width // max(1, *heads)
        file_type = _whole(values, "general.file_type", -1)
        most = tensors.bytes_by_form.most_common(1)[0][0]
        name, template = values.get("general.name", ""), values.get(_TEMPLATE_KEY, "")
        return GgufHeader(
            size_bytes=self._size_bytes,
            architecture=architecture,
            name="".join(c for c in name if c.isprintable()) if isinstance(name, str) else "",
            quantisation=QUANTISATIONS.get(file_type, most),
            parameters=tensors.parameters,
            tensor_bytes=sum(tensors.bytes_by_form.values()),
            context_tokens=context,
            vocabulary_tokens=_whole(values, "tokenizer.ggml.tokens", 0),
            layers=layers,
            embedding_length=width,
            heads_by_layer=heads,
            kv_heads_by_layer=kv_heads,
            key_length=self._length(number("attention.key_length", head_length)),
            value_length=self._length(number("attention.value_length", head_length)),
            chat_template=template if isinstance(template, str) else "",
        )

    def _by_layer(
        self, values: dict[str, _Value], key: str, layers: int, default: tuple[int, ...]
    ) -> tuple[int, ...]:
        """Return a number for each layer, where the file has one for all, or one for each."""
        value = values.get(key, default)
        found: tuple[object, ...] = value if isinstance(value, tuple) else (value,)
        if len(found) == 1:
            found = found * layers
        numbers = tuple(one for one in found if isinstance(one, int) and 0 <= one < 1 << 16)
        if not len(found) == len(numbers) == layers:
            raise self._error(f"{key}: {layers} layers and {str(value)[:80]}")
        return numbers

    def _length(self, value: int) -> int:
        if not 0 <= value < 1 << 20:
            raise self._error(f"a key or value of {value} numbers")
        return value

    def _kept_text(self, bytes_max: int) -> str:
        """Return a text that is asked for, or its beginning."""
        size = self._u64()
        kept = self._take(min(size, bytes_max))
        self._skip(size - len(kept))
        return kept.decode("utf-8", errors="replace")

    def _text(self, bytes_max: int, what: str) -> str:
        size = self._u64()
        if not 1 <= size <= bytes_max:
            raise self._error(f"{what} has {size} bytes")
        with contextlib.suppress(UnicodeDecodeError):
            return self._take(size).decode("utf-8")
        raise self._error(f"{what} is no text")

    def _u32(self) -> int:
        return int(_U32.unpack(self._take(4))[0])

    def _u64(self) -> int:
        return int(_U64.unpack(self._take(8))[0])

    def _take(self, count: int) -> bytes:
        self._need(count)
        start = self._at
        self._at += count
        return self._seen[start : self._at]

    def _skip(self, count: int) -> None:
        self._need(count)
        self._at += count

    def _need(self, count: int) -> None:
        """Have `count` bytes from here on in memory."""
        end = self._at + count
        if end <= len(self._seen):
            return
        if end > self._limit:
            what = "the file" if self._limit == self._size_bytes else "any header"
            raise self._error(f"its header is longer than {what}")
        # At least twice as much each time, so that the whole is read about once.
        wanted = min(self._limit, max(end, 2 * len(self._seen), _FIRST_READ_BYTES))
        pieces = [self._seen]
        have = len(self._seen)
        while have < wanted and (piece := os.pread(self._fd, wanted - have, have)):
            pieces.append(piece)
            have += len(piece)
        self._seen = b"".join(pieces)
        if have < end:
            raise self._error("became shorter while it was read")

    def _error(self, reason: str) -> GgufError:
        return GgufError(self._path, reason)


def _whole(values: dict[str, _Value], key: str, default: int) -> int:
    value = values.get(key, default)
    return value if isinstance(value, int) else default


def _padded(size: int, alignment: int) -> int:
    return -(-size // alignment) * alignment
