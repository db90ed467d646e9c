# SPDX-License-Identifier: GPL-2.0-only
# A PV guest gets a NIC and an edu device at run time, uses them, and is
# stopped where it must be. CYCLES: how often to detach and attach again.

NIC=$(pci_find 8086:10d3) EDU=$(pci_find 1234:11e8)

# Stock Xen has no such tree; then there is nothing to show.
units_and_groups() {
    if [ -x /bed/xen-iommu ] && xen-iommu list; then return; fi
    xenhypfs tree | sed -n '/iommu/,$p' | head -n 80
}

edu_attach_detach() {
    local i
    for ((i = 1; i <= $1; i++)); do
        say_host BEGIN "cycle $i"
        xl pci-attach g1 "$EDU" || { echo "attach $i failed"; return 1; }
        detach g1 "$EDU" || { echo "detach $i failed"; return 1; }
    done
    echo "$1 times"
}

dma_works_after_cycles() { guest_sh g1 edu roundtrip; }

# One function of a device that hardware cannot keep apart from the other one.
half_of_a_group() {
    local half
    half=$(pci_find 1b36:0005)
    [ -n "$half" ] && [ -z "$BED_STOCK" ] || return 0
    check half-assignable assignable "$half"
    log_mark >/dev/null
    refuse half xl pci-attach g1 "$half"
    check half-says-why log_has "$half cannot be given to .*: ${half%.0}.1 belongs to"
    check half-back-in-dom0 unassignable "$half"
}

[ -z "$SHOW" ] || units_and_groups 2>&1 | show
[ -n "$BED_STOCK" ] || check groups-in-hypfs xenhypfs ls /iommu/groups
check assignable-nic assignable "$NIC"
check assignable-edu assignable "$EDU"
check create guest_create g1 "passthrough='enabled'"
check attach-nic xl pci-attach g1 "$NIC"
check attached-nic attached g1 "$NIC"
check guest-ping guest_sh g1 ping_through 8086 10d3
check attach-edu xl pci-attach g1 "$EDU"
check edu-own-page guest_sh g1 edu roundtrip
half_of_a_group
if [ -z "$BED_STOCK" ]; then
    check records records_agree
    check records-refused records_refused
fi
# Arm's xl cannot.
[ "$BED_ARCH" != x86 ] || check balloon balloon g1 176
check proved proved

# A page that is dom0's: nothing may reach it, nothing may come out of it.
log_mark >/dev/null
check hold-page hold_page
exits edu-cannot-read-dom0 1 guest_sh g1 edu steal "$(held_page)"
check edu-tries-to-write guest_sh g1 edu poke "$(held_page)" 0xbadc0de "${BYTES:-64}"
check dom0-page-unchanged held_page_unchanged
[ -z "$SHOW" ] || log_has "${EDU#0000:}.*0*$(printf '%x' $(($(held_page) >> 12)))" | show
check fault-recorded fault_logged g1 "$EDU" "$(held_page)"
check edu-own-page-again guest_sh g1 edu roundtrip

# Where each word is an event, ten are more than a device may have. What dom0 writes
# to COMMAND then counts, but for bus mastering; who is given the device has it.
if [ "$MACHINE" = amd ] && [ -z "$BED_STOCK" ]; then
    check edu-floods guest_sh g1 edu poke "$(held_page)" 0xbadc0de 64
    check edu-is-stopped log_has "${EDU} keeps faulting: its bus mastering is switched off"
    check dom0-starts-it-not stays_stopped "$EDU"
fi

check detach-edu detach g1 "$EDU"
edu_attach_detach 1 >/dev/null
before=$(heap_pages)
check cycles edu_attach_detach "${CYCLES:-20}"
check heap-after-cycles heap_back_to "$before"
check attach-edu-again xl pci-attach g1 "$EDU"
check edu-after-cycles dma_works_after_cycles
check destroy guest_destroy g1
guest_dump g1
