"""The tasks of the result benchmark, one module per package.

The style of a sentence says how a person typed it: `precise` names kinds and paths, `loose`
is what one says to a colleague, `terse` is typed in a hurry and is partly wrong. They were
written before anything that reads them was looked at.
"""
