# SPDX-License-Identifier: GPL-2.0-only
# An HVM guest: its table follows a p2m that is not the machine's layout.

NIC=$(pci_find 8086:10d3) EDU=$(pci_find 1234:11e8)
GUEST_TIMEOUT=200 GUEST_MEM=256 GUEST_KERNEL=/guest/vmlinuz
REGION=${REGION-0x7ffe0000}     # empty: none

if [ -n "$REGION" ]; then
    firmware=$(edu-dma "$EDU" steal $REGION 2>&1 | word_of)
    equal dom0-reads-region "$firmware" 53434146 "the signature FACS:"
fi
check assignable-nic assignable "$NIC"
check assignable-edu assignable "$EDU"
check create guest_create h1 "type='hvm'" "vga='none'" "usb=0" \
    "pci=['${NIC#0000:}','${EDU#0000:}']"
check ping guest_sh h1 ping_through 8086 10d3
check own-page guest_sh h1 edu roundtrip

# libxl asked for it (XENMEM_reserved_device_memory_map) and kept it free.
if [ -n "$REGION" ]; then
    check region-in-map guest_sh h1 "dmesg | grep 'e820.*${REGION#0x}-.*reserved'"
    equal reads-region "$(guest_sh h1 edu steal $REGION | word_of)" "$firmware" "the word"
fi

# An image of it would lose what the devices are doing: it goes on instead.
log_mark >/dev/null
refuse save xl save h1 /dev/null
[ -n "$BED_STOCK" ] || check save-says-why log_has 'IOMMU: .* cannot be saved: what 0000:'
check own-page-after-save guest_sh h1 edu roundtrip

# Beyond the end of the guest's memory there is nothing, whatever dom0 has there.
log_mark >/dev/null
check hold-page hold_page
exits cannot-read-dom0 1 guest_sh h1 edu steal "$(held_page)"
check dom0-page-unchanged held_page_unchanged
check own-page-again guest_sh h1 edu roundtrip
check detach xl pci-detach h1 "$EDU"
check destroy guest_destroy h1
check back-in-dom0 unassignable "$EDU"
check dom0-drives-it edu-dma "$EDU" roundtrip
