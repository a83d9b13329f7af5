import signal
import time
from pathlib import Path

from support.asked_workspace import FILES
from support.documents import documented_keys, keys_of
from support.terminal import Terminal, ended

CLI = (Path(__file__).resolve().parents[3] / "docs" / "cli.md").read_text()
QUESTION = "Which exception is raised when a cart is full?"


def write_shop(terminal: Terminal) -> None:
    for path, text in FILES.items():
        terminal.write(path, text)


def test_a_place_is_answered_without_a_model_or_an_index(terminal: Terminal) -> None:
    write_shop(terminal)

    said = terminal.nanobot("ask", "Where is CartFullError defined?")

    place = "shop/cart.py:6"
    assert (said.code, said.err) == (0, "")
    assert said.out == f"{place}\n{place}-6: class CartFullError(Exception):\n"


def test_without_models_it_says_what_to_do_and_what_search_found(terminal: Terminal) -> None:
    write_shop(terminal)

    said = terminal.nanobot("ask", QUESTION)
    document = terminal.nanobot("ask", QUESTION, "--json")

    assert said.code == document.code == 1
    assert "run 'nanobot setup'" in said.err
    assert "found by search alone, read by no model:" in said.err
    assert "shop/cart.py" in said.out
    assert document.json["error"]["code"] == "model_missing"
    assert any(piece["path"] == "shop/cart.py" for piece in document.json["candidates"])


def test_replies_that_prove_nothing_are_no_answer(terminal: Terminal) -> None:
    write_shop(terminal)
    terminal.start_host()

    said = terminal.nanobot("ask", QUESTION)
    document = terminal.nanobot("ask", QUESTION, "--json").json

    assert said.code == 0
    assert "not found in this workspace" in said.err
    assert (document["is_found"], document["answer"], document["evidence"]) == (False, "", [])
    assert document["reason"] == "no_answer"
    assert document["flags"] == document["votes"] > 0
    assert keys_of(document) <= documented_keys(CLI, "ask")


def test_what_is_nowhere_is_said_with_names_like_it(terminal: Terminal) -> None:
    write_shop(terminal)

    said = terminal.nanobot("ask", "What does cart_full_err do?")
    place = terminal.nanobot("ask", "Where is CartFulError defined?")

    assert (said.code, said.out) == (0, "")
    assert "'cart_full_err': nowhere in this workspace" in said.err
    assert "there is 'CartFullError'" in place.err


def test_the_time_can_be_limited(terminal: Terminal) -> None:
    write_shop(terminal)
    terminal.start_host(wave_s=30)

    document = terminal.nanobot("ask", QUESTION, "--timeout", "1", "--json").json

    assert document["reason"] == "timeout"
    assert document["candidates"]


def test_ctrl_c_ends_a_question(terminal: Terminal) -> None:
    write_shop(terminal)
    terminal.start_host(wave_s=30)
    asking = terminal.start("ask", QUESTION)
    assert asking.stderr is not None
    assert asking.stderr.readline().startswith("reading ")

    began = time.monotonic()
    asking.send_signal(signal.SIGINT)
    said = ended(asking)

    assert said.code == 130
    assert time.monotonic() - began < 20
    assert terminal.nanobot("ask", "Where is Cart defined?").code == 0


def test_an_empty_question_is_a_usage_error(terminal: Terminal) -> None:
    terminal.write("a.py")

    said = terminal.nanobot("ask", " ?", "--json")

    assert (said.code, said.json["error"]["code"]) == (2, "usage")
