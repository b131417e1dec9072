#!/bin/sh
# Installs Aidpost from this wheelhouse for one person: no network, no administrator.
#   sh install.sh [FOLDER]      FOLDER: where the program goes; else ~/.local/share/aidpost-app
# Nothing is called installed before the program has answered a question.
set -eu
say() { echo "aidpost: $*"; }
fail() { echo "aidpost: $*" >&2; exit 1; }

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
target=${1:-${XDG_DATA_HOME:-$HOME/.local/share}/aidpost-app}
question="How much ORS for plan B in a child of 10 kg?"

[ -d "$here/wheels" ] || fail "The folder wheels is missing: the wheelhouse was not copied to its end."
machine=$(cat "$here/machine.txt")
[ "$(uname -m)" = "$machine" ] || fail "This wheelhouse is for $machine, and this computer is $(uname -m)."
python=""
for name in python3.11 python3; do
    if command -v "$name" >/dev/null && "$name" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))'; then
        python=$name
        break
    fi
done
[ -n "$python" ] || fail "Python 3.11 is needed. On Debian 12: apt-get install python3.11 python3.11-venv, from its media."
"$python" -c 'import venv, ensurepip' 2>/dev/null || fail "The module venv is missing. On Debian 12: apt-get install python3.11-venv, from its media."
mkdir -p "$target" || fail "The folder $target cannot be made: it is write-protected."
free=$(df -Pk "$target" | sed -n '2s/^[^ ]* *[0-9]* *[0-9]* *\([0-9]*\).*/\1/p')
[ "${free:-0}" -gt 1200000 ] || fail "The disk is too full: 1.2 GB must be free. Make room and try again."

fresh="$target/env-$(date +%Y%m%d%H%M%S)-$$"
trap 'rm -rf "$fresh"' EXIT
say "The environment is made."
"$python" -m venv "$fresh" || fail "The environment could not be made."
pip() { "$fresh/bin/python" -m pip --isolated --disable-pip-version-check install --quiet --no-index --no-deps \
    --find-links "$here/wheels" --require-hashes "$@"; }
# A package that was compiled by hand into wheels/ has another digest: it is named there.
if [ -s "$here/compiled.txt" ]; then pip -r "$here/compiled.txt" || fail "A compiled package could not be installed."; fi
pip -r "$here/requirements.txt" || fail "A package could not be installed: the wheelhouse is damaged, or something in to-compile.txt was not compiled."
if [ -f "$here/llm-requirements.txt" ] && grep -q '^flags.* avx2' /proc/cpuinfo; then
    pip -r "$here/llm-requirements.txt" || fail "llama.cpp could not be installed."
fi
pip -r "$here/own.txt" || fail "Aidpost itself could not be installed."

say "Aidpost is asked its first question."
check=$(mktemp -d)
trap 'rm -rf "$fresh" "$check"' EXIT
AIDPOST_HOME="$check" "$fresh/bin/python" -m ui.cli ask --json "$question" > "$check/answer.json" \
    || fail "The program does not work on this computer. Nothing was changed."
grep -q '"abstained": false' "$check/answer.json" && grep -q '"citations": \["' "$check/answer.json" \
    || fail "The program runs, but did not answer. Nothing was changed."

# One rename switches from the old environment to the new one.
rm -f "$target/env.next"
ln -s "$fresh" "$target/env.next"
mv -T "$target/env.next" "$target/env"
trap 'rm -rf "$check"' EXIT
mkdir -p "$HOME/.local/bin"
printf '#!/bin/sh\nexec "%s/env/bin/python" -m ui.cli "$@"\n' "$target" > "$HOME/.local/bin/aidpost.new"
chmod 755 "$HOME/.local/bin/aidpost.new"
mv "$HOME/.local/bin/aidpost.new" "$HOME/.local/bin/aidpost"
for old in "$target"/env-*; do
    [ "$old" = "$fresh" ] || rm -rf "$old"
done
say "Aidpost is installed and has answered a question. Start it with: $HOME/.local/bin/aidpost"
