#!/bin/bash
# Fetch a Neovim for the editor tests without touching the system's packages.
#
#   install_neovim.sh DEST       prints the path of nvim
#
# Debian's stable releases have a Neovim without vim.lsp.config, so this unpacks one
# of a later suite, with all its libraries, below DEST. It uses the archive that the
# system's own apt configuration names. Running it again does nothing.
# Needs: apt-get, dpkg-deb, and patchelf (unpacked below DEST if it is not installed).
set -euo pipefail

DEST=${1:?usage: install_neovim.sh DEST}
SUITE=${NEOVIM_SUITE:-forky}
mkdir -p "$DEST"
DEST=$(cd "$DEST" && pwd)
ROOT=$DEST/root
NVIM=$ROOT/usr/bin/nvim

exec 9>"$DEST/.lock"
flock 9 # Two test runs may start at once.

is_usable() { [ -x "$NVIM" ] && [ -e "$DEST/.complete" ] && "$NVIM" --version >/dev/null 2>&1; }
if is_usable; then
  echo "$NVIM"
  exit 0
fi

WORK=$(mktemp -d "$DEST/apt.XXXXXX")
trap 'rm -rf "$WORK"' EXIT
mkdir -p "$WORK/lists/partial" "$WORK/cache/archives/partial"

# The archive of this distribution, as the system's own configuration names it.
URI=$(apt-get indextargets --format '$(REPO_URI) $(ORIGIN)' | awk '$2 == "Debian" {print $1; exit}')
if [ -z "$URI" ]; then # Its lists were never fetched, so apt does not know the origin.
  URI=$(awk '/^URIs:/ {print $2; exit} /^deb / {for (i = 2; i <= NF; i++) if ($i ~ /:\/\//) {print $i; exit}}' \
    /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null)
fi
KEY=/usr/share/keyrings/debian-archive-keyring.gpg
[ -n "$URI" ] || { echo "apt configuration: names no Debian archive" >&2; exit 1; }

printf 'deb [signed-by=%s] %s %s main\n' "$KEY" "$URI" "$SUITE" >"$WORK/sources.list"
cat >"$WORK/apt.conf" <<CONF
Dir::Etc::sourcelist "$WORK/sources.list";
Dir::Etc::sourceparts "-";
Dir::State::lists "$WORK/lists";
Dir::State::status "/dev/null";
Dir::Cache "$WORK/cache";
APT::Install-Recommends "false";
Acquire::Languages "none";
CONF
if [ "$(id -u)" = 0 ]; then
  echo 'APT::Sandbox::User "root";' >>"$WORK/apt.conf" # The folder is private to us.
fi
export APT_CONFIG=$WORK/apt.conf
apt-get -qq update >&2
# With an empty package status every dependency comes along, down to the C library.
apt-get -qq -y --download-only install neovim patchelf >&2

rm -rf "$ROOT" "$DEST/.complete"
mkdir -p "$ROOT"
for package in "$WORK"/cache/archives/*.deb; do
  dpkg-deb --fsys-tarfile "$package" |
    tar -x -C "$ROOT" --keep-directory-symlink \
      --exclude=./usr/share/doc --exclude=./usr/share/locale --exclude=./usr/share/man
done

# Programs find the unpacked libraries by absolute path: DEST can not be moved.
LIBRARIES=$(dirname "$(find "$ROOT/usr/lib" -name libc.so.6 | head -1)")
LOADER=$(find "$ROOT/usr/lib" "$ROOT/usr/lib64" -name 'ld-linux*' 2>/dev/null | head -1)
if command -v patchelf >/dev/null; then
  patch=(patchelf)
else
  patch=("$LOADER" --library-path "$LIBRARIES" "$ROOT/usr/bin/patchelf")
fi
"${patch[@]}" --set-interpreter "$LOADER" --force-rpath --set-rpath "$LIBRARIES:$ROOT/usr/lib" "$NVIM"
"$NVIM" --version >/dev/null
touch "$DEST/.complete"
echo "$NVIM"
