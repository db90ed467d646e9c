/* SPDX-License-Identifier: GPL-2.0-only */
/* Devs whose functions the rules, or their IDs, put into one group. */
#include <xen/lib.h>
#include <xen/list.h>

#include <iommu-groups/group.h>
#include <iommu-groups/pci-topology.h>

struct iommu_dev *iommu_pci_next_tied(const struct iommu_dev *dev,
                                      const struct iommu_dev *prev)
{
    const struct pci_func *first, *func;
    bool started = prev;

    iommu_pci_group_all();
    first = pci_set_first(dev->func);
    for ( func = prev ? prev->func->next_in_set : first;
          !started || func != first; func = func->next_in_set )
    {
        if ( func->dev )
            return func->dev;
        started = true;
    }

    return NULL;
}

bool iommu_pci_inseparable(const struct iommu_dev *dev,
                           const struct iommu_dev *other)
{
    iommu_pci_group_all();
    if ( dev->func && other->func &&
         pci_set_of(dev->func) == pci_set_of(other->func) )
        return true;

    return iommu_dev_share_id(dev, other);
}

const struct iommu_dev *iommu_pci_why(const struct iommu_dev *dev,
                                      enum pci_why *why,
                                      const struct pci_func **at)
{
    const struct iommu_dev *other;

    ASSERT(pcidevs_locked());

    list_for_each_entry ( other, &dev->group->all_devs, in_group )
        if ( other != dev && dev->func && other->func )
        {
            *why = pci_inseparable(other->func, dev->func, at);
            /* What is below it is there because of it, not the reverse. */
            if ( *why != PCI_APART &&
                 (*why != PCI_OPEN_PATH || other->func == dev->func->parent) )
                return other;
        }

    return NULL;
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
