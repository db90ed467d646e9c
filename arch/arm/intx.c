/* SPDX-License-Identifier: GPL-2.0-only */
/* Who gets the wired interrupts of PCI host bridges. */
#include <xen/pci.h>

#include <asm/gic_v3_its.h>

#include "vpci-guest.h"

/*
 * A line that was routed to a running domain cannot be taken from it, so it
 * must not be routed to the hardware domain if a guest is to get it later
 * (irqs=[...]). Guests have nothing but lines, as there is no virtual ITS for
 * them. The hardware domain has messages where there is an ITS; where there is
 * none it needs the lines itself.
 */
bool __init iommu_groups_intx_for_guests(void)
{
    return is_pci_passthrough_enabled() && gicv3_its_host_has_its();
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
