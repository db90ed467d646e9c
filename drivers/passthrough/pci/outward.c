/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ports that face outwards: whatever is plugged in there may be made to lie.
 * Those of Thunderbolt controllers say so themselves; what ACPI's name space
 * says of others ("ExternalFacingPort") takes an interpreter to read.
 */
#include <xen/lib.h>
#include <xen/pci.h>
#include <xen/pci_regs.h>

#include <iommu-groups/driver.h>
#include <iommu-groups/pci-topology.h>
#include <iommu-groups/pci-rules.h>

/* PCIe base specification 6.0, §7.9.5: vendor-specific extended capability. */
#define EXT_CAP_VENDOR 0x0b
/* Intel's, in the ports of Thunderbolt controllers. */
#define VSEC_THUNDERBOLT 0x1234

static bool is_thunderbolt(pci_sbdf_t sbdf)
{
    unsigned int pos = iommu_pci_ext_cap(sbdf, 0, EXT_CAP_VENDOR);

    for ( ; pos; pos = iommu_pci_ext_cap(sbdf, pos, EXT_CAP_VENDOR) )
        if ( (pci_conf_read32(sbdf, pos + 4) & 0xffff) == VSEC_THUNDERBOLT )
            return true;

    return false;
}

const struct pci_func *iommu_pci_outward(const struct iommu_dev *dev)
{
    const struct pci_func *func;

    for ( func = dev->func; func; func = func->parent )
        if ( is_thunderbolt(func->sbdf) )
            break;

    return func;
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
