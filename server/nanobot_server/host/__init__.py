"""The background OS process that the fronts share, one per workspace.

Suggested reading order: `location`, `wire`, `client`, `service`, `__main__`.

A front connects with `HostClient.connect`, which starts the host when none runs.
`docs/host.md` lists the methods and events. This part knows no LSP and no
terminal.
"""
