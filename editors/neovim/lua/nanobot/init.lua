--- nanobot in Neovim: what a user's configuration may call. See |nanobot.txt|.
---
--- Reading order: `connection` (which server is asked), `workspace_state` (what it told),
--- then the windows: `process_window`, `review`, `answer_window`.
--- Nothing here edits a file: the server asks Neovim to, and only when the user accepted.
local M = {}

---@class nanobot.Options
---@field ghost_text boolean Show suggestions while typing
---@field answer_window 'float'|'split' Where answers are shown
---@field process_window_height integer Lines of the process window
local DEFAULTS = { ghost_text = true, answer_window = 'float', process_window_height = 12 }

--- Return the user's options, with the defaults of those that are not set.
---@return nanobot.Options
function M.options()
  return vim.tbl_extend('force', DEFAULTS, vim.g.nanobot or {})
end

--- Set options and turn the server on. Only for those who like to call a function:
--- `vim.g.nanobot` and `vim.lsp.enable('nanobot')` are the same.
---@param options? table
function M.setup(options)
  vim.g.nanobot = vim.tbl_extend('force', vim.g.nanobot or {}, options or {})
  vim.lsp.enable('nanobot')
end

--- Start a process by a sentence, as `:Nanobot {sentence}`.
---@param sentence string
function M.start(sentence)
  require('nanobot.commands').start(sentence)
end

--- Ask a question about the project.
---@param question string
function M.ask(question)
  require('nanobot.answer_window').ask(question)
end

--- Open the list of processes.
function M.processes()
  require('nanobot.process_window').open()
end

--- Open the review of a process, or of the newest that waits for one.
---@param process_id? string
function M.review(process_id)
  require('nanobot.commands').act('review', process_id)
end

return M
