/* SPDX-License-Identifier: GPL-2.0-only */
/* From the device tree's host bridges to functions that can be used. */
#include <xen/init.h>
#include <xen/lib.h>
#include <xen/pci.h>

#include <iommu-groups/compat.h>
#include <iommu-groups/dt.h>
#include <iommu-groups/pci-setup.h>

#include "riscv.h"

static void __init init_one(const struct iommu_dt_bridge *b)
{
    struct pci_setup s = {
        .seg = b->seg,
        .bus = b->first_bus,
        .last_bus = b->last_bus,
        .open_bus = riscv_pci_bus_open,
    };
    struct iommu_dt_ecam e;

    if ( iommu_dt_ecam(&iommu_dt, b, &e) )
        return;

    if ( riscv_pci_bridge_add(b, &e) || pci_add_segment(b->seg) )
    {
        printk(XENLOG_ERR "%s: no memory for its configuration space\n",
               b->path);
        return;
    }

    /* 0 stands for no address. */
    s.next = e.mem_base ?: PAGE_SIZE;
    s.end = e.mem_base + e.mem_size;
    pci_setup_host(&s);
}

void __init riscv_host_bridges_init(void)
{
    const struct iommu_dt_bridge *b;

    compat_pci_segments_init();

    /* Who has which buses is not known of a bad one. */
    list_for_each_entry ( b, &iommu_dt.bridges, list )
        if ( !b->bad )
            init_one(b);
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
