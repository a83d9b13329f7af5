import numpy as np

from nanobot_indexer.search.rerank import (
    pool_of,
    with_file_share,
    with_literal_first,
)


def test_the_pool_has_the_best_and_all_that_equal_the_last() -> None:
    scores = np.array([0.0, 3.0, 1.0, 2.0, 1.0, 0.5])

    assert pool_of(scores, 2).tolist() == [1, 3]
    assert pool_of(scores, 3).tolist() == [1, 2, 3, 4]
    assert pool_of(scores, 9).tolist() == [1, 2, 3, 4, 5]
    assert pool_of(np.zeros(3), 2).tolist() == []
    assert pool_of(np.zeros(0), 2).tolist() == []


def test_the_pool_does_not_depend_on_how_far_below_the_best_it_ends() -> None:
    rng = np.random.default_rng(3)
    scores = rng.random(5000) ** 8

    pool = pool_of(scores, 50)

    assert sorted(scores[pool].tolist()) == sorted(scores.tolist())[-50:]


def test_a_file_with_two_good_chunks_beats_one_with_one() -> None:
    scores = with_file_share(np.array([1.0, 0.99, 1.0, 0.0]), np.array([0, 0, 1, 2]))

    assert scores[0] > scores[2] > 1.0
    assert scores[3] == 0.0


def test_equal_scores_in_equal_files_stay_equal() -> None:
    scores = with_file_share(np.array([0.3, 0.7, 0.7, 0.3]), np.array([4, 4, 2, 2]))

    assert scores[0] == scores[3]
    assert scores[1] == scores[2]
    assert with_file_share(np.zeros(2), np.array([0, 1])).tolist() == [0.0, 0.0]


def test_literal_matches_come_before_what_shares_their_parts() -> None:
    worth = np.array([5.0, 1.0, 4.0, 0.5])
    is_literal = np.array([False, True, False, True])

    found = with_literal_first(worth, is_literal)

    assert found[is_literal].tolist() == [1.0, 0.5]
    assert 0.5 > found[0] > found[2] > 0
    assert with_literal_first(worth, np.zeros(4, np.bool_)).tolist() == worth.tolist()
    assert with_literal_first(worth, np.ones(4, np.bool_)).tolist() == worth.tolist()
