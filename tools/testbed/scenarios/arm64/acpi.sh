# SPDX-License-Identifier: GPL-2.0-only
# A machine that booted from ACPI: dom0 has neither SMMU nor its registers.

NVME=$(pci_find 1b36:0010)
IORT=/sys/firmware/acpi/tables/IORT

# Types of the nodes: one byte, then two of length (DEN0049, table 2).
node_types() {
    local at=48 nr i type low high
    nr=$(od -An -tu4 -j36 -N4 "$IORT")
    for ((i = 0; i < nr; i++)); do
        read -r type low high <<<"$(od -An -tu1 -j"$at" -N3 "$IORT")"
        echo "$type"
        at=$((at + low + 256 * high))
    done
}

# An ITS and a root complex.
iort_has_no_smmu() { [ "$(node_types | sort -u | tr '\n' ' ')" = "0 2 " ]; }
no_smmu_driver() { ! ls /sys/bus/platform/devices | grep -i smmu; }

# Does dom0 have frame $1 to give away?
gives() {
    guest_config g2 "iomem=['$1,1']" >/run/g2.cfg
    xl create -p /run/g2.cfg && xl destroy g2
}

check iort-has-no-smmu iort_has_no_smmu
check no-smmu-driver no_smmu_driver
check dom0-nvme disk_io "$NVME"
check msi grep -qE 'ITS.*nvme' /proc/interrupts
check gives-the-clocks-registers gives 0x9010
refuse gives-the-smmus gives 0x9050
refuse gives-the-smmus-last gives 0x906f
