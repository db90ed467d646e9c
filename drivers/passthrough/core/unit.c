/* SPDX-License-Identifier: GPL-2.0-only */
/* The machine's IOMMU drivers, and the units that they serve. */
#include <xen/bitmap.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/list.h>
#include <xen/spinlock.h>
#include <xen/time.h>
#include <xen/xmalloc.h>

#include <asm/io.h>

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

bool iommu_wait(const volatile void __iomem *reg, uint32_t mask, uint32_t want)
{
    s_time_t end = iommu_now() + SECONDS(1);

    for ( ; ; )
    {
        uint32_t val = readl(reg);

        if ( (val & mask) == want && val != ~0u )
            return true;
        if ( iommu_now() > end )
            return false;
        cpu_relax();
    }
}

void iommu_driver_register(struct iommu_driver *drv)
{
    const struct iommu_dev_ops *dev = drv->dev;
    const struct iommu_tlb_ops *tlb = drv->tlb;
    const struct iommu_unit_ops *unit = drv->unit;

    if ( !dev->probe || !dev->table_config || !dev->domain_alloc ||
         !dev->attach || !dev->block || !tlb->flush_tag || !tlb->flush ||
         !unit->suspend || !unit->resume || !unit->crash_shutdown ||
         !unit->quiesce )
        panic("IOMMU driver %s lacks a mandatory hook\n", drv->name);

    list_add_tail(&drv->list, &iommu_drivers);
}

static void set_name(struct iommu_unit *unit, unsigned int nr)
{
    snprintf(unit->name, sizeof(unit->name), "%s%u", unit->drv->name, nr);
}

void iommu_unit_init(struct iommu_unit *unit, struct iommu_driver *drv,
                     unsigned int nr)
{
    unit->drv = drv;
    set_name(unit, nr);
    spin_lock_init(&unit->lock);
    lock_class_set(&unit->lock, LOCK_UNIT);
    INIT_LIST_HEAD(&unit->dev_tlbs);
}

int iommu_unit_alloc_tags(struct iommu_unit *unit, unsigned int first,
                          unsigned int nr)
{
    unit->tags = xzalloc_array(unsigned long, BITS_TO_LONGS(nr));
    if ( !unit->tags )
        return -ENOMEM;

    bitmap_set(unit->tags, 0, first);
    unit->nr_tags = nr;

    return 0;
}

void iommu_unit_free_tags(struct iommu_unit *unit)
{
    XFREE(unit->tags);
}

int iommu_tag_alloc(struct iommu_unit *unit, uint32_t *tag)
{
    unsigned long flags;
    unsigned int nr;

    spin_lock_irqsave(&unit->lock, flags);
    nr = find_first_zero_bit(unit->tags, unit->nr_tags);
    if ( nr < unit->nr_tags )
        __set_bit(nr, unit->tags);
    spin_unlock_irqrestore(&unit->lock, flags);

    *tag = nr;

    return nr < unit->nr_tags ? 0 : -ENOSPC;
}

int iommu_tag_free(struct iommu_unit *unit, uint32_t tag)
{
    unsigned long flags;
    int rc = unit->drv->tlb->flush_tag(unit, tag);

    if ( rc )
        return rc;

    spin_lock_irqsave(&unit->lock, flags);
    __clear_bit(tag, unit->tags);
    spin_unlock_irqrestore(&unit->lock, flags);

    return 0;
}

void iommu_unit_register(struct iommu_unit *unit, struct iommu_driver *drv)
{
    static unsigned int next_id;

    ASSERT(unit->drv == drv);

    unit->id = next_id++;
    set_name(unit, unit->id);

    unit->blocked.type = S2_BLOCKED;
    unit->blocked.unit = unit;
    unit->identity.type = S2_IDENTITY;
    unit->identity.unit = unit;

    list_add_tail(&unit->list, &iommu_units);
}

/* What a table of the unit's own would be like.  False: it walks none. */
static bool config_of(struct iommu_unit *unit, struct pt_config *cfg)
{
    const struct iommu_dev any = { .unit = unit };

    return !unit->drv->dev->table_config(&any, cfg);
}

unsigned int iommu_units_in_bits(void)
{
    struct iommu_unit *unit;
    struct pt_config cfg;
    unsigned int bits = 0;

    for_each_iommu_unit ( unit )
        if ( config_of(unit, &cfg) )
            bits = bits ? min(bits, 0U + cfg.in_bits) : cfg.in_bits;

    return bits;
}

bool iommu_units_coherent(void)
{
    struct iommu_unit *unit;
    struct pt_config cfg;
    bool coherent = !list_empty(&iommu_units);

    for_each_iommu_unit ( unit )
        coherent &= !config_of(unit, &cfg) || cfg.coherent;

    return coherent;
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
