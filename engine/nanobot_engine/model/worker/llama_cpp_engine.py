"""llama.cpp through llama-cpp-python's low-level API: many sequences in one context.

The high-level API of that package has one sequence and prints through fd 1; here are
slots as llama.cpp's own server has them. One thread at a time may generate; counting
tokens may run beside it.

Invariant: `held[slot]` are the tokens whose keys and values the slot has, always.
"""

import ctypes
import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

_ROOT: Final = b"root"
_PIECE_BYTES: Final = 256
_ALL: Final = -1
_TOKEN_DATA: Final = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])


class EngineRefusedError(Exception):
    """The engine is well, and what was asked is not acceptable to it."""


class EngineBrokenError(Exception):
    """llama.cpp failed: this OS process is of no more use."""


class GoneError(Exception):
    """Who asked does not wait any more."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How tokens are drawn; the values of llama.cpp's server of the same names."""

    temperature: float
    top_k: int
    top_p: float
    min_p: float


class LlamaCppEngine:
    """A loaded model with slots.

    Args:
        model_path: A GGUF file.
        slots: How many sequences there are.
        context_tokens: Of each.
        threads: Of llama.cpp.
        batch_tokens: How many tokens of a prompt are read in one step.
    """

    def __init__(
        self, model_path: str, *, slots: int, context_tokens: int, threads: int, batch_tokens: int
    ) -> None:
        from llama_cpp import llama_cpp  # noqa: PLC0415 - an extra, and prints may come

        self._api: Any = llama_cpp
        # The package has llama.cpp's log go to stderr, which is ours; not every line of it.
        logging.getLogger("llama-cpp-python").setLevel(logging.WARNING)
        llama_cpp.llama_backend_init()
        model_params = llama_cpp.llama_model_default_params()
        self._model = llama_cpp.llama_model_load_from_file(model_path.encode(), model_params)
        if not self._model:
            msg = "llama.cpp can not read the file"
            raise RuntimeError(msg)
        params = llama_cpp.llama_context_default_params()
        params.n_ctx = slots * context_tokens
        params.n_seq_max = slots
        params.n_batch = params.n_ubatch = batch_tokens
        params.n_threads = params.n_threads_batch = threads
        # What makes an answer a function of its wave: no memory shared between slots.
        params.kv_unified = False
        params.no_perf = True
        self._context = llama_cpp.llama_init_from_model(self._model, params)
        if not self._context:
            msg = "llama.cpp has no memory for the context"
            raise RuntimeError(msg)
        self.context_tokens = context_tokens
        self.held: list[list[int]] = [[] for _ in range(slots)]
        self._memory = llama_cpp.llama_get_memory(self._context)
        self._vocabulary = llama_cpp.llama_model_get_vocab(self._model)
        self._token_count = int(llama_cpp.llama_vocab_n_tokens(self._vocabulary))
        self._batch_tokens = batch_tokens
        self._batch = llama_cpp.llama_batch_init(max(batch_tokens, slots), 0, 1)
        self._adapter: Any = None

    def tokens_of(self, text: str, *, special: bool) -> list[int]:
        """Return the tokens of a text; may run beside everything else."""
        raw = text.encode()
        room = len(raw) + 8
        tokens = (ctypes.c_int32 * room)()
        count = self._api.llama_tokenize(
            self._vocabulary,
            raw,
            len(raw),
            tokens,
            room,
            False,  # noqa: FBT003 - the C function has no names
            special,
        )
        if count < 0:
            msg = f"{-count} tokens in {len(raw)} bytes"
            raise EngineBrokenError(msg)
        return list(tokens[:count])

    def piece(self, token: int) -> bytes:
        """Return the bytes a token stands for; none for a special one."""
        room = (ctypes.c_char * _PIECE_BYTES)()
        count = self._api.llama_token_to_piece(
            self._vocabulary,
            token,
            room,
            _PIECE_BYTES,
            0,
            False,  # noqa: FBT003 - as above
        )
        return bytes(room.raw[: max(0, count)])

    def is_end(self, token: int) -> bool:
        """Say whether a token ends an answer."""
        return bool(self._api.llama_vocab_is_eog(self._vocabulary, token))

    def clear(self) -> None:
        """Empty every slot, as if nothing had ever been read."""
        self._api.llama_memory_clear(self._memory, True)  # noqa: FBT003 - as above
        for held in self.held:
            held.clear()

    def keep(self, slot: int, count: int) -> int:
        """Drop what a slot has beyond its first tokens; return how many it has then."""
        held = self.held[slot]
        if count < len(held):
            # Not every architecture can forget only the end.
            if not self._api.llama_memory_seq_rm(self._memory, slot, count, _ALL):
                self._api.llama_memory_seq_rm(self._memory, slot, _ALL, _ALL)
                count = 0
            del held[count:]
        return len(held)

    def copy(self, source: int, targets: Sequence[int]) -> None:
        """Make slots have what another one has."""
        for slot in targets:
            self._api.llama_memory_seq_rm(self._memory, slot, _ALL, _ALL)
            self._api.llama_memory_seq_cp(self._memory, source, slot, _ALL, _ALL)
            self.held[slot][:] = self.held[source]

    def save(self, slot: int, path: Path) -> int:
        """Store what a slot has; return how many tokens that is."""
        held = self.held[slot]
        tokens = (ctypes.c_int32 * len(held))(*held)
        written = self._api.llama_state_seq_save_file(
            self._context, str(path).encode(), slot, tokens, len(held)
        )
        if not written:
            msg = f"{path.name}: the state of a slot can not be stored"
            raise EngineBrokenError(msg)
        return len(held)

    def load(self, slot: int, path: Path) -> None:
        """Put a slot into a stored state."""
        tokens = (ctypes.c_int32 * self.context_tokens)()
        count = ctypes.c_size_t(0)
        read = self._api.llama_state_seq_load_file(
            self._context,
            str(path).encode(),
            slot,
            tokens,
            self.context_tokens,
            ctypes.byref(count),
        )
        if not read:
            msg = f"{path.name}: the stored state of a slot can not be read"
            raise EngineBrokenError(msg)
        self.held[slot][:] = tokens[: count.value]

    def read(self, slot: int, tokens: Sequence[int], is_gone: Callable[[], bool]) -> int:
        """Have a slot read more tokens, a batch at a time.

        Returns:
            Where the logits of the last of them are, for `Drawer.draw`.

        Raises:
            GoneError: `is_gone` said so between two batches; what was read is held.
        """
        last = _ALL
        for start in range(0, len(tokens), self._batch_tokens):
            if is_gone():
                raise GoneError
            piece = tokens[start : start + self._batch_tokens]
            ends = start + len(piece) == len(tokens)
            last = len(piece) - 1
            self._decode(
                [(slot, token, ends and index == last) for index, token in enumerate(piece)]
            )
        return last

    def step(self, token_by_slot: Sequence[tuple[int, int]]) -> None:
        """Have several slots read one token each; the logits are in their order."""
        self._decode([(slot, token, True) for slot, token in token_by_slot])

    def logprob(self, index: int, token: int) -> float:
        """Return the natural log-probability of a token before sampling."""
        logits = self.logits(index).astype(np.float64)
        peak = float(logits.max())
        return float(logits[token]) - peak - math.log(float(np.exp(logits - peak).sum()))

    def logits(self, index: int) -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
        """Return what the model says of each token. Shape (vocabulary,); llama.cpp's memory."""
        pointer = self._api.llama_get_logits_ith(self._context, index)
        return np.ctypeslib.as_array(pointer, (self._token_count,))

    def use_adapter(self, path: Path | None, scale: float) -> None:
        """Lay an adapter over the weights, or none; what slots held is void then.

        Raises:
            EngineRefusedError: The file is no adapter of this model; nothing changed.
        """
        adapter = None
        if path is not None:
            adapter = self._api.llama_adapter_lora_init(self._model, str(path).encode())
            if not adapter:
                msg = f"{path.name}: no adapter of this model"
                raise EngineRefusedError(msg)
        several = (self._api.llama_adapter_lora_p_ctypes * 1)(adapter) if adapter else None
        scales = (ctypes.c_float * 1)(scale) if adapter else None
        count = 1 if adapter else 0
        if self._api.llama_set_adapters_lora(self._context, several, count, scales):
            msg = "llama.cpp does not take the adapter"
            raise EngineBrokenError(msg)
        if self._adapter is not None:
            self._api.llama_adapter_lora_free(self._adapter)
        self._adapter = adapter
        self.clear()

    def drawer(self, sampling: Sampling, seed: int, grammar: str | None) -> "Drawer":
        """Return what draws the tokens of one answer. Close it.

        Raises:
            EngineRefusedError: The grammar is wrong.
        """
        return Drawer(self._api, self._context, self._vocabulary, self, sampling, seed, grammar)

    def _decode(self, rows: Sequence[tuple[int, int, bool]]) -> None:
        batch = self._batch
        added = [0] * len(self.held)
        for index, (slot, token, wants_logits) in enumerate(rows):
            batch.token[index] = token
            batch.pos[index] = len(self.held[slot]) + added[slot]
            batch.n_seq_id[index] = 1
            batch.seq_id[index][0] = slot
            batch.logits[index] = wants_logits
            added[slot] += 1
        batch.n_tokens = len(rows)
        code = self._api.llama_decode(self._context, batch)
        if code:
            msg = f"llama_decode failed with {code}"
            raise EngineBrokenError(msg)
        for slot, token, _ in rows:
            self.held[slot].append(token)


class Drawer:
    """Draws the tokens of one answer, as llama.cpp's server does.

    The grammar is asked about the token that was drawn, and about all of them only when
    it refuses that one.
    """

    def __init__(  # noqa: PLR0917 - called in one place
        self,
        api: Any,
        context: Any,
        vocabulary: Any,
        engine: LlamaCppEngine,
        sampling: Sampling,
        seed: int,
        grammar: str | None,
    ) -> None:
        self._api = api
        self._context = context
        self._engine = engine
        self._grammar: Any = None
        if grammar is not None:
            self._grammar = api.llama_sampler_init_grammar(vocabulary, grammar.encode(), _ROOT)
            if not self._grammar:
                msg = "failed to parse the grammar"
                raise EngineRefusedError(msg)
        self._chain = api.llama_sampler_chain_init(api.llama_sampler_chain_default_params())
        steps = (
            [api.llama_sampler_init_greedy()]
            if sampling.temperature <= 0
            else [
                api.llama_sampler_init_top_k(sampling.top_k),
                api.llama_sampler_init_top_p(sampling.top_p, 1),
                api.llama_sampler_init_min_p(sampling.min_p, 1),
                api.llama_sampler_init_temp(sampling.temperature),
                api.llama_sampler_init_dist(seed),
            ]
        )
        for step in steps:
            api.llama_sampler_chain_add(self._chain, step)

    def draw(self, index: int) -> int:
        """Draw the next token.

        Args:
            index: Where its logits are.
        """
        token = int(self._api.llama_sampler_sample(self._chain, self._context, index))
        if self._grammar is None:
            return token
        if not self._allows(token):
            token = self._drawn_from_allowed(index)
        if not self._engine.is_end(token):
            self._api.llama_sampler_accept(self._grammar, token)
        return token

    def close(self) -> None:
        """Free what llama.cpp has of it."""
        self._api.llama_sampler_free(self._chain)
        if self._grammar is not None:
            self._api.llama_sampler_free(self._grammar)

    def _allows(self, token: int) -> bool:
        one = np.array([(token, 1.0, 0.0)], dtype=_TOKEN_DATA)
        self._api.llama_sampler_apply(self._grammar, ctypes.byref(self._array(one)))
        return bool(np.isfinite(one["logit"][0]))

    def _drawn_from_allowed(self, index: int) -> int:
        logits = self._engine.logits(index)
        all_of_them = np.zeros(len(logits), dtype=_TOKEN_DATA)
        all_of_them["id"] = np.arange(len(logits))
        all_of_them["logit"] = logits
        array = self._array(all_of_them)
        self._api.llama_sampler_apply(self._grammar, ctypes.byref(array))
        self._api.llama_sampler_apply(self._chain, ctypes.byref(array))
        if not 0 <= array.selected < array.size:
            msg = "the grammar leaves no token"
            raise EngineBrokenError(msg)
        chosen = array.data[array.selected]
        if not math.isfinite(chosen.logit):
            msg = "the grammar leaves no token"
            raise EngineRefusedError(msg)
        return int(chosen.id)

    def _array(self, data: Any) -> Any:
        pointer = data.ctypes.data_as(self._api.llama_token_data_p)
        return self._api.llama_token_data_array(
            data=pointer, size=len(data), selected=-1, sorted=False
        )
