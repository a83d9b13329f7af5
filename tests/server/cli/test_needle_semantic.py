"""Needles that are asked for by meaning, in a haystack of three straws."""

from pathlib import Path

import pytest

from nanobot_engine.model import default_models_dir, install_embedder
from nanobot_indexer import DEFAULT_INDEX_OPTIONS, ingest
from nanobot_indexer.needle.needle import Form, Needle, NeedleKind, Planted
from nanobot_server.cli.needle_semantic import ask_by_meaning

pytestmark = pytest.mark.model

TEXTS = {
    "logo.md": "The mascot, a purple heron, may not be tilted or recoloured in print.\n",
    "tape.md": "Since the flood, tapes live in a bunker forty kilometres outside of town.\n",
    "meal.md": "Meals for the hackathon are vegetarian throughout.\n",
}


@pytest.fixture
def haystack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    install_embedder(default_models_dir(), progress=lambda _progress: None, cancelled=lambda: False)
    # The models are the user's, the settings are not.
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    root = tmp_path / "haystack"
    root.mkdir()
    for path, text in TEXTS.items():
        (root / path).write_text(text, "utf-8")
    ingest(root, options=DEFAULT_INDEX_OPTIONS)
    return root


def planted(path: str, question: str) -> Planted:
    needle = Needle(NeedleKind.PARAPHRASED, Form.DOC, TEXTS[path], question)
    return Planted(needle, path, 1, 0.5)


def test_paraphrased_needles_are_found_by_meaning(haystack: Path) -> None:
    said: list[str] = []
    needles = [
        planted("logo.md", "Brand guidelines concerning the bird logo"),
        planted("tape.md", "Where is our off-site archive kept?"),
    ]

    document = ask_by_meaning(haystack, needles, tell=said.append)

    assert said == ["embedding the haystack"]
    assert document["embedding"]["embedded_chunks"] == document["embedding"]["chunks"] == 3
    assert document["kinds"]["paraphrased"]["needles"] == 2
    assert document["kinds"]["paraphrased"]["recall_at_1"] == 1.0
