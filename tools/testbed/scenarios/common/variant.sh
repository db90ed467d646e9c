# SPDX-License-Identifier: GPL-2.0-only
# The short form of everything: dom0's I/O, a guest's device, an attack.

NIC=$(pci_find 8086:10d3) EDU=$(pci_find 1234:11e8)

check e1000e net_io "$NIC" "$PAYLOAD_SHA"
check edu edu-dma "$EDU" roundtrip
check assignable assignable "$EDU"
check create probe_create g1 "pci=['${EDU#0000:}']"
check own-page guest_sh g1 edu roundtrip
log_mark >/dev/null
check hold-page hold_page
exits cannot-read-dom0 1 guest_sh g1 edu steal "$(held_page)"
check tries-to-write guest_sh g1 edu poke "$(held_page)" 0xbadc0de "${BYTES:-64}"
check dom0-page-unchanged held_page_unchanged
check fault-recorded fault_logged g1 "$EDU" "$(held_page)"
check detach xl pci-detach g1 "$EDU"
check destroy guest_destroy g1
