" Copy to ~/.vim/ale_linters/python/nanobot.vim, and for other languages to a folder of
" their name with that name below. In your vimrc:
"
"     let g:ale_linters = {'python': ['nanobot']}   " beside what you have
"     filetype plugin on
call ale#linter#Define('python', {
\   'name': 'nanobot',
\   'lsp': 'stdio',
\   'executable': 'nanobot-lsp',
\   'command': '%e --stdio',
\   'project_root': {buffer -> fnamemodify(finddir('.git', expand('#' . buffer . ':p:h') . ';'), ':p:h:h')},
\})
