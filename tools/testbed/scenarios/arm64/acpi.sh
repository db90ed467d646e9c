# SPDX-License-Identifier: GPL-2.0-only
# A machine that booted from ACPI: dom0 has neither SMMU nor its registers, and a
# guest has an edu device, without an interrupt: Xen does not know the lines.

EDU=$(pci_find 1234:11e8) NVME=$(pci_find 1b36:0010)
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

nvme_in_dom0() {
    wait_for 30 blockdev_of "$NVME" || { echo "no disk on '$NVME'"; return 1; }
    block_io "$(blockdev_of "$NVME")" 4
}

# Frame $1 cannot be given away: dom0 has not got it.
not_given() {
    guest_config g2 "iomem=['$1,1']" >/run/g2.cfg
    xl create -p /run/g2.cfg 2>&1 | tee /run/g2.out
    ! xl destroy g2 2>/dev/null && grep -q 'failed give domain access to iomem' /run/g2.out
}

check iort-has-no-smmu iort_has_no_smmu
check no-smmu-driver no_smmu_driver
check dom0-nvme nvme_in_dom0
check msi grep -qE 'ITS.*nvme' /proc/interrupts
check first-registers not_given 0x9050
check last-registers not_given 0x906f

check assignable assignable "$EDU"
check create guest_create g1 "passthrough='enabled'"
check attach xl pci-attach g1 "$EDU"
check own-page guest_sh g1 edu roundtrip
log_mark >/dev/null
check hold-page hold_page
exits cannot-read-dom0 1 guest_sh g1 edu steal "$(held_page)"
check tries-to-write guest_sh g1 edu poke "$(held_page)" 0xbadc0de 64
check dom0-page-unchanged held_page_unchanged
check fault-recorded fault_logged g1 "$EDU" "$(held_page)"
check keep-bar guest_sh g1 keep_bar
check detach xl pci-detach g1 "$EDU"
check bar-gone guest_sh g1 bar_gone
check destroy guest_destroy g1
check back-in-dom0 unassignable "$EDU"
check dom0-drives-edu edu-dma "$EDU" roundtrip
