import json
import signal
import xml.etree.ElementTree as ET
from pathlib import Path

import psutil
import pytest

from support.documents import documented_keys, keys_of
from support.terminal import Terminal, ended, wait_until

CLI = (Path(__file__).resolve().parents[3] / "docs" / "cli.md").read_text()
SMALL = ("prove", "needle", "--tokens", "100k", "--needles", "9")


@pytest.fixture
def scratch(terminal: Terminal) -> Path:
    """The folder for temporary files, and for nothing else."""
    folder = terminal.folder / "tmp"
    folder.mkdir()
    terminal.env = {**terminal.env, "TMPDIR": str(folder)}
    return folder


def check_nothing_is_left(scratch: Path) -> None:
    assert list(scratch.iterdir()) == []
    assert [one for one in psutil.process_iter(["cmdline"]) if is_about(one, scratch)] == []


def is_about(process: psutil.Process, folder: Path) -> bool:
    return any(str(folder) in argument for argument in process.info["cmdline"] or ())


def test_people_see_a_table_and_whether_the_promise_was_kept(
    terminal: Terminal, scratch: Path
) -> None:
    said = terminal.run(*SMALL)

    assert said.code == 0
    lines = said.out.splitlines()
    assert "tokens in" in lines[0]
    assert lines[1].split()[:3] == ["kind", "needles", "recall@1"]
    assert [line.split()[:2] for line in lines[2:5]] == [
        ["exact", "3"],
        ["structural", "3"],
        ["paraphrased", "3"],
    ]
    assert lines[5:] == ["exact recall@1 = 1.00: met", "structural recall@5 >= 0.95: met"]
    assert said.err.startswith("making a haystack of 100,000 tokens\nindexing ")
    assert said.err.endswith("asking for 9 needles\n")
    check_nothing_is_left(scratch)
    assert list(terminal.workspace.iterdir()) == []


def test_out_keeps_the_haystack_the_document_and_the_plot(terminal: Terminal) -> None:
    out = terminal.folder / "new" / "proof"

    said = terminal.run(*SMALL, "--seed", "3", "--out", str(out), "--json")

    assert said.code == 0
    bars = set(said.json["bars"])  # Sentences.
    assert keys_of(said.json) - bars <= documented_keys(CLI, "prove")
    assert said.json["options"] == {"tokens": 100_000, "needles": 9, "seed": 3}
    assert json.loads((out / "needle.json").read_text()) == said.json
    assert ET.parse(out / "needle.svg").getroot().tag.endswith("svg")
    for answer in said.json["answers"]:
        assert (out / "haystack" / answer["path"]).is_file()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["haystack"], "'haystack' is not one of 'needle'"),
        (["needle", "--tokens", "many"], "--tokens many: not a size from 100k to 100M"),
        (["needle", "--tokens", "99k"], "--tokens 99k: not a size from 100k to 100M"),
        (["needle", "--tokens", "200k"], "--tokens 200k: too few to hide 100 needles"),
        (["needle", "--needles", "1001"], "--needles"),
        (["needle", "--out", "."], "not an empty folder; name a new one"),
    ],
    ids=lambda found: " ".join(found) if isinstance(found, list) else "",
)
def test_bad_input_is_named(terminal: Terminal, arguments: list[str], words: str) -> None:
    terminal.write("a.py")

    said = terminal.nanobot("prove", *arguments, "--json")

    assert said.code == 2
    assert words in said.json["error"]["message"]


@pytest.mark.parametrize(
    ("number", "stage"),
    [
        (signal.SIGINT, "making"),
        (signal.SIGINT, "indexing"),
        (signal.SIGTERM, "making"),
        (signal.SIGTERM, "indexing"),
        (signal.SIGHUP, "indexing"),
    ],
)
def test_an_end_on_request_leaves_no_folder_and_no_worker(
    terminal: Terminal, scratch: Path, number: signal.Signals, stage: str
) -> None:
    command = terminal.start("prove", "needle", "--tokens", "500k")
    assert command.stderr is not None
    told = iter(command.stderr.readline, "")
    assert any(line.startswith(stage) for line in told)
    if stage == "indexing":
        wait_until(lambda: psutil.Process(command.pid).children() != [], timeout_s=60)

    command.send_signal(number)
    said = ended(command)

    assert said.code == 130, said
    assert said.out == ""
    assert said.err.splitlines()[-1:] == ["nanobot: interrupted"]
    assert "Traceback" not in said.err
    check_nothing_is_left(scratch)


def test_a_disk_that_is_full_is_told_in_words(terminal: Terminal, scratch: Path) -> None:
    # Enough for every document, and not for a segment of the index.
    said = terminal.run(*SMALL, "--tokens", "300k", "--json", limit_file_bytes=450_000)

    assert said.code == 1
    assert said.json["error"]["code"] == "failed"
    assert "File too large" in said.json["error"]["message"]
    assert said.json["error"]["message"].endswith("make room there, or choose another folder")
    assert "Traceback" not in said.err
    check_nothing_is_left(scratch)
