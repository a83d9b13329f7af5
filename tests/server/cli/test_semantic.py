"""Search by meaning on the command line, with the model and without it."""

from pathlib import Path

import pytest

from nanobot_engine.model import default_models_dir, install_embedder
from support.terminal import Terminal

QUESTION = "how much does the customer pay"
CODE = """\
def total_price(items):
    # The sum of all goods and their tax.
    return sum(item.price * (1 + item.tax) for item in items)
"""
OTHER = """\
def shrink(image, width):
    ratio = width / image.width
    return image.resize(width, ratio * image.height)
"""


@pytest.fixture(scope="session")
def embedder_path() -> Path:
    folder = default_models_dir()
    done = install_embedder(folder, progress=lambda _progress: None, cancelled=lambda: False)
    return done.path


@pytest.fixture
def workspace(terminal: Terminal) -> Terminal:
    terminal.write("cart.py", CODE)
    terminal.write("picture.py", OTHER)
    return terminal


@pytest.fixture
def equipped(workspace: Terminal, embedder_path: Path) -> Terminal:
    """A terminal whose user has the embedding model."""
    (workspace.models / embedder_path.name).symlink_to(embedder_path)
    return workspace


def test_without_the_model_the_answer_is_the_one_by_words(workspace: Terminal) -> None:
    said = workspace.nanobot("search", "sum of goods", "--semantic")
    document = workspace.nanobot("search", "sum of goods", "--semantic", "--json").json

    assert said.code == 0
    assert said.out.startswith("cart.py:1-3")
    assert "run 'nanobot setup --semantic'" in said.err
    assert document["hits"][0]["path"] == "cart.py"
    assert document["semantic"]["ranking"] == "words"
    assert "not installed" in document["semantic"]["reason"]


def test_nothing_is_embedded_without_the_model(workspace: Terminal) -> None:
    said = workspace.nanobot("ingest", str(workspace.workspace), "--semantic", "--json")

    assert said.code == 1
    assert said.json["error"]["code"] == "model_missing"
    assert "nanobot setup --semantic" in said.json["error"]["message"]


def test_words_alone_start_nothing_and_say_nothing_of_it(workspace: Terminal) -> None:
    document = workspace.nanobot("search", "sum of goods", "--json").json

    assert set(document) == {"hits", "found_by"}
    assert "semantic" not in workspace.nanobot("status", "--json").json["index"]


@pytest.mark.model
def test_what_is_embedded_is_found_by_its_meaning(equipped: Terminal) -> None:
    ingested = equipped.nanobot("ingest", str(equipped.workspace), "--semantic", "--json").json
    assert ingested["semantic"]["embedded_chunks"] == ingested["semantic"]["chunks"] == 2
    assert ingested["semantic"]["new_chunks"] == 2

    found = equipped.nanobot("search", QUESTION, "--semantic", "--json").json
    assert found["hits"][0]["path"] == "cart.py"
    assert found["semantic"] == {
        "ranking": "fused",
        "reason": "",
        "embedded_chunks": 2,
        "chunks": 2,
    }
    status = equipped.nanobot("status", "--json").json
    assert status["index"]["semantic"] == {"embedded_chunks": 2, "chunks": 2}
    assert "2 of 2 chunks embedded" in equipped.nanobot("status").out


@pytest.mark.model
def test_the_setting_turns_it_on_and_an_option_off(equipped: Terminal) -> None:
    equipped.config.write_text(equipped.config.read_text() + "\n[search]\nsemantic = true\n")

    assert "semantic" in equipped.nanobot("search", QUESTION, "--json").json
    assert "semantic" not in equipped.nanobot("search", QUESTION, "--no-semantic", "--json").json
