--- Whether another server knows better what things are, so that nanobot shall keep quiet.
local M = {}

local METHODS = { symbols = 'textDocument/documentSymbol', hover = 'textDocument/hover' }

---@param name string
---@param filetype string
---@return boolean
local function is_other(name, filetype)
  local config = vim.lsp.config[name]
  if name == 'nanobot' or not config then
    return false
  end
  local is_meant = not config.filetypes or vim.list_contains(config.filetypes, filetype)
  local command = config.cmd
  return is_meant and (type(command) ~= 'table' or vim.fn.executable(command[1]) == 1)
end

--- Tell whether another server is turned on for a buffer but has not said yet what it can do.
---@param bufnr integer
---@return boolean
local function is_another_coming(bufnr)
  if not vim.lsp.get_configs then
    return false -- Neovim 0.11 does not say.
  end
  for _, config in ipairs(vim.lsp.get_configs({ enabled = true })) do
    local is_here = #vim.lsp.get_clients({ name = config.name, bufnr = bufnr }) > 0
    if not is_here and is_other(config.name, vim.bo[bufnr].filetype) then
      return true
    end
  end
  return false
end

--- Return what nobody else answers for a buffer, as the server wants to be told.
---@param bufnr integer
---@return { symbols: boolean, hover: boolean }
function M.missing(bufnr)
  local missing = { symbols = true, hover = true }
  if is_another_coming(bufnr) then
    return { symbols = false, hover = false }
  end
  for _, client in ipairs(vim.lsp.get_clients({ bufnr = bufnr })) do
    for key, method in pairs(METHODS) do
      if client.name ~= 'nanobot' and client:supports_method(method, bufnr) then
        missing[key] = false
      end
    end
  end
  return missing
end

--- Put that into the options of `initialize`; what the user set there counts.
---@param params lsp.InitializeParams
function M.before_init(params)
  local missing = M.missing(vim.api.nvim_get_current_buf())
  local options = params.initializationOptions
  params.initializationOptions =
    vim.tbl_extend('keep', type(options) == 'table' and options or {}, missing)
end

return M
