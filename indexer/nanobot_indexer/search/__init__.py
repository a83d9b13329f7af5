"""Find things in an open index.

Suggested reading order: `hit`, `live_files` (the files in one order), then by question:
`text_search` (ranked chunks: `question`, `synonyms`, `chunk_table`, `bm25`, `verbatim`,
`rerank`, `best_definition`), `grep` (text as it stands and expressions: `pattern`,
`required_literal`, `text_match`), `symbol_index` (names: `symbol_names`,
`symbol_scope`, `name_distance`), `references` (`non_code`), `similar`, `outline`,
`handle` (opening again what was found).

Invariant: answers do not depend on how files are spread over segments, and
everything is bounded; what was cut says so and why.
"""
