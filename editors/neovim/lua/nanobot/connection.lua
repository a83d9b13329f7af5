--- Which `nanobot-lsp` is meant, and how it is asked. There is one per project.
local M = {}

M.NAME = 'nanobot'

local START_TIMEOUT_MS = 20000
local POLL_MS = 30

---@param text string
---@param level? integer Of `vim.log.levels`
function M.tell(text, level)
  vim.notify('nanobot: ' .. text, level or vim.log.levels.INFO, { title = M.NAME })
end

--- Return the servers that are ready, oldest first.
---@return vim.lsp.Client[]
function M.clients()
  local clients = vim.lsp.get_clients({ name = M.NAME })
  table.sort(clients, function(a, b)
    return a.id < b.id
  end)
  return clients
end

--- Return the server of a buffer: the one it is attached to, the one a window of ours was
--- opened for, the one of the current folder, or the only one.
---@param bufnr? integer The current buffer without it
---@return vim.lsp.Client?
function M.client(bufnr)
  bufnr = bufnr or vim.api.nvim_get_current_buf()
  local attached = vim.lsp.get_clients({ name = M.NAME, bufnr = bufnr })[1]
  if attached then
    return attached
  end
  local clients = M.clients()
  for _, client in ipairs(clients) do
    if client.id == vim.b[bufnr].nanobot_client_id then
      return client
    end
  end
  for _, client in ipairs(clients) do
    if client.root_dir and vim.fs.relpath(client.root_dir, vim.fn.getcwd()) then
      return client
    end
  end
  return #clients == 1 and clients[1] or nil
end

--- Start the server of the current file, or of the current folder, unless it was started and
--- only is not ready yet.
---@return integer? client_id
local function start()
  local config = vim.lsp.config[M.NAME]
  if not config then
    M.tell('it is not configured; :help nanobot-install says how', vim.log.levels.ERROR)
    return nil
  end
  config = vim.deepcopy(config)
  if type(config.cmd) == 'table' and vim.fn.executable(config.cmd[1]) == 0 then
    local text = config.cmd[1] .. ' is not there; :checkhealth nanobot says what to do'
    M.tell(text, vim.log.levels.ERROR)
    return nil
  end
  local markers, folder = config.root_markers or {}, vim.fn.getcwd()
  local is_file = vim.bo.buftype == '' and vim.api.nvim_buf_get_name(0) ~= ''
  config.root_dir = is_file and vim.fs.root(0, markers) or vim.fs.root(folder, markers) or folder
  return vim.lsp.start(config, { attach = false })
end

--- Call back with the server that is meant, after starting one where none runs.
---@param on_client fun(client: vim.lsp.Client)
function M.with_client(on_client)
  local client = M.client()
  if client then
    return on_client(client)
  end
  local clients = M.clients()
  if #clients > 1 then
    return vim.ui.select(clients, {
      prompt = 'nanobot: which project?',
      kind = 'nanobot',
      format_item = function(one)
        return vim.fn.fnamemodify(one.root_dir or one.name, ':~')
      end,
    }, function(chosen)
      if chosen then
        on_client(chosen)
      end
    end)
  end
  local client_id = start()
  if not client_id then
    return
  end
  local began = vim.uv.now()
  local function look()
    local started = vim.lsp.get_client_by_id(client_id)
    if started and started.initialized then
      on_client(started)
    elseif started and vim.uv.now() - began < START_TIMEOUT_MS then
      vim.defer_fn(look, POLL_MS)
    else
      M.tell('the server did not start; :checkhealth nanobot says more', vim.log.levels.ERROR)
    end
  end
  look()
end

--- Return a value of the server without the nulls, which Neovim keeps as `vim.NIL`.
---@generic T
---@param value T
---@return T
function M.plain(value)
  if value == vim.NIL then
    return nil
  elseif type(value) ~= 'table' then
    return value
  end
  for key, one in pairs(value) do
    value[key] = M.plain(one)
  end
  return value
end

--- Ask a server something. An error is told the user, unless `on_error` takes it.
---@param client vim.lsp.Client
---@param method string
---@param params table
---@param on_result fun(result: any)
---@param on_error? fun(message: string)
---@return integer? request_id
function M.request(client, method, params, on_result, on_error)
  -- With a buffer that is attached, what was typed there is sent before.
  local bufnr = vim.api.nvim_get_current_buf()
  local is_sent, request_id = client:request(method, params, function(problem, result)
    if not problem then
      on_result(M.plain(result))
    elseif on_error then
      on_error(problem.message)
    else
      M.tell(problem.message, vim.log.levels.WARN)
    end
  end, bufnr)
  if not is_sent then
    (on_error or M.tell)('the server is gone; :Nanobot restart starts it again')
  end
  return request_id
end

--- Run a command of the server. What the host refuses the server has told the user itself.
---@param client vim.lsp.Client
---@param command string Without `nanobot.`
---@param argument any
---@param on_result? fun(result: table)
---@return integer? request_id
function M.execute(client, command, argument, on_result)
  local params = { command = 'nanobot.' .. command, arguments = { argument } }
  return M.request(client, 'workspace/executeCommand', params, function(result)
    if on_result and type(result) == 'table' then
      on_result(result)
    end
  end)
end

--- End the servers and start them again for the same buffers.
function M.restart()
  for _, client in ipairs(M.clients()) do
    local config, buffers = client.config, vim.tbl_keys(client.attached_buffers)
    client:stop()
    local began = vim.uv.now()
    local function look()
      if client:is_stopped() then
        if #buffers == 0 then
          vim.lsp.start(config, { attach = false })
        end
        for _, bufnr in ipairs(buffers) do
          if vim.api.nvim_buf_is_loaded(bufnr) then
            vim.lsp.start(config, { bufnr = bufnr })
          end
        end
        M.tell('started again')
      else
        if vim.uv.now() - began > START_TIMEOUT_MS then
          client:stop(true)
        end
        vim.defer_fn(look, POLL_MS)
      end
    end
    look()
  end
end

return M
