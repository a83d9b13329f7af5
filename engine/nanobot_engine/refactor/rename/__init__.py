"""Rename what Python or another language defines, with everything that refers to it.

Suggested reading order: `rename` (Python), `rename_code` (other languages).
"""
