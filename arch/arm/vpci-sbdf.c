/* SPDX-License-Identifier: GPL-2.0-only */
/* From 4.21 on drivers/vpci translates guests' device numbers by itself. */
#include <xen/pci.h>
#include <xen/sched.h>
#include <xen/vpci.h>

/* No lock held. */
uint32_t iommu_groups_vpci_sbdf(uint32_t guest_bdf)
{
    struct domain *d = current->domain;
    const struct pci_dev *pdev;
    uint32_t found = INVALID_GUEST_SBDF.sbdf;

    read_lock(&d->pci_lock);
    for_each_pdev ( d, pdev )
        if ( pdev->vpci && pdev->vpci->guest_sbdf.sbdf == guest_bdf )
        {
            found = pdev->sbdf.sbdf;
            break;
        }
    read_unlock(&d->pci_lock);

    return found;
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
