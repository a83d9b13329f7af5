"""The index on disk: immutable segments, and a manifest that is replaced atomically.

Suggested reading order: `format` (what is in a segment; `docs/formats/index.md` in
words), `container` (as bytes), `packing` (tables in few bytes), `publish` (the one way
a file appears), `index_file` (the one way it is opened), `file_record` and `tables`
(from files to arrays), `segment` (reading them), `table_check` (before they are
believed), `manifest`, `generation` (writing), `file_list`, `folder` (where it lies),
`lock`, `canonical_dump` (to compare two indexes).

Invariant: a file of the index never changes after its rename, so a reader may
map it and keep it for as long as it likes. The index is a cache: a damaged or
outdated one is rebuilt, never repaired.
"""
