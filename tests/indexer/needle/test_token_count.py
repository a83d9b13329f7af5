import itertools

import pytest

from nanobot_indexer.needle.token_count import token_count


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        (b"", 0),
        (b"word", 1),
        (b"two words", 2),
        (b"retry_budget", 2),
        (b"retryBudget", 2),
        (b"self.host", 2),
        (b"12345678", 3),
        # Seven letters are charged as two pieces.
        (b"lettersx", 2),
        # The sign takes the line end along; the blanks are one piece.
        (b"if x:\n    y", 5),
        ("ж".encode(), 1),
    ],
)
def test_counts_pieces(text: bytes, tokens: int) -> None:
    assert token_count(text) == tokens


def test_more_text_never_has_fewer_tokens() -> None:
    text = b"def f(retry_budget=3):\n\treturn [1.5, 'x'] # why\n" * 4
    counts = [token_count(text[:size]) for size in range(len(text))]

    # A sign may join the word that follows it: then one piece goes away.
    assert all(later >= earlier - 1 for earlier, later in itertools.pairwise(counts))
    assert counts[-1] > 60
