/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Containment of a requester: what its unit is told, and bus mastering as the
 * second lock behind that.  Every path by which somebody else than Xen writes
 * COMMAND comes by here.
 */
#include <xen/errno.h>
#include <xen/iommu.h>
#include <xen/pci.h>
#include <xen/pci_regs.h>
#include <xen/spinlock.h>

#include <iommu-groups/contain.h>
#include <iommu-groups/group.h>

/* Innermost.  Between looking at no_master and writing it does not change. */
static DEFINE_SPINLOCK(command_lock);

void iommu_pci_stop_master(struct pci_dev *pdev, bool for_good)
{
    uint16_t cmd;

    spin_lock(&command_lock);
    if ( for_good )
        pdev->no_master = true;
    cmd = pci_conf_read16(pdev->sbdf, PCI_COMMAND);
    pci_conf_write16(pdev->sbdf, PCI_COMMAND, cmd & ~PCI_COMMAND_MASTER);
    spin_unlock(&command_lock);
}

void iommu_pci_allow_master(struct pci_dev *pdev)
{
    spin_lock(&command_lock);
    pdev->no_master = false;
    spin_unlock(&command_lock);
}

uint16_t iommu_groups_pci_command(const struct pci_dev *pdev, uint16_t cmd)
{
    return read_atomic(&pdev->no_master) ? cmd & ~PCI_COMMAND_MASTER : cmd;
}

void iommu_pci_write_command(const struct pci_dev *pdev, uint16_t cmd)
{
    spin_lock(&command_lock);
    pci_conf_write16(pdev->sbdf, PCI_COMMAND,
                     iommu_groups_pci_command(pdev, cmd));
    spin_unlock(&command_lock);
}

static void silence(const struct iommu_dev *dev)
{
    struct iommu_unit *unit = dev->unit;
    struct iommu_id_iter it;

    if ( !unit->drv->unit->silence )
        return;

    /* One that cannot be has a bounded number of lines, as others have. */
    for_each_iommu_id ( it, &dev->ids )
        if ( !unit->failed )
            (void)unit->drv->unit->silence(unit,
                                           iommu_dev_fault_id(dev, it.id));
}

void iommu_dev_contain(struct iommu_dev *dev, const char *why)
{
    struct iommu_group *group = dev->group;

    iommu_group_assert_locked(group);
    ASSERT(iommu_group_has(group, dev));

    /* What a unit that failed has cached stays in use, whatever it is told. */
    if ( dev->pdev && !dev->bridge )
        iommu_pci_stop_master(dev->pdev, true);
    if ( !group->broken )
        iommu_group_break(group, why);
    silence(dev);
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
