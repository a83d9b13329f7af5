-- Everything here waits until it is used: no module is loaded at the start of Neovim.
if vim.g.loaded_nanobot then
  return
end
vim.g.loaded_nanobot = true

vim.api.nvim_create_user_command('Nanobot', function(command)
  require('nanobot.commands').run(command)
end, {
  nargs = '*',
  bang = true,
  desc = 'Work on this project with nanobot',
  complete = function(...)
    return require('nanobot.commands').complete(...)
  end,
})

vim.keymap.set('i', '<Plug>(nanobot-accept)', function()
  require('nanobot.ghost_text').accept()
end, { desc = 'Accept the suggestion of nanobot' })

local group = vim.api.nvim_create_augroup('nanobot', {})
vim.api.nvim_create_autocmd('BufReadCmd', {
  group = group,
  pattern = { 'nanobot-review:/*', 'nanobot-answer:/*' },
  desc = 'Ask nanobot for the text of its document',
  callback = function(event)
    require('nanobot.virtual_document').read(event.buf)
  end,
})
vim.api.nvim_create_autocmd('LspAttach', {
  group = group,
  desc = 'Turn on what nanobot offers in this buffer',
  callback = function(event)
    local client = vim.lsp.get_client_by_id(event.data.client_id)
    if client and client.name == 'nanobot' then
      require('nanobot.full_text').attach(client, event.buf)
      require('nanobot.ghost_text').attach(client, event.buf)
    end
  end,
})
