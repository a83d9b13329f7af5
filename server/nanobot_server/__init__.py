"""Two fronts and the host they share, over the engine.

`host` runs processes in the background, `lsp` is the language server, `cli` the
command line. This package decides little: it converts between a protocol and
the engine. It does not know how steps are voted or edits verified.
"""
