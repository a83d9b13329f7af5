"""What a function takes: add, remove, reorder, group its parameters, with all its calls."""
