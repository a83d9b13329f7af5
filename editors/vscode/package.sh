#!/bin/bash
# Check, bundle and package the extension.
#
#   package.sh [FILE]       writes FILE, by default nanobot.vsix, and prints its path
#
# Needs Node 20 or later and npm. What it fetches is pinned by package-lock.json.
set -euo pipefail

FILE=$(realpath -m "${1:-$(dirname "${BASH_SOURCE[0]}")/nanobot.vsix}")
cd "$(dirname "${BASH_SOURCE[0]}")"
export npm_config_audit=false npm_config_fund=false npm_config_update_notifier=false

# Again only when what is wanted changed: the copy that npm keeps says what is installed.
if ! cmp -s package-lock.json node_modules/.nanobot-lock; then
  npm ci --silent >&2
  cp package-lock.json node_modules/.nanobot-lock
fi
npm run --silent check >&2
npm run --silent bundle >&2
cp ../../LICENSE LICENSE
trap 'rm -f LICENSE' EXIT
npx --no-install vsce package --no-dependencies --allow-missing-repository --out "$FILE" >&2
echo "$FILE"
