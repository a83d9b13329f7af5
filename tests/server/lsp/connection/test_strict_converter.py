from typing import Any

import pytest
from cattrs.errors import BaseValidationError
from lsprotocol import types

from nanobot_server.lsp.connection.strict_converter import strict_converter

DOCUMENT: dict[str, Any] = {"uri": "file:///a.py", "languageId": "python", "version": 1}
AT = {"line": 0, "character": 0}


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": 3}, {"text": None}, {"text": ["a"]}, {"uri": {}},
        {"version": "1"}, {"version": 1.5}, {"version": True}, {"version": None},
    ],
)  # fmt: skip
def test_a_value_of_another_type_is_refused(wrong: dict[str, Any]) -> None:
    params = {"textDocument": {**DOCUMENT, "text": "", **wrong}}

    with pytest.raises(BaseValidationError):
        strict_converter().structure(params, types.DidOpenTextDocumentParams)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (types.Position, {"line": "0", "character": 0}),
        (types.ApplyWorkspaceEditResult, {"applied": "yes"}),
        (types.ApplyWorkspaceEditResult, {"applied": 1}),
        (types.CodeActionParams, {"textDocument": {"uri": 3}, "range": {"start": AT, "end": AT}}),
    ],
)
def test_so_it_is_in_every_object(kind: Any, value: Any) -> None:
    with pytest.raises(BaseValidationError):
        strict_converter().structure(value, kind)


def test_a_number_without_a_fraction_is_an_integer() -> None:
    found = strict_converter().structure({"line": 2.0, "character": 3}, types.Position)

    assert found == types.Position(2, 3)
    assert type(found.line) is int


@pytest.mark.parametrize("severity", [1, 5, 2**31])
def test_a_diagnostic_goes_back_as_it_came(severity: int) -> None:
    converter = strict_converter()
    diagnostic = {"range": {"start": AT, "end": AT}, "message": "m", "severity": severity}

    found = converter.structure(diagnostic, types.Diagnostic)

    action = types.CodeAction("fix", diagnostics=[found])
    assert converter.unstructure(action)["diagnostics"] == [diagnostic]
