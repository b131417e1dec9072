#!/bin/sh
# Installs the unpacked program for one person on a Mac; never run by the makers.
#   sh install.sh FOLDER-OF-THE-PROGRAM
set -eu
source=$1
target="$HOME/Applications/Aidpost"
fail() { echo "aidpost: $*" >&2; exit 1; }
[ -x "$source/aidpost" ] || fail "There is no program in $source."
free=$(df -Pk "$HOME" | awk 'NR == 2 { print $4 }')
[ "$free" -gt 1000000 ] || fail "The disk is too full: 1 GB must be free."
fresh="$target/app-$(date +%Y%m%d%H%M%S)"
mkdir -p "$target"
cp -R "$source" "$fresh"
# Files from a stick carry no mark of the internet; those from a browser do, and are refused with it.
xattr -dr com.apple.quarantine "$fresh" 2>/dev/null || true
check=$(mktemp -d)
AIDPOST_HOME="$check" "$fresh/aidpost" doctor > "$check/said.txt" || { rm -rf "$fresh"; fail "$(cat "$check/said.txt")"; }
ln -sfn "$fresh" "$target/current"
rm -rf "$check"
echo "aidpost: Aidpost is installed and has answered a question. Start it with: $target/current/aidpost"
