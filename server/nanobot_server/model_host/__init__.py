"""The OS process that owns the models of a user, shared by the hosts of all workspaces.

Suggested reading order: `location`, `wave_wire` and `error_wire` (what is said),
`loaded_models` (what is loaded), `slot_share`, `service`, `__main__`; on the other side
`link`, `remote_wave_model`, `remote_continuer`, `remote_models`.

`docs/model-host.md` describes protocol and life. This part knows no workspace, no LSP and
no terminal.
"""
