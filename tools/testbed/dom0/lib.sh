# SPDX-License-Identifier: GPL-2.0-only
# Sourced by every scenario script, in dom0. The words a scenario is written in:
#
#   check NAME COMMAND...        PASS if the command exits 0; its output is the text
#   exits NAME CODE COMMAND...   PASS if it exits with this code
#   refuse NAME COMMAND...       PASS if it exits with anything but 0
#   pass/fail/skip NAME TEXT
#   host COMMAND...              ask the host (QMP, console log); prints its answer
#   log_mark / log_has REGEX / log_lacks REGEX    over Xen's console since the mark
#   heap_pages                   free pages of Xen's heap
# and guests, devices, xen-iommu and several scenarios in a boot, in guests.sh,
# devices.sh, tool.sh and parts.sh.

say_host() { printf '%s\n' "$*" >&8; }

# Everything here that is done often starts no process: an emulated dom0 needs tens
# of milliseconds for one.
result() {
    local text=${*:3}
    text=${text//[$'\n\r\t']/ }
    text=${text//[[:cntrl:]]/}
    [ ${#text} -le 300 ] || text=${text: -300}
    while [[ $text == *'  '* ]]; do text=${text//  / }; done
    say_host RESULT "$1" "$2" "$text"
}
pass() { result "$1" PASS "${*:2}"; }
fail() { result "$1" FAIL "${*:2}"; }
skip() { result "$1" SKIP "${*:2}"; }

check() {
    local name=$1 out
    shift
    say_host BEGIN "$name"
    if out=$("$@" 2>&1); then pass "$name" "$out"; else fail "$name" "exit $?: $out"; return 1; fi
}

refuse() {
    local name=$1 out
    shift
    say_host BEGIN "$name"
    if out=$("$@" 2>&1); then fail "$name" "was accepted: $out"; return 1; else pass "$name" "exit $?: $out"; fi
}

exits() {
    local name=$1 code=$2 out rc
    shift 2
    say_host BEGIN "$name"
    out=$("$@" 2>&1)
    rc=$?
    if [ $rc = "$code" ]; then pass "$name" "$out"; else fail "$name" "exit $rc, not $code: $out"; return 1; fi
}

# equal NAME GOT WANTED TEXT
equal() {
    if [ "$2" = "$3" ]; then pass "$1" "${4:-} $2"; else fail "$1" "${4:-} is $2, expected $3"; return 1; fi
}

# show: what comes in is for the person who watches.
show() {
    local line
    while IFS= read -r line; do say_host SHOW "$line"; done
}

# A request carries a number and so does its answer: one that came too late for
# its request is not taken for the next one's.
HOST_SEQ=/run/host-seq
host() {
    local seq reply id status text
    [ ! -f $HOST_SEQ ] || read -r seq <$HOST_SEQ
    seq=$((seq + 1))
    echo $seq >$HOST_SEQ
    say_host HOST $seq "$*"
    while read -r -t "${HOST_TIMEOUT:-240}" -u 8 reply; do
        read -r id status text <<<"${reply//$'\r'/}"
        [ "$id" = "$seq" ] || continue
        printf '%s\n' "$text"
        [ "$status" = OK ]
        return
    done
    echo "the host did not answer '$*'"
    return 1
}

log_mark()  { host log-mark; }
log_has()   { host log-has "$*"; }
log_lacks() { host log-lacks "$*"; }

# Twice: when the second list begins, the first is whole.
heap_pages() {
    local n out
    for n in 1 2 3; do
        host log-mark >/dev/null
        xl debug-keys HH
        out=$(host heap-pages) && break
    done
    printf '%s\n' "$out"
    [[ $out =~ ^[0-9]+$ ]]
}

# heap_back_to PAGES: as many are free as before. What a dying domain held comes
# back a little later.
heap_back_to() {
    local pages end=$((SECONDS + 100))
    [[ $1 =~ ^[0-9]+$ ]] || { echo "nobody knows how many were: $1"; return 1; }
    while [ $SECONDS -lt $end ]; do
        pages=$(heap_pages)
        [ "$pages" != "$1" ] || { echo "$pages pages of Xen's heap are free, as before"; return 0; }
        sleep 2
    done
    echo "$pages pages of Xen's heap are free, $1 were"
    return 1
}

# A fifth of a second.
[ -p /run/never ] || mkfifo /run/never
exec 7<>/run/never
pause() { read -r -t 0.2 -u 7 || :; }

# wait_for SECONDS COMMAND...: poll until it succeeds. Seconds of an idle host:
# an emulated machine on a busy one gets ten times as many.
wait_for() {
    local end=$((SECONDS + 10 * $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] || return 1
        pause
    done
}

# pci_find VENDOR:DEVICE [N]: the SBDF of the N-th such function. What bash does by
# itself costs an emulated CPU a fiftieth of lspci.
pci_find() {
    local dir vendor device n=${2:-1}
    for dir in /sys/bus/pci/devices/*; do
        read -r vendor <"$dir/vendor" && read -r device <"$dir/device" || continue
        [ "${vendor#0x}:${device#0x}" = "$1" ] && [ $((n -= 1)) = 0 ] && echo "${dir##*/}"
    done
}

# A megabyte of names takes an emulated CPU half a second.
export XEN_IOMMU_PCI_IDS=/dev/null

. /bed/variables
. /bed/guests.sh
. /bed/devices.sh
. /bed/tool.sh
. /bed/parts.sh
