/* SPDX-License-Identifier: GPL-2.0-only */
/* Device TLBs: where VT-d permits them, and how they are invalidated. */

#include <xen/lib.h>
#include <xen/pci.h>
#include <xen/pci_regs.h>

#include "vtd.h"

static bool is_rciep(pci_sbdf_t sbdf)
{
    unsigned int pos = pci_find_cap_offset(sbdf, PCI_CAP_ID_EXP);

    return pos && MASK_EXTR(pci_conf_read16(sbdf, pos + PCI_EXP_FLAGS),
                            PCI_EXP_FLAGS_TYPE) == PCI_EXP_TYPE_RC_END;
}

void vtd_ats_probe(struct vtd_unit *u, struct iommu_dev *dev,
                   struct vtd_dev *vd)
{
    const struct pci_dev *pdev = dev->pdev;
    pci_sbdf_t sbdf = pdev->sbdf;

    vd->pfsid = pdev->info.is_virtfn ? PCI_BDF(pdev->info.physfn.bus,
                                               pdev->info.physfn.devfn)
                                     : sbdf.bdf;

    if ( ECAP_DT(u->ecap) && u->qi.ring &&
         (ats_enabled || vtd_dmar_atc_required(&vtd_dmar, sbdf)) &&
         (is_rciep(sbdf) || vtd_dmar_atsr_allows(&vtd_dmar, sbdf)) )
        iommu_ats_probe(dev);
}

struct vtd_desc vtd_ats_desc(const struct vtd_unit *u,
                             const struct iommu_dev *dev, uint64_t addr,
                             unsigned int order)
{
    const struct vtd_dev *vd = dev->priv;

    return vtd_desc_dev_tlb(dev->id, ECAP_DIT(u->ecap) ? vd->pfsid : 0,
                            dev->dev_tlb.depth, addr, order);
}

unsigned int vtd_ats_collect(struct vtd_unit *u, uint16_t did, uint64_t addr,
                             unsigned int order, uint32_t *serial,
                             struct vtd_desc *desc, unsigned int room,
                             bool *twice)
{
    const struct iommu_dev *dev;
    unsigned long flags;
    unsigned int nr = 0;

    /* The lock is what CPUs that flush have in common. */
    if ( !read_atomic(&u->unit.dev_tlb_serial) )
        return 0;

    spin_lock_irqsave(&u->unit.lock, flags);
    while ( nr < room &&
            (dev = iommu_ats_next(&u->unit, did, serial)) != NULL )
    {
        desc[nr++] = vtd_ats_desc(u, dev, addr, order);
        *twice |= dev->dev_tlb.twice;
    }
    spin_unlock_irqrestore(&u->unit.lock, flags);

    return nr;
}

static void cf_check clear(struct iommu_dev *dev)
{
    struct vtd_desc desc[VTD_BATCH_MAX];

    /* What has to be invalidated for that is vtd_ats_contain()'s caller's. */
    vtd_dev_clear(to_vtd_unit(dev->unit), dev, true, desc);
}

bool vtd_ats_contain(struct vtd_unit *u, uint16_t sid)
{
    return iommu_ats_contain(&u->unit, sid, clear);
}
