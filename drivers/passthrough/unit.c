/* SPDX-License-Identifier: GPL-2.0-only */
/* The machine's IOMMU drivers, and the units that they serve. */
#include <xen/lib.h>
#include <xen/list.h>
#include <xen/spinlock.h>
#include <xen/time.h>

#include <iommu-arch.h>
#include <iommu-groups/driver.h>

LIST_HEAD(iommu_units);
LIST_HEAD(iommu_drivers);

s_time_t iommu_now(void)
{
    /* Boot: one CPU.  Less than what it takes to look at a unit. */
    static s_time_t early;
    s_time_t now = NOW();

    return now ?: (early += 200);
}

void iommu_driver_register(struct iommu_driver *drv)
{
    const struct iommu_dev_ops *dev = drv->dev;
    const struct iommu_tlb_ops *tlb = drv->tlb;
    const struct iommu_unit_ops *unit = drv->unit;

    if ( !dev->probe || !dev->release || !dev->table_config ||
         !dev->domain_alloc || !dev->domain_free || !dev->attach ||
         !dev->block || !dev->compatible ||
         !tlb->tag_alloc || !tlb->tag_free || !tlb->flush ||
         !unit->suspend || !unit->resume || !unit->crash_shutdown ||
         !unit->quiesce )
        panic("IOMMU driver %s lacks a mandatory hook\n", drv->name);

    list_add_tail(&drv->list, &iommu_drivers);
}

void iommu_unit_register(struct iommu_unit *unit, struct iommu_driver *drv)
{
    static unsigned int next_id;

    unit->drv = drv;
    unit->id = next_id++;
    snprintf(unit->name, sizeof(unit->name), "%s%u", drv->name, unit->id);
    spin_lock_init(&unit->lock);
    INIT_LIST_HEAD(&unit->dev_tlbs);
    lock_class_set(&unit->lock, LOCK_UNIT);

    unit->blocked.type = S2_BLOCKED;
    unit->blocked.unit = unit;
    unit->identity.type = S2_IDENTITY;
    unit->identity.unit = unit;

    list_add_tail(&unit->list, &iommu_units);
}

struct iommu_unit *iommu_unit_of_fw(const struct iommu_driver *drv,
                                    const struct iommu_dev *dev)
{
    struct iommu_unit *unit;

    if ( dev->fw_unit )
        for_each_iommu_unit ( unit )
            if ( unit->drv == drv && unit->fw_handle == dev->fw_unit )
                return unit;

    return NULL;
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
