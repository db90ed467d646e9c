/* SPDX-License-Identifier: GPL-2.0-only */
/* Bringing units up, one by one as firmware names them. */

#include <xen/errno.h>
#include <xen/init.h>
#include <xen/lib.h>
#include <xen/xmalloc.h>

#include <iommu-arch.h>

#include "smmuv3.h"

LIST_HEAD(smmu_units);

struct iommu_driver smmu_driver = {
    .name = "smmu",
    .dev = &smmu_dev_ops,
    .tlb = &smmu_tlb_ops,
    .unit = &smmu_unit_ops,
};

static int __init map_regs(struct smmu_unit *u)
{
    const struct smmuv3_desc *desc = &u->desc;
    size_t need = desc->page0_only ? SMMU_PAGE : 2 * SMMU_PAGE;

    if ( desc->size < need )
    {
        printk(XENLOG_ERR "SMMUv3: %s: %#zx bytes of registers, not %#zx\n",
               desc->where, desc->size, need);
        return -EINVAL;
    }

    u->regs = desc->regs;
    if ( !u->regs )
    {
        u->regs = arch_iommu_map_regs(desc->base, need);
        u->mapped = u->regs;
    }
    if ( !u->regs )
    {
        printk(XENLOG_ERR "SMMUv3: %s: no address space for its registers\n",
               desc->where);
        return -ENOMEM;
    }

    u->page1 = u->regs + (desc->page0_only ? 0 : SMMU_PAGE);

    return 0;
}

void smmu_unit_free(struct smmu_unit *u)
{
    smmu_irq_free(u);
    iommu_unit_free_tags(&u->unit);
    if ( !u->stuck )
    {
        smmu_eventq_free(u);
        smmu_cmdq_free(u);
        smmu_strtab_free(u);
    }
    if ( u->mapped )
        arch_iommu_unmap_regs(u->regs, 0);
    xfree(u);
}

/*
 * Off, with nothing passing, before the tables are changed under a unit that
 * firmware left on.  Where firmware's own devices go on, what passes meanwhile
 * is what firmware had pass.
 */
static int __init bring_up(struct smmu_unit *u)
{
    int rc;

    if ( (!u->unit.busy && !smmu_gbpa_abort(u)) || !smmu_stop(u) )
        return -EIO;

    rc = smmu_start(u);
    if ( !rc && u->unit.busy && !smmu_gbpa_abort(u) )
        rc = -EIO;
    if ( !rc )
        return 0;

    /* The answer to the second says that nothing of the first is to come. */
    if ( !smmu_stop(u) || !smmu_gbpa_restore(u) )
    {
        u->stuck = true;
        printk(XENLOG_ERR
               "SMMUv3: %s: does not turn off: its memory is not used again\n",
               u->desc.where);
    }

    return rc;
}

static int __init prepare(struct smmu_unit *u)
{
    int rc = smmu_strtab_alloc(u) ?: smmu_strtab_keep_busy(u) ?:
             smmu_cmdq_alloc(u) ?: smmu_eventq_alloc(u) ?:
             iommu_unit_alloc_tags(&u->unit, SMMU_VMID_NONE + 1, u->nr_vmids) ?:
             smmu_irq_setup(u) ?: bring_up(u);

    if ( rc )
        printk(XENLOG_ERR
               "SMMUv3: unit at %#"PRIpaddr" (%s) did not come up (%d)\n",
               u->desc.base, u->desc.where, rc);

    return rc;
}

static bool __init is_known(const struct smmuv3_desc *desc)
{
    const struct smmu_unit *u;

    for_each_smmu ( u )
        if ( u->desc.base == desc->base ||
             (desc->phandle && u->desc.phandle == desc->phandle) )
            return true;

    return false;
}

int __init smmuv3_add(const struct smmuv3_desc *desc)
{
    static unsigned int __initdata nr;
    struct smmu_unit *u;
    int rc;

    if ( is_known(desc) )
    {
        printk(XENLOG_ERR "SMMUv3: %s is a unit that was named before\n",
               desc->where);
        return -EEXIST;
    }

    u = xzalloc(struct smmu_unit);
    if ( !u )
    {
        printk(XENLOG_ERR "SMMUv3: no memory for %s\n", desc->where);
        return -ENOMEM;
    }

    u->desc = *desc;
    u->unit.base = desc->base;
    u->unit.fw_handle = desc->phandle;
    iommu_unit_init(&u->unit, &smmu_driver, nr++);
    /* §5.2: STE.Config 0 aborts without an event. */
    u->unit.silent_block = true;
    softirq_tasklet_init(&u->tasklet, smmu_service, u);

    rc = map_regs(u) ?: smmu_check(u) ?: prepare(u);
    if ( rc )
    {
        smmu_unit_free(u);
        return rc;
    }

    if ( list_empty(&smmu_units) )
        iommu_driver_register(&smmu_driver);
    list_add_tail(&u->list, &smmu_units);
    iommu_unit_register(&u->unit, &smmu_driver);
    u->up = true;

    printk("%s: SMMUv3 at %#"PRIpaddr", %u-bit stream IDs, %u VMIDs%s%s\n",
           u->unit.name, desc->base, u->strtab.sid_bits, u->nr_vmids,
           u->coherent ? "" : ", not coherent",
           IDR0_ATS(u->idr0) ? ", ATS not used" : "");
    if ( u->unit.busy )
        printk(XENLOG_INFO
               "%s: streams with reserved memory reach all memory until their devices are attached\n",
               u->unit.name);

    return 0;
}
