-- Run by test_neovim_sync.py: nvim --clean --headless -l neovim_sync.lua
-- Does what one line of JSON says, has the server do a search, so that it tells its host
-- what it holds, and answers with the buffer as it is.
local repo, python = vim.env.NB_REPO, vim.env.NB_PYTHON

vim.opt.runtimepath:prepend(repo .. '/editors/neovim')
vim.o.swapfile = false
vim.o.shadafile = 'NONE'
vim.o.hidden = true
vim.o.fileformats = 'unix,dos,mac'
vim.o.undolevels = 1000
vim.cmd('filetype on') -- `-l` turns it off
vim.cmd('runtime plugin/nanobot.lua')
vim.lsp.config('nanobot', {
  cmd = { python, '-m', 'nanobot_server.lsp', '--stdio' },
  capabilities = { general = { positionEncodings = { vim.env.NB_ENCODING } } },
})
vim.lsp.enable('nanobot')

local asked = 0
local client

local function wait(what, condition)
  assert(vim.wait(100000, condition, 1), 'timeout: ' .. what)
end

local function attached()
  return vim.lsp.get_clients({ bufnr = 0, name = 'nanobot' })[1]
end

local operations = {}

function operations.open(said)
  vim.cmd('silent! %bwipeout!')
  vim.cmd.edit(said.path)
  wait('attach', function() return attached() and attached().initialized end)
  if client ~= attached() then
    client = attached()
    assert(client.offset_encoding == vim.env.NB_ENCODING, client.offset_encoding)
    local send = client.handlers['nanobot/resync']
    client.handlers['nanobot/resync'] = function(...)
      asked = asked + 1
      return send(...)
    end
  end
end

-- Edits in one go: Neovim sends them as one notification or as several.
function operations.edit(said)
  for _, edit in ipairs(said.edits) do
    local last = vim.api.nvim_buf_line_count(0)
    local rows = { edit.rows[1] % last, edit.rows[2] % last }
    if rows[1] > rows[2] then rows = { rows[2], rows[1] } end
    local columns = {}
    for index, row in ipairs(rows) do
      local text = vim.api.nvim_buf_get_lines(0, row, row + 1, true)[1]
      local count = vim.str_utfindex(text, 'utf-32')
      columns[index] = vim.str_byteindex(text, 'utf-32', edit.columns[index] % (count + 1))
    end
    if rows[1] == rows[2] and columns[1] > columns[2] then
      columns = { columns[2], columns[1] }
    end
    vim.api.nvim_buf_set_text(0, rows[1], columns[1], rows[2], columns[2], edit.lines)
  end
end

function operations.normal(said)
  vim.api.nvim_win_set_cursor(0, { said.row % vim.api.nvim_buf_line_count(0) + 1, 0 })
  vim.api.nvim_feedkeys(vim.keycode(said.keys), 'nx', false)
end

function operations.command(said)
  pcall(vim.cmd, 'silent ' .. said.command)
end

-- A change that no editor should send. The plugin sends the text again when it is asked to.
function operations.break_rules(said)
  local before = asked
  client:notify('textDocument/didChange', {
    textDocument = {
      uri = vim.uri_from_bufnr(0),
      version = vim.lsp.util.buf_versions[vim.api.nvim_get_current_buf()] + said.by,
    },
    contentChanges = said.changes,
  })
  wait('the text is asked for', function() return asked > before end)
end

local function done(said)
  operations[said.operation](said)
  local is_idle = false
  vim.schedule(function() is_idle = true end)
  wait('what the plugin does next', function() return is_idle end)
  local command = { command = 'nanobot.search', arguments = { 'x' } }
  -- Not buffer 0: Neovim would not send the changes before the request.
  local buffer = vim.api.nvim_get_current_buf()
  local answer = client:request_sync('workspace/executeCommand', command, 100000, buffer)
  assert(answer and answer.result and answer.result.hits, vim.inspect(answer))
  return {
    lines = vim.api.nvim_buf_get_lines(0, 0, -1, true),
    fileformat = vim.bo.fileformat,
    endofline = vim.bo.endofline,
  }
end

while true do
  local line = io.stdin:read('*l')
  if not line then break end
  local said = vim.json.decode(line)
  local is_good, answer = pcall(done, said)
  io.stdout:write(vim.json.encode(is_good and answer or { error = answer }) .. '\n')
  io.stdout:flush()
end
vim.cmd('silent! %bwipeout!')
if client then
  client:stop()
  wait('server stopped', function() return client:is_stopped() end)
end
