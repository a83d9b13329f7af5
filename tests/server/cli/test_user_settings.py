import pytest

from support.terminal import GOAL, Terminal


@pytest.mark.parametrize("command", [["ingest"], ["search", "total"], ["process", GOAL, "--plan"]])
def test_a_bad_setting_is_remarked_on_once_and_the_command_works(
    terminal: Terminal, command: list[str]
) -> None:
    terminal.write("a.py")
    terminal.config.write_text("[process]\nvotes_ahead = 99\n[wat]\nx = 1\n")

    said = terminal.nanobot(*command)

    assert said.code == 0
    assert said.err.count("\n") == 1
    assert said.err.startswith(f"settings: {terminal.config}: ")
    assert said.err.endswith("(1 more: see 'nanobot doctor')\n")


def test_a_malformed_file_does_not_stop_a_process(terminal: Terminal) -> None:
    terminal.write("a.py")
    terminal.start_host()  # Reads its settings while they are right.
    terminal.config.write_text("[process\n")

    said = terminal.nanobot("process", GOAL, "--json")

    assert (said.code, said.json["edits"]) == (3, 1)
    assert "is not TOML" in said.err
    assert said.err.count("\n") == 1


def test_a_process_that_is_accepted_at_once_remarks_once(terminal: Terminal) -> None:
    terminal.write("a.py")
    terminal.start_host()
    terminal.config.write_text("[process\n")

    said = terminal.nanobot("process", GOAL, "--accept", "--json")

    assert (said.code, len(said.json["accepted"]["written"])) == (0, 1)
    assert said.err.count("is not TOML") == 1


@pytest.mark.parametrize("command", ["status", "doctor"])
def test_a_command_that_uses_no_settings_says_nothing(terminal: Terminal, command: str) -> None:
    terminal.config.write_text("[process\n")

    assert terminal.nanobot(command).err == ""
