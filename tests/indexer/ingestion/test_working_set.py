from collections.abc import Iterator
from pathlib import Path

import pytest

from nanobot_indexer import IndexOptions, VolumeCorruptError, ingest, open_index
from nanobot_indexer.index import Index
from nanobot_indexer.ingestion.working_set import WorkingSet
from nanobot_indexer.volume.format import Revision, Section
from nanobot_indexer.volume.segment import Segment
from support.memory_segment import memory_segment


@pytest.fixture
def previous(tmp_path: Path, options: IndexOptions) -> Iterator[Index]:
    for name, text in {"a.py": "def f(): pass\n", "b.py": "class B: pass\n", "c.txt": "c"}.items():
        (tmp_path / name).write_text(text)
    ingest(tmp_path, options=options)
    with open_index(tmp_path) as index:
        yield index


@pytest.fixture
def working_set(tmp_path: Path, previous: Index) -> Iterator[WorkingSet]:
    made = WorkingSet(tmp_path / ".nanobot/index", previous)
    yield made
    made.close()


def add(target: WorkingSet, made: Segment) -> None:
    arrays = {section: made.array(section) for section in Section}
    target.add(made.text_range(0, made.text_bytes), arrays, made.revision)


def test_it_starts_as_the_previous_generation(working_set: WorkingSet, previous: Index) -> None:
    assert tuple(working_set.records) == previous.manifest.segments
    assert not working_set.is_changed
    assert working_set.find("b.py") == (1, 1)
    assert working_set.find("z.py") is None
    assert working_set.live_files(1) == [0, 1, 2]


def test_a_killed_file_is_found_no_more(working_set: WorkingSet) -> None:
    working_set.kill([(1, 1)])

    assert working_set.is_changed
    assert working_set.find("b.py") is None
    assert working_set.find("a.py") == (1, 0)
    assert working_set.live_files(1) == [0, 2]
    (record,) = working_set.records
    assert (record.dead_text_bytes, record.dead_definition_count) == (14, 1)
    assert working_set.dead_share(1) == pytest.approx(14 / 29)


def test_killing_twice_adds_up(working_set: WorkingSet) -> None:
    working_set.kill([(1, 1)])
    working_set.kill([(1, 0)])
    working_set.kill([])

    assert working_set.live_files(1) == [2]


def test_a_segment_of_which_all_is_dead_is_left_out(working_set: WorkingSet) -> None:
    working_set.kill([(1, 0), (1, 1), (1, 2)])

    assert len(working_set.records) == 0
    assert working_set.find("a.py") is None


def test_nobody_sees_it_before_it_is_published(
    working_set: WorkingSet, previous: Index, tmp_path: Path
) -> None:
    working_set.kill([(1, 0)])
    add(working_set, memory_segment({"a.py": "def changed(): pass\n"}))
    with open_index(tmp_path) as index:
        assert index.generation == previous.generation
        assert index.text("a.py") == b"def f(): pass\n"

    manifest = working_set.publish((), memo=b"", syntax_version=1, options={})

    assert not working_set.is_changed
    with open_index(tmp_path) as index:
        index.verify()
        assert index.manifest == manifest
        assert index.text("a.py") == b"def changed(): pass\n"
        assert [one.path for one in index.files] == ["a.py", "b.py", "c.txt"]
    # Who had it open keeps it.
    assert previous.text("a.py") == b"def f(): pass\n"


def test_better_tables_are_used_at_once(working_set: WorkingSet) -> None:
    lexical = memory_segment({"d.py": "def g(): pass\n"}, revision=Revision.LEXICAL)
    add(working_set, lexical)
    number = working_set.records[-1].number
    assert working_set.segment(number).definition_count == 0
    made = memory_segment({"d.py": "def g(): pass\n"})

    arrays = {section: made.array(section) for section in Section}
    working_set.replace_tables(number, arrays, Revision.SYNTAX)

    assert working_set.segment(number).definitions(0)[0].name == "g"
    assert working_set.records[-1].revision == Revision.SYNTAX


def test_a_dropped_segment_is_gone(working_set: WorkingSet) -> None:
    add(working_set, memory_segment({"d.py": ""}))
    number = working_set.records[-1].number

    working_set.drop(number)

    assert [record.number for record in working_set.records] == [1]
    with pytest.raises(KeyError):
        working_set.segment(number)


def test_a_segment_that_was_taken_away_is_damage(working_set: WorkingSet, tmp_path: Path) -> None:
    add(working_set, memory_segment({"d.py": ""}))
    record = working_set.records[-1]
    (tmp_path / ".nanobot/index" / record.volume_name).unlink()

    with pytest.raises(VolumeCorruptError, match="removed while it was used"):
        working_set.segment(record.number)


def test_many_searches_find_what_one_finds(working_set: WorkingSet) -> None:
    working_set.kill([(1, 0)])
    found = {tuple(map(working_set.find, ["a.py", "b.py", "c.txt", "z.py"])) for _ in range(200)}

    assert found == {(None, (1, 1), (1, 2), None)}
    working_set.kill([(1, 1)])
    assert working_set.find("b.py") is None
    working_set.drop(1)
    assert working_set.find("c.txt") is None
