--- Files that others wrote: another editor or the command line accepted or took back changes.
---
--- Neovim looks at files when it gets the focus or something is entered. A buffer that still
--- shows the old text until then would count as text that was typed and not saved.
local M = {}

--- Read the files of a folder again that changed, into buffers in which nothing was typed.
--- Neovim itself asks about the others when they are written.
---@param root string
function M.read_again(root)
  for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
    local is_file = vim.api.nvim_buf_is_loaded(bufnr) and vim.bo[bufnr].buftype == ''
    if is_file and not vim.bo[bufnr].modified and vim.fs.relpath(root, vim.api.nvim_buf_get_name(bufnr)) then
      -- Without 'autoread' Neovim would stop and ask.
      if vim.F.if_nil(vim.bo[bufnr].autoread, vim.go.autoread) then
        vim.cmd.checktime({ bufnr, mods = { silent = true } })
      end
    end
  end
end

return M
