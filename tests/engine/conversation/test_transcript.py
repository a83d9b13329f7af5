"""What a model is told again fits its window; what does not is left out whole."""

import pytest

from nanobot_engine.context import Evidence, FoundBy
from nanobot_engine.conversation.tool_call import Grep
from nanobot_engine.conversation.toolbox import Finding
from nanobot_engine.conversation.transcript import Past, Told, Transcript
from nanobot_engine.model import CHATML, PromptTooLongError, Segment

pytestmark = pytest.mark.asyncio
CALL = Grep(text="limit")


async def count(segments: tuple[Segment, ...]) -> int:
    return sum(len(segment.text) for segment in segments) // 4


def transcript(*, prompt_tokens_max: int = 900, result_tokens_max: int = 100) -> Transcript:
    return Transcript(
        CHATML,
        count,
        prompt_tokens_max=prompt_tokens_max,
        result_tokens_max=result_tokens_max,
    )


def finding(name: str, lines: int = 3) -> Finding:
    texts = tuple(f"{name}_limit_{number} = {number}" for number in range(lines))
    return Finding((Evidence(f"{name}.py:1@x", f"{name}.py", 1, texts, name, FoundBy.GREP),))


async def text(made: Transcript, past: list[Past], told: list[Told]) -> str:
    return "".join(segment.text for segment in await made.prompt(past, "Where?", told))


async def test_the_newest_result_is_shown_and_older_ones_are_brief() -> None:
    told = [Told(CALL, finding("old")), Told(CALL, finding("new"))]

    shown = await text(transcript(), [], told)

    assert "old.py:1-3 (old)" in shown
    assert "old_limit" not in shown
    assert "new_limit_2 = 2" in shown


async def test_a_long_result_goes_through_the_gate() -> None:
    made = transcript()
    shown = await text(made, [], [Told(CALL, finding("big", lines=400))])

    assert "big_limit" in shown
    assert "\n..." in shown
    assert len(shown) // 4 < 200


async def test_the_oldest_questions_are_left_out_first() -> None:
    past = [Past(f"Question {number}?", CALL, "yes " * 40) for number in range(6)]
    made = transcript()

    shown = await text(made, past, [])

    kept = [number for number in range(6) if f"Question {number}?" in shown]
    assert kept == list(range(6 - len(kept), 6))
    assert 0 < len(kept) < 6
    assert await count(made.prefix + await made.prompt(past, "Where?", [])) <= 900


async def test_what_can_not_fit_is_an_error() -> None:
    with pytest.raises(PromptTooLongError):
        await text(transcript(prompt_tokens_max=100), [], [])


async def test_the_shared_part_is_the_same_for_all() -> None:
    made = transcript()

    await text(made, [Past("Q?", CALL, "A")], [])

    assert made.prefix == transcript().prefix
