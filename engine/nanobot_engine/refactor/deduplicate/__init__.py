"""What is there twice: one stays, the others become it.

Suggested reading order: `function_shape` (when two do the same), `deduplicate`.
"""
