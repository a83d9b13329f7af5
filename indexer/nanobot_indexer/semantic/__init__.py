"""Search by meaning: vectors of what is in an index, and questions that share no word with it.

Optional: it needs the file of an embedding model, which the engine fetches, and everything
works without. Suggested reading order: `passage` (what is embedded), `word_piece` and
`encoder` (text to vector), `worker`, `embedder` (the worker's other side), `vector_file`,
`vector_table`, `vector_store` (what is kept), `vector_build` (embedding all of it), `fusion`,
`semantic_search`.

Invariants: the model runs in a worker that may die at any moment; an answer by words never
waits for vectors longer than its caller allows; vectors are a cache.
"""
