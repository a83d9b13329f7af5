"""Run long, verified, crash-proof processes on small local models.

Suggested reading order: `model` (one wave of prompts in, answers out), `edit`
(what may be changed and how it is proved), `recipe` (a kind of process),
`process` (ledger, votes, waves), `context` (what of a workspace a model reads), `ask`
(answers with evidence).

This package knows models, edits and processes. It does not know LSP or the
terminal.
"""
