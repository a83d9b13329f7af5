--- Lines of a window of ours: text with highlights, and what each line is about.
local M = {}

local NAMESPACE = vim.api.nvim_create_namespace('nanobot.page')

local LINKS = {
  NanobotTitle = 'Title',
  NanobotDim = 'Comment',
  NanobotKey = 'Special',
  NanobotRunning = 'DiagnosticInfo',
  NanobotReview = 'DiagnosticWarn',
  NanobotDone = 'DiagnosticOk',
  NanobotFailed = 'DiagnosticError',
}

---@class nanobot.Page
---@field private lines string[]
---@field private marks { row: integer, start: integer, stop: integer, group: string }[]
---@field private tags table<integer, any> By row from 1
local Page = {}
Page.__index = Page

---@return nanobot.Page
function M.new()
  return setmetatable({ lines = {}, marks = {}, tags = {} }, Page)
end

--- Return a text that fits on one line: what comes from files and models may hold anything.
---@param text string
---@return string
function M.one_line(text)
  return (text:gsub('%s+', ' '):gsub('%c', ' '))
end

--- Add a line.
---@param pieces string|(string|[string, string])[] Texts, each alone or with its highlight group
---@param tag? any What the line is about
function Page:add(pieces, tag)
  local row, text = #self.lines + 1, ''
  for _, piece in ipairs(type(pieces) == 'table' and pieces or { pieces }) do
    local words = type(piece) == 'table' and piece[1] or piece --[[@as string]]
    if type(piece) == 'table' and piece[2] then
      local mark = { row = row - 1, start = #text, stop = #text + #words, group = piece[2] }
      table.insert(self.marks, mark)
    end
    text = text .. words
  end
  self.lines[row] = text
  self.tags[row] = tag
end

--- Return what a line is about, nil where it is about nothing.
---@param row integer From 1
---@return any
function Page:tag(row)
  return self.tags[row]
end

--- Return the first line that is about something that passes.
---@param is_meant fun(tag: any): boolean
---@return integer? row From 1
function Page:row_of(is_meant)
  for row = 1, #self.lines do
    if self.tags[row] ~= nil and is_meant(self.tags[row]) then
      return row
    end
  end
end

--- Show the page in a buffer, instead of what is there.
---@param bufnr integer
function Page:write(bufnr)
  for group, link in pairs(LINKS) do
    vim.api.nvim_set_hl(0, group, { link = link, default = true })
  end
  vim.bo[bufnr].modifiable = true
  vim.api.nvim_buf_set_lines(bufnr, 0, -1, false, self.lines)
  vim.bo[bufnr].modifiable = false
  vim.bo[bufnr].modified = false
  vim.api.nvim_buf_clear_namespace(bufnr, NAMESPACE, 0, -1)
  for _, mark in ipairs(self.marks) do
    vim.api.nvim_buf_set_extmark(bufnr, NAMESPACE, mark.row, mark.start, {
      end_col = mark.stop,
      hl_group = mark.group,
    })
  end
end

return M
