"""Definitions, imports and whole trees of source files, by tree-sitter in killable workers.

Suggested reading order: `language`, `definition` (the values people see), `rows` (what
a worker writes down), `queries/*.scm` (what counts as a definition), `extract`,
`python_walk`, `sections`, `header`, `imports`, `frames`, `worker` (the child), `table`
(the same rows as checked arrays), `parse_worker` (the parent's side), `parse_pool`.
Whole trees have `tree_frames`, `tree_worker` (the child), `tree`, `tree_parser`.

Invariant: tree-sitter is imported by `extract`, `python_walk` and `tree_worker` only, and
they run only in a child process: native code can crash, hang, hold the GIL and eat memory.
Invariant: what the child imports needs no numpy.
"""
