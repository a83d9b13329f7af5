--- The list of processes, of all projects that are open, as it is now.
local connection = require('nanobot.connection')
local float = require('nanobot.float')
local page = require('nanobot.page')
local workspace_state = require('nanobot.workspace_state')

local M = {}

local NAME = 'nanobot://processes'
local BAR_CELLS = 16

local STATES = {
  queued = { 'queued', 'NanobotDim' },
  running = { 'running', 'NanobotRunning' },
  interrupted = { 'interrupted', 'NanobotReview' },
  paused = { 'paused', 'NanobotReview' },
  waiting_for_review = { 'waits for review', 'NanobotReview' },
  done = { 'done', 'NanobotDone' },
  failed = { 'failed', 'NanobotFailed' },
  cancelled = { 'cancelled', 'NanobotDim' },
  rejected = { 'rejected', 'NanobotDim' },
}

---@class nanobot.ProcessLine
---@field client_id integer
---@field process nanobot.Process

---@type nanobot.Page?
local shown
---@type integer?
local window_bufnr

--- Return the state of a process for people, and its highlight group.
---@param process nanobot.Process
---@return [string, string]
function M.state_words(process)
  local is_interrupted = process.state == 'running' and not process.isAlive
  return STATES[is_interrupted and 'interrupted' or process.state]
    or { process.state, 'NanobotDim' }
end

---@param count integer
---@param noun string
---@return string
local function counted(count, noun)
  return ('%d %s%s'):format(count, noun, count == 1 and '' or 's')
end

---@param seconds number
---@return string
local function duration(seconds)
  if seconds < 60 then
    return ('%d s'):format(seconds)
  end
  return ('%d min %02d s'):format(math.floor(seconds / 60), seconds % 60)
end

--- Return how far a process is, as words.
---@param process nanobot.Process
---@return string
local function progress_words(process)
  local words = {}
  if process.steps > 0 then
    table.insert(words, ('%d of %s'):format(process.done, counted(process.steps, 'step')))
    table.insert(words, counted(process.edits, 'edit'))
  end
  if process.refused > 0 then
    table.insert(words, ('%d refused'):format(process.refused))
  end
  if process.seconds >= 1 then
    table.insert(words, duration(process.seconds))
  end
  return table.concat(words, ', ')
end

---@param list nanobot.Page
---@param client_id integer
---@param process nanobot.Process
local function add_process(list, client_id, process)
  local tag = { client_id = client_id, process = process }
  local goal = page.one_line(process.goal)
  list:add({ { ('%-4s '):format(process.processId), 'NanobotKey' }, goal }, tag)
  local pieces = { '     ', M.state_words(process), '  ' }
  if process.state == 'running' and process.percentage then
    local full = math.floor(BAR_CELLS * process.percentage / 100)
    table.insert(pieces, { ('━'):rep(full), 'NanobotRunning' })
    table.insert(pieces, { ('─'):rep(BAR_CELLS - full), 'NanobotDim' })
    table.insert(pieces, (' %3d %%  '):format(process.percentage))
  end
  table.insert(pieces, { progress_words(process), 'NanobotDim' })
  list:add(pieces, tag)
  if process.message ~= '' then
    list:add({ '     ', { page.one_line(process.message), 'NanobotDim' } }, tag)
  end
end

--- Return one line about the index and the models of a project.
---@param client vim.lsp.Client
---@return string
local function summary(client)
  local status = workspace_state.status(client.id)
  local words = {}
  for _, workspace in ipairs(status and status.workspaces or {}) do
    local index = workspace.index
    if index and index.state == 'indexing' then
      local percentage = index.percentage and (' %d %%'):format(index.percentage) or ''
      table.insert(words, 'indexing' .. percentage)
    elseif index then
      table.insert(words, counted(index.files, 'file') .. ' indexed')
    end
    if index and index.problem ~= '' then
      table.insert(words, page.one_line(index.problem))
    end
  end
  local missing = vim.tbl_filter(function(model)
    return model.state == 'missing'
  end, status and status.models or {})
  if #missing > 0 then
    table.insert(words, counted(#missing, 'model') .. ' missing: nanobot setup fetches them')
  end
  return table.concat(words, ', ')
end

---@return nanobot.Page
local function render()
  local list = page.new()
  for _, client in ipairs(connection.clients()) do
    local folder = vim.fn.fnamemodify(client.root_dir or '(no folder)', ':~')
    local about = summary(client)
    list:add({ { folder, 'NanobotTitle' }, { about == '' and '' or '  ' .. about, 'NanobotDim' } })
    local processes = workspace_state.processes(client.id)
    if #processes == 0 then
      list:add({
        { '     no process yet: ', 'NanobotDim' },
        ':Nanobot add docstrings to every public function',
      })
    end
    for _, process in ipairs(processes) do
      add_process(list, client.id, process)
    end
  end
  return list
end

---@param list? nanobot.Page
---@return integer? row Of the first process
local function first_row(list)
  return list and list:row_of(function()
    return true
  end)
end

--- Write the list again; the cursor stays on its process, or goes to the first there is.
---@param bufnr integer
local function refresh(bufnr)
  local list, before = render(), shown
  list:write(bufnr)
  shown = list
  local winid = vim.fn.bufwinid(bufnr)
  if winid == -1 then
    return
  end
  local row, column = unpack(vim.api.nvim_win_get_cursor(winid))
  local under = before and before:tag(row)
  if under then
    row = list:row_of(function(tag)
      return tag.client_id == under.client_id and tag.process.processId == under.process.processId
    end) or row
  elseif not first_row(before) then
    row = first_row(list) or 1
  end
  row = math.min(row, vim.api.nvim_buf_line_count(bufnr))
  vim.api.nvim_win_set_cursor(winid, { row, column })
end

--- Return the process at the cursor, and its server.
---@return nanobot.Process?, vim.lsp.Client?
local function at_cursor()
  local line = shown and shown:tag(vim.api.nvim_win_get_cursor(0)[1]) --[[@as nanobot.ProcessLine?]]
  local client = line and vim.lsp.get_client_by_id(line.client_id)
  if line and client then
    return line.process, client
  end
  connection.tell('there is no process on this line')
end

--- Return what runs a command about the process at the cursor.
---@param command string|fun(process: nanobot.Process): string
---@param question? string Asked before; `%s` is the process
---@return fun()
local function acting(command, question)
  return function()
    local process, client = at_cursor()
    if not process or not client then
      return
    end
    local name = type(command) == 'function' and command(process) or command --[[@as string]]
    local function act()
      local argument = { processId = process.processId }
      connection.execute(client, 'process.' .. name, argument, function()
        workspace_state.load(client)
      end)
    end
    if not question then
      return act()
    end
    vim.ui.select(
      { 'Yes', 'No' },
      { prompt = question:format(process.processId), kind = 'nanobot' },
      function(answer)
        if answer == 'Yes' then
          act()
        end
      end
    )
  end
end

---@param step 1|-1
---@return fun()
local function going(step)
  return function()
    local list = assert(shown)
    local row = vim.api.nvim_win_get_cursor(0)[1]
    local function id(at)
      local tag = list:tag(at)
      return tag and (tag.client_id .. '/' .. tag.process.processId)
    end
    local here, at = id(row), row
    repeat
      at = at + step
    until at < 1 or at > vim.api.nvim_buf_line_count(0) or (id(at) and id(at) ~= here)
    while step == -1 and at > 1 and id(at) and id(at - 1) == id(at) do
      at = at - 1
    end
    if id(at) then
      vim.api.nvim_win_set_cursor(0, { at, 0 })
    end
  end
end

local function review()
  local process, client = at_cursor()
  if process and client then
    require('nanobot.review').fetch(client, process.processId)
  end
end

local function load_all()
  for _, client in ipairs(connection.clients()) do
    workspace_state.load(client)
  end
end

local KEYS = {
  { '<CR>', 'review the changes of the process at the cursor', review },
  {
    'p',
    'pause it, or let it go on',
    acting(function(process)
      return process.state == 'running' and process.isAlive and 'pause' or 'resume'
    end),
  },
  { 'a', 'accept all its changes', acting('accept') },
  { 'r', 'reject all its changes', acting('reject', 'Reject all changes of %s?') },
  { 'u', 'undo what was accepted', acting('undo') },
  { 'x', 'cancel it', acting('cancel', 'Cancel %s?') },
  { ']]', 'next process', going(1) },
  { '[[', 'process before', going(-1) },
  { '<C-l>', 'ask again how everything is', load_all },
  {
    'q',
    'close this window',
    function()
      vim.cmd.close()
    end,
  },
}

---@return integer bufnr
local function make_buffer()
  local bufnr = float.buffer('nanobot')
  vim.api.nvim_buf_set_name(bufnr, NAME)
  float.map(bufnr, KEYS, 'Keys of the process window')
  local stop = workspace_state.listen(function()
    if vim.api.nvim_buf_is_valid(bufnr) then
      refresh(bufnr)
    end
  end)
  vim.api.nvim_create_autocmd('BufWipeout', {
    buffer = bufnr,
    once = true,
    callback = function()
      stop()
      shown, window_bufnr = nil, nil
    end,
  })
  return bufnr
end

--- Open the window, or go to it.
function M.open()
  connection.with_client(function()
    local winid = window_bufnr and vim.fn.bufwinid(window_bufnr) or -1
    if winid ~= -1 then
      vim.api.nvim_set_current_win(winid)
    else
      window_bufnr = window_bufnr or make_buffer()
      local height = require('nanobot').options().process_window_height
      vim.cmd(('botright %dsplit'):format(math.min(height, math.max(3, vim.o.lines - 8))))
      vim.api.nvim_win_set_buf(0, window_bufnr)
      float.make_readable(0)
      vim.wo[0][0].winfixheight = true
      vim.wo[0][0].cursorline = true
      vim.wo[0][0].statusline = ' nanobot processes%=g? help '
      refresh(window_bufnr)
    end
    load_all()
  end)
end

return M
