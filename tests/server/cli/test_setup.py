import pytest

from support.terminal import Terminal


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--tier", "warp"], "warp: no such tier; there are potato, sweet, power, beast"),
        (["--model", "boss=x"], "--model boss=x: write ROLE=NAME or ROLE=PATH.gguf; roles: main"),
        (["--model", "main=x", "--one-model", "y"], "--one-model and --model: only one of them"),
        (["--one-model", "gpt"], "gpt: not in the model catalogue, which has qwen2.5-coder-1.5b"),
    ],
)
def test_what_is_not_there_is_a_usage_error(
    terminal: Terminal, options: list[str], expected: str
) -> None:
    before = terminal.config.read_text()

    said = terminal.nanobot("setup", "--yes", *options)

    assert said.code == 2
    assert said.err.startswith(f"nanobot: {expected}")
    assert said.err.count("\n") == 1
    assert terminal.config.read_text() == before
    assert list(terminal.models.iterdir()) == []


def test_a_file_that_is_no_model_is_refused(terminal: Terminal) -> None:
    file = terminal.workspace / "mine.gguf"
    file.write_bytes(b"PK" + bytes(5_000))

    said = terminal.nanobot("setup", "--yes", "--model", f"main={file}")

    assert said.code == 1
    assert said.err == "nanobot: mine.gguf: not a GGUF file; choose another GGUF file\n"
    assert list(terminal.models.iterdir()) == []


def test_offline_fetches_nothing_and_says_which_file_is_missing(terminal: Terminal) -> None:
    said = terminal.nanobot("setup", "--yes", "--offline", "--tier", "potato")

    assert said.code == 1
    assert "put qwen2.5-coder-1.5b-instruct-q4_k_m.gguf into a folder DIR" in said.err
    assert "Tier: potato\n" in said.out
    assert "To fetch: 1.71 GB" in said.out
    assert max(len(line) for line in said.out.splitlines()[2:-1]) <= 80
    assert not list(terminal.models.glob("*.gguf"))


def test_a_person_may_say_no(terminal: Terminal) -> None:
    said = terminal.run("setup")

    # Nobody can answer: nothing was fetched, nothing was written.
    assert said.code == 1
    assert list(terminal.models.iterdir()) == []
