"""Errors of the language server front.

    LspError
    ├── ParamsError          a request's parameters are wrong: answer -32602
    ├── TextSyncError        our copy of a document is no longer the editor's:
    │                        distrust it until the full text arrives
    └── PlanError            an edit plan can not be used for a file: send nothing
        └── TextChangedError the file has another text than the plan was made for

A frame or a JSON text that can not be read is data (`framing.BadMessage`), not an
exception: the stream goes on after it.
"""


class LspError(Exception):
    """Base of this part's errors."""


class ParamsError(LspError):
    """The parameters of one request can not be used."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name


class TextSyncError(LspError):
    """A change can not be applied to our copy of a document."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}; reopen the file to synchronise it again")
        self.name = name


class PlanError(LspError):
    """One file of an edit plan can not be applied."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class TextChangedError(PlanError):
    """A file has another text in the editor than its edits were made for."""

    def __init__(self, path: str) -> None:
        super().__init__(path, "it has changed since; run nanobot again for it")
