"""A sentence as words: tokens, clauses, what a phrase names. Looks nothing up."""
