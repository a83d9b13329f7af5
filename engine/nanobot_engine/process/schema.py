"""The ledger's tables, as append-only migrations.

The number of applied entries is stored in the file (`PRAGMA user_version`), so
the order is history: never edit, reorder or delete an entry that was released.
`docs/formats/ledger.md` explains every column.
"""

from typing import Final

MIGRATIONS: Final = (
    # 1: processes, their steps, votes and outcomes; what was written to files.
    """
    CREATE TABLE process (
        number INTEGER PRIMARY KEY,
        recipe TEXT NOT NULL,
        goal TEXT NOT NULL,
        arguments_json TEXT NOT NULL,
        options_json TEXT NOT NULL,
        created_at_ms INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE event (
        sequence INTEGER PRIMARY KEY,
        number INTEGER NOT NULL REFERENCES process,
        state TEXT NOT NULL,
        reason TEXT NOT NULL,
        at_ms INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX event_of_process ON event (number, sequence);
    CREATE TABLE enumeration (
        number INTEGER PRIMARY KEY REFERENCES process,
        step_count INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE base_file (
        number INTEGER NOT NULL REFERENCES process,
        path TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        data BLOB NOT NULL,
        is_overlay INTEGER NOT NULL,
        PRIMARY KEY (number, path)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE skipped_file (
        number INTEGER NOT NULL REFERENCES process,
        path TEXT NOT NULL,
        reason TEXT NOT NULL,
        PRIMARY KEY (number, path)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE step (
        number INTEGER NOT NULL REFERENCES process,
        step_index INTEGER NOT NULL,
        item_key TEXT NOT NULL,
        path TEXT NOT NULL,
        label TEXT NOT NULL,
        PRIMARY KEY (number, step_index)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE wave (
        number INTEGER NOT NULL REFERENCES process,
        wave_index INTEGER NOT NULL,
        role TEXT NOT NULL,
        seed INTEGER NOT NULL,
        prompt_tokens INTEGER NOT NULL,
        cached_tokens INTEGER NOT NULL,
        generated_tokens INTEGER NOT NULL,
        duration_ms INTEGER NOT NULL,
        PRIMARY KEY (number, wave_index)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE vote (
        number INTEGER NOT NULL,
        step_index INTEGER NOT NULL,
        wave_index INTEGER NOT NULL,
        sample_index INTEGER NOT NULL,
        answer TEXT NOT NULL,
        tokens INTEGER NOT NULL,
        flag TEXT,
        PRIMARY KEY (number, step_index, wave_index, sample_index)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE outcome (
        number INTEGER NOT NULL,
        step_index INTEGER NOT NULL,
        verdict TEXT NOT NULL,
        cause TEXT NOT NULL,
        detail TEXT NOT NULL,
        edit_json TEXT,
        margin INTEGER NOT NULL,
        PRIMARY KEY (number, step_index)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE accepted_plan (
        sequence INTEGER PRIMARY KEY,
        number INTEGER NOT NULL REFERENCES process,
        plan_json TEXT NOT NULL,
        at_ms INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX accepted_plan_of_process ON accepted_plan (number, sequence);
    CREATE TABLE file_write (
        sequence INTEGER PRIMARY KEY,
        number INTEGER NOT NULL REFERENCES process,
        path TEXT NOT NULL,
        purpose TEXT NOT NULL,
        before_sha256 TEXT NOT NULL,
        after_sha256 TEXT NOT NULL,
        before BLOB NOT NULL,
        mode INTEGER NOT NULL,
        at_ms INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX file_write_of_process ON file_write (number, sequence);
    CREATE TABLE file_write_done (
        sequence INTEGER PRIMARY KEY REFERENCES file_write,
        done INTEGER NOT NULL
    ) STRICT;
    """,
    # 2: refactorings: places to be judged, notes for the user, gates over all files.
    """
    CREATE TABLE doubt (
        number INTEGER NOT NULL,
        step_index INTEGER NOT NULL,
        question TEXT NOT NULL,
        edit_json TEXT NOT NULL,
        PRIMARY KEY (number, step_index)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE note (
        number INTEGER NOT NULL REFERENCES process,
        note_index INTEGER NOT NULL,
        path TEXT NOT NULL,
        line INTEGER NOT NULL,
        note TEXT NOT NULL,
        PRIMARY KEY (number, note_index)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE gate_run (
        sequence INTEGER PRIMARY KEY,
        number INTEGER NOT NULL REFERENCES process,
        gate TEXT NOT NULL,
        verdict TEXT NOT NULL,
        detail TEXT NOT NULL,
        at_ms INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX gate_run_of_process ON gate_run (number, sequence);
    """,
    # 3: hunks: which were accepted with which plan, which were rejected; plans made again.
    """
    CREATE TABLE decision (
        sequence INTEGER PRIMARY KEY,
        number INTEGER NOT NULL REFERENCES process,
        hunk TEXT NOT NULL,
        decision TEXT NOT NULL,
        at_ms INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX decision_of_process ON decision (number, sequence);
    CREATE TABLE accepted_hunk (
        plan_sequence INTEGER NOT NULL REFERENCES accepted_plan,
        hunk TEXT NOT NULL,
        path TEXT NOT NULL,
        PRIMARY KEY (plan_sequence, hunk, path)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE write_plan (
        sequence INTEGER PRIMARY KEY REFERENCES file_write,
        plan_sequence INTEGER NOT NULL REFERENCES accepted_plan
    ) STRICT;
    CREATE TABLE revision (
        sequence INTEGER PRIMARY KEY,
        number INTEGER NOT NULL REFERENCES process,
        plan_number INTEGER NOT NULL REFERENCES process,
        reason TEXT NOT NULL,
        at_ms INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX revision_of_process ON revision (number, sequence);
    CREATE TABLE planned_on (
        number INTEGER PRIMARY KEY REFERENCES process,
        sha256 TEXT NOT NULL
    ) STRICT;
    """,
    # 4: steps whose edits made a check worse; outcomes with them taken into account.
    """
    CREATE TABLE withdrawal (
        number INTEGER NOT NULL,
        step_index INTEGER NOT NULL,
        gate TEXT NOT NULL,
        detail TEXT NOT NULL,
        at_ms INTEGER NOT NULL,
        PRIMARY KEY (number, step_index)
    ) STRICT, WITHOUT ROWID;
    CREATE VIEW last_outcome AS
        SELECT o.number AS number, o.step_index AS step_index,
            IIF(w.gate IS NULL, o.verdict, 'refused') AS verdict,
            COALESCE(w.gate, o.cause) AS cause, COALESCE(w.detail, o.detail) AS detail,
            IIF(w.gate IS NULL, o.edit_json, NULL) AS edit_json, o.margin AS margin
        FROM outcome AS o LEFT JOIN withdrawal AS w
            ON w.number=o.number AND w.step_index=o.step_index;
    """,
    # 5: what the user allowed to run.
    """
    CREATE TABLE allowance (
        number INTEGER NOT NULL REFERENCES process,
        subject TEXT NOT NULL,
        seal TEXT NOT NULL,
        PRIMARY KEY (number, subject)
    ) STRICT, WITHOUT ROWID;
    """,
)
