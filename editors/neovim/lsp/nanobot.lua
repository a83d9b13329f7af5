-- Copy to ~/.config/nvim/lsp/nanobot.lua and add `vim.lsp.enable('nanobot')` to init.lua.
return {
  cmd = { 'nanobot-lsp', '--stdio' },
  filetypes = { 'python' },
  root_markers = { '.nanobot', 'pyproject.toml', 'setup.py', '.git' },
}
