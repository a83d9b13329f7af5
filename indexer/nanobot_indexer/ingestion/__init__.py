"""From a walk to a published generation.

Suggested reading order: `working_set` (the segments of the generation in the
making), `batch` (files become a new segment), `syntax_pass` (what parse workers
say becomes new tables), `retry` (what is looked at again), `compaction` (small and
mostly dead segments become fewer), `run` (one ingest, start to end), `ingest` (what
callers call).

Invariant: a generation is published only when every file of the walk is in it,
so a reader never sees half a workspace; its syntax may follow later.
"""
