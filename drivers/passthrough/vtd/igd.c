/* SPDX-License-Identifier: GPL-2.0-only */
/* Units for graphics: which they are, and what must not be done to them. */

#include <xen/init.h>
#include <xen/lib.h>
#include <xen/pci.h>
#include <xen/pci_ids.h>
#include <xen/pci_regs.h>

#include "vtd.h"

#define IGD             PCI_SBDF(0, 0, 2, 0)
#define CLASS_DISPLAY   0x03    /* upper byte of the class code */

/*
 * Generations whose graphics may not drain its requests after a change of its
 * power state, so that switching translation off never completes: Elkhart,
 * Jasper, Ice, Rocket, Tiger and Alder Lake (Intel's statement is Linux commit
 * b1012ca8dc4f, 2020), later Raptor and Meteor Lake.  Upper bytes of device
 * IDs.
 */
static const uint8_t __initconst keep_te_ids[] = {
    0x45, 0x46, 0x4c, 0x4e, 0x7d, 0x8a, 0x98, 0x9a, 0xa7,
};

/* False: there is no function. */
static bool __init function_of(const struct vtd_drhd *drhd, unsigned int i,
                               pci_sbdf_t *sbdf)
{
    return vtd_scope_resolve(&drhd->scopes.scope[i], drhd->segment, sbdf) &&
           pci_conf_read16(*sbdf, PCI_VENDOR_ID) != 0xffff;
}

bool __init vtd_serves_igd(const struct vtd_drhd *drhd)
{
    unsigned int i;
    pci_sbdf_t sbdf;

    for ( i = 0; i < drhd->scopes.nr; i++ )
        if ( drhd->scopes.scope[i].type == DMAR_SCOPE_ENDPOINT &&
             vtd_scope_resolve(&drhd->scopes.scope[i], drhd->segment, &sbdf) &&
             sbdf.sbdf == IGD.sbdf )
            return true;

    return false;
}

bool __init vtd_graphics_only(const struct vtd_drhd *drhd)
{
    unsigned int i, nr = 0;

    if ( drhd->include_pci_all || drhd->partial )
        return false;

    for ( i = 0; i < drhd->scopes.nr; i++ )
    {
        pci_sbdf_t sbdf;

        if ( drhd->scopes.scope[i].type != DMAR_SCOPE_ENDPOINT )
            return false;
        if ( !function_of(drhd, i, &sbdf) )
            continue;
        if ( pci_conf_read8(sbdf, PCI_CLASS_DEVICE + 1) != CLASS_DISPLAY )
            return false;
        nr++;
    }

    return nr;
}

bool __init vtd_graphics_keeps_te(const struct vtd_unit *u)
{
    unsigned int i, j;

    /* Who cannot drain has nothing to wait for. */
    if ( !vtd_graphics_only(u->drhd) ||
         !(CAP_DRD(u->cap) || CAP_DWD(u->cap)) )
        return false;

    for ( i = 0; i < u->drhd->scopes.nr; i++ )
    {
        pci_sbdf_t sbdf;

        if ( !function_of(u->drhd, i, &sbdf) ||
             pci_conf_read16(sbdf, PCI_VENDOR_ID) != PCI_VENDOR_ID_INTEL )
            continue;

        for ( j = 0; j < ARRAY_SIZE(keep_te_ids); j++ )
            if ( pci_conf_read8(sbdf, PCI_DEVICE_ID + 1) == keep_te_ids[j] )
                return true;
    }

    return false;
}
