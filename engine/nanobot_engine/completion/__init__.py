"""Suggestions at the cursor: a small model fills in the middle, a program says how much.

Suggested reading order: `request` (what is asked), `context` (what other files say),
`prompt` (what the model reads, in which order), `extent` (where a suggestion ends),
`trim` and `parse_check` (what of it is shown), `completer` (documents and their keys).

This part knows models and the index. It does not know editors, and it writes nothing.
"""
