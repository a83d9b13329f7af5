"""What the recipes that only add statements share; no recipe itself.

`gate` takes the additions out and compares the rest, `logger` finds or makes the logger of
a module, `layout` says how its code is laid out.
"""
