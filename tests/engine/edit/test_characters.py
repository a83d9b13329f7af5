"""What a reviewer can not see."""

import pytest

from nanobot_engine.edit.characters import character_name, first_hidden, shown


@pytest.mark.parametrize(
    "character",
    [
        "\u202e",  # right-to-left override
        "\u2066",  # isolate
        "\u200b",  # zero-width space
        "\u200d",  # joiner
        "\ufeff",  # BOM in the middle
        "\U000e0041",  # tag A
        "\u00ad",  # soft hyphen
        "\u2028",  # line separator
        "\x85",
        "\x00",
        "\x1b",
        "\x7f",
        "\u3164",  # Hangul filler, a letter by category
        "\ufe0f",  # variation selector
        "\ue000",  # private use
        "\ud800",  # lone surrogate
    ],
)
def test_hidden_characters_are_found_and_shown(character: str) -> None:
    text = f"a{character}b"

    assert first_hidden(text) == character
    assert shown(text) == f"a<U+{ord(character):04X}>b"


@pytest.mark.parametrize(
    "text", ["", "plain\ttext\r\n", "üé ß", "日本語", "Привет", "a\u0301", "🎉", "\u00a0"]
)
def test_what_can_be_seen_is_left_alone(text: str) -> None:
    assert first_hidden(text) is None
    assert shown(text) == text


def test_a_character_is_named() -> None:
    assert character_name("\u202e") == "U+202E RIGHT-TO-LEFT OVERRIDE"
    assert character_name("\x00") == "U+0000"
