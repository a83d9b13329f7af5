"""One file per method of the Language Server Protocol; `server` lists them.

A feature never imports another one.
"""
