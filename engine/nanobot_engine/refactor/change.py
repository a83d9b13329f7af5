"""What a refactoring does to files, as values; and a builder that collects it.

A change says why it touches every place, so that a review can say it, too. It is
made against the files of one `PythonProject`; several changes in a row each see the
files that the one before left (`Change.applied`).
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from nanobot_engine.edit import (
    NO_FILE,
    EditPlan,
    FileEdit,
    TextEdit,
    apply_edits,
    protected_reason,
)
from nanobot_engine.language import CodeReference
from nanobot_engine.python import PythonFile, PythonProject, Reference, Span
from nanobot_engine.refactor.errors import UnsafeError


@dataclass(frozen=True, slots=True)
class Doubt:
    """An occurrence that only its name speaks for: somebody must judge it.

    The change is made without it. `edit` is what to add when the answer is yes.
    """

    reference: Reference | CodeReference | None
    """None where no name is in doubt: then `origin` says where, and the question is not
    answered by yes or no (`open_finding`)."""
    edit: TextEdit
    question: str
    """Answered by yes or no, e.g. "Is `x` a `Shape` here?"."""
    origin: tuple[str, int] | None = None
    """(path, 1-based line) where `edit` counts, when that is not where `reference` is: in
    the files before other refactorings."""

    @property
    def path(self) -> str:
        """Of the file that `edit` is for."""
        if self.origin is not None:
            return self.origin[0]
        assert self.reference is not None, "one of them says where"
        return self.reference.file.path

    @property
    def line(self) -> int:
        """1-based, in that file."""
        if self.origin is not None:
            return self.origin[1]
        assert self.reference is not None, "one of them says where"
        return self.reference.line


@dataclass(frozen=True, slots=True)
class Note:
    """Something the user should know that is no edit."""

    path: str
    line: int
    """1-based; 0 for the whole file."""
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """The edits of one refactoring."""

    title: str
    """One line, e.g. "rename function load to read"."""
    plan: EditPlan
    doubts: tuple[Doubt, ...] = ()
    notes: tuple[Note, ...] = ()

    def applied(self, data_by_path: Mapping[str, bytes]) -> Mapping[str, bytes]:
        """Return all files as they are after the change; only what it touches is read.

        Args:
            data_by_path: The files the change was made for.

        Raises:
            ValueError: They are others.
        """
        for file in self.plan.files:
            if not file.is_created and sha256_hex(data_by_path[file.path]) != file.base_sha256:
                raise ValueError(f"{file.path}: the change was made for another version")
        return changed_files(data_by_path, self.plan)


class ChangedFiles(Mapping[str, bytes]):
    """Files with some of them changed. The others are read when somebody asks for them."""

    def __init__(
        self, before: Mapping[str, bytes], gone: Iterable[str], changed: Mapping[str, bytes]
    ) -> None:
        """Take what changed.

        Args:
            before: All files.
            gone: Paths of `before` at which nothing stands any more.
            changed: What stands at other places now, or for the first time.
        """
        self._before = before
        self.changed = changed
        """The texts that are not those of before, by path."""
        self._paths = dict.fromkeys([*before, *changed])
        for path in gone:
            if path not in changed:
                del self._paths[path]

    def __getitem__(self, path: str) -> bytes:
        if path not in self._paths:
            raise KeyError(path)
        found = self.changed.get(path)
        return self._before[path] if found is None else found

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


def changed_files(before: Mapping[str, bytes], plan: EditPlan) -> ChangedFiles:
    """Return all files as they are with a plan done.

    Args:
        before: The files that the plan was made for.
        plan: What is done.
    """
    changed = {
        file.result_path: apply_edits(b"" if file.is_created else before[file.path], file.edits)
        for file in plan.files
        if file.result_path is not None
    }
    gone = [
        file.path for file in plan.files if not file.is_created and file.result_path != file.path
    ]
    return ChangedFiles(before, gone, changed)


def sha256_hex(data: bytes) -> str:
    """Return the lower-case hex digest that plans carry."""
    return hashlib.sha256(data).hexdigest()


@dataclass(slots=True)
class _Pending:
    edits: dict[tuple[int, int], TextEdit] = field(default_factory=dict)
    new_path: str | None = None
    is_removed: bool = False


class ChangeBuilder:
    """Collects edits by file. Two edits of one place must say the same."""

    def __init__(self, project: PythonProject, data_by_path: Mapping[str, bytes]) -> None:
        """Start without edits.

        Args:
            project: The Python files.
            data_by_path: All files that may be touched, others than Python's, too.
        """
        self.project = project
        self._data = data_by_path
        self._pending: dict[str, _Pending] = {}
        self._created: dict[str, tuple[str, str]] = {}
        self._doubts: list[Doubt] = []
        self._notes: list[Note] = []

    def replace(
        self, file: PythonFile, span: Span, text: str, reason: str, *, is_likely: bool = False
    ) -> None:
        """Replace bytes of a Python file; an empty span inserts.

        Args:
            file: One of the project.
            span: What is replaced.
            text: Its newlines are written as those of the file.
            reason: One line for the review.
            is_likely: Whether it is only probable that it belongs there.
        """
        edit = self.edit(file, span, text, reason)
        self._add(file.path, replace(edit, is_likely=is_likely))

    def edit(self, file: PythonFile, span: Span, text: str, reason: str) -> TextEdit:
        """Return an edit without adding it."""
        encoded = text.replace("\n", file.source.newline).encode(file.source.encoding)
        return TextEdit(span.start_byte, span.end_byte, encoded, f"{file.path}::", reason)

    def replace_text(
        self, path: str, span: Span, text: str, reason: str, *, is_likely: bool = False
    ) -> None:
        """Replace bytes of a file that is not Python; `text` is written as UTF-8.

        A protected file stays as it is, and the user is told.
        """
        protected = protected_reason(path)
        if protected is not None:
            line = self._data[path][: span.start_byte].count(b"\n") + 1
            self.note(path, line, f"{protected}, so it stays as it is; {text!r} belongs here")
            return
        place = (span.start_byte, span.end_byte)
        self._add(path, TextEdit(*place, text.encode(), f"{path}::", reason, is_likely))

    def _add(self, path: str, edit: TextEdit) -> None:
        edits = self._pending.setdefault(path, _Pending()).edits
        key = (edit.start_byte, edit.end_byte)
        known = edits.get(key)
        if known is not None and known.new_text != edit.new_text:
            if edit.start_byte != edit.end_byte:
                msg = f"{path}: two edits of one place disagree: {known.label}; {edit.label}"
                raise UnsafeError(msg)
            # Two insertions at one place: one after the other, in order of calls.
            edit = TextEdit(
                *key,
                known.new_text + edit.new_text,
                known.step_key,
                "; ".join(dict.fromkeys((known.label, edit.label))),
                known.is_likely or edit.is_likely,
            )
        edits[key] = edit

    def create(self, path: str, text: str, reason: str) -> None:
        """Create a file; nothing may stand there."""
        if path in self._data or path in self._created:
            raise UnsafeError(f"{path}: is there already")
        self._created[path] = (text, reason)

    def move(self, path: str, new_path: str) -> None:
        """Move a file; edits of it still count in its text before."""
        if new_path in self._data or new_path in self._created:
            raise UnsafeError(f"{new_path}: is there already, so {path} can not move to it")
        self._pending.setdefault(path, _Pending()).new_path = new_path

    def remove(self, path: str) -> None:
        """Remove a file and forget its edits."""
        self._pending[path] = _Pending(is_removed=True)

    def doubt(self, reference: Reference | CodeReference, edit: TextEdit, question: str) -> None:
        """Leave an occurrence to somebody's judgement."""
        self._doubts.append(Doubt(reference, replace(edit, is_likely=True), question))

    def note(self, path: str, line: int, text: str) -> None:
        """Tell the user something."""
        self._notes.append(Note(path, line, text))

    def build(self, title: str) -> Change:
        """Return what was collected.

        Raises:
            UnsafeError: Edits of one file overlap, or nothing would change.
        """
        files = [self._file(path, pending) for path, pending in self._pending.items()]
        files += [
            FileEdit(path, NO_FILE, (TextEdit(0, 0, text.encode(), f"{path}::", reason),))
            for path, (text, reason) in self._created.items()
        ]
        if not files and not self._doubts:
            raise UnsafeError(f"{title}: nothing would change")
        plan = EditPlan(tuple(sorted(files, key=lambda file: file.path)))
        return Change(title, plan, tuple(self._doubts), tuple(self._notes))

    def _file(self, path: str, pending: _Pending) -> FileEdit:
        edits = _joined(pending.edits.values(), path)
        return FileEdit(
            path, sha256_hex(self._data[path]), edits, pending.new_path, pending.is_removed
        )


def _joined(edits: Iterable[TextEdit], path: str) -> tuple[TextEdit, ...]:
    """Sort edits, and join an insertion with the replacement that starts at its place."""
    joined: list[TextEdit] = []
    for edit in sorted(edits, key=lambda one: (one.start_byte, one.end_byte)):
        last = joined[-1] if joined else None
        if last is not None and last.end_byte > edit.start_byte:
            if last.new_text or edit.new_text:
                raise UnsafeError(f"{path}: edits overlap: {last.label}; {edit.label}")
            # Two neighbours go, and each takes the blank lines between them along.
            joined[-1] = replace(last, end_byte=max(last.end_byte, edit.end_byte))
            continue
        if last is not None and last.start_byte == edit.start_byte:
            label = "; ".join(dict.fromkeys((last.label, edit.label)))
            joined[-1] = TextEdit(
                edit.start_byte,
                edit.end_byte,
                last.new_text + edit.new_text,
                edit.step_key,
                label,
                last.is_likely or edit.is_likely,
            )
        else:
            joined.append(edit)
    return tuple(joined)
