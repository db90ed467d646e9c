/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices whose device TLB is not to be used, or needs more than the
 * specification says; what vendors have stated on the Linux PCI and IOMMU
 * lists.
 */

#include <xen/lib.h>
#include <xen/pci.h>
#include <xen/pci_regs.h>

#include <iommu-groups/ats.h>
#include <iommu-groups/pci-topology.h>
#include <iommu-groups/pci-rules.h>

#define INTEL 0x8086
#define ATI   0x1002

static const struct {
    uint16_t vendor, device;
    uint8_t before;            /* only revisions below this one; 0: all */
} broken[] = {
    /* AMD: needs set-up by its driver first, or stalls the IOMMU. */
    { ATI, 0x98e4, 0 },        /* Stoney */
    { ATI, 0x6900, 0 },        /* Iceland */
    { ATI, 0x7310, 0 }, { ATI, 0x7312, 0 }, { ATI, 0x7318, 0 },  /* Navi 10 */
    { ATI, 0x7319, 0 }, { ATI, 0x731a, 0 }, { ATI, 0x731b, 0 },
    { ATI, 0x731e, 0 }, { ATI, 0x731f, 0 },
    { ATI, 0x7340, 0 }, { ATI, 0x7341, 0 }, { ATI, 0x7347, 0 },  /* Navi 14 */
    { ATI, 0x734f, 0 },
    { ATI, 0x15d8, 0 },        /* Raven */
    /* Intel IPU E2000: invalidations are read in the wrong byte order. */
    { INTEL, 0x1451, 0x20 }, { INTEL, 0x1452, 0x20 }, { INTEL, 0x1453, 0x20 },
    { INTEL, 0x1454, 0x20 }, { INTEL, 0x1455, 0x20 }, { INTEL, 0x1457, 0x20 },
    { INTEL, 0x1459, 0x20 }, { INTEL, 0x145a, 0x20 }, { INTEL, 0x145c, 0x20 },
};

/* Virtual functions do not say who made them; the physical one does. */
static pci_sbdf_t named(const struct pci_dev *pdev)
{
    pci_sbdf_t sbdf = pdev->sbdf;

    if ( pdev->info.is_virtfn )
    {
        sbdf.bus = pdev->info.physfn.bus;
        sbdf.devfn = pdev->info.physfn.devfn;
    }

    return sbdf;
}

bool iommu_ats_forbidden(const struct iommu_dev *dev)
{
    pci_sbdf_t sbdf = named(dev->pdev);
    uint16_t vendor = pci_conf_read16(sbdf, PCI_VENDOR_ID);
    uint16_t device = pci_conf_read16(sbdf, PCI_DEVICE_ID);
    uint8_t revision = pci_conf_read8(sbdf, PCI_REVISION_ID);
    const struct pci_func *func;
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(broken); i++ )
        if ( broken[i].vendor == vendor && broken[i].device == device &&
             (!broken[i].before || revision < broken[i].before) )
        {
            printk(XENLOG_INFO "%pp: its device TLB is known not to work\n",
                   &dev->sbdf);
            return true;
        }

    func = iommu_pci_outward(dev);
    if ( func )
        printk(XENLOG_INFO
               "%pp: its device TLB is not used: %pp faces outwards\n",
               &dev->sbdf, &func->sbdf);

    return func;
}

/* Intel QAT 4940: an invalidation may be overtaken, a second one is not. */
bool iommu_ats_twice(const struct pci_dev *pdev)
{
    pci_sbdf_t sbdf = named(pdev);

    return pci_conf_read16(sbdf, PCI_VENDOR_ID) == INTEL &&
           (pci_conf_read16(sbdf, PCI_DEVICE_ID) & 0xfffc) == 0x4940;
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
