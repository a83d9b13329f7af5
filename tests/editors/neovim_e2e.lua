-- Run by test_neovim.py: nvim --clean --headless -l neovim_e2e.lua
-- Everything goes through the entry points a user has. Any error is exit code 1.
local repo, python, workspace = vim.env.NB_REPO, vim.env.NB_PYTHON, vim.env.NB_WORKSPACE
local docstring = '"""Do what the name says."""'

-- The plugin is not there: this is the configuration for those who do without.
local readme = table.concat(vim.fn.readfile(repo .. '/editors/neovim/README.md'), '\n')
local documented = readme:match('## Without the plugin.-```lua\n(.-)```')
vim.o.swapfile = false
vim.o.shadafile = 'NONE'
vim.o.hidden = true
vim.cmd('filetype on') -- `-l` turns it off
assert(loadstring(documented))()
vim.lsp.config('nanobot', { cmd = { python, '-m', 'nanobot_server.lsp', '--stdio' } })
vim.lsp.enable('nanobot')

local function wait(what, condition)
  assert(vim.wait(30000, condition, 20), 'timeout: ' .. what)
end
local function step(text) io.stdout:write(text .. '\n') end
local function lines() return vim.api.nvim_buf_get_lines(0, 0, -1, false) end
local function has_line(text) return vim.tbl_contains(lines(), text) end

local progress = {}
vim.api.nvim_create_autocmd('LspProgress', { callback = function(event)
  progress[#progress + 1] = { token = event.data.params.token, value = event.data.params.value }
end })
local messages = {}
vim.lsp.handlers['window/showMessage'] = function(_, result)
  messages[#messages + 1] = result.message
  return result
end
local questions, answer = {}, 'Apply'
vim.ui.select = function(items, options, on_choice)
  questions[#questions + 1] = options.prompt
  for index, item in ipairs(items) do
    local title = options.format_item and options.format_item(item) or item.title or item
    if title:find(answer, 1, true) then return on_choice(item, index) end
  end
  on_choice(nil)
end

vim.cmd.edit(workspace .. '/a.py')
local function attached() return vim.lsp.get_clients({ bufnr = 0, name = 'nanobot' })[1] end
wait('attach', function() return attached() and attached().initialized end)
local client = attached()
assert(client.offset_encoding == 'utf-8', client.offset_encoding)
step('attached')

-- One function, below a form feed and beside an emoji, after edits the server must follow.
vim.api.nvim_buf_set_lines(0, 0, 0, false, { '# page one', '\f', 'x = "😀é"' })
for number = 1, 60 do
  local row = (number * 7) % 3
  local text = vim.api.nvim_buf_get_lines(0, row, row + 1, false)[1]
  local column = vim.str_byteindex(text, 'utf-32', number % (vim.str_utfindex(text, 'utf-32') + 1), false)
  vim.api.nvim_buf_set_text(0, row, column, row, column, { ({ 'a', '😀', '\f', 'é' })[number % 4 + 1] })
end
vim.api.nvim_buf_set_lines(0, 0, 3, false, { '# "page" 😀', '\f', 'x = "😀é"' })
vim.cmd('silent! undo')
vim.cmd('silent! redo')
vim.api.nvim_win_set_cursor(0, { vim.fn.search('def add'), 4 })
vim.lsp.buf.code_action({ apply = true, filter = function(a) return a.title == 'nanobot: Document this function' end })
wait('docstring', function() return has_line('    ' .. docstring) end)
local row = vim.fn.search('def add')
assert(lines()[row + 1] == '    ' .. docstring, vim.inspect(lines()))
assert(lines()[row + 2] == '    return a + b  # 😀', vim.inspect(lines()))
assert(#questions == 0)
-- There is none when it is over before Neovim has a place for it.
wait('end of progress', function() return #progress == 0 or progress[#progress].value.kind == 'end' end)
step('one function documented')

-- The whole workspace: a question, then an open file and a closed one.
progress = {}
client:exec_cmd({ title = 'all', command = 'nanobot.process.start',
  arguments = { { recipe = 'document', uri = vim.uri_from_bufnr(0) } } }, { bufnr = 0 })
wait('second docstring', function() return vim.fn.bufnr(workspace .. '/b.py') > 0 end)
local closed = vim.fn.bufnr(workspace .. '/b.py')
wait('closed file', function() return vim.tbl_contains(vim.api.nvim_buf_get_lines(closed, 0, -1, false), '    ' .. docstring) end)
assert(#questions == 1 and questions[1]:find('1 docstring in 1 file is ready', 1, true), vim.inspect(questions))
step('workspace documented')

-- A running process is cancelled through its progress token.
progress = {}
client:exec_cmd({ title = 'slow', command = 'nanobot.process.start',
  arguments = { { recipe = 'document', goal = '{"steps": 900, "step_s": 0.05}' } } }, { bufnr = 0 })
wait('reports', function() return #progress > 2 end)
assert(progress[1].value.kind == 'begin' and progress[1].value.percentage == 0)
client:notify('window/workDoneProgress/cancel', { token = progress[1].token })
wait('end of the cancelled process', function() return progress[#progress].value.kind == 'end' end)
step('process cancelled')

-- The trap: Neovim skips a stale edit and says it was applied. Nothing may be reported.
vim.fn.writefile({ 'def late():', '    return 1' }, workspace .. '/c.py')
vim.cmd.edit(workspace .. '/c.py')
wait('attach c.py', function() return attached() ~= nil end)
-- Neovim checks no version for a buffer that was never changed.
vim.api.nvim_buf_set_lines(0, -1, -1, false, { '# end' })
local said
local apply = vim.lsp.handlers['workspace/applyEdit']
vim.lsp.handlers['workspace/applyEdit'] = function(...)
  vim.api.nvim_buf_set_lines(0, 0, 0, false, { '# typed while the edit was on its way' })
  -- The change is on its way to the server, so Neovim counts a newer version.
  vim.lsp.util.buf_versions[vim.api.nvim_get_current_buf()] = 99
  said = apply(...)
  return said
end
vim.api.nvim_win_set_cursor(0, { vim.fn.search('def late'), 4 })
vim.lsp.buf.code_action({ apply = true, filter = function(a) return a.title == 'nanobot: Document this function' end })
wait('message', function() return #messages > 0 end)
assert(said.applied == true)
assert(messages[#messages]:find('1 file not changed (c.py', 1, true), vim.inspect(messages))
assert(not has_line('    ' .. docstring), vim.inspect(lines()))
step('applied:true was not believed')

vim.cmd('silent! %bwipeout!')
client:stop()
wait('server stopped', function() return client:is_stopped() end)
step('OK')
