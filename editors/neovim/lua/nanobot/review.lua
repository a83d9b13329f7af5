--- The changes of a process, file by file: the text of now beside the text after.
---
---     +----------------------------------+
---     | files and their hunks            |  the list
---     +----------------+-----------------+
---     | as it is now   | as it would be  |  in diff mode
---     +----------------+-----------------+
---
--- There is a tab page per process. Both texts are documents of the server, so nothing
--- that is done here can get into a file, but by the commands that accept.
local connection = require('nanobot.connection')
local edit_request = require('nanobot.edit_request')
local float = require('nanobot.float')
local hunk_place = require('nanobot.hunk_place')
local page = require('nanobot.page')
local protocol = require('nanobot.protocol')
local virtual_document = require('nanobot.virtual_document')
local workspace_state = require('nanobot.workspace_state')

local M = {}

local NAMESPACE = vim.api.nvim_create_namespace('nanobot.review')
local WAITING = 'waiting_for_review'
local LIST_LINES_MAX = 10
local SIDE_BY_SIDE_COLUMNS_MIN = 100

---@class nanobot.ReviewTab
---@field client_id integer
---@field review nanobot.Review
---@field tab integer
---@field list_bufnr integer
---@field list_winid integer
---@field old_winid integer
---@field new_winid integer
---@field list? nanobot.Page
---@field path? string Of the file that is shown
---@field process_state? string As it was told last
---@field is_busy boolean A review is being fetched
---@field is_stale boolean It has to be fetched once more
---@field is_new boolean The cursor has not been at the first change of the file yet

---@type table<string, nanobot.ReviewTab>
local tab_by_key = {}

---@param client_id integer
---@param review { processId: string, workspaceUri: string }
---@return string
local function key_of(client_id, review)
  return ('%d %s %s'):format(client_id, review.workspaceUri, review.processId)
end

--- Tell whether a tab page is as it was made: its user may have closed windows of it.
---@param view nanobot.ReviewTab
---@return boolean
local function is_whole(view)
  return vim.api.nvim_tabpage_is_valid(view.tab)
    and vim.api.nvim_win_is_valid(view.list_winid)
    and vim.api.nvim_win_is_valid(view.old_winid)
    and vim.api.nvim_win_is_valid(view.new_winid)
end

---@param view nanobot.ReviewTab
---@return nanobot.ReviewFile? file, integer index
local function shown_file(view)
  for index, file in ipairs(view.review.files) do
    if file.path == view.path then
      return file, index
    end
  end
  return nil, 0
end

---@param count integer
---@param noun string
---@return string
local function counted(count, noun)
  return ('%d %s%s'):format(count, noun, count == 1 and '' or 's')
end

---@param view nanobot.ReviewTab
local function write_list(view)
  local review, list = view.review, page.new()
  local goal = page.one_line(review.goal)
  list:add({ { review.processId .. '  ', 'NanobotKey' }, { goal, 'NanobotTitle' } })
  if #review.files == 0 then
    list:add({
      { 'Nothing waits any more. ', 'NanobotDone' },
      { 'u undoes it, q closes this tab', 'NanobotDim' },
    })
  end
  for _, file in ipairs(review.files) do
    local is_shown = file.path == view.path
    local pieces = {
      { is_shown and '> ' or '  ', 'NanobotKey' },
      is_shown and { file.path, 'NanobotTitle' } or file.path,
    }
    if file.change ~= 'edited' then
      local to = file.newUri
          and (' to ' .. vim.fn.fnamemodify(vim.uri_to_fname(file.newUri), ':~:.'))
        or ''
      table.insert(pieces, { '  ' .. file.change .. to, 'NanobotReview' })
    end
    if not review.isWhole then
      table.insert(pieces, { '  ' .. counted(#file.hunks, 'change'), 'NanobotDim' })
    end
    local likely = #vim.tbl_filter(function(hunk)
      return hunk.isLikely
    end, file.hunks)
    if likely > 0 then
      table.insert(pieces, { ('  %d only likely'):format(likely), 'NanobotReview' })
    end
    list:add(pieces, file)
  end
  for _, refusal in ipairs(review.refused) do
    local what = refusal.definition ~= '' and refusal.definition .. ' in ' or ''
    list:add({
      { '  left alone: ', 'NanobotDim' },
      what .. refusal.path .. ', ',
      { page.one_line(refusal.reason), 'NanobotDim' },
    })
  end
  for _, note in ipairs(review.notes) do
    list:add({ { '  ' .. page.one_line(note), 'NanobotDim' } })
  end
  if review.isWhole and #review.files > 0 then
    list:add({ { '  It is one whole: accept or reject all of it.', 'NanobotDim' } })
  end
  list:write(view.list_bufnr)
  view.list = list
  local wanted = vim.api.nvim_win_text_height(view.list_winid, {}).all
  vim.api.nvim_win_set_height(view.list_winid, math.min(wanted, LIST_LINES_MAX))
  local row = list:row_of(function(file)
    return file.path == view.path
  end)
  vim.api.nvim_win_set_cursor(view.list_winid, { row or 1, 0 })
end

--- Say at each change what it is. The texts may not have come yet.
---@param view nanobot.ReviewTab
local function mark_hunks(view)
  local file = shown_file(view)
  if not file then
    return
  end
  local bufnr = vim.api.nvim_win_get_buf(view.old_winid)
  vim.api.nvim_buf_clear_namespace(bufnr, NAMESPACE, 0, -1)
  local last = vim.api.nvim_buf_line_count(bufnr) - 1
  for _, hunk in ipairs(file.hunks) do
    local title = page.one_line(hunk.title) .. (hunk.isLikely and ' (only likely)' or '')
    local group = hunk.isLikely and 'NanobotReview' or 'NanobotDim'
    vim.api.nvim_buf_set_extmark(bufnr, NAMESPACE, math.min(hunk.startLine, last), 0, {
      virt_text = { { '  ' .. title, group } },
      virt_text_pos = 'eol',
      hl_mode = 'combine',
    })
  end
end

---@param view nanobot.ReviewTab
---@return string[] old, string[] new
local function shown_lines(view)
  local function lines(winid)
    return vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(winid), 0, -1, false)
  end
  return lines(view.old_winid), lines(view.new_winid)
end

--- Return the hunk at the cursor, in whichever of the two texts it is.
---@param view nanobot.ReviewTab
---@return nanobot.ReviewHunk?
local function hunk_at_cursor(view)
  local file = shown_file(view)
  local winid = vim.api.nvim_get_current_win()
  if not file or (winid ~= view.old_winid and winid ~= view.new_winid) then
    return nil
  end
  local line = vim.api.nvim_win_get_cursor(winid)[1] - 1
  if winid == view.new_winid then
    line = hunk_place.old_line(hunk_place.changes(shown_lines(view)), line)
  end
  return hunk_place.hunk_at(file.hunks, line)
end

--- Move the cursor of the text after to the first change of a file that is shown now, once
--- both texts are there.
---@param view nanobot.ReviewTab
local function go_to_first_hunk(view)
  local file = shown_file(view)
  if not view.is_new or not file or not file.hunks[1] then
    return
  end
  for _, winid in ipairs({ view.old_winid, view.new_winid }) do
    if not vim.b[vim.api.nvim_win_get_buf(winid)].nanobot_is_read then
      return
    end
  end
  view.is_new = false
  local old, new = shown_lines(view)
  local line = hunk_place.new_line(hunk_place.changes(old, new), file.hunks[1].startLine)
  vim.api.nvim_win_set_cursor(view.new_winid, { math.min(line, #new - 1) + 1, 0 })
end

local map_keys

--- Show a file in the two windows.
---@param view nanobot.ReviewTab
---@param file? nanobot.ReviewFile Nothing is left without one
local function show_file(view, file)
  local client = vim.lsp.get_client_by_id(view.client_id)
  if (file and file.path) ~= view.path then
    view.path, view.is_new = file and file.path, true
  end
  local function show(winid, uri, title)
    local bufnr = file and client and virtual_document.buffer(client, uri, file.path)
      or float.buffer('')
    map_keys(bufnr, view)
    vim.api.nvim_win_call(winid, function()
      if vim.api.nvim_win_get_buf(winid) ~= bufnr then
        vim.cmd.diffoff()
        vim.api.nvim_win_set_buf(winid, bufnr)
      end
      if file then
        vim.cmd.diffthis()
      end
    end)
    vim.wo[winid][0].statusline = title
  end
  show(view.old_winid, file and file.originalUri, ' as it is now%=%l ')
  show(view.new_winid, file and file.modifiedUri, ' as it would be%=%l ')
  write_list(view)
  mark_hunks(view)
  go_to_first_hunk(view)
end

--- Return a review of what waits: where everything is decided that is nothing.
---@param review nanobot.Review
---@return nanobot.Review
local function of_what_waits(review)
  if review.state == WAITING then
    return review
  end
  return vim.tbl_extend('force', review, { files = {}, refused = {}, notes = {} })
end

--- Take a newer review of the same process.
---@param view nanobot.ReviewTab
---@param review nanobot.Review
local function update(view, review)
  local _, index = shown_file(view)
  view.review = of_what_waits(review)
  local file = shown_file(view)
  local files = view.review.files
  show_file(view, file or files[math.min(math.max(index, 1), #files)])
end

--- Fetch the review of a tab again.
---@param view nanobot.ReviewTab
local function refetch(view)
  local client = vim.lsp.get_client_by_id(view.client_id)
  if not client or not is_whole(view) then
    return
  end
  if view.is_busy then
    view.is_stale = true
    return
  end
  view.is_busy, view.is_stale = true, false
  local function go_on(review)
    view.is_busy = false
    if not is_whole(view) then
      return
    end
    update(view, review)
    if view.is_stale then
      refetch(view)
    end
  end
  local params = { processId = view.review.processId, uri = view.review.workspaceUri }
  connection.request(client, protocol.methods.review, params, go_on, function()
    -- There is nothing to review when everything is decided.
    go_on(vim.tbl_extend('force', view.review, { state = 'done' }))
  end)
end

--- Run a command about this process, or about a part of its changes.
---@param view nanobot.ReviewTab
---@param command string
---@param part? { paths?: string[], hunks?: string[] }
local function act(view, command, part)
  local client = vim.lsp.get_client_by_id(view.client_id)
  if not client then
    return connection.tell('the server is gone; :Nanobot review opens the review again')
  end
  local argument = vim.tbl_extend('force', { processId = view.review.processId }, part or {})
  edit_request.decide(client.id)
  connection.execute(client, 'process.' .. command, argument, function()
    refetch(view)
  end)
end

---@param view nanobot.ReviewTab
---@param command string
local function decide_hunk(view, command)
  if view.review.isWhole then
    return connection.tell(
      ('these changes are one whole; g%s %ss all of them'):format(command:sub(1, 1), command)
    )
  end
  local hunk = hunk_at_cursor(view)
  if not hunk then
    return connection.tell('there is no change at the cursor; ]c goes to the next one')
  end
  act(view, command, { hunks = { hunk.hunkId } })
end

---@param view nanobot.ReviewTab
---@param command string
local function decide_file(view, command)
  local file = shown_file(view)
  if vim.api.nvim_get_current_win() == view.list_winid and view.list then
    file = view.list:tag(vim.api.nvim_win_get_cursor(0)[1]) or file
  end
  if view.review.isWhole then
    return connection.tell(
      ('these changes are one whole; g%s %ss all of them'):format(command:sub(1, 1), command)
    )
  end
  if file then
    act(view, command, { paths = { file.path } })
  end
end

---@param view nanobot.ReviewTab
---@param step 1|-1
local function go_to_file(view, step)
  local files = view.review.files
  local _, index = shown_file(view)
  if #files > 0 then
    show_file(view, files[(index - 1 + step) % #files + 1])
  end
end

--- Open the file itself where the cursor is.
---@param view nanobot.ReviewTab
local function open_file(view)
  local file = shown_file(view)
  if not file then
    return
  end
  local line = vim.api.nvim_win_get_cursor(0)[1]
  if vim.api.nvim_get_current_win() == view.new_winid then
    line = hunk_place.old_line(hunk_place.changes(shown_lines(view)), line - 1) + 1
  end
  vim.cmd('tab split')
  vim.cmd.diffoff()
  vim.api.nvim_win_set_buf(0, vim.uri_to_bufnr(file.uri))
  vim.bo.buflisted = true
  pcall(vim.api.nvim_win_set_cursor, 0, { line, 0 })
end

---@param view nanobot.ReviewTab
local function choose(view)
  local file = view.list and view.list:tag(vim.api.nvim_win_get_cursor(0)[1])
  if vim.api.nvim_get_current_win() == view.list_winid and file then
    show_file(view, file)
    vim.api.nvim_set_current_win(view.new_winid)
  end
end

---@param view nanobot.ReviewTab
local function close(view)
  if vim.api.nvim_tabpage_is_valid(view.tab) then
    if #vim.api.nvim_list_tabpages() == 1 then
      vim.cmd.tabnew()
    end
    vim.cmd.tabclose(vim.api.nvim_tabpage_get_number(view.tab))
  end
end

--- Map the keys of a review in one of its buffers.
---@param bufnr integer
---@param view nanobot.ReviewTab
map_keys = function(bufnr, view)
  local function on(action, ...)
    local arguments = { ... }
    return function()
      action(view, unpack(arguments))
    end
  end
  float.map(bufnr, {
    { 'a', 'accept the change at the cursor', on(decide_hunk, 'accept') },
    { 'r', 'reject the change at the cursor', on(decide_hunk, 'reject') },
    { 'A', 'accept all changes of this file', on(decide_file, 'accept') },
    { 'R', 'reject all changes of this file', on(decide_file, 'reject') },
    { 'ga', 'accept all changes', on(act, 'accept') },
    { 'gr', 'reject all changes', on(act, 'reject') },
    { 'u', 'undo what was accepted', on(act, 'undo') },
    { ']f', 'next file; ]c is the next change', on(go_to_file, 1) },
    { '[f', 'file before; [c is the change before', on(go_to_file, -1) },
    { '<CR>', 'show the file of this line of the list', on(choose) },
    { 'o', 'open the file itself', on(open_file) },
    { 'q', 'close the review; what is not decided waits', on(close) },
  }, 'Keys of the review')
end

---@param client vim.lsp.Client
---@param review nanobot.Review
---@return nanobot.ReviewTab
local function make_tab(client, review)
  vim.cmd.tabnew()
  local view =
    { client_id = client.id, review = review, is_busy = false, is_stale = false, is_new = true }
  view.tab = vim.api.nvim_get_current_tabpage()
  local first_bufnr = vim.api.nvim_get_current_buf()
  vim.bo[first_bufnr].bufhidden = 'wipe'
  view.list_winid = vim.api.nvim_get_current_win()
  view.list_bufnr = float.buffer('nanobot')
  vim.b[view.list_bufnr].nanobot_client_id = client.id
  vim.api.nvim_win_set_buf(view.list_winid, view.list_bufnr)
  vim.api.nvim_buf_set_name(
    view.list_bufnr,
    ('nanobot://review/%d/%s'):format(client.id, review.processId)
  )
  map_keys(view.list_bufnr, view)
  vim.cmd('belowright split')
  view.old_winid = vim.api.nvim_get_current_win()
  -- Two halves of a narrow screen show less than two texts above each other.
  vim.cmd(vim.o.columns < SIDE_BY_SIDE_COLUMNS_MIN and 'belowright split' or 'belowright vsplit')
  view.new_winid = vim.api.nvim_get_current_win()
  float.make_readable(view.list_winid)
  vim.wo[view.list_winid][0].winfixheight = true
  vim.wo[view.list_winid][0].cursorline = true
  vim.wo[view.list_winid][0].statusline = ' review%=g? help '
  return view
end

--- Show a review in its tab page.
---@param client vim.lsp.Client
---@param review nanobot.Review
function M.open(client, review)
  local key = key_of(client.id, review)
  local view = tab_by_key[key]
  if view and is_whole(view) then
    vim.api.nvim_set_current_tabpage(view.tab)
    return update(view, review)
  elseif view then
    close(view)
  end
  view = make_tab(client, of_what_waits(review))
  tab_by_key[key] = view
  show_file(view, view.review.files[1])
end

--- Ask a server for the review of a process, and show it.
---@param client vim.lsp.Client
---@param process_id string
function M.fetch(client, process_id)
  local params =
    { processId = process_id, uri = client.root_dir and vim.uri_from_fname(client.root_dir) }
  connection.request(client, protocol.methods.review, params, function(review)
    if review.state == WAITING then
      M.open(client, review)
    else
      connection.tell(('%s has no changes that wait: it is %s'):format(process_id, review.state))
    end
  end)
end

--- Handler of `nanobot/showReview`.
---@param review nanobot.Review
---@param context lsp.HandlerContext
function M.on_show(_, review, context)
  local client = vim.lsp.get_client_by_id(context.client_id)
  if client then
    M.open(client, connection.plain(review))
  end
end

--- Look again at the reviews that show a document, after the server said that it changed.
---@param uri string
function M.on_document_changed(uri)
  for key, view in pairs(tab_by_key) do
    if not is_whole(view) then
      tab_by_key[key] = nil
    else
      for _, file in ipairs(view.review.files) do
        if file.originalUri == uri or file.modifiedUri == uri then
          refetch(view)
          break
        end
      end
    end
  end
end

--- Look again at the reviews of processes that were decided on elsewhere.
local function on_processes_changed()
  for _, view in pairs(tab_by_key) do
    local process = workspace_state.process(view.client_id, view.review.processId)
    local before = view.process_state
    view.process_state = process and process.state
    if before and process and before ~= process.state then
      refetch(view)
    end
  end
end

--- A text of a review has come: what is said about its lines has its place now.
---@param event { data: { uri: string } }
function M.on_document_read(event)
  for _, view in pairs(tab_by_key) do
    local file = is_whole(view) and shown_file(view)
    if file and (file.originalUri == event.data.uri or file.modifiedUri == event.data.uri) then
      mark_hunks(view)
      vim.api.nvim_win_call(view.new_winid, vim.cmd.diffupdate)
      go_to_first_hunk(view)
    end
  end
end

workspace_state.listen(on_processes_changed)
vim.api.nvim_create_autocmd('User', {
  group = vim.api.nvim_create_augroup('nanobot.review', {}),
  pattern = 'NanobotDocument',
  desc = 'Say at each change of a review what it is',
  callback = function(event)
    M.on_document_read(event)
  end,
})

return M
