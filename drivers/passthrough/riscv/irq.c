/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupts of a unit, RISC-V IOMMU 1.0, §5.18 (ipsr) and §6.5.  One handler
 * serves all of its wires.  Without wires nothing is enabled, and whoever waits
 * for commands, or wants faults, looks for itself.
 */

#include <xen/lib.h>

#include "rviommu.h"

void rv_irq_program(struct rv_unit *u)
{
    unsigned int wire[RISCV_IOMMU_IRQS], i;

    /* A wire of its own for each source, as far as they go. */
    for ( i = 0; i < RISCV_IOMMU_IRQS; i++ )
        wire[i] = u->desc.irq[i] != RISCV_IOMMU_NONE ? i : 0;

    rv_writeq(u, RV_ICVEC, ICVEC(wire[0], wire[1], wire[2], wire[3]));
    rv_writel(u, RV_IPSR, IPSR_ALL);
}

static void handle(struct rv_unit *u)
{
    uint32_t pending = rv_readl(u, RV_IPSR);
    unsigned long flags;

    if ( pending == ~0u || !(pending & IPSR_ALL) )
        return;

    spin_lock_irqsave(&u->unit.lock, flags);
    if ( pending & IPSR_CIP )
        rv_cmdq_check(u);
    /* A full queue would interrupt for ever: not before it was drained. */
    if ( pending & IPSR_FIP )
        rv_faultq_mask(u);
    rv_writel(u, RV_IPSR, pending & IPSR_ALL);
    spin_unlock_irqrestore(&u->unit.lock, flags);

    if ( pending & IPSR_FIP )
        rv_fault_kick();
}

void riscv_iommu_interrupt(uint32_t phandle)
{
    struct rv_unit *u;

    for_each_rv_unit ( u )
        if ( u->desc.phandle == phandle )
            handle(u);
}
