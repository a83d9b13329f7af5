--- Edits that the server asks Neovim to make, after the user accepted them.
---
--- Neovim itself would ask again for each file with a change that is only likely, and list
--- what it did in a message that has to be closed. Here it is one question for all files,
--- and none where the user decided in the review, which says the same.
local M = {}

local APPLY = 'workspace/applyEdit'

--- An edit comes within this time after its command, or was planned again meanwhile.
local DECISION_MS = 30000

---@type table<integer, integer> When, by client
local decided_at_ms = {}

--- Do not ask about likely changes of the next edits: the user saw them in a review.
---@param client_id integer
function M.decide(client_id)
  decided_at_ms[client_id] = vim.uv.now()
end

---@param client_id integer
---@return boolean
local function is_decided(client_id)
  local at_ms = decided_at_ms[client_id]
  return at_ms ~= nil and vim.uv.now() - at_ms < DECISION_MS
end

--- Take the annotations out of an edit.
---@param edit lsp.WorkspaceEdit
---@return string[] likely What the user should look at, in words
local function without_annotations(edit)
  local annotations, count_by_label = edit.changeAnnotations or {}, {}
  for _, change in ipairs(edit.documentChanges or {}) do
    for _, one in ipairs(change.edits or { change }) do
      local annotation = one.annotationId and annotations[one.annotationId]
      one.annotationId = nil
      if annotation and annotation.needsConfirmation then
        count_by_label[annotation.label] = (count_by_label[annotation.label] or 0) + 1
      end
    end
  end
  edit.changeAnnotations = nil
  local likely = {}
  for label, count in vim.spairs(count_by_label) do
    table.insert(likely, ('%d: %s'):format(count, label))
  end
  return likely
end

--- Handler of `workspace/applyEdit`.
---@param params lsp.ApplyWorkspaceEditParams
---@param context lsp.HandlerContext
function M.on_apply(problem, params, context)
  local likely = without_annotations(params.edit)
  params.label = nil
  if #likely > 0 and not is_decided(context.client_id) then
    local handler = coroutine.running()
    vim.ui.select({ 'Yes', 'No' }, {
      prompt = 'nanobot: only likely are ' .. table.concat(likely, '; ') .. '. Apply these too?',
      kind = 'nanobot',
    }, function(answer)
      vim.schedule(function()
        assert(coroutine.resume(handler, answer))
      end)
    end)
    if coroutine.yield() ~= 'Yes' then
      return { applied = false, failureReason = 'you did not want it' }
    end
  end
  return vim.lsp.handlers[APPLY](problem, params, context)
end

return M
