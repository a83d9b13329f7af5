"""The ledger: what every process did, in one SQLite file.

Tables are append-only; the state of a process is its last event. Written through
apsw, because the SQLite inside many Pythons has the WAL-reset race of versions
before 3.51.3 and several OS processes write here (host, `nanobot accept`).

Durability: WAL with synchronous=FULL. What a method has written when it returns
survives a power cut; a wave is one transaction.
"""

import json
import time
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self

import apsw

from nanobot_engine.process.allowance import StoredProcess
from nanobot_engine.process.errors import (
    LedgerError,
    LedgerVersionError,
    ProcessStateError,
    ProcessUnknownError,
)
from nanobot_engine.process.record import (
    BaseFile,
    Outcome,
    ProcessOptions,
    ProcessRecord,
    Step,
    Totals,
    VoteRecord,
    WaveRecord,
    process_id_of,
)
from nanobot_engine.process.schema import MIGRATIONS
from nanobot_engine.process.state import ALLOWED, ProcessState
from nanobot_engine.recipe import Goal

_BUSY_TIMEOUT_MS: Final = 10_000
_FILE_MODE: Final = 0o600


class Ledger:
    """One open connection. Close it, or use it in a `with` block.

    Not safe to share between threads that run at the same time.
    """

    def __init__(self, path: Path, connection: apsw.Connection) -> None:
        self.path = path
        self._connection = connection

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open or create the ledger at `path` and bring it to this version.

        Raises:
            LedgerVersionError: It was written by a newer nanobot.
            LedgerError: It can not be opened, or it is damaged.
        """
        try:
            path.touch(mode=_FILE_MODE, exist_ok=True)
            connection = apsw.Connection(str(path))
            connection.set_busy_timeout(_BUSY_TIMEOUT_MS)
            ledger = cls(path, connection)
            ledger._configure()
        except (apsw.FullError, apsw.IOError) as error:
            raise LedgerError(path, f"{error}; free some space and try again") from error
        except apsw.Error as error:
            raise LedgerError(path, f"{error}; move it away to start a new one") from error
        except OSError as error:
            raise LedgerError(path, error.strerror or str(error)) from error
        return ledger

    def _configure(self) -> None:
        run = self._connection.execute
        run("PRAGMA journal_mode=WAL").fetchall()
        run("PRAGMA synchronous=FULL")
        run("PRAGMA foreign_keys=ON")
        if _whole(run("PRAGMA user_version").fetchone()) == len(MIGRATIONS):
            return  # Reading must not need room on the disk.
        with self.transaction():
            # Again: another nanobot may have migrated it meanwhile.
            version = _whole(run("PRAGMA user_version").fetchone())
            if version > len(MIGRATIONS):
                raise LedgerVersionError(self.path, version, len(MIGRATIONS))
            for migration in MIGRATIONS[version:]:
                run(migration)
            run(f"PRAGMA user_version = {len(MIGRATIONS)}")

    # -- processes ---------------------------------------------------------

    def create_process(self, goal: Goal, options: ProcessOptions) -> str:
        """Record a new process, queued and without steps yet. Returns its id.

        What its goal allows to run is sealed: the caller says that the user allows it.
        """
        text = json.dumps(dict(goal.arguments), sort_keys=True)
        now_ms = _now_ms()
        with self.transaction():
            self._connection.execute(
                "INSERT INTO process (recipe, goal, arguments_json, options_json, created_at_ms)"
                " VALUES (?, ?, ?, ?, ?)",
                (
                    goal.recipe,
                    goal.sentence,
                    text,
                    options.to_json(),
                    now_ms,
                ),
            )
            number = self._connection.last_insert_rowid()
            stored = StoredProcess(self.path, number, now_ms, goal.recipe, goal.sentence, text)
            stored.insert_seal(self._connection)
            self._append_event(number, ProcessState.QUEUED, "")
        return process_id_of(number)

    def add_steps(
        self,
        process_id: str,
        *,
        base_files: Sequence[BaseFile],
        skipped: Sequence[tuple[str, str]],
        steps: Sequence[Step],
    ) -> None:
        """Record what the recipe enumerated, once and all or nothing."""
        with self.transaction():
            self.insert_steps(process_id, base_files=base_files, skipped=skipped, steps=steps)

    def insert_steps(
        self,
        process_id: str,
        *,
        base_files: Sequence[BaseFile],
        skipped: Sequence[tuple[str, str]],
        steps: Sequence[Step],
    ) -> None:
        """Do what `add_steps` does, as a part of somebody's transaction."""
        number = self.plan_number(process_id)
        self._connection.execute("INSERT INTO enumeration VALUES (?, ?)", (number, len(steps)))
        self._connection.executemany(
            "INSERT INTO base_file VALUES (?, ?, ?, ?, ?)",
            (
                (number, f.path, f.sha256, zlib.compress(f.data), int(f.is_overlay))
                for f in base_files
            ),
        )
        self._connection.executemany(
            "INSERT OR IGNORE INTO skipped_file VALUES (?, ?, ?)",
            ((number, path, reason) for path, reason in skipped),
        )
        self._connection.executemany(
            "INSERT INTO step VALUES (?, ?, ?, ?, ?)",
            ((number, s.index, s.item_key, s.path, s.label) for s in steps),
        )

    def is_enumerated(self, process_id: str) -> bool:
        """Tell whether the steps of a process are recorded."""
        row = self._connection.execute(
            "SELECT 1 FROM enumeration WHERE number=?", (self.plan_number(process_id),)
        ).fetchone()
        return row is not None

    def processes(self) -> list[ProcessRecord]:
        """Return every process, oldest first."""
        # What was planned again is no process of its own: see `plan_number`.
        numbers = self._connection.execute(
            "SELECT number FROM process WHERE number > 0 ORDER BY number"
        )
        return [self._record(_whole(row)) for row in numbers.fetchall()]

    def process(self, process_id: str) -> ProcessRecord:
        """Return one process.

        Raises:
            ProcessUnknownError: There is none with this id.
        """
        return self._record(self._number(process_id))

    def set_state(
        self, process_id: str, state: ProcessState, *, verb: str, reason: str = ""
    ) -> None:
        """Append an event, if the present state allows it.

        Args:
            process_id: Of an existing process.
            state: The new state.
            verb: What the user asked, for the error message.
            reason: Kept with the event and shown in `status`.

        Raises:
            ProcessStateError: The table in `state` has no such arrow.
        """
        with self.transaction():
            self.insert_state(process_id, state, verb=verb, reason=reason)

    def insert_state(
        self, process_id: str, state: ProcessState, *, verb: str, reason: str = ""
    ) -> None:
        """Do what `set_state` does, as a part of somebody's transaction."""
        number = self._number(process_id)
        now, _ = self._last_event(number)
        if state not in ALLOWED[now]:
            allowed = sorted(s.value for s in ProcessState if state in ALLOWED[s])
            raise ProcessStateError(process_id, now.value, verb, allowed)
        self._append_event(number, state, reason)

    # -- steps, votes, outcomes -------------------------------------------

    def steps(self, process_id: str) -> list[Step]:
        """Return all steps in order."""
        rows = self._connection.execute(
            "SELECT step_index, item_key, path, label FROM step WHERE number=? ORDER BY step_index",
            (self.plan_number(process_id),),
        )
        return [Step(int(i), str(key), str(path), str(label)) for i, key, path, label in rows]

    def base_file(self, process_id: str, path: str) -> BaseFile:
        """Return a file as it was when the process was started.

        Raises:
            LedgerError: The ledger has no such file: it is damaged.
        """
        row = self._connection.execute(
            "SELECT sha256, data, is_overlay FROM base_file WHERE number=? AND path=?",
            (self.plan_number(process_id), path),
        ).fetchone()
        if row is None:
            raise LedgerError(self.path, f"{process_id} has no base text of {path}")
        return BaseFile(path, str(row[0]), zlib.decompress(bytes(row[1])), bool(row[2]))

    def skipped_files(self, process_id: str) -> list[tuple[str, str]]:
        """Return (path, reason) of files that the process left out."""
        rows = self._connection.execute(
            "SELECT path, reason FROM skipped_file WHERE number=? ORDER BY path",
            (self.plan_number(process_id),),
        )
        return [(str(path), str(reason)) for path, reason in rows]

    def commit_wave(
        self,
        process_id: str,
        wave: WaveRecord,
        votes: Iterable[VoteRecord],
        outcomes: Iterable[Outcome],
    ) -> None:
        """Record a wave, its votes and what they decided, all or nothing."""
        number = self.plan_number(process_id)
        with self.transaction():
            self._connection.execute(
                "INSERT INTO wave VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    number,
                    wave.index,
                    wave.role,
                    wave.seed,
                    wave.prompt_tokens,
                    wave.cached_tokens,
                    wave.generated_tokens,
                    wave.duration_ms,
                ),
            )
            self._connection.executemany(
                "INSERT INTO vote VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    (number, v.step_index, v.wave_index, v.sample_index, v.answer, v.tokens, v.flag)
                    for v in votes
                ),
            )
            self.insert_outcomes(process_id, outcomes)

    def insert_outcomes(self, process_id: str, outcomes: Iterable[Outcome]) -> None:
        """Record what was decided, as a part of somebody's transaction."""
        number = self.plan_number(process_id)
        self._connection.executemany(
            "INSERT INTO outcome VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                (number, o.step_index, o.verdict, o.cause, o.detail, o.edit_json, o.margin)
                for o in outcomes
            ),
        )

    def waves(self, process_id: str) -> int:
        """Return how many waves were committed: the index of the next one."""
        row = self._connection.execute(
            "SELECT COALESCE(MAX(wave_index) + 1, 0) FROM wave WHERE number=?",
            (self.plan_number(process_id),),
        ).fetchone()
        assert row is not None
        return int(row[0])

    def open_votes(self, process_id: str) -> dict[int, list[VoteRecord]]:
        """Return the votes of steps without an outcome, by step, in drawing order."""
        rows = self._connection.execute(
            "SELECT step_index, wave_index, sample_index, answer, tokens, flag FROM vote AS v"
            " WHERE number=? AND NOT EXISTS (SELECT 1 FROM outcome AS o WHERE o.number=v.number"
            " AND o.step_index=v.step_index) ORDER BY step_index, wave_index, sample_index",
            (self.plan_number(process_id),),
        )
        found: dict[int, list[VoteRecord]] = {}
        for step_index, wave_index, sample_index, answer, tokens, flag in rows:
            vote = VoteRecord(
                int(step_index),
                int(wave_index),
                int(sample_index),
                str(answer),
                int(tokens),
                None if flag is None else str(flag),
            )
            found.setdefault(vote.step_index, []).append(vote)
        return found

    def outcomes(self, process_id: str) -> dict[int, Outcome]:
        """Return what was decided, by step index."""
        rows = self._connection.execute(
            "SELECT step_index, verdict, cause, detail, edit_json, margin FROM last_outcome"
            " WHERE number=? ORDER BY step_index",
            (self.plan_number(process_id),),
        )
        return {
            int(index): Outcome(
                int(index),
                str(verdict),
                str(cause),
                str(detail),
                None if edit is None else str(edit),
                int(margin),
            )
            for index, verdict, cause, detail, edit, margin in rows
        }

    def refused_by_cause(self, process_id: str) -> dict[str, int]:
        """Return how many steps were refused, by cause."""
        rows = self._connection.execute(
            "SELECT cause, COUNT(*) FROM last_outcome WHERE number=? AND verdict='refused'"
            " GROUP BY cause ORDER BY cause",
            (self.plan_number(process_id),),
        )
        return {str(cause): int(count) for cause, count in rows}

    def totals(self, process_id: str) -> Totals:
        """Return the counts that `status` shows: steps of the plan, and all that it cost."""
        number, plan = self._number(process_id), self.plan_number(process_id)

        def one(sql: str) -> list[int]:
            row = self._connection.execute(sql, {"number": number, "plan": plan}).fetchone()
            assert row is not None
            return [int(value) for value in row]

        (steps,) = one("SELECT COUNT(*) FROM step WHERE number=:plan")
        done, accepted = one(
            "SELECT COUNT(*), COALESCE(SUM(verdict='edit'), 0) FROM last_outcome WHERE number=:plan"
        )
        # Also what was asked for plans that were made again.
        votes, flags = one(
            "SELECT COUNT(*), COUNT(flag) FROM vote WHERE number=:number OR number IN"
            " (SELECT plan_number FROM revision WHERE number=:number)"
        )
        waves, prompt, cached, generated, duration_ms = one(
            "SELECT COUNT(*), COALESCE(SUM(prompt_tokens), 0), COALESCE(SUM(cached_tokens), 0),"
            " COALESCE(SUM(generated_tokens), 0), COALESCE(SUM(duration_ms), 0)"
            " FROM wave WHERE number=:number OR number IN"
            " (SELECT plan_number FROM revision WHERE number=:number)"
        )
        return Totals(
            steps=steps,
            done=done,
            accepted=accepted,
            refused=done - accepted,
            votes=votes,
            flags=flags,
            waves=waves,
            prompt_tokens=prompt,
            cached_tokens=cached,
            generated_tokens=generated,
            seconds=duration_ms / 1000,
        )

    # -- plumbing ----------------------------------------------------------

    @property
    def connection(self) -> apsw.Connection:
        """For `WriteJournal`, which shares the file and its rules."""
        return self._connection

    def number_of(self, process_id: str) -> int:
        """Return the row number of a process.

        Raises:
            ProcessUnknownError: There is none with this id.
        """
        return self._number(process_id)

    def plan_number(self, process_id: str) -> int:
        """Return the number under which the plan of a process is: steps, files, outcomes.

        It is the number of the process until the plan is made again; then a row of its own,
        with a negative number, has what was planned for the files of that day.
        """
        number = self._number(process_id)
        row = self._connection.execute(
            "SELECT plan_number FROM revision WHERE number=? ORDER BY sequence DESC LIMIT 1",
            (number,),
        ).fetchone()
        return number if row is None else _whole(row)

    def close(self) -> None:
        """Close the file. Nothing is lost by not calling it."""
        self._connection.close()

    def _number(self, process_id: str) -> int:
        digits = process_id.removeprefix("p")
        number = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 18 else -1
        row = self._connection.execute("SELECT 1 FROM process WHERE number=?", (number,)).fetchone()
        if row is None:
            raise ProcessUnknownError(process_id)
        return number

    def _record(self, number: int) -> ProcessRecord:
        row = self._connection.execute(
            "SELECT recipe, goal, arguments_json, options_json, created_at_ms"
            " FROM process WHERE number=?",
            (number,),
        ).fetchone()
        assert row is not None
        state, reason = self._last_event(number)
        stored = StoredProcess(
            self.path, number, int(row[4]), str(row[0]), str(row[1]), str(row[2])
        )
        arguments, unvouched = stored.vouched_arguments(self._connection)
        return ProcessRecord(
            process_id=process_id_of(number),
            goal=Goal(stored.sentence, stored.recipe, arguments),
            options=ProcessOptions.from_json(str(row[3])),
            created_at_ms=stored.created_at_ms,
            state=state,
            reason=reason,
            unvouched_checks=unvouched,
        )

    def _last_event(self, number: int) -> tuple[ProcessState, str]:
        row = self._connection.execute(
            "SELECT state, reason FROM event WHERE number=? ORDER BY sequence DESC LIMIT 1",
            (number,),
        ).fetchone()
        assert row is not None, "a process is created with its first event"
        return ProcessState(str(row[0])), str(row[1])

    def _append_event(self, number: int, state: ProcessState, reason: str) -> None:
        self._connection.execute(
            "INSERT INTO event (number, state, reason, at_ms) VALUES (?, ?, ?, ?)",
            (number, state.value, reason, _now_ms()),
        )

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run the block as one durable transaction that waits for other writers.

        Raises:
            LedgerError: It could not be written; nothing of it was.
        """
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                # A full disk makes SQLite roll back by itself.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")
        except (apsw.FullError, apsw.IOError) as error:
            reason = f"{error}; free some space, then 'nanobot resume'"
            raise LedgerError(self.path, reason) from error
        except apsw.BusyError as error:
            reason = "another nanobot is writing and did not finish; try again"
            raise LedgerError(self.path, reason) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def _whole(row: tuple[object, ...] | None) -> int:
    """Return the one number of a row; the schema is STRICT, so it is one."""
    assert row is not None
    (value,) = row
    assert isinstance(value, int)
    return value


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
