"""Old ways of writing become new ones, each where it certainly means the same.

`replace` is the general one: any shape of code into another.
"""
