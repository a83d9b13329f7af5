"""`workspace/didChangeConfiguration`: the user changed a setting in the editor."""

from lsprotocol import types

from nanobot_server.lsp.client.configuration import Configuration


async def did_change_configuration(
    configuration: Configuration, params: types.DidChangeConfigurationParams
) -> None:
    """Use the settings of now, sent along or asked for."""
    await configuration.changed(params.settings)
