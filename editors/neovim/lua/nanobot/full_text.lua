--- The whole text of a buffer, sent when the server's copy of it went wrong.
local M = {}

local LINE_ENDS = { unix = '\n', dos = '\r\n', mac = '\r' }

---@type table<integer, boolean> Buffers that are watched.
local watched = {}

---@param client vim.lsp.Client
---@param bufnr integer
local function send(client, bufnr)
  -- Changes that wait to be sent are in the text below, so they must go before it. Neovim
  -- sends them before any notification, and servers ignore those with a `$` that they do not know.
  client:notify('$/flush', vim.empty_dict())
  local line_end = LINE_ENDS[vim.bo[bufnr].fileformat]
  local text = table.concat(vim.api.nvim_buf_get_lines(bufnr, 0, -1, true), line_end)
  client:notify('textDocument/didChange', {
    textDocument = {
      uri = vim.uri_from_bufnr(bufnr),
      version = vim.lsp.util.buf_versions[bufnr],
    },
    contentChanges = { { text = text .. (vim.bo[bufnr].endofline and line_end or '') } },
  })
end

--- Handler of `nanobot/resync`.
---@param params nanobot.ResyncParams
---@param context lsp.HandlerContext
function M.on_resync(_, params, context)
  local client = vim.lsp.get_client_by_id(context.client_id)
  local bufnr = vim.uri_to_bufnr(params.uri)
  if client and vim.lsp.buf_is_attached(bufnr, client.id) then
    send(client, bufnr)
  end
end

--- Follow a buffer where what Neovim sends by itself is wrong, up to 0.12: a change that leaves a
--- single empty line says that one line more is left, and a buffer that was read again from its
--- file can lack its last line end. Then the text is sent again.
---@param client vim.lsp.Client
---@param bufnr integer
function M.attach(client, bufnr)
  if watched[bufnr] then
    return
  end
  watched[bufnr] = true
  local function resend()
    if vim.api.nvim_buf_is_loaded(bufnr) and vim.lsp.buf_is_attached(bufnr, client.id) then
      send(client, bufnr)
    end
  end
  vim.api.nvim_buf_attach(bufnr, false, {
    on_lines = function()
      if not vim.lsp.buf_is_attached(bufnr, client.id) then
        watched[bufnr] = nil
        return true
      end
      if vim.api.nvim_buf_line_count(bufnr) == 1 and vim.fn.getbufoneline(bufnr, 1) == '' then
        vim.schedule(resend)
      end
    end,
    on_reload = function()
      vim.schedule(resend)
    end,
    on_detach = function()
      watched[bufnr] = nil
    end,
  })
end

return M
