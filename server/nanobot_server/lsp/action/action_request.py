"""One `textDocument/codeAction` request: where it asks, what for, and how offers are written.

Made once for all features that offer something, so the buffer is looked through once.
Nothing here waits or asks a host.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from lsprotocol import types

from nanobot_server.lsp.action.definition_scan import Definition, definitions_around, qualified_name
from nanobot_server.lsp.action.python_selection import PythonSelection, selection_of
from nanobot_server.lsp.document.session import DocumentSnapshot, Session, relative_path

START: Final = "nanobot.process.start"
REWRITE: Final = "refactor.rewrite"
Arguments = dict[str, object]


@dataclass(frozen=True)
class ActionRequest:
    """What the editor asks about a file of a workspace. Never changes."""

    session: Session
    params: types.CodeActionParams
    snapshot: DocumentSnapshot
    root: Path
    path: str
    """Of the file, relative to its workspace."""

    @classmethod
    def of(cls, session: Session, params: types.CodeActionParams) -> "ActionRequest | None":
        """Return the request; None for a document that belongs to no workspace."""
        snapshot = session.snapshot(params.text_document.uri)
        if snapshot is None or snapshot.path is None:
            return None
        root = session.root_of(snapshot.path)
        path = relative_path(root, snapshot.path) if root is not None else None
        if root is None or path is None:
            return None
        return cls(session, params, snapshot, root, path)

    # What is asked for

    @property
    def only(self) -> Sequence[str] | None:
        """The kinds that are asked for; None for all."""
        only = self.params.context.only
        # The types of the protocol let anything through where names of one's own may stand.
        return None if only is None else [kind for kind in only if isinstance(kind, str)]

    @property
    def is_automatic(self) -> bool:
        """Nobody asked: an editor wants to know whether to show a light bulb."""
        return self.params.context.trigger_kind is types.CodeActionTriggerKind.Automatic

    @property
    def has_selection(self) -> bool:
        """Some text is selected, and not only a place."""
        return self.params.range.start != self.params.range.end

    def wants(self, kind: str) -> bool:
        """Apply the editor's filter: a kind stands for itself and everything below it."""
        return self.only is None or any(
            wanted in ("", kind) or kind.startswith(f"{wanted}.") for wanted in self.only
        )

    def asks_for(self, kind: str) -> bool:
        """Tell whether the editor names a kind, one around it or below it: it wants everything."""
        return self.only is not None and any(
            wanted in ("", kind) or kind.startswith(f"{wanted}.") or wanted.startswith(f"{kind}.")
            for wanted in self.only
        )

    # Where

    @property
    def is_python(self) -> bool:
        """The file is Python."""
        return self.session.is_workable(self.snapshot)

    @property
    def line(self) -> int:
        """Of the start of the range, 0-based."""
        return self.params.range.start.line

    @cached_property
    def around(self) -> Sequence[Definition]:
        """The Python definitions that hold the start of the range, outer before inner."""
        return definitions_around(self.snapshot.lines, self.line) if self.is_python else []

    @property
    def place(self) -> str:
        """The definition at the start of the range, as `path::qualified.name`."""
        return f"{self.path}::{qualified_name(self.around)}"

    @property
    def symbol(self) -> str:
        """The same as refactorings take it."""
        return self.place.replace(".<locals>.", ".")

    @cached_property
    def selection(self) -> PythonSelection | None:
        """What is selected in the outermost function around; None where that does not parse."""
        encoding = self.session.client.encoding
        return selection_of(self.snapshot.lines, self.around, self.params.range, encoding)

    # Offers

    def recipe(self, title: str, kind: str, arguments: Arguments) -> types.CodeAction:
        """Return the offer to start a recipe; a model writes what it changes."""
        action = self.offer(title, kind, {"uri": self.snapshot.uri, **arguments})
        if not self.session.client.has_action_tags:
            return action
        action.tags = [types.CodeActionTag.LlmGenerated]
        return action

    def refactoring(
        self, title: str, kind: str, name: str, arguments: dict[str, str]
    ) -> types.CodeAction:
        """Return the offer to start a refactoring, which programs do."""
        parts = [{"name": name, "arguments": arguments}]
        return self.offer(
            title, kind, {"goal": title, "uri": self.snapshot.uri, "refactorings": parts}
        )

    @staticmethod
    def offer(title: str, kind: str, arguments: Arguments) -> types.CodeAction:
        """Return the offer to start a process."""
        shown = f"nanobot: {title}"
        command = types.Command(shown, START, arguments=[arguments])
        return types.CodeAction(shown, kind=kind, command=command)

    def disabled(self, title: str, kind: str, reason: str) -> list[types.CodeAction]:
        """Return an offer that is not possible here, for an editor that shows why."""
        if not self.session.client.has_disabled_actions:
            return []
        shown = f"nanobot: {title}"
        return [types.CodeAction(shown, kind=kind, disabled=types.CodeActionDisabled(reason))]
