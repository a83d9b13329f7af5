"""Errors of the edit part.

    EditError
    ├── SourceError
    │   ├── SourceUnreadableError   missing, a link, too large, not a regular file: skip the file
    │   │   └── SourceMissingError  nothing stands there
    │   ├── SourceEncodingError     its bytes or a text do not fit its encoding: never write it
    │   └── SourceSyntaxError       Python can not parse it: skip the file, show the line
    ├── DocstringError              this text can not become a docstring here: discard the answer
    ├── PlanInvalidError            a stored plan is damaged: make the plan again
    ├── MergeTooLargeError          comparing the versions could take minutes: merge by hand
    ├── PathRefusedError            absolute, climbing, or protected path: a bug or an attack
    └── ApplyError                  nothing was changed unless the message says so
        ├── BaseChangedError        the file changed since the edit was verified: plan it again
        ├── HardLinkError           the file has other names: ask the user
        └── WriteError              disk full, read-only, no permission: tell the user, try later

A candidate that a gate refuses is no error: `gates` returns a `Verdict`.
"""

from nanobot_engine.errors import EngineError


class EditError(EngineError):
    """Base of everything this part raises."""


class SourceError(EditError):
    """One source file can not be used; the others still can."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(message)
        self.path = path


class SourceUnreadableError(SourceError):
    """The file is missing, too large, a link, or may not be read: skip it."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, f"{path}: {reason}")
        self.reason = reason


class SourceMissingError(SourceUnreadableError):
    """Nothing stands at the path."""


class SourceEncodingError(SourceError):
    """Bytes and encoding of a file do not fit together: never write it."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, f"{path}: {reason}")
        self.reason = reason


class SourceSyntaxError(SourceError):
    """Python can not parse the file: skip it and show the line."""

    def __init__(self, path: str, line: int, message: str) -> None:
        super().__init__(path, f"{path}:{line}: {message}")
        self.line = line
        """1-based."""
        self.message = message


class DocstringError(EditError):
    """A text can not become the docstring of a definition: discard the answer."""

    def __init__(self, qualified_name: str, reason: str) -> None:
        super().__init__(f"{qualified_name}: {reason}")
        self.qualified_name = qualified_name
        self.reason = reason


class PlanInvalidError(EditError):
    """A stored edit plan does not have its format: make the plan again."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"edit plan: {reason}")
        self.reason = reason


class MergeTooLargeError(EditError):
    """Three versions of a file can not be compared in reasonable time: merge by hand."""

    def __init__(self, line_count: int, reason: str) -> None:
        super().__init__(f"{line_count} lines, {reason}, are too much for a merge")
        self.line_count = line_count
        """Of the longest version."""
        self.reason = reason


class PathRefusedError(EditError):
    """A path leaves the workspace or is protected: never touch it."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path!r}: {reason}")
        self.path = path
        self.reason = reason


class ApplyError(EditError):
    """One file was not changed; the others still can be."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class BaseChangedError(ApplyError):
    """The file is not the one the edit was verified against: plan it again."""

    def __init__(self, path: str, reason: str = "changed since the edit was verified") -> None:
        super().__init__(path, f"{reason}; nothing was written")


class HardLinkError(ApplyError):
    """Replacing the file would cut it off from its other names: ask the user."""

    def __init__(self, path: str, link_count: int) -> None:
        super().__init__(
            path,
            f"has {link_count} hard links and replacing it would separate them; "
            "nothing was written, edit it by hand or copy it to a file of its own",
        )
        self.link_count = link_count


class WriteError(ApplyError):
    """The file system refused: tell the user and try again later."""
