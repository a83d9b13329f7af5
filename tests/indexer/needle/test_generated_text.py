import random
import re
import tomllib

from nanobot_indexer.needle.generated_text import config_text, doc_text, log_text


def test_logs_are_lines_in_order_of_time() -> None:
    lines = log_text(random.Random(1)).splitlines()
    form = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z [A-Z]+ +\w+\[\d+\] .+")

    assert all(form.fullmatch(line) for line in lines)
    assert [line[:24] for line in lines] == sorted(line[:24] for line in lines)


def test_no_slot_is_left() -> None:
    order = random.Random(2)
    for text in (log_text(order), doc_text(order), config_text(order)):
        assert not re.search(r"\{(noun|verb|adjective|number|name|hex|digit|status)\}", text)


def test_pages_differ_by_generator_only() -> None:
    assert doc_text(random.Random(1)) == doc_text(random.Random(1))
    assert doc_text(random.Random(1)) != doc_text(random.Random(2))


def test_configuration_lines_are_toml() -> None:
    for line in config_text(random.Random(4)).splitlines():
        tomllib.loads(line)
