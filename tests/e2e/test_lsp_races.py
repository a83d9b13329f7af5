"""The user types while edits land: what they typed stays, and edits come whole or not at all.

A real host and a scripted model document a file; then hunks are accepted one by one, each
while the user types somewhere at a random moment. `NANOBOT_RACES` says how often.
"""

import asyncio
import os
import random
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from lsprotocol import types as t
from pygls.exceptions import JsonRpcInternalError

from e2e.model_editor import EDITORS, ModelEditor
from support.terminal import Terminal

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(7200)]

RACES = int(os.environ.get("NANOBOT_RACES", "48"))
SEED = int(os.environ.get("NANOBOT_RACES_SEED", "0"))
FUNCTIONS_MAX = 250
TYPED_S = 0.1
"""What the user types comes within so long of the command: before, between, and behind it."""
AT_ONCE_SHARE = 0.2
"""How often it is right before the editor takes the edit, and how often right after."""
INSIDE_SHARE = 0.1
"""How often it is in the function that is documented, which is then asked about again."""
WAIT_S = 60.0
DOCSTRING = '    """Return the sum of the numbers."""\n'
DOCUMENTED = re.compile(r'(?P<head>def (?P<name>\w+)\([^\n]*\n) *"""(?P<text>[^"\n]*)"""\n')


def source(count: int) -> str:
    """Return functions with lines in and between them that the user may type at."""
    return "".join(
        f"# slot {number} \U0001f600\n\n\n"
        f"def total_{number}(numbers):\n    # inner {number} \u00e9\n    return sum(numbers)\n\n\n"
        for number in range(count)
    )


class Typist:
    """Types in an editor, and knows the text as it would be without any help."""

    def __init__(self, editor: ModelEditor, uri: str, dice: random.Random, count: int) -> None:
        self._editor = editor
        self.uri = uri
        self._dice = dice
        self._functions = count
        self._typed = 0
        self.own_text = editor.documents[uri].text
        self.function = "total_0"
        """What is accepted now."""
        self.at_once_share = AT_ONCE_SHARE

    def type(self) -> None:
        """Change a comment: between functions, or sometimes in the one that is documented."""
        self._typed += 1
        is_inside = self._dice.random() < INSIDE_SHARE
        number = int(self.function.rpartition("_")[2])
        other = self._dice.randrange(self._functions)
        name = f"# inner {number}" if is_inside else f"# slot {other}"
        found = re.search(rf"{name} [^\n]*", self.own_text)
        assert found is not None
        more = "" if is_inside else "\n# and more" * self._dice.randrange(3)
        new = f"{found[0]} {self._typed}{more}"
        text = self._editor.documents[self.uri].text
        assert text.count(found[0]) == 1
        self.own_text = self.own_text.replace(found[0], new)
        self._editor.change(self.uri, text.replace(found[0], new))

    async def type_around(self) -> None:
        for _ in range(self._dice.randrange(3)):
            await asyncio.sleep(self._dice.uniform(0, TYPED_S))
            self.type()


def as_its_editor_does(
    editor: ModelEditor, typist: Typist, dice: random.Random
) -> Callable[[t.ApplyWorkspaceEditParams], Any]:
    """Return how the real one takes an edit, with a user who types right before or after it."""

    def answer(params: t.ApplyWorkspaceEditParams) -> t.ApplyWorkspaceEditResult:
        # What an editor without versions applies to another text, nobody can undo for it.
        if editor.name != "kate" and dice.random() < typist.at_once_share:
            typist.type()
        result = editor.apply_all(params)
        if dice.random() < typist.at_once_share:
            typist.type()
        if editor.name == "neovim":
            # It leaves out an edit of an older text and says that it made it.
            return t.ApplyWorkspaceEditResult(applied=True)
        if editor.name.startswith("emacs") and not result.applied:
            raise JsonRpcInternalError("Edits require another version of the document")
        return result

    return answer


async def waiting(editor: ModelEditor) -> dict[str, str]:
    """Return the function of each hunk that waits, by id."""
    review = await editor.own("review", {"processId": "p1"})
    hunks = [hunk for file in review["files"] for hunk in file["hunks"]]
    return {hunk["hunkId"]: hunk["title"].rpartition(" ")[2] for hunk in hunks}


async def settled(editor: ModelEditor, typist: Typist, hunk: str, before: int) -> str:
    """Wait until a decision was carried out, or the user was told why not; say which."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + WAIT_S
    while loop.time() < deadline:
        (process,) = (await editor.own("processes"))["processes"]
        is_gone = hunk not in await waiting(editor)
        (after,) = (await editor.own("processes"))["processes"]
        said = " ".join(editor.messages()[before:])
        # While it is planned or asked again, a hunk is gone for a moment.
        if process["state"] == after["state"] and after["state"] in ("waiting_for_review", "done"):
            if "asked again" in said:
                if "wait; " in said.partition("asked again")[2]:
                    return "asked again"
            elif is_gone and typist.function in documented(editor, typist.uri):
                return "applied"
            elif "not changed" in said or "can not be accepted" in said:
                return "left"
        await asyncio.sleep(0.02)
    raise AssertionError(f"{hunk} is not settled; messages: {editor.messages()[before:]}")


def documented(editor: ModelEditor, uri: str) -> list[str]:
    return [found["name"] for found in DOCUMENTED.finditer(editor.documents[uri].text)]


def check(editor: ModelEditor, typist: Typist, uri: str, what: str) -> None:
    text = editor.documents[uri].text
    names = documented(editor, uri)
    assert DOCUMENTED.sub(r"\g<head>", text) == typist.own_text, what
    assert len(names) == len(set(names)) == text.count(DOCSTRING), what


@pytest.mark.parametrize("name", EDITORS)
async def test_what_the_user_types_stays_and_edits_come_whole(
    name: str, terminal: Terminal, opened: Any
) -> None:
    dice = random.Random(f"{name} {SEED}")
    outcomes: Counter[str] = Counter()
    races = -(-RACES // len(EDITORS))
    functions = min(FUNCTIONS_MAX, races + 5)
    terminal.write("a.py", source(functions))
    editor = await opened(name)
    terminal.start_host(is_held=True)
    editor.tells_after_s = 0.05 if name == "neovim" else 0.0
    editor.answers = ["Later"] * 10 * races
    uri = editor.open("a.py", source(functions))
    typist = Typist(editor, uri, dice, functions)
    editor.on_apply = as_its_editor_does(editor, typist, dice)
    await editor.command("process.start", {"recipe": "document", "goal": "document everything"})
    await editor.until("the review", lambda: editor.questions)

    for number in range(races):
        hunks = await waiting(editor)
        if not hunks:
            break
        hunk = dice.choice(sorted(hunks))
        said = len(editor.messages())
        typist.function = hunks[hunk]
        typing = asyncio.create_task(typist.type_around())
        await asyncio.sleep(dice.uniform(0, TYPED_S / 2))
        await editor.command("process.accept", {"processId": "p1", "hunks": [hunk]})
        await typing
        outcome = await settled(editor, typist, hunk, said)
        outcomes[outcome] += 1
        what = f"{name}, seed {SEED}, race {number}: {outcome}"
        check(editor, typist, uri, what)
        is_there = hunks[hunk] in documented(editor, uri)
        assert is_there == (outcome == "applied"), f"{what}; {editor.messages()[said:]}"

    print(f"{name}, seed {SEED}: {dict(outcomes)}")  # noqa: T201 - The count is the result.
    assert outcomes["applied"] > 0
    assert outcomes["left"] <= max(1, races / 10)
    typist.at_once_share = 0.4
    await editor.command("process.undo")
    assert editor.documents[uri].text == typist.own_text, editor.messages()[-1]
