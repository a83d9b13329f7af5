#!/bin/bash
# Fetch a Neovim for the editor tests: install_neovim.sh DEST prints the path of nvim.
set -euo pipefail
exec bash "$(dirname "${BASH_SOURCE[0]}")/install_editor.sh" "${1:?usage: install_neovim.sh DEST}" neovim
