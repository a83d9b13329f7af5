--- The command `:Nanobot`.
local connection = require('nanobot.connection')
local page = require('nanobot.page')
local workspace_state = require('nanobot.workspace_state')

local M = {}

--- In which states of a process a command makes sense, for completion and for a command
--- without a process.
local STATES_BY_ACTION = {
  review = { 'waiting_for_review' },
  accept = { 'waiting_for_review' },
  reject = { 'waiting_for_review' },
  pause = { 'running', 'queued' },
  resume = { 'paused', 'failed', 'running' },
  cancel = { 'running', 'queued', 'paused', 'failed' },
  undo = { 'done', 'waiting_for_review' },
}

--- Start a process by a sentence.
---@param sentence string
function M.start(sentence)
  connection.with_client(function(client)
    local bufnr = vim.api.nvim_get_current_buf()
    local argument = { goal = sentence }
    if vim.lsp.buf_is_attached(bufnr, client.id) then
      argument.uri = vim.uri_from_bufnr(bufnr)
    end
    -- The plan may take a while, and not every status line shows progress.
    connection.tell('planning …')
    connection.execute(client, 'process.start', argument, function()
      workspace_state.load(client)
    end)
  end)
end

--- Run a command about a process.
---@param action string A key of `STATES_BY_ACTION`
---@param process_id? string The newest that is in a fitting state without it
function M.act(action, process_id)
  connection.with_client(function(client)
    -- What other editors and the command line did since is not known here.
    workspace_state.load(client, function()
      local fitting = STATES_BY_ACTION[action]
      for _, process in ipairs(workspace_state.processes(client.id)) do
        if process_id then
          break
        elseif vim.list_contains(fitting, process.state) then
          process_id = process.processId
        end
      end
      if not process_id then
        return connection.tell(
          ('there is no process to %s; :Nanobot processes lists all'):format(action)
        )
      end
      if action == 'review' then
        return require('nanobot.review').fetch(client, process_id)
      end
      connection.execute(client, 'process.' .. action, { processId = process_id }, function()
        workspace_state.load(client)
      end)
    end)
  end)
end

local function show_status()
  connection.with_client(function(client)
    workspace_state.load(client, function()
      local status, text = workspace_state.status(client.id), page.new()
      if not status then
        return connection.tell('this server does not tell its status', vim.log.levels.WARN)
      end
      text:add({
        { 'server     ', 'NanobotDim' },
        ('%s, pid %d'):format(status.server.version, status.server.pid),
      })
      for _, workspace in ipairs(status.workspaces) do
        local index = workspace.index
        text:add({
          { 'workspace  ', 'NanobotDim' },
          vim.fn.fnamemodify(vim.uri_to_fname(workspace.uri), ':~'),
        })
        text:add({
          { 'host       ', 'NanobotDim' },
          workspace.isHostRunning and 'runs' or 'does not run; it starts when it is needed',
        })
        text:add({
          { 'index      ', 'NanobotDim' },
          index and ('%s, %d files, %d definitions'):format(
            index.state,
            index.files,
            index.definitions
          ) or 'none yet',
        })
        if index and index.problem ~= '' then
          text:add({ '           ', { page.one_line(index.problem), 'NanobotFailed' } })
        end
      end
      for _, model in ipairs(status.models) do
        local group = model.state == 'missing' and 'NanobotFailed' or 'NanobotDone'
        text:add({
          { ('%-11s'):format(model.role), 'NanobotDim' },
          model.name .. ' ',
          { model.state, group },
        })
      end
      local completion = status.completion
      local words = completion.isOn and 'on, ' .. completion.model or 'off'
      if completion.problem ~= '' then
        words = words .. ': ' .. page.one_line(completion.problem)
      end
      text:add({ { 'ghost text ', 'NanobotDim' }, words })
      require('nanobot.float').show(text, 'nanobot')
    end)
  end)
end

local function open_log()
  connection.with_client(function(client)
    workspace_state.load(client, function()
      local status = workspace_state.status(client.id)
      local path = status and status.server.logPath
      if not path then
        return connection.tell('this server does not tell where its log is', vim.log.levels.WARN)
      end
      vim.cmd('botright split ' .. vim.fn.fnameescape(path))
      vim.bo.modifiable, vim.bo.autoread = false, true
      vim.cmd('normal! G')
    end)
  end)
end

local function toggle_ghost_text()
  if not vim.lsp.inline_completion then
    return connection.tell('ghost text needs Neovim 0.12; <C-x><C-o> asks for suggestions')
  end
  connection.tell(
    require('nanobot.ghost_text').toggle() and 'ghost text is on' or 'ghost text is off'
  )
end

---@class nanobot.Subcommand
---@field run fun(words: string)
---@field needs? string What has to follow, for people
---@field is_alone? boolean Nothing may follow
---@field action? string

---@type table<string, nanobot.Subcommand>
local SUBCOMMANDS = {
  status = { is_alone = true, run = show_status },
  processes = {
    is_alone = true,
    run = function()
      require('nanobot.process_window').open()
    end,
  },
  ask = {
    needs = 'a question',
    run = function(words)
      require('nanobot.answer_window').ask(words)
    end,
  },
  search = {
    needs = 'words',
    run = function(words)
      require('nanobot.answer_window').search(words)
    end,
  },
  ingest = {
    is_alone = true,
    run = function()
      connection.with_client(function(client)
        connection.execute(client, 'ingest')
      end)
    end,
  },
  ghost = { is_alone = true, run = toggle_ghost_text },
  log = { is_alone = true, run = open_log },
  restart = { is_alone = true, run = connection.restart },
}
for action in pairs(STATES_BY_ACTION) do
  SUBCOMMANDS[action] = {
    action = action,
    run = function(words)
      M.act(action, words ~= '' and words or nil)
    end,
  }
end

---@param words string
---@return boolean
local function is_process_id(words)
  return words == '' or words:match('^p%d+$') ~= nil
end

--- Run `:Nanobot`. A sentence that begins like a subcommand is one: `review the error messages`
--- names no process. With a bang everything is a sentence.
---@param command { args: string, bang: boolean }
function M.run(command)
  local sentence = vim.trim(command.args)
  local name, words = sentence:match('^(%S+)%s*(.*)$')
  local subcommand = not command.bang and name and SUBCOMMANDS[name]
  if sentence == '' then
    SUBCOMMANDS.processes.run('')
  elseif subcommand and subcommand.needs and words == '' then
    connection.tell((':Nanobot %s needs %s'):format(name, subcommand.needs), vim.log.levels.WARN)
  elseif
    subcommand
    and not (subcommand.is_alone and words ~= '')
    and not (subcommand.action and not is_process_id(words))
  then
    subcommand.run(words)
  else
    M.start(sentence)
  end
end

---@param names string[]
---@param lead string
---@return string[]
local function starting_with(names, lead)
  local found = vim.tbl_filter(function(name)
    return vim.startswith(name, lead)
  end, names)
  table.sort(found)
  return found
end

--- Complete subcommands, and the processes that a subcommand can be about.
---@param lead string
---@param line string
---@return string[]
function M.complete(lead, line)
  local before = line:gsub('^.-Nanobot!?%s*', ''):sub(1, -#lead - 1)
  if vim.trim(before) == '' then
    return starting_with(vim.tbl_keys(SUBCOMMANDS), lead)
  end
  local subcommand = SUBCOMMANDS[vim.trim(before)]
  local client = connection.client()
  if not subcommand or not subcommand.action or not client then
    return {}
  end
  local ids = {}
  for _, process in ipairs(workspace_state.processes(client.id)) do
    if vim.list_contains(STATES_BY_ACTION[subcommand.action], process.state) then
      table.insert(ids, process.processId)
    end
  end
  return starting_with(ids, lead)
end

return M
