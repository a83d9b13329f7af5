"""An editor that hears and shows nothing, for tests of what tells it something."""

from collections.abc import Sequence

from lsprotocol import types

from nanobot_server.lsp.client.editor import ApplyAnswer, MessageKind, Refresh


class SilentEditor:
    """What tests do not look at. `messages` are kept as `KIND text`."""

    can_ask = True

    def __init__(self) -> None:
        self.messages: list[str] = []

    def tell(self, kind: MessageKind, message: str) -> None:
        self.messages.append(f"{kind.name} {message}")

    def notify(self, method: str, params: object) -> None:
        """Not heard here."""

    def refresh(self, kind: Refresh, uri: str = "") -> None:
        """Nothing is shown here."""

    def send_notes(self, uri: str, notes: Sequence[types.Diagnostic]) -> None:
        """Nothing is shown here."""

    async def ask(self, message: str, choices: Sequence[str]) -> str | None:
        return None

    async def apply(self, edit: types.WorkspaceEdit, label: str) -> ApplyAnswer:
        return ApplyAnswer(is_applied=False, reason="")

    async def show_document(self, uri: str) -> bool:
        return False
