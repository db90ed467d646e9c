# SPDX-License-Identifier: GPL-2.0-only
# A page that a guest grants dom0, mapped for dom0's devices alone: they reach it
# as long as a map does, and write as long as one of them says so. dom0 is strict
# (or autotranslated): its devices reach what dom0 has, and that. FLIPS: how often a
# second map comes and goes while a device reads.

EDU=$(pci_find 1234:11e8)
GRANTED=d0d0cafe

# The word in the page as the device reads it; what it had before if it may not.
word() { edu-dma "$EDU" steal "$ADDR" | word_of; }
put()  { edu-dma "$EDU" poke "$ADDR" "0x$1" 4; }

# map ro|rw: sets HANDLE and ADDR.
map() {
    local out
    out=$(ask-xen map "$(guest_id g1)" "$REF" "$1") || { echo "$out"; return 1; }
    read -r HANDLE ADDR <<<"$out"
    [ -n "$ADDR" ]
}
# Not by `check', in whose subshell the handle would stay.
mapped() { if map "$2"; then pass "$1" "$2, handle $HANDLE, at $ADDR"; else fail "$1" "not mapped"; fi; }
unmap()  { ask-xen unmap "$1" "$ADDR"; }

# QEMU's units tell nobody of a write that is refused by what they have cached of a
# read: what must be reported comes first.
told() { check "$1" fault_logged Domain-0 "$EDU" $((ADDR)); }

# flips N: a second map that allows writing comes and goes; the first one stays.
flips() {
    local i first=$HANDLE
    for ((i = 0; i < $1; i++)); do
        map rw && unmap "$HANDLE" || return 1
    done
    HANDLE=$first
    echo "$1 times"
}
reads() { local i; for ((i = 0; i < $1; i++)); do edu-dma "$EDU" load "$ADDR"; done; }

check create probe_create g1
said=$(guest_sh g1 grant_page 0)
REF=$(sed -n 's/^PAGE.* REF \([0-9]*\).*/\1/p' <<<"$said")
check granted test -n "$REF"

mapped map-to-read ro
reader=$HANDLE
log_mark >/dev/null
put 11111111 >/dev/null
told write-is-reported
equal reads-what-was-there "$(word)" $GRANTED
put 11111111 >/dev/null
equal does-not-write "$(word)" $GRANTED
check proved-read proved

mapped map-to-write rw
put 22222222 >/dev/null
equal writes "$(word)" 22222222
check proved-write proved
check unmap-to-write unmap "$HANDLE"
put 33333333 >/dev/null
equal writes-no-more "$(word)" 22222222
check proved-read-again proved

# Of a change of what may be written, one who reads notices nothing.
HANDLE=$reader
log_mark >/dev/null
reads 10 >/dev/null &
check flips flips "${FLIPS:-30}"
wait $!
check readers-notice-nothing log_lacks 'DMA (Read|Write)|DMA (read|write) of .*refused|IO_PAGE_FAULT'
equal reads-after-flips "$(word)" 22222222
put 44444444 >/dev/null
equal writes-not-after-flips "$(word)" 22222222

# The page is the guest's that is gone as long as somebody has it mapped.
check destroy guest_destroy g1
equal reads-still "$(word)" 22222222
check unmap-to-read unmap "$reader"
log_mark >/dev/null
edu-dma "$EDU" load "$ADDR" >/dev/null
told read-is-reported
check proved-unmapped proved
