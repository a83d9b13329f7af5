"""The command line `nanobot`: one module per command.

Suggested reading order: `app` (the table of contents), `output` (what is printed
and with which exit code), then any command.

A command converts between a terminal and the host or engine; it decides little.
`docs/cli.md` is the contract: commands, exit codes, JSON keys.
"""

from nanobot_server.cli.app import main

__all__ = ["main"]
