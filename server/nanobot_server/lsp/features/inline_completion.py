"""`textDocument/inlineCompletion`: what the user may want to write next, as ghost text."""

from lsprotocol import types

from nanobot_server.lsp.completion.completions import Completions


async def inline_completion(
    completions: Completions, params: types.InlineCompletionParams
) -> types.InlineCompletionList:
    """Return at most one suggestion, to be inserted at the cursor."""
    at = params.position
    # A number where the editor sent one that is not in the enumeration.
    is_explicit = params.context.trigger_kind == types.InlineCompletionTriggerKind.Invoked
    found = await completions.suggest(params.text_document.uri, at, is_explicit=is_explicit)
    if found is None:
        return types.InlineCompletionList([])
    return types.InlineCompletionList(
        [types.InlineCompletionItem(found.text, range=types.Range(at, at))]
    )
