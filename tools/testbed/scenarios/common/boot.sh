# SPDX-License-Identifier: GPL-2.0-only
# dom0 is up, the tools answer, and devices behind the IOMMU work.

xl_answers() { xl info | grep -E 'xen_version|virt_caps|free_memory'; }

check xl-info xl_answers
# Stock Xen for Arm leaves the SMMU to dom0, and its PCI devices without MSI.
if [ "$BED_ARCH$BED_STOCK" != arm641 ]; then
    check iommu-on log_has 'I/O virtualisation enabled'
    check edu-roundtrip edu-dma "$(pci_find 1234:11e8)" roundtrip
    check e1000e net_io "$(pci_find 8086:10d3)" "$PAYLOAD_SHA"
fi
