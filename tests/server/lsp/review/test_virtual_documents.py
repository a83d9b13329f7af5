"""Documents that are no files."""

import hashlib
from pathlib import Path

import pytest

from nanobot_server.lsp.client.client_profile import ClientProfile
from nanobot_server.lsp.document.planned_texts import PlannedTexts
from nanobot_server.lsp.document.session import Session
from nanobot_server.lsp.review.edit_plan import Plan, PlanEdit, PlanFile, PlanHunk
from nanobot_server.lsp.review.open_reviews import OpenReviews
from nanobot_server.lsp.review.virtual_documents import AFTER, ANSWERS_MAX, BEFORE, VirtualDocuments

pytestmark = pytest.mark.asyncio

GONE = "nanobot: this is not kept any more.\n"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class Rig:
    """One file with one open hunk."""

    def __init__(self, root: Path, base: bytes, name: str = "a.py") -> None:
        self.root = root
        self.reviews = OpenReviews()
        session = Session(ClientProfile.of({"capabilities": {}, "rootUri": root.as_uri()}))
        self.documents = VirtualDocuments(self.reviews, PlannedTexts(session))
        result = base + b"# end\n"
        edit = PlanEdit(len(base), len(base), "# end\n", "end")
        file = PlanFile(name, sha256(base), sha256(result), (edit,))
        hunk = PlanHunk("h1", name, 2, 0, "end", is_open=True, is_shared=False)
        self.plan = Plan("p1", "document", "waiting_for_review", (file,), (), hunks=(hunk,))
        self.reviews.texts.keep(file.base_sha256, base)
        self.reviews.remember(root, self.plan)

    async def side(self, side: str, name: str = "a.py") -> str:
        return await self.documents.text(self.documents.side_uri(self.root, "p1", side, name))


async def test_a_file_is_shown_before_and_after(tmp_path: Path) -> None:
    rig = Rig(tmp_path, "\ufeffx = '\U0001f600'\n".encode())

    assert await rig.side(BEFORE) == "x = '\U0001f600'\n"
    assert await rig.side(AFTER) == "x = '\U0001f600'\n# end\n"
    diff = await rig.documents.text(rig.documents.diff_uri(tmp_path, "p1"))
    assert diff.endswith("@@ -1,1 +1,2 @@\n \ufeffx = '\U0001f600'\n+# end\n")


@pytest.mark.parametrize("name", ["a b.py", "é#?.py", "q%20.py", "d/e.py"])
async def test_names_of_files_survive_the_uri(name: str, tmp_path: Path) -> None:
    rig = Rig(tmp_path, b"x\n", name)

    assert await rig.side(AFTER, name) == "x\n# end\n"


async def test_what_is_decided_looks_the_same_on_both_sides(tmp_path: Path) -> None:
    rig = Rig(tmp_path, b"x\n")
    (tmp_path / "a.py").write_text("now\n")
    rig.reviews.forget(tmp_path, "p1")

    assert await rig.side(BEFORE) == await rig.side(AFTER) == "now\n"
    diff = await rig.documents.text(rig.documents.diff_uri(tmp_path, "p1"))
    assert diff == "nanobot: nothing of this change waits any more.\n"


async def test_nothing_outside_the_workspace_is_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s")
    (tmp_path / "ws").mkdir()
    rig = Rig(tmp_path / "ws", b"x\n")
    (tmp_path / "ws" / "link").symlink_to(tmp_path / "secret")

    assert await rig.side(BEFORE, "../secret") == ""
    assert await rig.side(BEFORE, "link") == ""
    assert await rig.side(BEFORE, "/etc/hostname") == ""


async def test_a_text_that_is_not_kept_is_not_made_up(tmp_path: Path) -> None:
    rig = Rig(tmp_path, b"x\n")
    rig.reviews.texts.keep("else", b"y" * 64 * 1024 * 1024)

    assert await rig.side(BEFORE) == GONE
    diff = await rig.documents.text(rig.documents.diff_uri(tmp_path, "p1"))
    assert diff == "# a.py: the text it was planned for is not known any more\n"


async def test_answers_are_kept_up_to_a_limit(tmp_path: Path) -> None:
    rig = Rig(tmp_path, b"x\n")
    uris = [rig.documents.keep_answer(f"answer {number}") for number in range(ANSWERS_MAX + 1)]

    assert await rig.documents.text(uris[0]) == GONE
    assert await rig.documents.text(uris[-1]) == f"answer {ANSWERS_MAX}"


@pytest.mark.parametrize(
    "uri", ["", "nanobot-review:", "nanobot-review:/x", "nanobot-answer:/", "http://[", "\udc80"]
)
async def test_any_uri_gets_a_text(uri: str, tmp_path: Path) -> None:
    assert await Rig(tmp_path, b"x\n").documents.text(uri) == GONE


async def test_only_what_was_asked_for_is_refreshed(tmp_path: Path) -> None:
    rig = Rig(tmp_path, b"x\n")
    uri = rig.documents.side_uri(tmp_path, "p1", AFTER, "a.py")
    assert rig.documents.shown_of(tmp_path, "p1") == []

    await rig.documents.text(uri)

    assert rig.documents.shown_of(tmp_path, "p1") == [uri]
    assert rig.documents.shown_of(tmp_path, "p2") == []
