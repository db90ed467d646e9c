/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bus mastering: the second lock on a device that is contained, behind what its
 * IOMMU is told.  Every path by which somebody else than Xen writes COMMAND
 * comes by here.
 */
#include <xen/iommu.h>
#include <xen/pci.h>
#include <xen/pci_regs.h>
#include <xen/spinlock.h>

#include <iommu-groups/contain.h>

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

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
