/* SPDX-License-Identifier: GPL-2.0-only */
/* Which PCI functions share a group. */
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/pci.h>
#include <xen/pci_regs.h>

#include <iommu-groups/pci-groups.h>

static void add_id(struct iommu_dev *dev, uint16_t bdf)
{
    unsigned int i;

    for ( i = 0; i < dev->nr_ids; i++ )
        if ( dev->ids[i] == bdf )
            return;

    if ( dev->nr_ids < ARRAY_SIZE(dev->ids) )
        dev->ids[dev->nr_ids++] = bdf;
    else
        ASSERT_UNREACHABLE();
}

static bool is_bridge(pci_sbdf_t sbdf, enum pdev_type type)
{
    switch ( type )
    {
    case DEV_TYPE_PCIe_BRIDGE:
    case DEV_TYPE_PCIe2PCI_BRIDGE:
    case DEV_TYPE_PCI2PCIe_BRIDGE:
    case DEV_TYPE_LEGACY_PCI_BRIDGE:
    case DEV_TYPE_PCI_HOST_BRIDGE:
        return true;

    default:
        return (pci_conf_read8(sbdf, PCI_HEADER_TYPE) & 0x7f) ==
               PCI_HEADER_TYPE_BRIDGE;
    }
}

int iommu_pci_fill_ids(struct iommu_dev *dev)
{
    const struct pci_dev *pdev = dev->pdev;
    uint8_t bus = pdev->bus, devfn = pdev->devfn, secbus = 0;
    unsigned int stride = pdev->phantom_stride;

    dev->bridge = is_bridge(dev->sbdf, pdev->type);
    dev->nr_ids = 0;
    add_id(dev, pdev->sbdf.bdf);

    if ( stride )
    {
        unsigned int fn;

        for ( fn = PCI_FUNC(devfn) + stride; fn < 8; fn += stride )
            add_id(dev, PCI_BDF(bus, PCI_SLOT(devfn), fn));
    }

    switch ( find_upstream_bridge(pdev->seg, &bus, &devfn, &secbus) )
    {
    case 0:
        return 0;

    case 1:
        if ( pdev_type(pdev->seg, bus, devfn) == DEV_TYPE_PCIe2PCI_BRIDGE )
            add_id(dev, PCI_BDF(secbus, 0));
        add_id(dev, PCI_BDF(bus, devfn));
        return 0;

    default:
        printk(XENLOG_ERR
               "IOMMU: %pp: the bridges above it do not lead to a root\n",
               &dev->sbdf);
        return -EINVAL;
    }
}

static bool ids_overlap(const struct iommu_dev *a, const struct iommu_dev *b)
{
    unsigned int i, j;

    for ( i = 0; i < a->nr_ids; i++ )
        for ( j = 0; j < b->nr_ids; j++ )
            if ( a->ids[i] == b->ids[j] )
                return true;

    return false;
}

bool iommu_pci_inseparable(const struct iommu_dev *a,
                           const struct iommu_dev *b)
{
    return a->sbdf.seg == b->sbdf.seg && ids_overlap(a, b);
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
