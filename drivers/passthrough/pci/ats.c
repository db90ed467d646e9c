/* SPDX-License-Identifier: GPL-2.0-only */
/* Device TLBs, as far as they are the same for all units: see ats.h. */
#include <xen/init.h>
#include <xen/lib.h>
#include <xen/pci.h>
#include <xen/pci_regs.h>
#include <xen/tasklet.h>

#include <iommu-groups/ats.h>
#include <iommu-groups/contain.h>
#include <iommu-groups/handover.h>

/* PCIe base specification 6.0, §10.5.1: ATS extended capability */
#define ATS_CAP             4
#define  ATS_CAP_DEPTH(v)   ((v) & 0x1f)        /* [4:0], 0 means 32 */
#define ATS_CTL             6
#define  ATS_CTL_ENABLE     (1u << 15)
#define  ATS_CTL_STU_MASK   0x1fu               /* [4:0]: 0 is 4 KiB */

static struct tasklet dead_tasklet;

void iommu_ats_probe(struct iommu_dev *dev)
{
    struct iommu_dev_tlb *tlb = &dev->dev_tlb;
    pci_sbdf_t sbdf = dev->pdev->sbdf;
    unsigned int pos = iommu_pci_ext_cap(sbdf, 0, PCI_EXT_CAP_ID_ATS);

    if ( !pos || iommu_ats_forbidden(dev) )
        return;

    tlb->pos = pos;
    tlb->twice = iommu_ats_twice(dev->pdev);
    tlb->depth = ATS_CAP_DEPTH(pci_conf_read16(sbdf, pos + ATS_CAP));
}

/* Virtual functions read as vendor 0xffff even while they are there. */
bool iommu_ats_gone(const struct iommu_dev *dev)
{
    return pci_conf_read32(dev->sbdf, dev->dev_tlb.pos) == ~0u;
}

/* Unit locked. */
static void ats_switch(struct iommu_dev *dev, bool on)
{
    unsigned int reg = dev->dev_tlb.pos + ATS_CTL;
    uint16_t ctl = pci_conf_read16(dev->sbdf, reg);

    ctl &= ~(ATS_CTL_ENABLE | ATS_CTL_STU_MASK);
    pci_conf_write16(dev->sbdf, reg, ctl | (on ? ATS_CTL_ENABLE : 0));
    dev->dev_tlb.on = on;
}

bool iommu_ats_enable(struct iommu_dev *dev, uint32_t tag)
{
    struct iommu_unit *unit = dev->unit;
    struct iommu_dev_tlb *tlb = &dev->dev_tlb;
    unsigned long flags;
    bool on;

    spin_lock_irqsave(&unit->lock, flags);
    on = tlb->pos && !tlb->dead;
    if ( on )
    {
        ASSERT(!tlb->on);
        /* From here on it answers, and flushes from here on ask it. */
        ats_switch(dev, true);
        tlb->tag = tag;
        tlb->serial = unit->dev_tlb_serial + 1;
        list_add_tail(&tlb->list, &unit->dev_tlbs);
        write_atomic(&unit->dev_tlb_serial, tlb->serial);
    }
    dev->ats = on;
    spin_unlock_irqrestore(&unit->lock, flags);

    if ( on && iommu_verbose )
        printk(XENLOG_INFO "%s: %pp uses its device TLB\n", unit->name,
               &dev->sbdf);

    return on;
}

void iommu_ats_disable(struct iommu_dev *dev)
{
    unsigned long flags;

    spin_lock_irqsave(&dev->unit->lock, flags);
    if ( dev->dev_tlb.on )
    {
        ats_switch(dev, false);
        list_del(&dev->dev_tlb.list);
    }
    dev->ats = false;
    spin_unlock_irqrestore(&dev->unit->lock, flags);
}

void iommu_ats_release(struct iommu_dev *dev)
{
    unsigned long flags;

    ASSERT(!dev->dev_tlb.on);

    /* Whoever breaks its group finds it no more. */
    spin_lock_irqsave(&dev->unit->lock, flags);
    if ( dev->dev_tlb.dead )
        list_del(&dev->dev_tlb.list);
    spin_unlock_irqrestore(&dev->unit->lock, flags);
}

struct iommu_dev *iommu_ats_next(const struct iommu_unit *unit, uint32_t tag,
                                 uint32_t *serial)
{
    struct iommu_dev *dev;

    list_for_each_entry ( dev, &unit->dev_tlbs, dev_tlb.list )
        if ( dev->dev_tlb.serial > *serial && dev->dev_tlb.on &&
             dev->dev_tlb.tag == tag )
        {
            *serial = dev->dev_tlb.serial;
            return dev;
        }

    return NULL;
}

/* Unit locked. */
static struct iommu_dev *find(const struct iommu_unit *unit, uint32_t id)
{
    struct iommu_dev *dev;

    list_for_each_entry ( dev, &unit->dev_tlbs, dev_tlb.list )
        if ( dev->dev_tlb.on && dev->id == id )
            return dev;

    return NULL;
}

bool iommu_ats_known(struct iommu_unit *unit, uint32_t id)
{
    unsigned long flags;
    bool known;

    spin_lock_irqsave(&unit->lock, flags);
    known = find(unit, id);
    spin_unlock_irqrestore(&unit->lock, flags);

    return known;
}

bool iommu_ats_contain(struct iommu_unit *unit, uint32_t id,
                       void (*clear)(struct iommu_dev *dev))
{
    struct iommu_dev *dev;
    unsigned long flags;

    spin_lock_irqsave(&unit->lock, flags);
    dev = find(unit, id);
    if ( dev )
    {
        ats_switch(dev, false);
        dev->dev_tlb.dead = true;
        dev->pdev->broken = true;
        clear(dev);
        printk(XENLOG_ERR
               "%s: %pp did not confirm an invalidation of its device TLB: it is cut off\n",
               unit->name, &dev->sbdf);
    }
    spin_unlock_irqrestore(&unit->lock, flags);

    if ( dev )
        tasklet_schedule(&dead_tasklet);

    return dev;
}

/*
 * pcidevs_lock held.  A device whose time-out is not dealt with, if it is still
 * in a group.  False: there is none.
 */
static bool next_dead(struct iommu_unit *unit, struct iommu_ref *ref)
{
    struct iommu_dev *dev, *dead = NULL;
    unsigned long flags;

    spin_lock_irqsave(&unit->lock, flags);
    list_for_each_entry ( dev, &unit->dev_tlbs, dev_tlb.list )
        if ( dev->dev_tlb.dead )
        {
            dev->dev_tlb.dead = false;
            dev->dev_tlb.pos = 0;
            list_del(&dev->dev_tlb.list);
            dead = dev;
            break;
        }
    spin_unlock_irqrestore(&unit->lock, flags);

    iommu_ref_get(ref, dead);

    return dead;
}

static void cf_check break_groups(void *unused)
{
    struct iommu_unit *unit;

    for_each_iommu_unit ( unit )
        for ( ; ; )
        {
            struct iommu_ref ref;
            bool found;

            pcidevs_lock();
            found = next_dead(unit, &ref);
            pcidevs_unlock();

            if ( !found )
                break;
            if ( !ref.group )
                continue;

            iommu_group_lock(ref.group);
            if ( iommu_group_has(ref.group, ref.dev) )
                iommu_dev_contain(ref.dev, "a device TLB does not answer");
            iommu_group_unlock(ref.group);
            iommu_ref_put(&ref);
        }
}

void __init iommu_ats_init(void)
{
    tasklet_init(&dead_tasklet, break_groups, NULL);
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
