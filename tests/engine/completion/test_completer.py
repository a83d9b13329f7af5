"""The newest request wins, what is known needs no model, and a pause is used for reading."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from nanobot_engine.completion.completer import Completer, CompletionOptions, SupersededError
from nanobot_engine.completion.piece import Piece
from nanobot_engine.completion.prompt import PromptBudget
from nanobot_engine.completion.request import CompletionRequest, Suggestion
from nanobot_engine.model import FimTokens, WorkerFailedError
from support.scripted_continuer import ScriptedContinuer

FIM = FimTokens(prefix="<|p|>", suffix="<|s|>", middle="<|m|>", repository="<|r|>", file="<|f|>")
ROOMY = PromptBudget(
    pieces=4_000, imports=1_000, window=4_000, window_max=6_000, line=500, suffix=500
)
SMALL = replace(ROOMY, pieces=0, imports=0, window=60, window_max=90, suffix=30)
OPTIONS = CompletionOptions(
    delay_s=0.0, lines_max=6, budget=ROOMY, quick_budget=SMALL, mean_logprob_min=-2.0
)
CODE = "def total(numbers):\n    result = 0\n    for number in numbers:\n        result += number\n"


async def nothing(_request: CompletionRequest) -> Sequence[Piece]:
    return ()


def completer_of(
    model: ScriptedContinuer, options: CompletionOptions = OPTIONS, gather: object = nothing
) -> Completer:
    assert callable(gather)
    return Completer(model, FIM, gather, options, project="shop")


def at_end(text: str, after: str = "\n", *, is_explicit: bool = False) -> CompletionRequest:
    return CompletionRequest("a.py", text, after, is_explicit=is_explicit)


async def settled(completer: Completer) -> None:
    """Wait until everything that goes on in the background is done."""
    for document in completer._documents.values():
        if document.reading is not None:
            await asyncio.wait({document.reading})


@pytest.mark.asyncio
async def test_a_suggestion_is_what_the_model_writes_up_to_its_end() -> None:
    model = ScriptedContinuer(" result\n\nprint(total([1]))")

    said = await completer_of(model).suggest("a.py", at_end(CODE + "    return"))

    assert said.text == " result"
    assert model.written == [" result\n"]


@pytest.mark.asyncio
async def test_typing_along_asks_no_model_and_something_else_does() -> None:
    model = ScriptedContinuer(" result")
    completer = completer_of(model)
    await completer.suggest("a.py", at_end(CODE + "    return"))

    along = await completer.suggest("a.py", at_end(CODE + "    return res"))
    back = await completer.suggest("a.py", at_end(CODE + "    return "))

    assert (along.text, back.text) == ("ult", "result")
    assert along.is_known
    assert len(model.prompts) == 1
    await completer.suggest("a.py", at_end(CODE + "    return num"))
    await completer.suggest("a.py", at_end(CODE + "    return res", after="\nx = 1\n"))
    assert len(model.prompts) == 3


@pytest.mark.asyncio
async def test_at_the_end_of_a_suggestion_the_model_is_asked_again() -> None:
    model = ScriptedContinuer(" result")
    completer = completer_of(model)
    await completer.suggest("a.py", at_end(CODE + "    return"))

    await completer.suggest("a.py", at_end(CODE + "    return result"))

    assert len(model.prompts) == 2


@pytest.mark.asyncio
async def test_the_newest_request_of_a_document_wins_and_the_model_stops() -> None:
    model = ScriptedContinuer("sult = 1", gate=asyncio.Event())
    completer = completer_of(model)
    first = asyncio.create_task(completer.suggest("a.py", at_end(CODE + "    r")))
    other = asyncio.create_task(completer.suggest("b.py", at_end(CODE + "    r")))
    await model.asked(2)

    second = asyncio.create_task(completer.suggest("a.py", at_end(CODE + "    re")))
    with pytest.raises(SupersededError):
        await asyncio.wait_for(first, 5)  # At once: the gate is still closed.
    assert model.stopped == 1
    assert not other.done()

    assert model.gate is not None
    model.gate.set()
    assert (await second).text == "sult = 1"
    assert (await other).text == "sult = 1"


@pytest.mark.asyncio
async def test_a_cancelled_request_stops_the_model() -> None:
    model = ScriptedContinuer(" result", gate=asyncio.Event())
    asking = asyncio.create_task(completer_of(model).suggest("a.py", at_end("x =")))
    await model.asked(1)

    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking

    assert model.stopped == 1


@pytest.mark.asyncio
async def test_keys_in_quick_succession_ask_once() -> None:
    model = ScriptedContinuer(" 1")
    completer = completer_of(model, replace(OPTIONS, delay_s=0.05))

    asked = [
        asyncio.create_task(completer.suggest("a.py", at_end(f"total = {'total'[:keys]}")))
        for keys in range(1, 5)
    ]
    done = await asyncio.gather(*asked, return_exceptions=True)

    assert [type(one) for one in done] == [SupersededError] * 3 + [Suggestion]
    assert len(model.prompts) == 1


@pytest.mark.asyncio
async def test_a_new_place_is_answered_from_a_small_prompt_while_the_whole_one_is_read() -> None:
    model = ScriptedContinuer(" result")
    completer = completer_of(model)
    long = CODE * 5

    await completer.suggest("a.py", at_end(long + "    return"))
    await settled(completer)
    await completer.suggest("a.py", at_end(long + "    return x +"))

    small, whole = model.prompts
    assert len(small) < 200 < len(whole)
    assert long in whole
    assert model.asked_slots == [1, 0]
    assert [slot for slot, _ in model.reads] == [0]


@pytest.mark.asyncio
async def test_a_key_reads_only_the_end_of_the_prompt() -> None:
    model = ScriptedContinuer(" result")
    completer = completer_of(model)
    long = CODE * 5
    await completer.suggest("a.py", at_end(long + "    x = "))
    await settled(completer)
    await completer.suggest("a.py", at_end(long + "    y = "))

    said = await completer.suggest("a.py", at_end(long + "    y = z"))

    assert said.prompt_tokens - said.cached_tokens <= 3


@pytest.mark.asyncio
async def test_documents_keep_their_places_in_the_model() -> None:
    model = ScriptedContinuer(" 1")
    completer = completer_of(model)
    for name in ("a.py", "b.py", "a.py", "c.py", "a.py"):
        await completer.suggest(name, at_end(f"x{len(model.prompts)} ="))

    # Two have a place; the third one takes that of the one that was left.
    assert model.asked_slots == [0, 2, 0, 2, 0]


@pytest.mark.asyncio
async def test_what_the_index_finds_is_shown_before_the_file() -> None:
    async def gather(_request: CompletionRequest) -> Sequence[Piece]:
        return (Piece("prices.py", "def price_of(item: str) -> int:"),)

    model = ScriptedContinuer(" 1")
    await completer_of(model, gather=gather).suggest("a.py", at_end("x ="))

    assert model.prompts == [
        "<|r|>shop\n<|f|>prices.py\ndef price_of(item: str) -> int:\n<|f|>a.py\n<|p|><|s|>\n<|m|>x"
    ]


@pytest.mark.asyncio
async def test_an_index_that_takes_long_delays_nobody_and_serves_the_next_request() -> None:
    found = asyncio.Event()

    async def gather(_request: CompletionRequest) -> Sequence[Piece]:
        await found.wait()
        return (Piece("prices.py", "def price_of(item: str) -> int:"),)

    model = ScriptedContinuer(" 1")
    completer = completer_of(model, gather=gather)
    await asyncio.wait_for(completer.suggest("a.py", at_end("x =")), 5)
    found.set()
    await asyncio.sleep(0)
    await completer.suggest("a.py", at_end("y ="))

    assert ["prices.py" in prompt for prompt in model.prompts] == [False, True]


@pytest.mark.asyncio
async def test_a_model_that_is_not_sure_says_nothing() -> None:
    model = ScriptedContinuer(" result", mean_logprob=-2.5)

    assert (await completer_of(model).suggest("a.py", at_end("x ="))).text == ""


@pytest.mark.asyncio
async def test_a_word_that_is_begun_is_gone_on_with() -> None:
    model = ScriptedContinuer("ult = 0")

    said = await completer_of(model).suggest("a.py", at_end("    res"))

    # The model writes the whole word, so that it can use the tokens of the whole word.
    assert model.prompts[0].endswith("<|m|>   ")
    assert said.text == "ult = 0"


@pytest.mark.asyncio
async def test_lines_end_as_in_the_file() -> None:
    model = ScriptedContinuer("\n    return 1\n\n")

    completer = completer_of(model)
    said = await completer.suggest("a.py", at_end("x = 1\r\ndef f():", "\r\n"))
    along = await completer.suggest("a.py", at_end("x = 1\r\ndef f():\r\n    ret", "\r\n"))

    assert (said.text, along.text) == ("\r\n    return 1", "urn 1")
    assert "\r" not in model.prompts[0]


@pytest.mark.asyncio
async def test_text_that_is_cut_off_shows_whole_lines_only() -> None:
    model = ScriptedContinuer("\n    first = 1\n    second = " + "x" * 400)

    said = await completer_of(model).suggest("a.py", at_end("def f():"))

    assert said.text == "\n    first = 1"


@pytest.mark.asyncio
async def test_a_model_that_fails_is_said_and_the_next_request_is_answered() -> None:
    model = ScriptedContinuer(" 1", error=WorkerFailedError("completion", "it died"))
    completer = completer_of(model)
    with pytest.raises(WorkerFailedError):
        await completer.suggest("a.py", at_end("x ="))

    model.error = None

    assert (await completer.suggest("a.py", at_end("x ="))).text == " 1"


@pytest.mark.asyncio
async def test_a_closed_document_is_forgotten_and_its_request_ends() -> None:
    model = ScriptedContinuer(" 1", gate=asyncio.Event())
    completer = completer_of(model)
    asking = asyncio.create_task(completer.suggest("a.py", at_end("x =")))
    await model.asked(1)

    completer.forget("a.py")

    with pytest.raises(SupersededError):
        await asyncio.wait_for(asking, 5)
    assert completer._documents == {}


@pytest.mark.asyncio
async def test_typing_along_does_not_end_the_reading_of_the_whole_prompt() -> None:
    model = ScriptedContinuer(" result", gate=None)
    completer = completer_of(model)
    long = CODE * 5
    await completer.suggest("a.py", at_end(long + "    return"))

    await completer.suggest("a.py", at_end(long + "    return re"))
    await settled(completer)

    assert [slot for slot, _ in model.reads] == [0]


@pytest.mark.asyncio
async def test_the_index_is_asked_again_only_where_the_cursor_went_away() -> None:
    asked: list[str] = []

    async def gather(request: CompletionRequest) -> Sequence[Piece]:
        asked.append(request.before)
        return ()

    completer = completer_of(ScriptedContinuer("1"), gather=gather)
    lines = [f"name_{number} = {number}\n" for number in range(100)]
    for number in (10, 10, 11, 14, 20):
        text = "".join(lines[:number])
        await completer.suggest("a.py", at_end(f"{text}x{len(asked)} = ", "".join(lines[number:])))
    assert len(asked) == 1

    await completer.suggest("a.py", at_end("".join(lines[:60]) + "y = ", "".join(lines[60:])))
    assert len(asked) == 2
