"""Refactorings: programs that work out a complete change of a codebase. They write nothing.

Suggested reading order: `refactoring` (what each is), `change` (what each gives),
`rename` (one of them), `name_check` (what all are checked with).
"""
