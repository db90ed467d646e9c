# SPDX-License-Identifier: GPL-2.0-only
# pci=[...]: the guest has its devices, with their interrupts, from the start, and
# they are free again when it is gone.

NIC=$(pci_find 8086:10d3) EDU=$(pci_find 1234:11e8) NVME=$(pci_find 1b36:0010)

# Slots 0, 1 and 2 of the guest's partial device tree (pci-host.dts).
g1_IRQS=38,36,37
g2_IRQS=$g1_IRQS
ALL="pci=['${NVME#0000:}','${NIC#0000:}','${EDU#0000:}']"

# A line is free when the domain that had it is gone for good, a little later
# than xl says.
another_guest() {
    guest_config g2 "$ALL" >/run/g2.cfg
    xl create -p /run/g2.cfg && xl destroy g2
}

is_assignable() { xl pci-assignable-list | grep -q "${1#0000:}"; }

for dev in "$NVME" "$NIC" "$EDU"; do check "assignable-${dev#0000:}" assignable "$dev"; done
check create guest_create g1 "$ALL"
check edu guest_sh g1 edu roundtrip
check disk guest_sh g1 disk_io 1b36 0010 2
check ping guest_sh g1 ping_through 8086 10d3

# What an administrator sees of it.
owned_by_guest() { xen-iommu list; xen-iommu list | grep -q "owner d$(guest_id g1)"; }
check hypfs xenhypfs ls /iommu/groups
check list owned_by_guest
check metrics xen-iommu metrics

# The guest turns on its own host bridge.
log_mark >/dev/null
check bar-over-ecam guest_sh g1 bar_over_ecam
check says-why log_has "$EDU: BAR at 0x10000000 is not mapped: it is outside"
check disk-still guest_sh g1 disk_io 1b36 0010 1
check keep-bar guest_sh g1 keep_bar
check detach-kept xl pci-detach g1 "$EDU"
check bar-gone guest_sh g1 bar_gone
check destroy guest_destroy g1
guest_dump g1
check lines-are-free wait_for 15 another_guest
for dev in "$NVME" "$NIC" "$EDU"; do check "free-${dev#0000:}" is_assignable "$dev"; done
check edu-back-in-dom0 unassignable "$EDU"
check dom0-drives-edu edu-dma "$EDU" roundtrip
