--- A window over the others, for something to read. `q` and `<Esc>` close it.
local M = {}

local WIDTH_MAX = 96
local SHARE_MAX = 0.8

--- Make a buffer without a file.
---@param filetype string
---@return integer bufnr
function M.buffer(filetype)
  local bufnr = vim.api.nvim_create_buf(false, true)
  vim.bo[bufnr].bufhidden = 'wipe'
  vim.bo[bufnr].filetype = filetype
  vim.bo[bufnr].modifiable = false
  return bufnr
end

--- Set what makes text readable in a window however wide it is.
---@param winid integer
function M.make_readable(winid)
  local options = vim.wo[winid][0] -- Only for this buffer in this window.
  options.wrap, options.linebreak, options.breakindent = true, true, true
  options.number, options.relativenumber, options.signcolumn = false, false, 'no'
  options.foldenable, options.list, options.spell, options.colorcolumn = false, false, false, ''
end

--- Give a float the size of its text.
---@param winid integer
function M.fit(winid)
  local lines = vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(winid), 0, -1, false)
  local width = 20
  for _, line in ipairs(lines) do
    width = math.max(width, vim.fn.strdisplaywidth(line))
  end
  width = math.min(width, WIDTH_MAX, math.max(20, math.floor(vim.o.columns * SHARE_MAX)))
  vim.api.nvim_win_set_width(winid, width)
  local height = vim.api.nvim_win_text_height(winid, {}).all
  height = math.max(1, math.min(height, math.floor(vim.o.lines * SHARE_MAX)))
  vim.api.nvim_win_set_config(winid, {
    relative = 'editor',
    width = width,
    height = height,
    row = math.max(0, math.floor((vim.o.lines - height) / 2) - 1),
    col = math.max(0, math.floor((vim.o.columns - width) / 2)),
  })
end

--- Open a float on a buffer of ours.
---@param bufnr integer
---@param title string
---@return integer winid
function M.open(bufnr, title)
  local winid = vim.api.nvim_open_win(bufnr, true, {
    relative = 'editor',
    width = 20,
    height = 1,
    row = 1,
    col = 1,
    style = 'minimal',
    border = 'rounded',
    title = ' ' .. title .. ' ',
    title_pos = 'center',
  })
  M.make_readable(winid)
  M.fit(winid)
  for _, key in ipairs({ 'q', '<Esc>' }) do
    vim.keymap.set('n', key, '<Cmd>close<CR>', { buffer = bufnr, nowait = true, desc = 'Close' })
  end
  return winid
end

--- Show a page in a float.
---@param page nanobot.Page
---@param title string
function M.show(page, title)
  local bufnr = M.buffer('nanobot')
  page:write(bufnr)
  M.open(bufnr, title)
end

---@class nanobot.Key
---@field [1] string What is typed
---@field [2] string What it does, for people
---@field [3] fun()

--- Map the keys of a window of ours, and `g?`, which lists them.
---@param bufnr integer
---@param keys nanobot.Key[]
---@param title string
function M.map(bufnr, keys, title)
  for _, key in ipairs(keys) do
    vim.keymap.set('n', key[1], key[3], { buffer = bufnr, nowait = true, desc = key[2] .. ' ' })
  end
  vim.keymap.set('n', 'g?', function()
    local page = require('nanobot.page').new()
    for _, key in ipairs(keys) do
      page:add({ { (' %-7s'):format(key[1]), 'NanobotKey' }, key[2] })
    end
    page:add({ { ' g?     ', 'NanobotKey' }, 'this help' })
    M.show(page, title)
  end, { buffer = bufnr, nowait = true, desc = 'Keys of this window' })
end

return M
