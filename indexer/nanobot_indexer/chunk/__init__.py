"""Where the chunks of a text start: what is indexed, ranked and shown as one piece.

Suggested reading order: `line_offsets`, `windows` (what a chunk should measure),
`lines` (text without known syntax), `definitions` (text with), `segment` (many files).

Invariant: chunks start at line starts, cover every byte of a file once, and depend
on nothing but that file and the `growth` they were cut with.
"""
