-- The language server `nanobot-lsp`, for `vim.lsp.enable('nanobot')`. See |nanobot-lsp|.

---@param module string
---@param name string
---@return function
local function lazily(module, name)
  return function(...)
    return require(module)[name](...)
  end
end

---@type vim.lsp.Config
return {
  cmd = { 'nanobot-lsp', '--stdio' },
  -- There are no filetypes: nanobot works on every file of a project, and on none outside one.
  root_markers = {
    { '.nanobot', '.git' },
    { 'pyproject.toml', 'setup.py', 'package.json', 'go.mod', 'Cargo.toml' },
  },
  workspace_required = true,
  capabilities = {
    workspace = { textDocumentContent = { dynamicRegistration = false } },
    experimental = { nanobot = { status = true, processes = true, review = true, resync = true } },
  },
  before_init = lazily('nanobot.other_servers', 'before_init'),
  handlers = {
    ['nanobot/didChangeStatus'] = lazily('nanobot.workspace_state', 'on_status'),
    ['nanobot/didChangeProcess'] = lazily('nanobot.workspace_state', 'on_process'),
    ['nanobot/showReview'] = lazily('nanobot.review', 'on_show'),
    ['nanobot/resync'] = lazily('nanobot.full_text', 'on_resync'),
    ['workspace/textDocumentContent/refresh'] = lazily('nanobot.virtual_document', 'on_refresh'),
    ['workspace/applyEdit'] = lazily('nanobot.edit_request', 'on_apply'),
    ['window/showMessage'] = lazily('nanobot.question', 'on_message'),
    ['window/showMessageRequest'] = lazily('nanobot.question', 'on_request'),
  },
}
