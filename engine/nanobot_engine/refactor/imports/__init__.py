"""The imports of a file: add, remove, retarget, and what they need.

Suggested reading order: `import_edit`, `import_cleanup`, `import_cycle`.
"""
