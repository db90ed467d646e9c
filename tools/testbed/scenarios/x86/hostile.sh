# SPDX-License-Identifier: GPL-2.0-only
# What a PV guest does to its frames while its device is about to write to them. A
# frame that Xen has taken as a table, and so keeps from the guest, or that the
# guest gave back, is out of the device's reach as well, from the hypercall on.

EDU=$(pci_find 1234:11e8)

# The address of the frame that the guest gave back.
given() { sed -n 's/.*GAVE \(0x[0-9a-f]*\).*/\1/p' /run/given; }
gives_back() { guest_sh g1 hostile give-back | tee /run/given; return "${PIPESTATUS[0]}"; }

check hostile-assignable assignable "$EDU"
check hostile-create probe_create g1 "pci=['${EDU#0000:}']"
check interrupts guest_sh g1 interrupts 5
check hammer guest_sh g1 edu hammer
check page-table guest_sh g1 hostile page-table
check descriptor-table guest_sh g1 hostile descriptors
log_mark >/dev/null
check give-back gives_back
check given-frame-refused fault_logged g1 "$EDU" "$(given)"
check after-hostility guest_sh g1 edu roundtrip
check hostile-destroy guest_destroy g1
