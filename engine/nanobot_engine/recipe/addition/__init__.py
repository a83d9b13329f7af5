"""What the recipes that only add statements share; no recipe itself.

`gate` takes the additions out and compares the rest, `logger` finds or makes the logger of
a module, `function` and `layout` say where code goes and how it is laid out.
"""
