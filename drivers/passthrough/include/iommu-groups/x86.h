/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * x86: the kinds of units that firmware may describe, and what the
 * architecture's boot code asks of each.  arch/x86/setup.c has the list; a
 * machine has units of one kind.
 */
#ifndef IOMMU_GROUPS_X86_H
#define IOMMU_GROUPS_X86_H

#include <xen/iommu.h>

struct iommu_x86 {
    /* iommu=snoop is about these units; others snoop whatever it says. */
    bool snoop_option;

    /*
     * Boot, before interrupts are set up.  Reads firmware's table, with
     * regions and options that go with it, maps registers, and registers
     * what remaps interrupts (ir.h).  Leaves translation as firmware did.
     * -ENODEV: there is no such table; other errors: one message was printed,
     * and everything is unwound.
     */
    int (*detect)(void);

    /*
     * Boot, detect() went well and PCI functions were scanned.  Brings all
     * units up, DMA blocked or translation not yet enabled, and registers
     * driver and units, with base and regs_size, which dom0 is kept from.
     * -ENODEV: there is none; other errors: one message was printed, and all
     * units are off and unwound, interrupt remapping included.
     */
    int (*setup)(void);

    /*
     * Boot, instead of setup(): as after one that failed.  Interrupts are not
     * remapped any more.
     */
    void (*tear_down)(void);

    /*
     * Enables translation wherever it is not: after the hardware domain's
     * devices have been attached, or before a self-test.
     */
    void (*translate)(void);

    /* As iommu_get_reserved_device_memory(). */
    int (*reserved)(iommu_grdm_t *func, void *ctxt);
};

extern const struct iommu_x86 vtd_x86, amd_x86;

#endif /* IOMMU_GROUPS_X86_H */
