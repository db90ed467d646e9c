# SPDX-License-Identifier: GPL-2.0-only
# Checksums of what dom0 writes and reads through each kind of device.

check nvme disk_io "$(pci_find 1b36:0010)"
check virtio disk_io "$(pci_find 1af4:1042)"
check ahci disk_io "$(pci_find 8086:2922)"
check xhci disk_io "$(pci_find 1b36:000d)" 2
check e1000e net_io "$(pci_find 8086:10d3)" "$PAYLOAD_SHA"
check edu edu-dma "$(pci_find 1234:11e8)" roundtrip
check proved proved
check no-faults log_lacks 'DMA (Read|Write)|DMA (read|write|request) .*refused'
