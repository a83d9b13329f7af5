import hashlib
from typing import Any

import pytest

from nanobot_server.lsp.errors import PlanError
from nanobot_server.lsp.review.edit_plan import Plan

BASE = b"def f():\n    pass\n"
RESULT = b"def f():\n    'doc'\n    pass\n"


def answer(**changed: Any) -> dict[str, Any]:
    file = {
        "path": "a.py",
        "base_sha256": hashlib.sha256(BASE).hexdigest(),
        "result_sha256": hashlib.sha256(RESULT).hexdigest(),
        "edits": [{"start_byte": 9, "end_byte": 9, "new_text": "    'doc'\n", "label": "f"}],
    }
    head = {"process_id": "p", "recipe": "document", "state": "done"}
    return {**head, "files": [{**file, **changed}], "refused": []}


def test_a_plan_gives_the_verified_result() -> None:
    (file,) = Plan.of(answer()).files

    assert file.result_of(BASE) == RESULT


def test_another_base_is_refused() -> None:
    (file,) = Plan.of(answer()).files

    with pytest.raises(PlanError, match="changed since"):
        file.result_of(BASE + b"#")


def test_edits_that_give_another_text_are_refused() -> None:
    (file,) = Plan.of(answer(result_sha256="0" * 64)).files

    with pytest.raises(PlanError, match="verified"):
        file.result_of(BASE)


@pytest.mark.parametrize(
    "edits",
    [
        [
            {"start_byte": 0, "end_byte": 5, "new_text": "", "label": ""},
            {"start_byte": 4, "end_byte": 6, "new_text": "", "label": ""},
        ],
        [{"start_byte": 5, "end_byte": 4, "new_text": "", "label": ""}],
        [{"start_byte": -1, "end_byte": 4, "new_text": "", "label": ""}],
    ],
)
def test_edits_that_overlap_are_refused(edits: list[dict[str, Any]]) -> None:
    with pytest.raises(PlanError, match="overlap"):
        Plan.of(answer(edits=edits))


@pytest.mark.parametrize(
    "wrong", [{}, {"process_id": "p", "recipe": "x", "state": "x", "files": [{}]}]
)
def test_an_answer_of_another_version_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(PlanError, match="unexpected answer"):
        Plan.of(wrong)
