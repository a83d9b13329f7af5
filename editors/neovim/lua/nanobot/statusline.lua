--- A few words about nanobot for a status line. See |nanobot-statusline|.
local connection = require('nanobot.connection')
local workspace_state = require('nanobot.workspace_state')

local M = {}

---@class nanobot.Work
---@field title string
---@field percentage? integer

---@type table<integer, table<string|integer, nanobot.Work>>
local work_by_client = {}

vim.api.nvim_create_autocmd('LspProgress', {
  group = vim.api.nvim_create_augroup('nanobot.statusline', {}),
  desc = 'Know what nanobot is doing',
  callback = function(event)
    local client = vim.lsp.get_client_by_id(event.data.client_id)
    if not client or client.name ~= connection.NAME then
      return
    end
    local token, value = event.data.params.token, event.data.params.value
    local works = work_by_client[client.id] or {}
    work_by_client[client.id] = works
    if value.kind == 'end' then
      works[token] = nil
    else
      local known = works[token] or { title = (value.title or ''):gsub('^nanobot%s*', '') }
      known.percentage = value.percentage or known.percentage
      works[token] = known
    end
    vim.cmd.redrawstatus()
  end,
})

---@param percentage? integer
---@return string
local function percent(percentage)
  return percentage and (' %d%%%%'):format(percentage) or ''
end

--- Return what the processes of a server are at, empty when nothing is to be said.
---@param client vim.lsp.Client
---@return string
local function process_words(client)
  local running, waiting = {}, {}
  for _, process in ipairs(workspace_state.processes(client.id)) do
    if process.state == 'running' and process.isAlive then
      table.insert(running, process)
    elseif process.state == 'waiting_for_review' then
      table.insert(waiting, process)
    end
  end
  local first = running[1]
  if first then
    local more = #running > 1 and (' +%d'):format(#running - 1) or ''
    local steps = first.steps > 0 and (' %d/%d'):format(first.done, first.steps)
      or percent(first.percentage)
    return first.processId .. steps .. more
  end
  if #waiting > 0 then
    return #waiting == 1 and 'review ' .. waiting[1].processId or ('%d reviews'):format(#waiting)
  end
  return ''
end

---@param client vim.lsp.Client
---@return string
local function index_words(client)
  local status = workspace_state.status(client.id)
  for _, workspace in ipairs(status and status.workspaces or {}) do
    if workspace.index and workspace.index.state == 'indexing' then
      return 'indexing' .. percent(workspace.index.percentage)
    end
  end
  return ''
end

---@param client vim.lsp.Client
---@return string
local function work_words(client)
  for _, work in pairs(work_by_client[client.id] or {}) do
    return (work.title == '' and 'working' or work.title:gsub('%%', '%%%%'))
      .. percent(work.percentage)
  end
  return ''
end

--- Return a few words for a status line, empty where no server runs for this buffer.
---
--- It asks nobody, so it may be called at every redraw. A percent sign is written twice, as
--- 'statusline' and status line plugins want it.
---@return string
function M.get()
  local client = connection.client()
  if not client then
    return ''
  end
  for _, words in ipairs({ process_words(client), index_words(client), work_words(client) }) do
    if words ~= '' then
      return 'nanobot: ' .. words
    end
  end
  return 'nanobot'
end

return M
