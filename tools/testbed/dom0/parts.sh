# SPDX-License-Identifier: GPL-2.0-only
# Sourced. The scenarios of one boot, one after the other. Where there are several,
# each has to leave the machine as it found it: the next one begins there.

# Who has what, and through which table.
owners() { xen-iommu list | sed -n 's/^  \([0-9a-f:.]*\) .*owner \([^ ]*\).*/\1 \2/p'; }

# All that was prepared for guests is dom0's again.
give_back() {
    local d
    for d in $(xl pci-assignable-list); do unassignable "$d" || return 1; done
}

no_guests() { xl list; [ "$(xl list | wc -l)" = 2 ]; }

owned_as_before() { owners | diff "$1" -; }

# heap_about PAGES: pools of small objects keep a page or two; a step that loses one
# each time shows. What a dying domain held comes back bit by bit.
heap_about() {
    local now end=$((SECONDS + 200))
    while :; do
        sleep 2
        now=$(heap_pages)
        [ $(($1 - now)) -gt 8 ] && [ $SECONDS -lt $end ] || break
    done
    echo "$now pages of Xen's heap are free, $1 were"
    [ $(($1 - now)) -le 8 ]
}

# The first scenario makes Xen allocate what it keeps for good.
clean_heap() {
    [ -s /run/heap.clean ] || heap_pages >/run/heap.clean
    heap_about "$(cat /run/heap.clean)"
}

# clean: what the next scenario may rely on, as checks of the last one.
clean() {
    check clean-given-back give_back
    log_mark >/dev/null
    check clean-guests no_guests
    check clean-owners owned_as_before /run/owners.clean
    check clean-proved proved
    check clean-heap clean_heap
    check clean-quiet log_lacks 'DMA (read|write|request) .*refused'
}

# part NUMBER NAME [VARIABLE=VALUE...]: one scenario, in a shell of its own.
part() {
    local n=$1
    BED_SCENARIO=$2
    shift 2
    say_host PART "$BED_SCENARIO"
    [ "$PARTS" = 1 ] || [ "$n" != 0 ] || owners >/run/owners.clean
    (
        [ $# = 0 ] || declare "$@"
        . "/bed/part.$n"
    )
    [ "$PARTS" = 1 ] || clean
}
