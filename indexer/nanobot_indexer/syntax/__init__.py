"""Definitions of source files, by tree-sitter in killable worker processes.

Suggested reading order: `language`, `definition` (the value everything passes
around), `queries/*.scm` (what counts as a definition), `extract`, `frames`,
`worker` (the child), `parse_worker` (its parent side), `parse_pool`.

Invariant: tree-sitter is imported by `extract` and `worker` only, and they run
only in a child process: native code can crash, hang, hold the GIL and eat memory.
"""
