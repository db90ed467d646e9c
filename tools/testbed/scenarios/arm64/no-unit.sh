# SPDX-License-Identifier: GPL-2.0-only
# A machine without an IOMMU that has a driver: Xen says so, dom0 works.

NVME=$(pci_find 1b36:0010) EDU=$(pci_find 1234:11e8)

check says-so log_has 'no unit can be used: no passthrough'
check disabled log_has 'I/O virtualisation disabled'
check e1000e net_io "$(pci_find 8086:10d3)" "$PAYLOAD_SHA"
check nvme disk_io "$NVME"
refuse create-with-device guest_create g1 "pci=['${EDU#0000:}']"
