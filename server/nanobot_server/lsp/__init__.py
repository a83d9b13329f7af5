"""The language server front `nanobot-lsp`.

Suggested reading order: `framing`, `transport`, `protocol` (bytes to requests),
`text_buffer`, `session` (state), `server` (the list of features), `host_link`,
`process_view`, `review` (a process from its start to verified edits).

Built on pygls, of which it uses the feature registry, the typed messages and the
senders. Framing, text synchronisation, life cycle and dispatch are ours, because
`docs/lsp.md` promises more than pygls 2.1 keeps. This part knows no model, never
parses a file and never writes one: edits go through the editor.
"""
