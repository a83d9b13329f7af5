--- Messages and questions of the server, shown when they do not get into the user's typing.
---
--- A question waits until the user is in normal mode and has not pressed a key for a moment,
--- and until the one before is answered: keys that were meant for a text never answer one.
local connection = require('nanobot.connection')

local M = {}

local QUIET_MS = 500
local POLL_MS = 100
local NAMESPACE = vim.api.nvim_create_namespace('nanobot.question')

---@type fun()[]
local waiting = {}
local is_asking = false
local last_key_ms = 0
---@type uv.uv_timer_t?
local timer

---@return boolean
local function is_idle()
  local mode = vim.api.nvim_get_mode()
  return mode.mode == 'n'
    and not mode.blocking
    and vim.fn.getcmdwintype() == ''
    and vim.uv.now() - last_key_ms >= QUIET_MS
end

local function stop_waiting()
  if timer then
    timer:close()
    timer = nil
    vim.on_key(nil, NAMESPACE)
  end
end

local function look()
  if is_asking or not is_idle() or not timer then
    return
  end
  if #waiting == 0 then
    return stop_waiting()
  end
  is_asking = true
  table.remove(waiting, 1)()
end

local function ask_in_time()
  if timer then
    return
  end
  last_key_ms = vim.uv.now()
  vim.on_key(function()
    last_key_ms = vim.uv.now()
  end, NAMESPACE)
  timer = assert(vim.uv.new_timer())
  timer:start(POLL_MS, POLL_MS, vim.schedule_wrap(look))
end

--- Handler of `window/showMessage`.
---@param params lsp.ShowMessageParams
function M.on_message(_, params)
  local levels = vim.log.levels
  local level = ({ levels.ERROR, levels.WARN, levels.INFO, levels.DEBUG })[params.type]
  -- The server names commands as the protocol does; here they have another name.
  local text = params.message:gsub('the command nanobot%.process%.(%l+)', ':Nanobot %1')
  vim.notify(text, level or levels.INFO, { title = connection.NAME })
  return params
end

--- Handler of `window/showMessageRequest`.
---@param params lsp.ShowMessageRequestParams
---@return lsp.MessageActionItem|vim.NIL
function M.on_request(_, params)
  local actions = params.actions or {}
  if #actions == 0 then
    M.on_message(nil, params)
    return vim.NIL
  end
  -- Neovim runs handlers of requests in a coroutine, and answers when it is at its end.
  local handler = coroutine.running()
  table.insert(waiting, function()
    vim.ui.select(actions, {
      prompt = params.message,
      kind = connection.NAME,
      format_item = function(action)
        return (action.title:gsub('[\r\n]+', ' '))
      end,
    }, function(action)
      -- Not at once: some pickers call back before the handler waits.
      vim.schedule(function()
        is_asking = false
        assert(coroutine.resume(handler, action or vim.NIL))
      end)
    end)
  end)
  ask_in_time()
  return coroutine.yield()
end

return M
