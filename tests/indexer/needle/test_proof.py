import json
from pathlib import Path

import pytest

from nanobot_indexer.needle import NeedleKind, NeedleOptions, NeedleReport, prove_needle


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> NeedleReport:
    folder = tmp_path_factory.mktemp("proof") / "haystack"
    return prove_needle(folder, NeedleOptions(100_000, 18, 2), tell=lambda _: None)


def test_exact_needles_are_all_found_first(report: NeedleReport) -> None:
    missed = [
        answer.planted.needle.question
        for answer in report.answers
        if answer.planted.needle.kind is NeedleKind.EXACT and answer.rank != 1
    ]

    assert not missed


def test_structural_needles_are_found(report: NeedleReport) -> None:
    assert report.score_by_kind[NeedleKind.STRUCTURAL].recall_at_5 >= 0.95
    assert all(report.met_by_bar.values())


def test_decoys_are_planted_but_not_asked_for(report: NeedleReport) -> None:
    assert len(report.answers) == 18
    assert sum(place.needle.is_decoy for place in report.haystack.planted) == 12


def test_the_cost_of_indexing_is_that_of_the_haystack(report: NeedleReport) -> None:
    cost = report.indexing

    assert cost.files == report.haystack.files - cost.skipped
    assert cost.index_bytes > report.haystack.size_bytes
    assert cost.wall_s > 0
    assert cost.cpu_s > 0
    assert 10_000_000 < cost.peak_memory_bytes < 2_000_000_000


def test_the_report_is_json(report: NeedleReport, tmp_path: Path) -> None:
    document = json.loads(json.dumps(report.document()))

    assert set(document["kinds"]) == {"exact", "structural", "paraphrased"}
    assert len(document["answers"]) == 18
    assert document["haystack"]["tokens"] >= 100_000
