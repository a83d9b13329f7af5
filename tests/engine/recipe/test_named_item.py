"""Who names a definition gets an answer about it."""

import pytest

from nanobot_engine.edit import source_from_bytes
from nanobot_engine.recipe import DeclinedError, goal_from_sentence, recipe_named


def reasons(text: str, sentence: str) -> list[str]:
    """Return why nothing is done where a sentence names something."""
    recipe = recipe_named("handle errors", goal_from_sentence(sentence).arguments)
    source = source_from_bytes("app/io.py", text.encode())
    found = []
    for item in recipe.enumerate(source):
        winner = recipe.settled(source, item)
        assert winner is not None
        with pytest.raises(DeclinedError) as declined:
            recipe.edit(source, item, winner)
        found.append(f"{item.label}: {declined.value}")
    return found


def test_who_names_a_function_hears_why_it_gets_no_handler() -> None:
    text = "import os\n\n\ndef double(n):\n    return n + n\n\n\ndef drop(p):\n    os.remove(p)\n"

    (reason,) = reasons(text, "add error handling to `double`")
    (other,) = reasons(text, "add error handling for network access in `drop`")

    assert reason.startswith("double: no call in it is known to fail")
    assert other == "drop: what can fail in it is of another kind (file)"
    assert reasons(text.partition("def drop")[0], "add error handling to app/io.py") == []
