--- Suggestions while typing.
---
--- From Neovim 0.12 on they are shown as ghost text by `vim.lsp.inline_completion`. Before,
--- the server offers them as completions, and `vim.lsp.completion` asks for them on <C-x><C-o>.
--- No key is mapped: see |nanobot-ghost-text|.
local M = {}

--- Turn suggestions on in a buffer that a server was attached to.
---@param client vim.lsp.Client
---@param bufnr integer
function M.attach(client, bufnr)
  if not require('nanobot').options().ghost_text then
    return
  end
  local inline = vim.lsp.inline_completion
  if inline and client:supports_method('textDocument/inlineCompletion', bufnr) then
    inline.enable(true, { bufnr = bufnr })
  elseif client:supports_method('textDocument/completion', bufnr) then
    vim.lsp.completion.enable(true, client.id, bufnr, { autotrigger = false })
  end
end

--- Put the suggestion that is shown into the text.
---@return boolean is_accepted False where none is shown, so that a mapping can do something else
function M.accept()
  local inline = vim.lsp.inline_completion
  return inline ~= nil and inline.get() or false
end

--- Turn suggestions of the current buffer off, or on again.
---@return boolean is_on
function M.toggle()
  local inline = vim.lsp.inline_completion
  if not inline then
    return false
  end
  local is_on = not inline.is_enabled({ bufnr = 0 })
  inline.enable(is_on, { bufnr = 0 })
  return is_on
end

return M
