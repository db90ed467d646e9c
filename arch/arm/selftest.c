/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the boot self-test needs where nobody assigned addresses yet: a device
 * tree machine without PCI firmware leaves that to the hardware domain, which
 * does it again later.
 */
#include <xen/init.h>
#include <xen/lib.h>
#include <xen/pci.h>
#include <xen/pci_regs.h>

#include <iommu-groups/dt.h>
#include <iommu-groups/pci-setup.h>
#include <iommu-groups/setup.h>

struct window {
    const struct iommu_dt_bridge *bridge;
    struct pci_setup setup;
};

/* pcidevs_lock held. */
static int __init cf_check give_address(struct pci_dev *pdev, void *arg)
{
    struct window *w = arg;

    if ( pdev->seg == w->bridge->seg && pdev->bus >= w->bridge->first_bus &&
         pdev->bus <= w->bridge->last_bus &&
         (pci_conf_read8(pdev->sbdf, PCI_HEADER_TYPE) & 0x7f) ==
         PCI_HEADER_TYPE_NORMAL &&
         !(pci_conf_read16(pdev->sbdf, PCI_COMMAND) & PCI_COMMAND_MEMORY) )
        pci_setup_bars(&w->setup, pdev->sbdf, 6);

    return 0;
}

/* Units translate already; only the self-test asks. */
void __init arch_iommu_translate(void)
{
    struct window w;

    list_for_each_entry ( w.bridge, &iommu_dt.bridges, list )
    {
        struct iommu_dt_ecam e;

        if ( iommu_dt_ecam(&iommu_dt, w.bridge, &e) || !e.mem_size )
            continue;

        w.setup = (struct pci_setup){
            .seg = w.bridge->seg,
            .next = e.mem_base,
            .end = e.mem_base + e.mem_size,
        };

        pcidevs_lock();
        pci_iterate_devices(give_address, &w);
        pcidevs_unlock();
    }
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
