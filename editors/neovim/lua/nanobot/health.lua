--- `:checkhealth nanobot`: what nanobot needs, and what to do about what is not there.
---
--- Nothing here waits long: programs that are run, and servers that are asked, have a limit.
local connection = require('nanobot.connection')
local protocol = require('nanobot.protocol')

local M = {}

local NAME = connection.NAME
local VERSION_TIMEOUT_MS = 5000
local DOCTOR_TIMEOUT_MS = 15000
local STATUS_TIMEOUT_MS = 5000
local FREE_MEMORY_MIN_BYTES = 2 * 2 ^ 30

local health = vim.health

---@param bytes number
---@return string
local function gibibytes(bytes)
  return ('%.1f GiB'):format(bytes / 2 ^ 30)
end

local function check_neovim()
  health.start('Neovim')
  local version = tostring(vim.version())
  if vim.fn.has('nvim-0.11') == 0 then
    return health.error(version .. ' is too old', { 'Install Neovim 0.11 or newer' })
  end
  health.ok('Neovim ' .. version)
  if vim.lsp.inline_completion then
    health.ok('it shows suggestions as ghost text')
  else
    health.info('ghost text needs Neovim 0.12; in this one <C-x><C-o> asks for suggestions')
  end
end

--- Return how a program of nanobot is run, made from how the server is.
---@param command string[]
---@return string[] version, string[] doctor
local function programs(command)
  local start = vim.tbl_filter(function(word)
    return word ~= '--stdio'
  end, command)
  local version = vim.list_extend(vim.list_slice(start), { '--version' })
  local doctor = vim.list_slice(start, 1, 1)
  if start[2] == '-m' then
    vim.list_extend(doctor, { '-c', 'from nanobot_server.cli import main; main()' })
  else
    doctor[1] = vim.fs.joinpath(vim.fs.dirname(vim.fn.exepath(start[1])), NAME)
  end
  return version, vim.list_extend(doctor, { 'doctor', '--json' })
end

--- Start a program without waiting for it.
---@param command string[]
---@param timeout_ms integer
---@param folder? string
---@return fun(): vim.SystemCompleted wait
local function started(command, timeout_ms, folder)
  local is_started, running =
    pcall(vim.system, command, { text = true, timeout = timeout_ms, cwd = folder })
  return function()
    if not is_started then
      return { code = 1, signal = 0, stdout = '', stderr = tostring(running) }
    end
    return running:wait(timeout_ms + 1000)
  end
end

---@param command string[]
---@param wait fun(): vim.SystemCompleted
local function check_server(command, wait)
  local said = wait()
  local version = vim.trim(said.stdout or '')
  if said.code == 0 then
    health.ok(('%s (%s)'):format(version, vim.fn.exepath(command[1])))
  else
    local reason = vim.trim(said.stderr or '')
    health.error(('%s does not start: %s'):format(command[1], reason), {
      'Run it in a terminal with --version, and install nanobot again if it fails there too',
    })
  end
end

---@param client vim.lsp.Client
local function check_capabilities(client)
  local offered = client.server_capabilities or {}
  local own = vim.tbl_get(offered, 'experimental', 'nanobot', 'protocol')
  if own == protocol.version then
    health.ok(('protocol %d'):format(own))
  else
    health.warn(
      ('the server speaks protocol %s, this plugin %d'):format(own or 'none', protocol.version),
      {
        'Update nanobot and this plugin to the same version',
      }
    )
  end
  if vim.lsp.inline_completion and not offered.inlineCompletionProvider then
    health.warn('the server offers no suggestions', { 'Update nanobot' })
  end
end

---@param client vim.lsp.Client
local function check_status(client)
  local answer = client:request_sync(protocol.methods.status, vim.empty_dict(), STATUS_TIMEOUT_MS)
  local status = answer and connection.plain(answer.result) --[[@as nanobot.Status?]]
  if not status then
    local reason = answer and answer.err and answer.err.message or 'no answer'
    health.error('the server does not tell its status: ' .. reason, { ':Nanobot restart' })
    return
  end
  for _, workspace in ipairs(status.workspaces) do
    if workspace.isHostRunning then
      health.ok('the host of this workspace answers')
    else
      health.info('the host of this workspace does not run; it starts when it is needed')
    end
    local index = workspace.index
    if index and index.problem ~= '' then
      health.warn('index: ' .. index.problem, { ':Nanobot ingest' })
    elseif index then
      health.ok(
        ('index: %s, %d files, %d definitions'):format(index.state, index.files, index.definitions)
      )
    else
      health.info('index: none yet; it is made when it is needed, or by :Nanobot ingest')
    end
  end
  for _, model in ipairs(status.models) do
    if model.state == 'missing' then
      health.warn(('model %s (%s) is not there'):format(model.name, model.role), {
        'Run `nanobot setup` in a terminal; what needs no model works without',
      })
    else
      health.ok(('model %s (%s) is %s'):format(model.name, model.role, model.state))
    end
  end
  if status.completion.problem ~= '' then
    health.warn('suggestions: ' .. status.completion.problem)
  end
  if status.server.logPath then
    health.info('log: ' .. status.server.logPath .. ' (:Nanobot log)')
  end
end

---@param clients vim.lsp.Client[]
local function check_clients(clients)
  if #clients == 0 then
    health.info('no server runs: none of the open files is in a project')
    local markers = vim.tbl_get(vim.lsp.config, NAME, 'root_markers') or {}
    health.info(
      'a project is a folder with ' .. table.concat(vim.iter(markers):flatten():totable(), ', ')
    )
  end
  for _, client in ipairs(clients) do
    health.start('Project ' .. vim.fn.fnamemodify(client.root_dir or '(no folder)', ':~'))
    check_capabilities(client)
    check_status(client)
  end
end

---@param wait fun(): vim.SystemCompleted
local function check_doctor(wait)
  health.start('This machine')
  local free_bytes = vim.uv.get_available_memory()
  if free_bytes < FREE_MEMORY_MIN_BYTES then
    health.warn(gibibytes(free_bytes) .. ' of memory are free', {
      'The models need some 2 GiB; close what is not needed',
    })
  else
    health.ok(gibibytes(free_bytes) .. ' of memory are free')
  end
  local said = wait()
  local is_read, report = pcall(vim.json.decode, said.stdout or '')
  if not is_read or type(report) ~= 'table' or not report.problems then
    local reason = said.code == 124 and 'it took too long' or vim.trim(said.stderr or '')
    health.warn('`nanobot doctor` could not be asked: ' .. reason, { 'Run it in a terminal' })
    return
  end
  for _, problem in ipairs(report.problems) do
    -- Its sentences say what to do.
    health.warn(problem)
  end
  if #report.problems == 0 then
    health.ok('`nanobot doctor` found no problem')
  end
end

--- Called by `:checkhealth nanobot`.
function M.check()
  check_neovim()
  health.start('Server')
  local config = vim.lsp.config[NAME]
  local command = config and config.cmd
  if type(command) ~= 'table' then
    health.error('it is not configured', { ':help nanobot-install' })
    return
  end
  if vim.fn.executable(command[1]) == 0 then
    health.error(command[1] .. ' is not on the PATH', {
      'Install it: pip install nanobot-lsp',
      "Or say where it is: vim.lsp.config('nanobot', { cmd = { '/path/to/nanobot-lsp', '--stdio' } })",
    })
    return
  end
  local clients = vim.lsp.get_clients({ name = NAME })
  local folder = clients[1] and clients[1].root_dir or nil
  local version, doctor = programs(command)
  local wait_version = started(version, VERSION_TIMEOUT_MS)
  local wait_doctor = started(doctor, DOCTOR_TIMEOUT_MS, folder)
  check_server(command, wait_version)
  if vim.lsp.is_enabled and not vim.lsp.is_enabled(NAME) then
    health.warn('it is not turned on', { "Add vim.lsp.enable('nanobot') to init.lua" })
  end
  check_clients(clients)
  check_doctor(wait_doctor)
end

return M
