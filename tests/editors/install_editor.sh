#!/bin/bash
# Fetch editors for the tests without touching the system's packages.
#
#   install_editor.sh DEST EDITOR...   prints a path per editor, in this order
#
# EDITOR is neovim (prints nvim itself), helix, emacs or vim-ale (print a launcher that
# tells the program where its own files are). Debian's stable releases have them too old
# or not at all, so this unpacks those of a later suite, with all their libraries, below
# DEST. It uses the archive that the system's own apt configuration names. Running it
# again does nothing.
# Needs: apt-get, dpkg-deb, and patchelf (unpacked below DEST if it is not installed).
set -euo pipefail

USAGE="usage: install_editor.sh DEST {neovim|helix|emacs|vim-ale}..."
[ $# -ge 2 ] || { echo "$USAGE" >&2; exit 2; }
DEST=$1
shift
SUITE=${EDITOR_SUITE:-forky}
mkdir -p "$DEST/bin"
DEST=$(cd "$DEST" && pwd)
ROOT=$DEST/root

exec 9>"$DEST/.lock"
flock 9 # Two test runs may start at once.

packages_of() {
  case $1 in
    neovim) echo neovim ;;
    helix) echo hx ;;
    emacs) echo emacs-nox ;;
    vim-ale) echo vim vim-ale ;;
    *) echo "$1: no editor known here; $USAGE" >&2; exit 2 ;;
  esac
}

program_of() {
  case $1 in
    neovim) echo "$ROOT/usr/bin/nvim" ;;
    helix) echo "$ROOT/usr/lib/hx/hx" ;;
    emacs) echo "$ROOT/usr/bin/emacs-nox" ;;
    vim-ale) echo "$ROOT/usr/bin/vim.basic" ;;
  esac
}

entry_of() { [ "$1" = neovim ] && program_of neovim || echo "$DEST/bin/$1"; }

is_usable() { [ -e "$DEST/.complete.$1" ] && "$(entry_of "$1")" --version >/dev/null 2>&1; }

missing=()
for editor in "$@"; do
  packages_of "$editor" >/dev/null
  is_usable "$editor" || missing+=("$editor")
done
if [ ${#missing[@]} -eq 0 ]; then
  for editor in "$@"; do entry_of "$editor"; done
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
wanted=(patchelf)
for editor in "${missing[@]}"; do
  read -ra packages <<<"$(packages_of "$editor")"
  wanted+=("${packages[@]}")
  rm -f "$DEST/.complete.$editor"
done
apt-get -qq -y --download-only install "${wanted[@]}" >&2

mkdir -p "$ROOT"
# Emacs compiles at run time where it has a compiler; ours has none, and no sources.
skipped='^(emacs-el|binutils|libgcc-[0-9]+-dev|libc6-dev|linux-libc-dev|lib[a-z]*san[0-9]+)'
for package in "$WORK"/cache/archives/*.deb; do
  [[ ! $(basename "$package") =~ $skipped ]] || continue
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

write_launcher() {
  local launcher=$DEST/bin/$1 exported=$2 arguments=$3
  printf '#!/bin/sh\n%s\nexec "%s" %s "$@"\n' "$exported" "$(program_of "$1")" "$arguments" >"$launcher"
  chmod +x "$launcher"
}

emacs_launcher() {
  local version folders lisp=$ROOT/usr/share/emacs dump
  version=$(find "$lisp" -maxdepth 1 -name '[0-9]*' -printf '%f\n' | head -1)
  lisp=$lisp/$version/lisp
  folders=$(find "$lisp" -type d -printf '%p:' | sed 's/:$//')
  dump=$(find "$ROOT/usr/libexec/emacs" -name '*.pdmp' | head -1)
  write_launcher emacs \
    "export EMACSLOADPATH='$folders' EMACSDATA='$lisp/../etc' EMACSDOC='$lisp/../etc' EMACSPATH='$(dirname "$dump")'" \
    "--dump-file='$dump'"
}

for editor in "${missing[@]}"; do
  "${patch[@]}" --set-interpreter "$LOADER" --force-rpath --set-rpath "$LIBRARIES:$ROOT/usr/lib" \
    "$(program_of "$editor")"
  case $editor in
    helix) write_launcher helix "export HELIX_RUNTIME='$ROOT/usr/lib/hx/runtime'" "" ;;
    emacs) emacs_launcher ;;
    vim-ale)
      runtime=$(find "$ROOT/usr/share/vim" -maxdepth 1 -name 'vim[0-9]*' | head -1)
      write_launcher vim-ale "export VIM='$ROOT/usr/share/vim' VIMRUNTIME='$runtime'" \
        "--cmd 'set runtimepath+=$ROOT/usr/share/vim-ale'"
      ;;
  esac
  "$(entry_of "$editor")" --version >/dev/null
  touch "$DEST/.complete.$editor"
done
for editor in "$@"; do entry_of "$editor"; done
