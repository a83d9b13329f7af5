import pytest

from support.terminal import Terminal


@pytest.mark.parametrize(
    ("tier", "expected"),
    [
        ("warp", "warp: no such tier; supported: potato"),
        ("beast", "beast: not installable in this version; supported: potato"),
    ],
)
def test_an_unknown_tier_is_a_usage_error(terminal: Terminal, tier: str, expected: str) -> None:
    before = terminal.config.read_text()

    said = terminal.nanobot("setup", "--yes", "--tier", tier)

    assert said.code == 2
    assert said.err.startswith(f"nanobot: {expected}")
    assert said.err.count("\n") == 1
    assert terminal.config.read_text() == before
    assert list(terminal.models.iterdir()) == []


def test_a_person_may_say_no(terminal: Terminal) -> None:
    said = terminal.run("setup")

    # Nobody can answer: nothing was fetched, nothing was written.
    assert said.code == 1
    assert list(terminal.models.iterdir()) == []
