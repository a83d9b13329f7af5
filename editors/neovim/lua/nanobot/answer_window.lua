--- Answers to questions, with the lines that they are from, and places that a search found.
local connection = require('nanobot.connection')
local float = require('nanobot.float')
local page = require('nanobot.page')

local M = {}

---@class nanobot.Answer What `nanobot.ask` gives, as `nanobot ask --json`
---@field is_found boolean
---@field answer string
---@field evidence { path: string, start_line: integer, end_line: integer, quote: string }[]
---@field problem? string
---@field candidates? { path: string, start_line: integer, end_line: integer, name: string }[]
---@field near? string[]

local PLACES_MAX = 8

--- Return a fence that is in no line of a text.
---@param text string
---@return string
local function fence(text)
  local longest = 2
  for run in text:gmatch('`+') do
    longest = math.max(longest, #run)
  end
  return ('`'):rep(longest + 1)
end

---@class nanobot.Place
---@field path string In the workspace
---@field line integer From 1

---@param answer nanobot.Answer
---@param question string
---@return nanobot.Page
local function render(answer, question)
  local text = page.new()
  text:add('# ' .. page.one_line(question))
  text:add('')
  if answer.is_found then
    local first = (answer.evidence or {})[1]
    local tag = first and { path = first.path, line = first.start_line }
    text:add('**' .. page.one_line(answer.answer) .. '**', tag)
  else
    text:add(page.one_line(answer.problem or 'Not found in this workspace'))
  end
  for _, place in ipairs(answer.evidence or {}) do
    local tag = { path = place.path, line = place.start_line }
    text:add('')
    text:add(('`%s:%d`'):format(place.path, place.start_line), tag)
    text:add('')
    local mark = fence(place.quote)
    text:add(mark .. (vim.filetype.match({ filename = place.path }) or ''), tag)
    for _, line in ipairs(vim.split(place.quote, '\r?\n')) do
      text:add((line:gsub('%c', ' ')), tag)
    end
    text:add(mark, tag)
  end
  local looked_at = not answer.is_found and answer.candidates or {}
  if #looked_at > 0 then
    text:add('')
    text:add('Nearest:')
    text:add('')
  end
  for index = 1, math.min(#looked_at, PLACES_MAX) do
    local place = looked_at[index]
    local name = place.name and place.name ~= '' and ' ' .. page.one_line(place.name) or ''
    text:add(
      ('- `%s:%d`%s'):format(place.path, place.start_line, name),
      { path = place.path, line = place.start_line }
    )
  end
  if #(answer.near or {}) > 0 then
    text:add('')
    text:add('Names like it: ' .. page.one_line(table.concat(answer.near, ', ')))
  end
  return text
end

--- Open the file of a place, in the window that the user came from.
---@param client vim.lsp.Client
---@param place nanobot.Place
local function go_to(client, place)
  local path = vim.fs.joinpath(client.root_dir or vim.fn.getcwd(), place.path)
  local is_float = vim.api.nvim_win_get_config(0).relative ~= ''
  if is_float then
    vim.cmd.close()
  else
    vim.cmd.wincmd('p')
  end
  vim.cmd("normal! m'")
  vim.cmd.edit(vim.fn.fnameescape(path))
  local row = math.min(place.line, vim.api.nvim_buf_line_count(0))
  vim.api.nvim_win_set_cursor(0, { row, 0 })
  vim.cmd('normal! zv^')
end

---@class nanobot.AnswerWindow
---@field bufnr integer
---@field shown? nanobot.Page

---@param client vim.lsp.Client
---@param on_close fun()
---@return nanobot.AnswerWindow
local function open(client, on_close)
  local window = { bufnr = float.buffer('markdown') }
  pcall(vim.treesitter.start, window.bufnr, 'markdown')
  if require('nanobot').options().answer_window == 'split' then
    vim.cmd('botright split')
    vim.api.nvim_win_set_buf(0, window.bufnr)
    float.make_readable(0)
    vim.keymap.set(
      'n',
      'q',
      '<Cmd>close<CR>',
      { buffer = window.bufnr, nowait = true, desc = 'Close' }
    )
  else
    float.open(window.bufnr, 'nanobot')
  end
  vim.wo[0][0].conceallevel, vim.wo[0][0].concealcursor = 2, 'n'
  vim.keymap.set('n', '<CR>', function()
    local place = window.shown and window.shown:tag(vim.api.nvim_win_get_cursor(0)[1])
    if place then
      go_to(client, place)
    end
  end, { buffer = window.bufnr, nowait = true, desc = 'Go to this place' })
  vim.api.nvim_create_autocmd(
    'BufWipeout',
    { buffer = window.bufnr, once = true, callback = on_close }
  )
  return window
end

---@param window nanobot.AnswerWindow
---@param text nanobot.Page
local function show(window, text)
  if not vim.api.nvim_buf_is_valid(window.bufnr) then
    return
  end
  text:write(window.bufnr)
  window.shown = text
  local winid = vim.fn.bufwinid(window.bufnr)
  if winid ~= -1 and vim.api.nvim_win_get_config(winid).relative ~= '' then
    float.fit(winid)
  elseif winid ~= -1 then
    local height = vim.api.nvim_win_text_height(winid, {}).all
    vim.api.nvim_win_set_height(winid, math.min(height, math.floor(vim.o.lines / 2)))
  end
end

--- Ask a question. The window is there at once and says what is read; closing it gives up.
---@param question string
function M.ask(question)
  connection.with_client(function(client)
    local request_id, is_answered
    local group = vim.api.nvim_create_augroup('nanobot.answer', {})
    local window = open(client, function()
      pcall(vim.api.nvim_del_augroup_by_id, group)
      if request_id and not is_answered then
        client:cancel_request(request_id)
      end
    end)
    local function wait_with(words)
      local text = page.new()
      text:add('# ' .. page.one_line(question))
      text:add('')
      text:add(page.one_line(words))
      show(window, text)
    end
    wait_with('Looking for it …')
    vim.api.nvim_create_autocmd('LspProgress', {
      group = group,
      callback = function(event)
        local value = event.data.params.value
        if event.data.client_id == client.id and value.message and not is_answered then
          wait_with('Looking for it: ' .. value.message)
        end
      end,
    })
    request_id = connection.request(client, 'workspace/executeCommand', {
      command = 'nanobot.ask',
      arguments = { { question = question } },
    }, function(answer)
      is_answered = true
      if answer.error then
        return wait_with(answer.error.message)
      end
      show(window, render(answer, question))
    end, function(message)
      is_answered = true
      wait_with(message)
    end)
  end)
end

--- Search for words, and list what was found in the quickfix window.
---@param words string
function M.search(words)
  if vim.api.nvim_win_get_config(0).relative ~= '' then
    vim.cmd.close()
  end
  connection.with_client(function(client)
    connection.execute(client, 'search', { query = words, limit = 50 }, function(found)
      if found.error then
        return
      end
      local items = vim.tbl_map(function(hit)
        return {
          filename = vim.fs.joinpath(client.root_dir or vim.fn.getcwd(), hit.path),
          lnum = hit.start_line,
          end_lnum = hit.end_line,
          text = page.one_line(vim.trim(('%s %s'):format(hit.kind or '', hit.name or ''))),
        }
      end, found.hits or {})
      if #items == 0 then
        return connection.tell(('nothing found for %s'):format(words))
      end
      vim.fn.setqflist({}, ' ', { title = 'nanobot search: ' .. words, items = items })
      vim.cmd('botright copen')
    end)
  end)
end

return M
