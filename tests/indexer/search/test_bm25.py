import math
import random
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import pytest

from nanobot_indexer.fingerprint.content import FREQUENCY_BY_CODE
from nanobot_indexer.fingerprint.hashing import Field
from nanobot_indexer.search.bm25 import (
    LENGTH_SHARE,
    RARITY_POWER,
    RELATED_SHARE_MAX,
    SATURATION,
    SCORED_GROUPS_MAX,
    Collection,
    rarity,
)
from nanobot_indexer.search.chunk_table import ChunkTable
from nanobot_indexer.search.question import FIELD_WEIGHTS, Question, parsed_question
from nanobot_indexer.volume.format import Section
from nanobot_indexer.volume.segment import Segment
from support.memory_segment import memory_segment

WORD_LINES = """
open close read write file socket pool limit retry header parse build remove del get set
value key index row table cache lru evict budget host port client request response error
"""
WORDS = WORD_LINES.split()

Postings = dict[int, dict[tuple[int, int], float]]


def random_file(rng: random.Random) -> str:
    lines = []
    for _ in range(rng.randrange(1, 6)):
        name = "_".join(rng.sample(WORDS, rng.randrange(1, 4)))
        lines.append(f"class {name.title()}:" if rng.random() < 0.3 else f"def {name}():")
        lines += (
            "    " + " ".join(rng.choices(WORDS, k=rng.randrange(1, 9)))
            for _ in range(rng.randrange(1, 40))
        )
    return "\n".join(lines) + "\n"


def random_segments(rng: random.Random) -> list[Segment]:
    segments = []
    for number in range(rng.randrange(1, 4)):
        folder = rng.choice(("app", "pool/cache", "tests"))
        paths = [f"{folder}/{rng.choice(WORDS)}_{number}_{n}.py" for n in range(5)]
        dead = rng.sample(paths, rng.randrange(0, 3))
        segments.append(memory_segment({path: random_file(rng) for path in paths}, dead=dead))
    return segments


def collection_of(segments: Sequence[Segment]) -> Collection:
    tables = [ChunkTable.of(segment) for segment in segments]
    return Collection(tables, [segment.live_chunks for segment in segments])


class SlowReference:
    """The formula of the module's docstring, one chunk and one word at a time."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        self.postings: Postings = defaultdict(dict)
        self.lengths: dict[tuple[int, int], int] = {}
        for number, segment in enumerate(segments):
            live = segment.live_chunks
            terms = segment.array(Section.TERMS).tolist()
            starts = segment.array(Section.POSTING_STARTS).tolist()
            codes = segment.array(Section.POSTINGS).tolist()
            for term, begin, end in zip(terms, starts, starts[1:], strict=False):
                for code in codes[begin:end]:
                    if live is None or live[code >> 3]:
                        self.postings[term][number, code >> 3] = FREQUENCY_BY_CODE[code & 7]
            for chunk, length in enumerate(segment.array(Section.CHUNK_LENGTHS).tolist()):
                if live is None or live[chunk]:
                    self.lengths[number, chunk] = length
        self.mean = sum(self.lengths.values()) / max(1, len(self.lengths))

    def scores(self, question: Question) -> dict[tuple[int, int], float]:
        rarities = [self._rarity(question, group) for group in range(len(question.words))]
        rarest = sorted(range(len(rarities)), key=lambda group: -rarities[group])
        result: dict[tuple[int, int], float] = defaultdict(float)
        for group in sorted(rarest[:SCORED_GROUPS_MAX]):
            for chunk in self.lengths:
                frequency = self._frequency(question, group, chunk)
                result[chunk] += rarities[group] * frequency / (SATURATION + frequency)
        return result

    def _variants(self, question: Question, group: int) -> list[int]:
        return [n for n, own in enumerate(question.groups.tolist()) if own == group]

    def _rarity(self, question: Question, group: int) -> float:
        variants = self._variants(question, group)
        terms = question.terms[:, variants]
        if not any(self.postings.get(term) for term in terms.ravel().tolist()):
            return 0.0
        containing = max(len(self.postings.get(term, {})) for term in terms[:, 0].tolist())
        share = (len(self.lengths) - containing + 0.5) / (containing + 0.5)
        return float(math.log(1 + share) ** RARITY_POWER)

    def _frequency(self, question: Question, group: int, chunk: tuple[int, int]) -> float:
        total = 0.0
        for number, variant in enumerate(self._variants(question, group)):
            for row, (field, weight) in enumerate(FIELD_WEIGHTS.items()):
                term = int(question.terms[row, variant])
                found = self.postings.get(term, {})
                if number and field is Field.PATH:
                    continue
                is_common = len(found) > RELATED_SHARE_MAX * len(self.lengths)
                if number and field is Field.BODY and is_common:
                    continue
                norm = 1.0
                if field is Field.BODY:
                    norm = 1 - LENGTH_SHARE + LENGTH_SHARE * self.lengths[chunk] / self.mean
                variant_weight = float(question.weights[variant])
                total += variant_weight * weight * found.get(chunk, 0.0) / norm
        return total


@pytest.mark.parametrize("seed", range(6))
def test_scores_are_those_of_the_slow_reference(seed: int) -> None:
    rng = random.Random(seed)
    segments = random_segments(rng)
    reference = SlowReference(segments)
    collection = collection_of(segments)
    for _ in range(8):
        words = rng.choices(
            [*WORDS, "closing", "connection", "removed", "zebra", "retry_limit"], k=5
        )
        question = parsed_question(" ".join(words))

        scores = collection.scores(question)

        expected = reference.scores(question)
        for number, start in enumerate(collection.starts[:-1].tolist()):
            for chunk in range(segments[number].chunk_count):
                wanted = expected.get((number, chunk), 0.0)
                assert scores.values[start + chunk] == pytest.approx(wanted, rel=1e-9), words


def test_the_rarest_words_of_a_long_question_count() -> None:
    segments = [memory_segment({"a.py": " ".join(f"w{n}x" for n in range(60)), "b.py": "w7x w9x"})]
    collection = collection_of(segments)

    scores = collection.scores(parsed_question(" ".join(f"w{n}x" for n in range(60))))

    assert np.count_nonzero(scores.rarities) == SCORED_GROUPS_MAX
    assert scores.rarities[[7, 9]].tolist() == [0.0, 0.0]


def test_a_chunk_inside_of_a_class_is_found_by_the_name_of_the_class() -> None:
    methods = "".join(f"    def step_{n}(self):\n" + "        x = 1\n" * 20 for n in range(9))
    segment = memory_segment({"a.py": "class ConnectionPool:\n" + methods})
    assert segment.chunk_count > 2
    collection = collection_of([segment])

    scores = collection.scores(parsed_question("connection pool"))

    assert (scores.values > 0).all()


def test_rarity_falls_with_every_chunk_that_has_the_word() -> None:
    values = rarity(10, np.arange(11))

    assert (np.diff(values) < 0).all()
    assert values[-1] > 0


def test_an_index_without_chunks_has_no_scores() -> None:
    collections = [collection_of([]), collection_of([memory_segment({"empty.py": ""})])]

    for collection in collections:
        assert collection.scores(parsed_question("anything")).values.tolist() == []
