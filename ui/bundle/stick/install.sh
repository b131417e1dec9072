#!/bin/sh
# Installs Aidpost for this person from this stick; needs no network and no administrator.
# More words are given on to `aidpost bundle install`, such as --to FOLDER.
set -eu
say() { echo "aidpost: $*"; }
fail() { echo "aidpost: $*" >&2; exit 1; }

stick=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
[ -f "$stick/bundle.json" ] || fail "bundle.json is missing on the stick: it was not copied to its end. Copy it again."
[ "$(uname -s)" = Linux ] || fail "This script is for Linux; see START-HERE.txt."
machine=$(uname -m)
case "$machine" in arm64) machine=aarch64 ;; amd64) machine=x86_64 ;; esac
for tool in tar gzip sed mktemp; do
    command -v "$tool" >/dev/null || fail "The program $tool is missing on this computer."
done
first=""
for file in "$stick"/app/aidpost-*-linux-"$machine".tar.gz "$stick"/app/aidpost-*-linux-"$machine".tar.gz.001; do
    [ -f "$file" ] && first="$file"
done
[ -n "$first" ] || fail "The stick holds no program for this computer (linux-$machine), or was not copied to its end."

base="${XDG_DATA_HOME:-$HOME/.local/share}"
mkdir -p "$base" || fail "The folder $base cannot be made: it is write-protected."
free=$(df -Pk "$base" | sed -n '2s/^[^ ]* *[0-9]* *[0-9]* *\([0-9]*\).*/\1/p')
[ "${free:-0}" -gt 1700000 ] || fail "The disk is too full: 1.7 GB must be free, and $((${free:-0} / 1000)) MB are. Make room and try again."
work=$(mktemp -d "$base/.aidpost-setup-XXXXXX") || fail "Nothing can be written to $base."
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
say "The installer is unpacked; this takes a minute."
case "$first" in
*.001) cat "${first%.001}".[0-9][0-9][0-9] ;;
*) cat "$first" ;;
esac | tar -xzf - -C "$work" --strip-components=1 || fail "The stick is damaged, or the disk is full. Nothing was installed."
[ -x "$work/aidpost" ] || fail "The stick is damaged: the program is not whole. Nothing was installed."
"$work/aidpost" bundle install "$stick" "$@"
