"""The embedding model: a BERT of six layers in numpy, from token numbers to unit vectors.

    embeddings ──> 6 x (attention, feed-forward) ──> mean over tokens ──> unit length

Each text is run alone, so its vector does not depend on its company, to the last bit.
Laying texts end to end saves a seventh of the time, and sums come out otherwise.

Source: W. Wang et al., "MiniLM: Deep Self-Attention Distillation for Task-Agnostic
Compression of Pre-Trained Transformers", NeurIPS 2020; the model is all-MiniLM-L6-v2.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nanobot_indexer.semantic.model_file import ModelFile, ModelUnusableError
from nanobot_indexer.semantic.word_piece import WordPieces

WIDTH: Final = 384
"""Of a vector."""
TOKENS_MAX: Final = 256
"""Of a text, with the two tokens that frame it. The model was trained on no more."""

_LAYERS: Final = 6
_HEADS: Final = 12
_HEAD_WIDTH: Final = WIDTH // _HEADS
_INNER_WIDTH: Final = 4 * WIDTH
_NORM_EPSILON: Final = np.float32(1e-12)

Floats = NDArray[np.float32]


class Encoder:
    """One loaded model. For one thread."""

    def __init__(self, file: ModelFile) -> None:
        """Take the weights of a file; they are not copied.

        Raises:
            ModelUnusableError: It is another model.
        """
        self._arrays = file.arrays
        rows = len(file.pieces)
        self._words = self._array("embeddings.word_embeddings.weight", rows, WIDTH)
        self._places = self._array("embeddings.position_embeddings.weight", 512, WIDTH)
        self._kind = self._array("embeddings.token_type_embeddings.weight", 2, WIDTH)[0]
        self._norm = self._pair("embeddings.LayerNorm", WIDTH)
        self._layers = [_Layer(self, f"encoder.layer.{number}") for number in range(_LAYERS)]
        try:
            self._pieces = WordPieces(file.pieces)
        except KeyError as error:
            raise ModelUnusableError(f"has no token {error}") from error

    def vectors(self, texts: Sequence[str], *, tokens_max: int = TOKENS_MAX) -> Floats:
        """Embed texts.

        Returns:
            Vectors of length 1, so that their products are cosines. Shape `(text, WIDTH)`.
        """
        result = np.empty((len(texts), WIDTH), np.float32)
        for row, text in zip(result, texts, strict=True):
            row[:] = self._vector(self._pieces.numbers(text, tokens_max=tokens_max))
        return result

    def _vector(self, tokens: Sequence[int]) -> Floats:
        states = self._words[np.asarray(tokens)] + self._places[: len(tokens)] + self._kind
        states = _normed(states, self._norm)  # (token, WIDTH)
        for layer in self._layers:
            states = layer.applied(states)
        mean: Floats = states.mean(axis=0)
        length = np.maximum(np.sqrt((mean * mean).sum()), _NORM_EPSILON)
        vector: Floats = mean / length
        return vector

    def _array(self, name: str, *shape: int) -> Floats:
        array = self._arrays.get(name)
        if array is None or array.shape != shape:
            found = None if array is None else array.shape
            raise ModelUnusableError(f"has {name} of shape {found}, not {shape}")
        return array

    def _pair(self, name: str, *shape: int) -> tuple[Floats, Floats]:
        """Return the weight and the bias of one step."""
        return self._array(f"{name}.weight", *shape), self._array(f"{name}.bias", shape[0])

    dense = _pair


class _Layer:
    """One layer of the model."""

    def __init__(self, encoder: Encoder, name: str) -> None:
        attention = f"{name}.attention"
        self._query = encoder.dense(f"{attention}.self.query", WIDTH, WIDTH)
        self._key = encoder.dense(f"{attention}.self.key", WIDTH, WIDTH)
        self._value = encoder.dense(f"{attention}.self.value", WIDTH, WIDTH)
        self._mixed = encoder.dense(f"{attention}.output.dense", WIDTH, WIDTH)
        self._mixed_norm = encoder.dense(f"{attention}.output.LayerNorm", WIDTH)
        self._inner = encoder.dense(f"{name}.intermediate.dense", _INNER_WIDTH, WIDTH)
        self._outer = encoder.dense(f"{name}.output.dense", WIDTH, _INNER_WIDTH)
        self._outer_norm = encoder.dense(f"{name}.output.LayerNorm", WIDTH)

    def applied(self, states: Floats) -> Floats:
        """Return the states after this layer. Shape `(token, WIDTH)`, as given."""
        queries = _dense(states, self._query)
        queries *= np.float32(_HEAD_WIDTH**-0.5)
        mixed = _attended(queries, _dense(states, self._key), _dense(states, self._value))
        states = _normed(states + _dense(mixed, self._mixed), self._mixed_norm)
        inner = _gelu(_dense(states, self._inner))
        return _normed(states + _dense(inner, self._outer), self._outer_norm)


def _dense(states: Floats, step: tuple[Floats, Floats]) -> Floats:
    weight, bias = step
    result: Floats = states @ weight.T
    result += bias
    return result


def _attended(queries: Floats, keys: Floats, values: Floats) -> Floats:
    """Return what each token takes from the others. Shape `(token, WIDTH)`."""
    size = len(queries)
    heads = (size, _HEADS, _HEAD_WIDTH)
    by_head = queries.reshape(heads).transpose(1, 0, 2)
    scores = by_head @ keys.reshape(heads).transpose(1, 2, 0)  # (head, token, token)
    scores -= scores.max(axis=2, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=2, keepdims=True)
    taken: Floats = np.matmul(scores, values.reshape(heads).transpose(1, 0, 2), dtype=np.float32)
    return taken.transpose(1, 0, 2).reshape(size, WIDTH)


def _normed(states: Floats, step: tuple[Floats, Floats]) -> Floats:
    weight, bias = step
    mean: Floats = states.mean(axis=1, keepdims=True)
    result: Floats = states - mean
    spread = np.einsum("ij,ij->i", result, result)[:, None] / np.float32(WIDTH)
    result /= np.sqrt(spread + _NORM_EPSILON)
    result *= weight
    result += bias
    return result


def _gelu(values: Floats) -> Floats:
    """Return x · Φ(x), by the hyperbolic tangent: numpy has no error function.

    D. Hendrycks, K. Gimpel, "Gaussian Error Linear Units", 2016, section 2.
    """
    inner = values * values
    inner *= np.float32(0.044715)
    inner += np.float32(1.0)
    inner *= values
    inner *= np.float32(0.7978845608)  # The root of 2 / π.
    np.tanh(inner, out=inner)
    inner += np.float32(1.0)
    inner *= values
    inner *= np.float32(0.5)
    return inner
