# SPDX-License-Identifier: GPL-2.0-only
# The unit's queue is switched off behind Xen's back: commands are not executed
# any more, waits do not complete. Xen must say so in bounded time, start the
# unit anew, and live. One that stays dead is for the host tests.

EDU=$(pci_find 1234:11e8)
UNIT=0xfed90000
QIE=$((1 << 26)) ONE_SHOT=0x96ffffff

# What tells is the report: the driver brings the queue back.
kill_queue() {
    local status
    status=$(host physmem $((UNIT + 0x1c)) 4) || { echo "$status"; return 1; }
    [ $((status & QIE)) != 0 ] || { echo "the queue was off: $status"; return 1; }
    # GCMD takes the state that shall be; one-shot bits of GSTS stay out of it.
    host physmem $((UNIT + 0x18)) 4 $((status & ONE_SHOT & ~QIE))
}

detach_ends() {
    local start=$SECONDS
    timeout 120 xl pci-detach g1 "$EDU"
    echo "exit $? after $((SECONDS - start)) s"
    [ $((SECONDS - start)) -lt 110 ]
}

alive() { xl info | grep -E 'free_memory|xen_version'; }

check assignable assignable "$EDU"
check create probe_create g1 "passthrough='enabled'"
check attach xl pci-attach g1 "$EDU"
check works guest_sh g1 edu roundtrip
log_mark >/dev/null
check kill-queue kill_queue
check detach-is-bounded detach_ends
check reported log_has 'IOMMU .*is started anew'
check works-again log_has 'IOMMU .* works again'
check dom0-lives alive
check guest-destroyed guest_destroy g1
check another-guest probe_create g2
check another-guest-works guest_sh g2 true
check another-guest-destroyed guest_destroy g2
