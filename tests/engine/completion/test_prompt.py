"""What the model reads, in the order in which it changes; nothing is cut within a line."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from nanobot_engine.completion.piece import Piece
from nanobot_engine.completion.prompt import (
    Prompt,
    PromptBudget,
    PromptBuilder,
    anchored,
    grammar_of,
)
from nanobot_engine.completion.request import CompletionRequest
from nanobot_engine.model import FimTokens
from support.scripted_continuer import ScriptedContinuer

FIM = FimTokens(prefix="<|p|>", suffix="<|s|>", middle="<|m|>", repository="<|r|>", file="<|f|>")
# A token is a character.
BUDGET = PromptBudget(pieces=80, imports=40, window=120, window_max=160, line=50, suffix=40)
LINES = [f"line_{number} = {number}\n" for number in range(100, 140)]


class Built:
    """Builds prompts one after the other, as for one document."""

    def __init__(self, budget: PromptBudget = BUDGET, fim: FimTokens = FIM) -> None:
        self.model = ScriptedContinuer()
        self.builder = PromptBuilder(self.model, fim, budget)
        self.window = ""

    async def tokens(
        self, request: CompletionRequest, pieces: Sequence[Piece] = ()
    ) -> Prompt | None:
        prompt = await self.builder.prompt(request, pieces, last_window=self.window, project="shop")
        if prompt is not None:
            self.window = prompt.window
        return prompt

    async def text(self, request: CompletionRequest, pieces: Sequence[Piece] = ()) -> str:
        prompt = await self.tokens(request, pieces)
        assert prompt is not None
        return self.model.text_of(prompt.tokens)


@pytest.mark.asyncio
async def test_what_changes_at_each_key_comes_last() -> None:
    text = await Built().text(CompletionRequest("a.py", "x = 1\ny = 2 ", " + z\nw = 3\n"))

    assert text == "<|p|><|s|> + z\nw = 3\n<|m|>x = 1\ny = 2"


@pytest.mark.asyncio
async def test_special_tokens_in_a_file_are_text() -> None:
    built = Built()
    await built.text(CompletionRequest("a.py", "x = '<|m|>'\n", "\n"))

    prompt = await built.tokens(CompletionRequest("a.py", "x = '<|m|>'\n", "\n"))

    assert prompt is not None
    assert sum(1 for token in prompt.tokens if token >= 0x200000) == 3


@pytest.mark.asyncio
async def test_the_window_begins_where_it_began_until_it_is_too_long() -> None:
    built, starts = Built(), []
    for count in range(20, 30):
        text = await built.text(CompletionRequest("a.py", "".join(LINES[:count]), "\n"))
        starts.append(text.partition("<|m|>")[2].partition("\n")[0])

    # Of ten keys that add a line each, few read the window anew.
    assert 2 <= len(set(starts)) <= 4
    assert starts == sorted(starts)


@pytest.mark.asyncio
async def test_a_window_has_whole_lines_and_keeps_to_its_budget() -> None:
    prompt = await Built().tokens(CompletionRequest("a.py", "".join(LINES), "\n"))

    assert prompt is not None
    assert len(prompt.window) <= BUDGET.window
    assert prompt.window in "".join(LINES)
    assert prompt.window.startswith("line_")


@pytest.mark.asyncio
async def test_the_imports_are_shown_when_the_window_does_not_reach_them() -> None:
    head = '"""Doc."""\nimport os\nfrom shop import (\n    price,\n)\n'
    request = CompletionRequest("a.py", "".join(LINES), "\n", head=head)
    text = await Built(replace(BUDGET, imports=60)).text(request)

    shown = text.partition("<|m|>")[2]
    assert shown.startswith("import os\nfrom shop import (\n    price,\n)\n\nline_")


@pytest.mark.asyncio
async def test_pieces_are_shown_whole_or_not_at_all_the_best_one_last() -> None:
    pieces = [Piece("b.py", "def b(): ..."), Piece("c.py", "x" * 90), Piece("d.py", "def d(): ...")]
    text = await Built().text(CompletionRequest("a.py", "b", "\n"), pieces)

    assert text.startswith(
        "<|r|>shop\n<|f|>d.py\ndef d(): ...\n<|f|>b.py\ndef b(): ...\n<|f|>a.py\n<|p|>"
    )


@pytest.mark.asyncio
async def test_a_model_without_tokens_for_other_files_sees_none() -> None:
    fim = replace_tokens(FIM)
    text = await Built(fim=fim).text(
        CompletionRequest("a.py", "b", "\n"), [Piece("b.py", "def b(): ...")]
    )

    assert text.startswith("<|p|>")


def replace_tokens(fim: FimTokens) -> FimTokens:
    return fim.model_copy(update={"repository": "", "file": ""})


@pytest.mark.asyncio
async def test_brackets_that_an_editor_closed_do_not_change_the_prompt() -> None:
    built = Built()
    one = await built.text(CompletionRequest("a.py", "x = f", "\ny = 1\n"))
    other = await built.text(CompletionRequest("a.py", "x = f(a", ")\ny = 1\n"))

    assert one.partition("<|m|>")[0] == other.partition("<|m|>")[0] == "<|p|><|s|>\ny = 1\n"


@pytest.mark.asyncio
async def test_a_very_long_line_gets_no_prompt() -> None:
    assert await Built().tokens(CompletionRequest("a.py", "x" + " + 1" * 40, "\n")) is None


@pytest.mark.parametrize(
    ("line", "start"),
    [
        ("    ret", " ret"),
        ("    self.val", ".val"),
        ("    self.", "."),
        ("x = f(", "("),
        ("x = a_na", "_na"),
        ("x = ", " "),
        ("\t", "\t"),
        ("x = 12", ""),
        ("", ""),
        ("na\u00efv", "na\u00efv"),
    ],
)
@pytest.mark.asyncio
async def test_the_last_piece_of_a_word_is_left_to_the_model(line: str, start: str) -> None:
    prompt = await Built().tokens(CompletionRequest("a.py", line, "\n"))

    assert prompt is not None
    assert prompt.start == start


def test_a_grammar_holds_the_model_to_a_text() -> None:
    assert grammar_of("") is None
    assert grammar_of(' "a\\') == 'root ::= " \\"a\\\\" [^\\x00]*'


def test_a_window_is_found_again_where_code_repeats_itself() -> None:
    block = "def f():\n    a = 1\n    b = 2\n"
    window = f"{block}    c = 3\n    d = 4\n"

    assert anchored(f"{block}    x = 0\n{window}    e = 5\n", window) == len(block) + 10
    assert anchored("something else\n", window) is None
    assert anchored("anything", "") is None
