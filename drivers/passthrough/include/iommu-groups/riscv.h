/* SPDX-License-Identifier: GPL-2.0-only */
/* The RISC-V IOMMU driver as the architecture's glue sees it. */
#ifndef IOMMU_GROUPS_RISCV_H
#define IOMMU_GROUPS_RISCV_H

#include <xen/types.h>

/* An absent requester ID or interrupt. */
#define RISCV_IOMMU_NONE (~0u)

/* One source of interrupts each: RISC-V IOMMU 1.0, §5.18, ipsr. */
#define RISCV_IOMMU_IRQS 4

/*
 * One unit, as firmware describes it.  Whether it is a platform device or a PCI
 * function (whose registers are in a BAR, and whose memory space and bus
 * mastering are enabled) makes no difference to the driver.
 */
struct riscv_iommu_desc {
    paddr_t base;               /* of the registers: 4 KiB, page aligned */
    size_t size;
    void *regs;                 /* they, mapped uncached for good */
    uint32_t phandle;           /* the unit's fw_handle: not 0 */
    uint32_t own_id;            /* PCI: its segment and requester ID */
    const char *where;          /* for messages; stays as long as Xen runs */
    /*
     * The unit's wires 0 to 3, as far as they reach riscv_iommu_interrupt();
     * else RISCV_IOMMU_NONE.  Without wire 0 the queues are polled.
     */
    uint32_t irq[RISCV_IOMMU_IRQS];
};

/*
 * Boot only, no lock held.  Brings a unit up: queues and device directory in
 * place, all DMA blocked.  Registers the unit, and the driver with its first.
 * 0; -ENOMEM; -EOPNOTSUPP: the unit lacks what is needed, or what the command
 * line asks for; -EIO: it does not answer; -EINVAL: @desc makes no sense.  One
 * message was printed then, and the unit is off, which stops all DMA through
 * it, or was told to be.
 */
int riscv_iommu_add(const struct riscv_iommu_desc *desc);

/*
 * The handler of every interrupt of the unit with @phandle; any context.
 * Faults are reported from a tasklet.
 */
void riscv_iommu_interrupt(uint32_t phandle);

/*
 * A word of the "iommu=" option, [@s, @ss): gstage=sv39x4|sv48x4|sv57x4,
 * ddt=1|2|3.  -ENOENT: it is none of these; -EINVAL: no such value.
 */
int riscv_iommu_option(const char *s, const char *ss);

#endif /* IOMMU_GROUPS_RISCV_H */
