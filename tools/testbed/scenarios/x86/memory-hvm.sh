# SPDX-License-Identifier: GPL-2.0-only
# HVM and PVH domains that never run (an HVM guest takes minutes to boot, and xl has
# no devices for PVH ones): Xen is asked, as a toolstack would, for what excludes
# devices while there is one, and for a device while it is on.

EDU=$(pci_find 1234:11e8)
PAGES=256 BEYOND=0x400
NOT='cannot be given to .*: its memory is logged, paged, shared or populated on demand'

# refused_for NAME DOM: the device is, and Xen says why.
refused_for() {
    log_mark >/dev/null
    exits "$1" 1 ask-xen assign "$2" "$EDU"
    [ -n "$BED_STOCK" ] || check "$1-says-why" log_has "$EDU $NOT"
}

# A domain that has the device: nothing is switched on that excludes it.
with_device() {
    local kind=$1 dom=$2 free
    check "$kind-assign" ask-xen assign "$dom" "$EDU"
    exits "$kind-log-dirty" 1 ask-xen log-dirty "$dom" on
    log_mark >/dev/null
    if [ -n "$BED_STOCK" ]; then
        check "$kind-stock-saves" ask-xen type "$dom" 0
    else
        exits "$kind-save" 1 ask-xen type "$dom" 0
        check "$kind-save-says-why" log_has "d$dom cannot be saved: what $EDU is doing"
    fi
    exits "$kind-paging" 1 ask-xen paging "$dom" on
    exits "$kind-sharing" 1 ask-xen sharing "$dom" on
    exits "$kind-on-demand" 1 ask-xen on-demand "$dom" $BEYOND
    check "$kind-proved" proved
    check "$kind-populate" ask-xen populate "$dom" $BEYOND
    check "$kind-proved-populated" proved
    free=$(heap_pages)
    check "$kind-gives-back" ask-xen give-back "$dom" 16 200
    check "$kind-given-back" heap_has $((free + 200))
    exits "$kind-not-twice" 1 ask-xen give-back "$dom" 16 1
    check "$kind-proved-given-back" proved
    check "$kind-deassign" ask-xen deassign "$dom" "$EDU"
}

# More may be: page tables.
heap_has() {
    local pages
    pages=$(heap_pages)
    echo "$pages pages of Xen's heap are free"
    [ "$pages" -ge "$1" ]
}

# And the other way round. Paging and sharing want a domain without an IOMMU, and
# sharing an Intel processor: tools/tests/test-x86-domain.c has them.
without_device() {
    local kind=$1 dom=$2
    check "$kind-may-be-saved" ask-xen type "$dom" 0
    check "$kind-log-dirty-on" ask-xen log-dirty "$dom" on
    refused_for "$kind-logged" "$dom"
    check "$kind-log-dirty-off" ask-xen log-dirty "$dom" off
    check "$kind-assign-again" ask-xen assign "$dom" "$EDU"
    check "$kind-deassign-again" ask-xen deassign "$dom" "$EDU"
    check "$kind-on-demand-on" ask-xen on-demand "$dom" $((BEYOND + 1))
    refused_for "$kind-populated-on-demand" "$dom"
}

check hvm-assignable assignable "$EDU"
for kind in hvm pvh; do
    dom=$(ask-xen create $kind $PAGES)
    check $kind-create test -n "$dom"
    with_device $kind "$dom"
    without_device $kind "$dom"
    check $kind-destroy ask-xen destroy "$dom"
done
check hvm-back unassignable "$EDU"
check hvm-dom0-again edu-dma "$EDU" roundtrip
