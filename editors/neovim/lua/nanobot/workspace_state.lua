--- What the servers told: their status and their processes. Windows listen for changes.
---
--- There is one state per client, because there is one client per project. It is forgotten
--- when its client is gone.
local changed_files = require('nanobot.changed_files')
local connection = require('nanobot.connection')
local protocol = require('nanobot.protocol')

local M = {}

---@class nanobot.State
---@field status? nanobot.Status
---@field processes nanobot.Process[] Newest first

---@type table<integer, nanobot.State>
local state_by_client = {}
---@type table<integer, fun()>
local listeners = {}
local listener_count = 0
local is_announced = false

---@param client_id integer
---@return nanobot.State
local function state(client_id)
  state_by_client[client_id] = state_by_client[client_id] or { processes = {} }
  return state_by_client[client_id]
end

--- Tell the listeners, once for all that changed in this moment.
local function announce()
  if is_announced then
    return
  end
  is_announced = true
  vim.schedule(function()
    is_announced = false
    for client_id in pairs(state_by_client) do
      if not vim.lsp.get_client_by_id(client_id) then
        state_by_client[client_id] = nil
      end
    end
    for _, listener in pairs(listeners) do
      listener()
    end
    vim.api.nvim_exec_autocmds('User', { pattern = 'NanobotChanged', modeline = false })
    vim.cmd.redrawstatus({ bang = true })
  end)
end

--- Be called after something changed.
---@param listener fun()
---@return fun() stop
function M.listen(listener)
  listener_count = listener_count + 1
  local key = listener_count
  listeners[key] = listener
  return function()
    listeners[key] = nil
  end
end

--- Handler of `nanobot/didChangeStatus`.
---@param status nanobot.Status
---@param context lsp.HandlerContext
function M.on_status(_, status, context)
  state(context.client_id).status = connection.plain(status)
  announce()
end

--- Handler of `nanobot/didChangeProcess`.
---@param process nanobot.Process
---@param context lsp.HandlerContext
function M.on_process(_, process, context)
  process = connection.plain(process)
  if process.state ~= 'running' and process.state ~= 'queued' then
    vim.schedule(function()
      changed_files.read_again(vim.uri_to_fname(process.workspaceUri))
    end)
  end
  local processes = state(context.client_id).processes
  for index, known in ipairs(processes) do
    if known.processId == process.processId and known.workspaceUri == process.workspaceUri then
      processes[index] = process
      return announce()
    end
  end
  table.insert(processes, 1, process)
  announce()
end

---@param client_id integer
---@return nanobot.Status?
function M.status(client_id)
  return state(client_id).status
end

---@param client_id integer
---@return nanobot.Process[] processes Newest first
function M.processes(client_id)
  return state(client_id).processes
end

--- Find a process by its id.
---@param client_id integer
---@param process_id string
---@return nanobot.Process?
function M.process(client_id, process_id)
  for _, process in ipairs(M.processes(client_id)) do
    if process.processId == process_id then
      return process
    end
  end
end

--- Ask a server for everything it knows.
---@param client vim.lsp.Client
---@param on_loaded? fun()
function M.load(client, on_loaded)
  local left = 2
  local function count_down()
    left = left - 1
    announce()
    if left == 0 and on_loaded then
      on_loaded()
    end
  end
  connection.request(client, protocol.methods.status, vim.empty_dict(), function(status)
    state(client.id).status = status
    count_down()
  end, count_down)
  connection.request(client, protocol.methods.processes, vim.empty_dict(), function(result)
    state(client.id).processes = result.processes
    count_down()
  end, count_down)
end

return M
