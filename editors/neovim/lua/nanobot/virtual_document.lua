--- Buffers whose text comes from the server by `workspace/textDocumentContent`.
---
--- A buffer is empty until its text is there: nobody waits for the server.
local connection = require('nanobot.connection')

local M = {}

local METHOD = 'workspace/textDocumentContent'

---@class nanobot.DocumentOrigin
---@field client_id integer
---@field path string Says what kind of file it is

---@type table<string, nanobot.DocumentOrigin>
local origin_by_uri = {}

--- Show a text in a buffer, as that of a file would be.
---@param bufnr integer
---@param text string
local function set_text(bufnr, text)
  local is_dos = text:find('\r\n', 1, true) ~= nil and not text:find('[^\r]\n')
  if is_dos then
    text = text:gsub('\r\n', '\n')
  end
  local lines = vim.split(text, '\n', { plain = true })
  local has_last_end = lines[#lines] == ''
  if has_last_end and #lines > 1 then
    lines[#lines] = nil
  end
  local options = vim.bo[bufnr]
  options.modifiable = true
  -- The same text is not set again: cursors and folds would move.
  if not vim.deep_equal(lines, vim.api.nvim_buf_get_lines(bufnr, 0, -1, false)) then
    vim.api.nvim_buf_set_lines(bufnr, 0, -1, false, lines)
  end
  options.fileformat = is_dos and 'dos' or 'unix'
  options.endofline = has_last_end
  options.modifiable, options.modified = false, false
end

---@param uri string
---@return vim.lsp.Client?
local function client_of(uri)
  local origin = origin_by_uri[uri]
  local known = origin and vim.lsp.get_client_by_id(origin.client_id)
  return known or connection.client() or connection.clients()[1]
end

--- Fetch the text of a buffer again.
---@param bufnr integer
---@param uri string
---@param on_read? fun()
local function fetch(bufnr, uri, on_read)
  local client = client_of(uri)
  local function show(text)
    if vim.api.nvim_buf_is_valid(bufnr) then
      set_text(bufnr, text)
      vim.b[bufnr].nanobot_is_read = true
      vim.api.nvim_exec_autocmds('User', {
        pattern = 'NanobotDocument',
        data = { buf = bufnr, uri = uri },
        modeline = false,
      })
    end
    if on_read then
      on_read()
    end
  end
  if not client then
    return show('nanobot is not running; :Nanobot review opens the review again\n')
  end
  connection.request(client, METHOD, { uri = uri }, function(result)
    show(result and result.text or '')
  end, function(message)
    show('nanobot: ' .. message .. '\n')
  end)
end

--- Read a document into a buffer that was made for it: for the event `BufReadCmd`.
---@param bufnr integer
function M.read(bufnr)
  local uri = vim.api.nvim_buf_get_name(bufnr)
  local options = vim.bo[bufnr]
  options.buftype, options.swapfile, options.undolevels = 'nofile', false, -1
  options.modifiable, options.bufhidden = false, 'wipe'
  local origin = origin_by_uri[uri]
  local path = origin and origin.path or uri:gsub('[?#].*$', '')
  local filetype = vim.filetype.match({ filename = path })
  if filetype then
    options.filetype = filetype
  end
  fetch(bufnr, uri)
end

--- Return the buffer of a document, which is being read if it is new.
---@param client vim.lsp.Client
---@param uri string
---@param path string Of the file that it is about
---@return integer bufnr
function M.buffer(client, uri, path)
  origin_by_uri[uri] = { client_id = client.id, path = path }
  local bufnr = vim.fn.bufadd(uri)
  if vim.api.nvim_buf_is_loaded(bufnr) then
    fetch(bufnr, uri)
  else
    vim.fn.bufload(bufnr)
  end
  vim.b[bufnr].nanobot_client_id = client.id
  return bufnr
end

--- Handler of `workspace/textDocumentContent/refresh`.
---@param params { uri: string }
function M.on_refresh(_, params)
  local bufnr = vim.fn.bufnr(params.uri)
  if bufnr ~= -1 and vim.api.nvim_buf_is_loaded(bufnr) then
    fetch(bufnr, params.uri)
  end
  require('nanobot.review').on_document_changed(params.uri)
  return vim.NIL
end

return M
