/* SPDX-License-Identifier: GPL-2.0-only */
/* Bringing units up, one by one as firmware names them. */

#include <xen/errno.h>
#include <xen/init.h>
#include <xen/lib.h>
#include <xen/xmalloc.h>

#include <iommu-arch.h>

#include "smmuv2.h"

LIST_HEAD(smmu2_units);

struct iommu_driver smmu2_driver = {
    .name = "smmuv2-",
    .dev = &smmu2_dev_ops,
    .tlb = &smmu2_tlb_ops,
    .unit = &smmu2_unit_ops,
};

static int __init map_regs(struct smmu2_unit *u)
{
    const struct smmuv2_desc *desc = &u->desc;

    /* Up to where the first ones are, that say how many there are. */
    if ( desc->size < PAGE_SIZE )
    {
        printk(XENLOG_ERR "SMMUv2: %s: %#zx bytes of registers\n",
               desc->where, desc->size);
        return -EINVAL;
    }

    u->regs = desc->regs;
    if ( !u->regs )
    {
        u->regs = arch_iommu_map_regs(desc->base, desc->size);
        u->mapped = u->regs;
    }
    if ( !u->regs )
    {
        printk(XENLOG_ERR "SMMUv2: %s: no address space for its registers\n",
               desc->where);
        return -ENOMEM;
    }

    return 0;
}

/*
 * VMIDs: 0 is nobody's.  Units that share a TLB have different ones, by the
 * order in which they come up.
 */
static int __init number_vmids(struct smmu2_unit *u)
{
    static unsigned int __initdata next = 1;
    unsigned int end = IDR2_VMID16S(u->idr2) && u->desc.version > 1 ? 1u << 16
                                                                     : 1u << 8;

    u->vmid_base = 1;
    if ( !(u->desc.quirks & SMMUV2_CAVIUM) )
        return 0;

    if ( next + u->nr_banks > end )
        return -ENOSPC;
    u->vmid_base = next;
    next += u->nr_banks;

    return 0;
}

static int __init alloc_state(struct smmu2_unit *u)
{
    u->slots = xzalloc_array(struct smmu2_slot, u->nr_slots);
    u->banks = xzalloc_array(struct smmu2_bank, u->nr_banks);

    return u->slots && u->banks
           ? iommu_unit_alloc_tags(&u->unit, 0, u->nr_banks) : -ENOMEM;
}

void smmu2_unit_free(struct smmu2_unit *u)
{
    struct smmu2_entry *e, *next;

    smmu2_irq_free(u);
    list_for_each_entry_safe ( e, next, &u->entries, list )
    {
        list_del(&e->list);
        xfree(e);
    }
    xfree(u->slots);
    xfree(u->banks);
    iommu_unit_free_tags(&u->unit);
    if ( u->mapped )
        arch_iommu_unmap_regs(u->regs, u->desc.size);
    xfree(u);
}

static int __init prepare(struct smmu2_unit *u)
{
    int rc = number_vmids(u) ?: alloc_state(u) ?: smmu2_take_over(u);

    /* Not before: what firmware left may hold a wire up. */
    if ( !rc )
    {
        rc = smmu2_irq_setup(u);
        if ( rc )
            smmu2_restore(u);
    }

    if ( rc )
        printk(XENLOG_ERR
               "SMMUv2: unit at %#"PRIpaddr" (%s) did not come up (%d)\n",
               u->desc.base, u->desc.where, rc);

    return rc;
}

static bool __init is_known(const struct smmuv2_desc *desc)
{
    const struct smmu2_unit *u;

    for_each_smmu2 ( u )
        if ( u->desc.base == desc->base ||
             (desc->phandle && u->desc.phandle == desc->phandle) )
            return true;

    return false;
}

static void __init say(const struct smmu2_unit *u)
{
    printk("%s: SMMUv%u at %#"PRIpaddr", %u %s, %u-bit stream IDs, %u context banks, VMIDs from %u%s%s\n",
           u->unit.name, u->desc.version, u->desc.base, u->nr_slots,
           u->indexed ? "streams" : "stream matching entries", u->sid_bits,
           u->nr_banks, u->vmid_base, u->lpae ? ", 40-bit tables" : "",
           u->coherent ? "" : ", not coherent");
    if ( u->unit.busy )
        printk(XENLOG_INFO
               "%s: streams that firmware left at work reach all memory until their devices are attached\n",
               u->unit.name);
}

int __init smmuv2_add(const struct smmuv2_desc *desc)
{
    static unsigned int __initdata nr;
    struct smmu2_unit *u;
    int rc;

    if ( is_known(desc) )
    {
        printk(XENLOG_ERR "SMMUv2: %s is a unit that was named before\n",
               desc->where);
        return -EEXIST;
    }

    u = xzalloc(struct smmu2_unit);
    if ( !u )
    {
        printk(XENLOG_ERR "SMMUv2: no memory for %s\n", desc->where);
        return -ENOMEM;
    }

    u->desc = *desc;
    u->unit.base = desc->base;
    u->unit.fw_handle = desc->phandle;
    iommu_unit_init(&u->unit, &smmu2_driver, nr++);
    INIT_LIST_HEAD(&u->entries);
    INIT_LIST_HEAD(&u->devs);
    softirq_tasklet_init(&u->tasklet, smmu2_service, u);

    rc = map_regs(u) ?: smmu2_check(u) ?: prepare(u);
    if ( rc )
    {
        smmu2_unit_free(u);
        return rc;
    }

    if ( list_empty(&smmu2_units) )
        iommu_driver_register(&smmu2_driver);
    list_add_tail(&u->list, &smmu2_units);
    iommu_unit_register(&u->unit, &smmu2_driver);
    u->up = true;
    smmu2_write_cr0(u);
    say(u);

    return 0;
}
