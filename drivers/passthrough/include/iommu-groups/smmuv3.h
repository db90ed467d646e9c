/* SPDX-License-Identifier: GPL-2.0-only */
/* The SMMUv3 driver as the architecture's glue sees it. */
#ifndef IOMMU_GROUPS_SMMUV3_H
#define IOMMU_GROUPS_SMMUV3_H

#include <xen/types.h>

/* Where a unit's message-signalled interrupt goes.  addr 0: it has none. */
struct smmuv3_msi {
    paddr_t addr;
    uint32_t data;
};

/*
 * One SMMUv3 as firmware describes it.  smmuv3_add() takes a copy; @where has
 * to stay.
 */
struct smmuv3_desc {
    paddr_t base;
    size_t size;          /* two 64 KiB pages, one with page0_only */
    void *regs;           /* mapped by the caller, or NULL: the driver maps */
    uint32_t phandle;     /* what struct iommu_dev names the unit by */
    bool coherent;        /* "dma-coherent", IORT's COHACC override */
    /* "cavium,cn9900-broken-page1-regspace": page 1 is found in page 0 */
    bool page0_only;
    /* Wired interrupts, requested with request_irq().  <= 0: there is none. */
    int irq_evtq, irq_gerror, irq_priq, irq_combined;
    struct smmuv3_msi msi_evtq, msi_gerror;
    const char *where;    /* a node's path, "IORT node 3" */
};

/*
 * Boot only, once for each unit: brings it up with all DMA aborted, but that of
 * streams which firmware may have left at work (firmware.h), and registers
 * driver and unit with the core.  On an error the unit is as it was,
 * one message was printed, and it translates nothing.
 * 0; -ENOMEM; -EOPNOTSUPP: it lacks what stage 2 needs; -EIO: it does not
 * answer; -EEXIST: that base or phandle was added before; -EINVAL: no base.
 */
int smmuv3_add(const struct smmuv3_desc *desc);

#endif /* IOMMU_GROUPS_SMMUV3_H */
