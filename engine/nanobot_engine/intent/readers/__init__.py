"""One module per kind of reading: from clauses to a refactoring with its arguments."""
