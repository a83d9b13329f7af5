"""Find the text files of a workspace and read them safely.

Suggested reading order: `skip` (why a file is not indexed), `glob` and `ignore`,
`folder` (one folder), `file_table` and `memo` (what a scan found and remembers),
`scan`, `encoding`, `generated`, `source`.

Invariant: nothing but regular files is opened, no symbolic link is followed,
and every file that is neither ignored nor read is reported with its reason.
This part writes nothing.
"""
