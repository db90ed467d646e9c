# SPDX-License-Identifier: GPL-2.0-only
# A machine that booted from ACPI: a guest has an edu device, without an interrupt:
# Xen does not know the lines of PCI devices.

EDU=$(pci_find 1234:11e8)

check assignable assignable "$EDU"
check create probe_create g1 "passthrough='enabled'"
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
