"""The gate "names": a change of one Python file leaves no name undefined or import unused."""

from collections.abc import Sequence

from nanobot_engine.edit import SourceFile, TextEdit, Verdict, source_from_bytes
from nanobot_engine.edit.errors import SourceError
from nanobot_engine.python import Inference, PythonProject, read_python
from nanobot_engine.refactor.name_check import new_problems


class NamesGate:
    """Looks at one file alone: what a star import may bring counts as defined."""

    name = "names"

    def check(self, before: SourceFile, after: bytes, edits: Sequence[TextEdit]) -> Verdict:  # noqa: ARG002 - the protocol's signature
        """Bind the names of both versions and compare what is undefined or unused."""
        try:
            now = source_from_bytes(before.path, after)
            files = [{before.path: read_python(source)} for source in (before, now)]
        except SourceError as error:
            return Verdict(ok=False, reason=str(error))
        was, is_now = (
            Inference(PythonProject({source.path: source.data})) for source in (before, now)
        )
        problems = new_problems(files[0], files[1], was=was, now=is_now)
        reason = "; ".join(problem.partition(": ")[2] for problem in problems)
        return Verdict(ok=not reason, reason=reason)
