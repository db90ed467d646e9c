# SPDX-License-Identifier: GPL-2.0-only
# Checksums of what dom0 writes and reads through each kind of device.

# disk NAME SBDF MB: real I/O on the disk behind a PCI function.
disk() {
    wait_for 30 blockdev_of "$2" || { echo "no disk on '$2'"; return 1; }
    block_io "$(blockdev_of "$2")" "$3"
}

check nvme disk nvme "$(pci_find 1b36:0010)" 4
check virtio disk virtio "$(pci_find 1af4:1042)" 4
check ahci disk ahci "$(pci_find 8086:2922)" 4
check xhci disk xhci "$(pci_find 1b36:000d)" 2
check e1000e net_io "$(pci_find 8086:10d3)" "$PAYLOAD_SHA"
check edu edu-dma "$(pci_find 1234:11e8)" roundtrip
check no-faults log_lacks 'DMA (Read|Write)|DMA (read|write|request) .*refused'
