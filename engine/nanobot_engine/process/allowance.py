"""What a process may run, vouched for by the user of this machine.

A ledger lies in its workspace, and a workspace may come from anywhere. So what the goal of a
process says may run counts only with a seal beside it: an HMAC-SHA256 (RFC 2104) over the
process and the place of its ledger, with a key in the user's own state folder. So do the
programs that findings of tools are asked again with. A ledger of another user, of another
folder or of an older nanobot has no seal that fits.
"""

import functools
import hashlib
import hmac
import json
import logging
import os
import secrets
import stat
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import apsw
import platformdirs

log = logging.getLogger(__name__)

CHECKS: Final = "checks"
"""The argument of every goal that says what may run, separated by commas."""
_PYTHON: Final = "python"
"""The argument that says which interpreter a recipe runs code with."""
_KEY_SIZE_BYTES: Final = 32


class Subject(StrEnum):
    """What a seal is for. Stored by value: never rename one."""

    GOAL = "goal"
    FINDINGS = "findings"


@dataclass(frozen=True, slots=True)
class StoredProcess:
    """A process as its row in the ledger says."""

    ledger: Path
    number: int
    created_at_ms: int
    recipe: str
    sentence: str
    arguments_json: str

    def insert_seal(self, connection: apsw.Connection) -> None:
        """Vouch for what the process may run, if anything, as a part of a transaction."""
        if _is_allowing(json.loads(self.arguments_json)):
            insert_seal(connection, self.ledger, self.number, Subject.GOAL, self._says)

    def vouched_arguments(self, connection: apsw.Connection) -> tuple[dict[str, str], str]:
        """Return the arguments of the goal, and which checks nobody vouches for.

        Without a seal of this user, the arguments let nothing run.
        """
        arguments = json.loads(self.arguments_json)
        if not _is_allowing(arguments) or is_vouched(
            connection, self.ledger, self.number, Subject.GOAL, self._says
        ):
            return arguments, ""
        kept = {name: one for name, one in arguments.items() if name not in {CHECKS, _PYTHON}}
        return kept, str(arguments.get(CHECKS, ""))

    @property
    def _says(self) -> Sequence[str]:
        return str(self.created_at_ms), self.recipe, self.sentence, self.arguments_json


def insert_seal(
    connection: apsw.Connection, ledger: Path, number: int, subject: Subject, says: Sequence[str]
) -> None:
    """Vouch for a part of a ledger, as a part of a transaction.

    Args:
        connection: To the ledger.
        ledger: Its file.
        number: Of a process or a plan.
        subject: What of it.
        says: All of that.
    """
    _keep_key()
    seal = _seal(ledger, number, subject, says)
    connection.execute("INSERT INTO allowance VALUES (?, ?, ?)", (number, subject.value, seal))


def is_vouched(
    connection: apsw.Connection, ledger: Path, number: int, subject: Subject, says: Sequence[str]
) -> bool:
    """Tell whether this user vouched for this, here; arguments as for `insert_seal`."""
    row = connection.execute(
        "SELECT seal FROM allowance WHERE number=? AND subject=?", (number, subject.value)
    ).fetchone()
    kept = "" if row is None else str(row[0])
    made = _seal(ledger, number, subject, says)
    return hmac.compare_digest(made.encode(), kept.encode(errors="replace"))


def _seal(ledger: Path, number: int, subject: Subject, says: Sequence[str]) -> str:
    text = json.dumps([str(ledger.resolve()), number, subject.value, *says])
    return hmac.new(_key(), text.encode("ascii"), hashlib.sha256).hexdigest()


def key_path() -> Path:
    """Return the file with the key of the user, whether or not it exists."""
    return platformdirs.user_state_path("nanobot", appauthor=False) / "allowance.key"


def _is_allowing(arguments: Mapping[str, str]) -> bool:
    return bool(arguments.get(CHECKS) or arguments.get(_PYTHON))


def _keep_key() -> None:
    """See that there is a key.

    Where none can be kept, what is allowed counts in this OS process only.
    """
    if _kept_key() is not None:
        return
    path = key_path()
    try:
        _make(path)
    except OSError as error:
        log.warning("%s: can not be made (%s), so what you allow is not kept", path, error.strerror)
        return
    if _kept_key() is None:
        log.warning("%s: is no key of yours alone, so what you allow is not kept", path)


def _make(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Nobody may see half a key, and of two that are made at once the first one stays.
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(temporary, flags, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_KEY_SIZE_BYTES))
            file.flush()
            os.fsync(descriptor)
        with suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _kept_key() -> bytes | None:
    """Return the key that was kept; None where it is missing, or others could read it."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        descriptor = os.open(key_path(), flags)
    except OSError:
        return None
    try:
        status = os.fstat(descriptor)
        is_file = stat.S_ISREG(status.st_mode) and status.st_size == _KEY_SIZE_BYTES
        is_own = status.st_uid == os.geteuid() and not status.st_mode & 0o077
        key = os.read(descriptor, _KEY_SIZE_BYTES) if is_file and is_own else b""
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return key if len(key) == _KEY_SIZE_BYTES else None


def _key() -> bytes:
    return _kept_key() or _key_of_this_run()


@functools.cache
def _key_of_this_run() -> bytes:
    return secrets.token_bytes(_KEY_SIZE_BYTES)
