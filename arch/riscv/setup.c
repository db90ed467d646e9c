/* SPDX-License-Identifier: GPL-2.0-only */
/* Boot on RISC-V: PCI functions, and the units among them and beside them. */
#include <xen/errno.h>
#include <xen/init.h>
#include <xen/iommu.h>
#include <xen/lib.h>
#include <xen/pci.h>
#include <xen/pci_regs.h>

#include <iommu-arch.h>
#include <iommu-groups/dt.h>
#include <iommu-groups/riscv.h>
#include <iommu-groups/setup.h>

#include "riscv.h"

/* RISC-V IOMMU 1.0, §5: the registers; §7.1: their BAR, and the class code. */
#define REGS_SIZE  PAGE_SIZE
#define IOMMU_CLASS 0x0806

static int __init add(const struct iommu_dt_unit *u, paddr_t base,
                      uint32_t own_id)
{
    struct riscv_iommu_desc desc = {
        .base = base,
        .size = REGS_SIZE,
        .phandle = u->phandle,
        .own_id = own_id,
        .where = u->path,
        /* The port has no interrupts: queues are polled. */
        .irq = { RISCV_IOMMU_NONE, RISCV_IOMMU_NONE, RISCV_IOMMU_NONE,
                 RISCV_IOMMU_NONE },
    };
    int rc;

    if ( iommu_dt_is_ram(base, REGS_SIZE) )
    {
        printk(XENLOG_ERR "IOMMU: %s: its registers are RAM\n", u->path);
        return -EINVAL;
    }

    desc.regs = arch_iommu_map_regs(base, REGS_SIZE);
    if ( !desc.regs )
    {
        printk(XENLOG_ERR "IOMMU: %s: its registers cannot be mapped\n",
               u->path);
        return -ENOMEM;
    }

    rc = riscv_iommu_add(&desc);
    if ( rc )
        arch_iommu_unmap_regs(desc.regs, REGS_SIZE);

    return rc;
}

static int __init add_function(const struct iommu_dt_unit *u)
{
    pci_sbdf_t sbdf = PCI_SBDF(u->bridge->seg, u->bdf);
    uint32_t lo = pci_conf_read32(sbdf, PCI_BASE_ADDRESS_0);
    paddr_t base = lo & (uint32_t)PCI_BASE_ADDRESS_MEM_MASK;

    if ( (lo & PCI_BASE_ADDRESS_MEM_TYPE_MASK) == PCI_BASE_ADDRESS_MEM_TYPE_64 )
        base |= (paddr_t)pci_conf_read32(sbdf, PCI_BASE_ADDRESS_0 + 4) << 32;

    if ( pci_conf_read16(sbdf, PCI_CLASS_DEVICE) != IOMMU_CLASS || !base ||
         (lo & PCI_BASE_ADDRESS_SPACE) != PCI_BASE_ADDRESS_SPACE_MEMORY )
    {
        printk(XENLOG_ERR "IOMMU: %s: %pp is no IOMMU that can be used\n",
               u->path, &sbdf);
        return -ENODEV;
    }

    pci_conf_write16(sbdf, PCI_COMMAND,
                     PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);

    return add(u, base, sbdf.sbdf);
}

int __init arch_iommu_setup(void)
{
    const struct iommu_dt_unit *u;
    int err = -ENODEV;
    bool any = false;

    riscv_host_bridges_init();
    scan_pci_devices();

    list_for_each_entry ( u, &iommu_dt.units, list )
    {
        int rc = -ENODEV;

        if ( u->served && u->bridge )
            rc = add_function(u);
        else if ( u->served && u->size )
            rc = add(u, u->base, RISCV_IOMMU_NONE);

        if ( rc && rc != -ENODEV )
            err = rc;
        any |= !rc;
    }

    iommu_dt_unserved(&iommu_dt);

    return any ? 0 : err;
}

/* No interrupt remapping: MSIs of guests need IMSIC guest files. */
void __init arch_iommu_late_setup(void)
{
}

/* Units block from the moment they are up. */
void __init arch_iommu_translate(void)
{
}

bool __init arch_iommu_reserve_ram(unsigned long start, unsigned long nr,
                                   const char *name)
{
    printk(XENLOG_ERR
           "IOMMU: frames %lx-%lx of %s cannot be kept out of the memory map\n",
           start, start + nr - 1, name);

    return false;
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
