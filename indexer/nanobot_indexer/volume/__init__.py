"""The index on disk: immutable volumes, and a manifest that is replaced atomically.

Suggested reading order: `format` (the layout; `docs/formats/index.md` in words),
`publish` (the one way a file appears), `segment_writer`, `segment_reader`,
`manifest`, `folder` (where it lies), `lock`.

Invariant: a file of the index never changes after its rename, so a reader may
map it and keep it for as long as it likes. The index is a cache: a damaged or
outdated one is rebuilt, never repaired.
"""
