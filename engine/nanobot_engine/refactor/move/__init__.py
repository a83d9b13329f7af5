"""Move definitions and modules to other places; everybody who imports them follows.

Suggested reading order: `move` (definitions), `move_module` (files), `merge` (moves in a row).
"""
