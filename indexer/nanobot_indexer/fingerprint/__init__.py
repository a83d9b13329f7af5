"""What a chunk of text looks like: its terms for search, its signature for likeness.

Suggested reading order: `content` (what goes in and comes out), `hashing`, `stem`,
`tokens`, `words`, `chunk_terms`, `simhash`, `postings`.

Everything here is a function of bytes: no file is read, and nothing is kept between
two calls. What one step hands to the next is a named tuple: a data class takes six times
as long to define, and a process that indexes a small workspace lives for a moment.
"""
