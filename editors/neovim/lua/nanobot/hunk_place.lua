--- Where the hunks of a review are in the two texts that are compared.
local M = {}

---@class nanobot.ChangedLines A change between two texts; lines from 0, ends excluded
---@field old_start integer
---@field old_end integer
---@field new_start integer
---@field new_end integer

--- Compare two texts.
---@param old string[]
---@param new string[]
---@return nanobot.ChangedLines[]
function M.changes(old, new)
  local diff = vim.text.diff or vim.diff -- Neovim 0.11 has the second only.
  local function text(lines)
    return table.concat(lines, '\n') .. '\n'
  end
  local found = diff(text(old), text(new), { result_type = 'indices', algorithm = 'histogram' })
  return vim.tbl_map(function(one)
    local old_start, old_count, new_start, new_count = unpack(one)
    -- A side without lines is named by the line before it.
    local old_first = old_count == 0 and old_start or old_start - 1
    local new_first = new_count == 0 and new_start or new_start - 1
    return {
      old_start = old_first,
      old_end = old_first + old_count,
      new_start = new_first,
      new_end = new_first + new_count,
    }
  end, found --[[@as integer[][] ]])
end

--- Return the distance of a line from a range, 0 inside it and at the ends of an empty one.
---@param line integer From 0
---@param first integer
---@param stop integer Excluded
---@return integer
local function distance(line, first, stop)
  if line < first then
    -- The line above an insertion belongs to it.
    return first == stop and first - line - 1 or first - line
  end
  return math.max(0, line - math.max(first, stop - 1))
end

--- Translate a line of the new text into one of the old.
---@param changes nanobot.ChangedLines[]
---@param line integer From 0
---@return integer
function M.old_line(changes, line)
  local shift = 0
  for _, change in ipairs(changes) do
    if line < change.new_start then
      break
    elseif line < change.new_end then
      return math.min(
        change.old_start + line - change.new_start,
        math.max(change.old_start, change.old_end - 1)
      )
    end
    shift = change.old_end - change.new_end
  end
  return line + shift
end

--- Translate a line of the old text into one of the new.
---@param changes nanobot.ChangedLines[]
---@param line integer From 0
---@return integer
function M.new_line(changes, line)
  local shift = 0
  for _, change in ipairs(changes) do
    if line < change.old_start then
      break
    elseif line < change.old_end or line == change.old_start then
      return change.new_start
    end
    shift = change.new_end - change.old_end
  end
  return line + shift
end

--- Return the hunk at a line of the old text, or the nearest within a few lines.
---@param hunks nanobot.ReviewHunk[]
---@param line integer From 0
---@return nanobot.ReviewHunk?
function M.hunk_at(hunks, line)
  local best, best_distance = nil, 3
  for _, hunk in ipairs(hunks) do
    local far = distance(line, hunk.startLine, hunk.endLine)
    if far < best_distance then
      best, best_distance = hunk, far
    end
  end
  return best
end

return M
