"""`nanobot models`, on a small model of the user's own that a loopback server has."""

import hashlib
import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from nanobot_engine.model import Role, Tier, load_catalogue
from support.documents import documented_keys, keys_of
from support.faulty_server import Faults, serving
from support.terminal import Terminal

REPO = Path(__file__).resolve().parents[3]
KEYS = documented_keys((REPO / "docs" / "cli.md").read_text(), "models")
BODY = random.Random(4).randbytes(500_000)
MAIN = load_catalogue().for_role(Tier.POTATO, Role.MAIN)


@pytest.fixture
def server() -> Iterator[Faults]:
    with serving(BODY) as faults:
        yield faults


@pytest.fixture
def shop(terminal: Terminal, server: Faults) -> Terminal:
    """A terminal whose user has added a model to the catalogue."""
    entry = {
        **MAIN.model_dump(mode="json"),
        "name": "tiny",
        "size_bytes": len(BODY),
        "sha256": hashlib.sha256(BODY).hexdigest(),
        "sources": [{"kind": "url", "url": f"{server.url}/file"}],
    }
    data = terminal.folder / "data" / "nanobot"
    data.mkdir(parents=True)
    (data / "own_models.json").write_text(json.dumps({"version": 1, "models": [entry]}))
    return terminal


def test_all_models_are_listed_with_what_they_are(shop: Terminal) -> None:
    said = shop.nanobot("models", "list", "--json")

    assert (said.code, said.err) == (0, "")
    assert keys_of(said.json) <= KEYS
    by_name = {one["name"]: one for one in said.json["models"]}
    main = by_name[MAIN.name]
    assert (main["state"], main["used_by"]) == ("missing", ["main"])
    assert "main" in main["roles"]
    assert (main["pinned_by"], main["licence"]) == ("catalogue", "Apache-2.0")
    assert Tier.POTATO.value in main["tiers"]
    assert by_name["tiny"]["tiers"] == []
    assert by_name[load_catalogue().embedder().name]["kind"] == "embedder"
    assert said.json["disk_bytes"] == 0
    assert list(shop.models.iterdir()) == []


def test_a_list_for_people_has_a_line_for_each_model(shop: Terminal) -> None:
    (shop.models / "mine.gguf").write_bytes(b"x" * 2_000_000)

    said = shop.nanobot("models")

    lines = said.out.splitlines()
    assert lines[0].split() == ["model", "tier", "role", "size", "licence", "state", "used", "by"]
    assert len(lines) == 1 + len(load_catalogue().models) + 1 + 1 + 2
    assert lines[-2] == "mine.gguf: not of nanobot, 2 MB"
    assert lines[-1] == f"{shop.models}: 0.00 GB"


def test_a_model_is_fetched_listed_and_removed(shop: Terminal, server: Faults) -> None:
    pulled = shop.nanobot("models", "pull", "tiny", "--json")

    assert pulled.code == 0, pulled
    assert keys_of(pulled.json) <= KEYS
    assert pulled.json["models"][0]["fetched"]
    assert (shop.models / "tiny.gguf").read_bytes() == BODY

    listed = shop.nanobot("models", "list", "tiny", "--json").json
    assert [one["state"] for one in listed["models"]] == ["verified"]
    assert listed["disk_bytes"] >= len(BODY)

    server.asked.clear()
    again = shop.nanobot("models", "pull", "tiny")
    assert again.out == f"tiny: was there, {shop.models / 'tiny.gguf'}\n"
    assert server.asked == []

    removed = shop.nanobot("models", "remove", "tiny", "--json")
    assert removed.code == 0
    assert keys_of(removed.json) <= KEYS
    assert removed.json["freed_bytes"] >= len(BODY)
    assert not (shop.models / "tiny.gguf").exists()
    assert shop.nanobot("models", "remove", "tiny").out == "tiny: was not there\n"


def test_a_fetch_without_a_terminal_says_a_line_and_no_bar(shop: Terminal) -> None:
    said = shop.run("models", "pull", "tiny")

    assert (said.code, said.err) == (0, "tiny: 0 MB\n"), said
    assert said.out == f"tiny: fetched, {shop.models / 'tiny.gguf'}\n"


def test_what_the_settings_use_is_removed_only_when_asked_twice(shop: Terminal) -> None:
    file = shop.models / MAIN.file_name
    file.write_bytes(b"damaged")
    (shop.models / f"{MAIN.file_name}.verified").write_text("{}")

    refused = shop.nanobot("models", "remove", MAIN.name)

    assert refused.code == 2
    words = "the settings use it for main; --yes removes it all the same"
    assert refused.err == f"nanobot: {MAIN.name}: {words}\n"
    assert file.exists()
    assert shop.nanobot("models", "remove", MAIN.name, "--yes").code == 0
    assert list(shop.models.iterdir()) == [shop.models / ".download"]


def test_a_model_that_the_user_gave_a_role_is_in_use(shop: Terminal) -> None:
    shop.set('[model.roles]\nrlm = "tiny"')
    assert shop.nanobot("models", "pull", "tiny").code == 0

    by_name = {one["name"]: one for one in shop.nanobot("models", "list", "--json").json["models"]}
    assert by_name["tiny"]["used_by"] == ["rlm", "completion"]
    assert by_name[MAIN.name]["used_by"] == ["main"]
    assert shop.nanobot("models", "remove", "tiny").code == 2
    assert (shop.models / "tiny.gguf").exists()


def test_a_file_of_somebody_else_is_never_removed(shop: Terminal) -> None:
    file = shop.models / "tiny.gguf"
    file.write_bytes(b"mine")

    said = shop.nanobot("models", "remove", "tiny", "--yes", "--json")

    assert (said.code, said.json["error"]["code"]) == (1, "failed")
    assert (
        "its bytes are not those of this model; remove it yourself"
        in (said.json["error"]["message"])
    )
    assert file.read_bytes() == b"mine"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["pull"], "pull: name a model or a tier"),
        (["remove"], "remove: name a model"),
        (["pull", "nope"], "nope: not in the model catalogue, which has"),
        (["list", "nope"], "nope: not in the model catalogue, which has"),
        (["remove", "nope"], "nope: not in the model catalogue, which has"),
        (["bench", "nope"], "nope: no role; roles: main, rlm, memory"),
        (["list", "--yes"], "--yes: means nothing to 'models list'"),
        (["fetch"], "see 'nanobot models --help'"),
    ],
)
def test_a_wrong_command_line_is_one_sentence(
    shop: Terminal, arguments: list[str], words: str
) -> None:
    said = shop.nanobot("models", *arguments)

    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)
    assert words in said.err
    assert list(shop.models.iterdir()) == []


def test_a_server_that_has_nothing_is_an_error_document(shop: Terminal, server: Faults) -> None:
    server.planned = ["re-encoded"]

    said = shop.nanobot("models", "pull", "tiny", "--json")

    assert (said.code, said.json["error"]["code"]) == (1, "failed")
    assert "the server sent the file re-encoded" in said.json["error"]["message"]


def test_measuring_a_model_that_is_missing_says_what_to_do(shop: Terminal) -> None:
    said = shop.nanobot("models", "bench", "main", "--json")

    assert (said.code, said.json["error"]["code"]) == (1, "model_missing")
    assert "nanobot setup" in said.json["error"]["message"]
