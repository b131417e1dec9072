#!/bin/sh
# Installs the Debian package in a clean Debian without network and uses it; for root, takes minutes.
#   sh packaging/airgap_test.sh ROOT OLD.deb NEW.deb
# ROOT: a folder made by `debootstrap --variant=minbase bookworm ROOT`; it is used up.
set -eu
root=$1 old=$2 new=$3
question="How much ORS for plan B in a child of 10 kg?"
step() { echo "airgap: $*"; }
fail() { echo "airgap: FAILED: $*" >&2; exit 1; }
# A name space without network and with mounts of its own; /proc and /dev as on a real machine.
inside() {
    unshare -n -m --mount-proc="$root/proc" chroot "$root" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin \
        DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 "$@"
}
now() { date +%s.%N; }
took() { awk "BEGIN { printf \"%.1f\", $(now) - $1 }"; }

cp "$old" "$root/old.deb"
cp "$new" "$root/new.deb"
inside sh -c "sed 1,2d /proc/net/dev | grep -v '^ *lo:'" && fail "there is a network" || true
step "install"
t=$(now); inside dpkg -i /old.deb >/dev/null || fail "dpkg -i"; step "install_s $(took "$t")"
[ "$(inside which aidpost)" = /usr/bin/aidpost ] || fail "aidpost is not on the PATH"
[ -f "$root/usr/share/applications/aidpost.desktop" ] || fail "no entry in the menu"
[ ! -e "$root/etc/systemd/system/multi-user.target.wants/aidpost.service" ] || fail "a service was switched on"
step "first answer"
t=$(now); inside aidpost ask --json "$question" > "$root/answer.json" || fail "first question"; step "first_answer_s $(took "$t")"
grep -q '"abstained": false' "$root/answer.json" || fail "it did not answer"
grep -q '"citations": \["' "$root/answer.json" || fail "no source"
step "doctor"
inside aidpost doctor > "$root/doctor.txt" || fail "doctor: $(cat "$root/doctor.txt")"
grep -q 'nothing listened and nothing called out' "$root/doctor.txt" || fail "network: $(cat "$root/doctor.txt")"
step "add a document"
echo "Clinic rule: the zorvane cupboard key hangs behind the door of the nurse in charge." > "$root/rule.txt"
inside aidpost kb add /rule.txt >/dev/null || fail "add"
inside aidpost ask "where does the zorvane cupboard key hang" | grep -q "behind the door" || fail "the added document is not found"
if [ -f "${AIRGAP_PDF:-/nonexistent}" ]; then
    cp "$AIRGAP_PDF" "$root/paper.pdf"
    inside aidpost kb add /paper.pdf >/dev/null || fail "add a PDF"
fi
step "transcribe without a model says what to do"
inside aidpost transcribe /rule.txt 2>"$root/said.txt" && fail "it transcribed a text" || true
[ -s "$root/said.txt" ] || fail "no message about speech"
grep -q Traceback "$root/said.txt" && fail "a traceback instead of a message"
step "update keeps records"
inside dpkg -i /new.deb >/dev/null || fail "update"
inside aidpost ask "where does the zorvane cupboard key hang" | grep -q "behind the door" || fail "records lost by the update"
step "an older package is refused"
inside dpkg -i /old.deb >"$root/said.txt" 2>&1 && fail "a downgrade was taken"
grep -q "is the older" "$root/said.txt" || fail "no plain words: $(cat "$root/said.txt")"
inside aidpost --version >/dev/null || fail "the refused downgrade broke the program"
step "remove and purge"
mkdir -p "$root/var/lib/aidpost" && echo record > "$root/var/lib/aidpost/record"
inside dpkg -r aidpost >/dev/null 2>&1 || fail "remove"
[ -f "$root/var/lib/aidpost/record" ] || fail "removing took the records"
[ -d "$root/root/.local/share/aidpost" ] || fail "removing took a person's records"
[ ! -e "$root/usr/lib/aidpost" ] || fail "removing left the program"
inside dpkg --purge aidpost >/dev/null 2>&1 || fail "purge"
[ ! -e "$root/var/lib/aidpost" ] || fail "purging left the records of the kiosk"
[ -d "$root/root/.local/share/aidpost" ] || fail "purging took a person's records"
step "sound"
