# SPDX-License-Identifier: GPL-2.0-only
# A guest on Arm gets an edu device, an NVMe disk and a NIC, by wired interrupts
# and through its own stage 2, and is stopped where it must be.

NIC=$(pci_find 8086:10d3) EDU=$(pci_find 1234:11e8) NVME=$(pci_find 1b36:0010)

# The guest's partial device tree (pci-host.dts) expects the disk in its slot 0,
# the NIC in 1 and the edu device in 2; these are their lines on the host.
g1_IRQS=38,36,37

# Stock Xen has no such tree; then there is nothing to show.
units_and_groups() { [ -x /bed/xen-iommu ] && xen-iommu list; }

# The disk holds what the guest wrote.
disk_has() {
    local got
    unassignable "$NVME" || return 1
    wait_for 30 blockdev_of "$NVME" || { echo "no disk on '$NVME'"; return 1; }
    got=$(dd if="$(blockdev_of "$NVME")" bs=1M count=2 iflag=direct status=none | sha256sum)
    echo "dom0 reads sha256 ${got:0:16}"
    grep -q "${got%% *}" /run/g1.log
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

check iommu-on log_has 'I/O virtualisation enabled'
check dom0-e1000e net_io "$NIC" "$PAYLOAD_SHA"
check dom0-nvme disk_io "$NVME"
check dom0-edu edu-dma "$EDU" roundtrip
check no-faults log_lacks 'DMA (read|write|request) .*refused'
[ -z "$SHOW" ] || units_and_groups 2>&1 | show
for dev in "$NVME" "$NIC" "$EDU"; do check "assignable-${dev#0000:}" assignable "$dev"; done

# A guest that was created without a device has its host bridge.
check create guest_create g1 "passthrough='enabled'"
check attach-nvme xl pci-attach g1 "$NVME"
check attach-nic xl pci-attach g1 "$NIC"
check attach-edu xl pci-attach g1 "$EDU"
check attached-nvme attached g1 "$NVME"
check guest-disk guest_sh g1 disk_io 1b36 0010 2
check guest-ping guest_sh g1 ping_through 8086 10d3
check edu-own-page guest_sh g1 edu roundtrip
[ -z "$SHOW" ] || guest_sh g1 "lspci; grep -E 'nvme|eth' /proc/interrupts" | show

# A page that is dom0's: the guest's stage 2 has something else, or nothing, there.
log_mark >/dev/null
check hold-page hold_page
exits edu-cannot-read-dom0 1 guest_sh g1 edu steal "$(held_page)"
check edu-tries-to-write guest_sh g1 edu poke "$(held_page)" 0xbadc0de 16
[ -z "$SHOW" ] || log_has "${EDU#0000:}.*0*$(printf '%x' $(($(held_page) >> 12)))" | show
check fault-recorded fault_logged g1 "$EDU" "$(held_page)"
check fault-says-why log_has "${EDU} \(ID 0x10, .* refused: no translation"
check edu-own-page-again guest_sh g1 edu roundtrip

# One event for four bytes: ten are more than a device may have. What Xen takes
# then the guest does not get back by itself; who is given the device does.
check edu-floods guest_sh g1 edu poke "$(held_page)" 0xbadc0de 48
check edu-is-stopped log_has "${EDU} keeps faulting: its bus mastering is switched off"
exits edu-stays-stopped 1 guest_sh g1 edu roundtrip
check dom0-page-unchanged held_page_unchanged

# A guest that does not let go of its device loses it all the same.
check keep-bar guest_sh g1 keep_bar
check detach-kept xl pci-detach g1 "$EDU"
check bar-gone guest_sh g1 bar_gone
check release guest_sh g1 release_pci 1234 11e8

check attach-edu-again xl pci-attach g1 "$EDU"
check edu-after-attach guest_sh g1 edu roundtrip
check detach-edu detach g1 "$EDU"
edu_attach_detach 1 >/dev/null
before=$(heap_pages)
check cycles edu_attach_detach "${CYCLES:-5}"
check heap-after-cycles heap_back_to "$before"

check detach-nvme detach g1 "$NVME"
check dom0-reads-it-back disk_has
check destroy guest_destroy g1
guest_dump g1

check edu-back-in-dom0 unassignable "$EDU"
check dom0-drives-edu edu-dma "$EDU" roundtrip
