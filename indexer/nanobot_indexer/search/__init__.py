"""Text and symbol search over open volumes.

Suggested reading order: `query` (what is looked for), `occurrence` (where the
text has it), `symbol` (which definitions are named like it), `ranking` (what
comes first), `searcher`.

The text is scanned, not looked up: at some tens of megabytes that is fast enough,
finds every literal, and needs no index that could be stale.
"""
