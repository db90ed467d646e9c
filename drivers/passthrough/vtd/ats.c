/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Device TLBs: PCI Express address translation services (PCIe base
 * specification 6.0, §10).  A device with one gets translations that stay
 * valid until it has confirmed their invalidation, so a device that does not
 * confirm must be cut off.
 */

#include <xen/lib.h>
#include <xen/pci.h>
#include <xen/pci_regs.h>
#include <xen/tasklet.h>

#include <iommu-groups/contain.h>
#include <iommu-groups/group.h>

#include "vtd.h"

/* PCIe base specification 6.0, §10.5.1: ATS extended capability */
#define ATS_CAP             4
#define  ATS_CAP_DEPTH(v)   ((v) & 0x1f)        /* [4:0], 0 means 32 */
#define ATS_CTL             6
#define  ATS_CTL_ENABLE     (1u << 15)
#define  ATS_CTL_STU_MASK   0x1fu               /* [4:0]: 0 is 4 KiB */

/* Xen's "ats" option. */
extern bool ats_enabled;

static struct tasklet dead_tasklet;

static bool is_rciep(pci_sbdf_t sbdf)
{
    unsigned int pos = pci_find_cap_offset(sbdf, PCI_CAP_ID_EXP);

    return pos && MASK_EXTR(pci_conf_read16(sbdf, pos + PCI_EXP_FLAGS),
                            PCI_EXP_FLAGS_TYPE) == PCI_EXP_TYPE_RC_END;
}

void vtd_ats_probe(struct vtd_unit *u, struct vtd_dev *vd)
{
    const struct pci_dev *pdev = vd->dev->pdev;
    pci_sbdf_t sbdf = pdev->sbdf;
    unsigned int pos;

    vd->pfsid = pdev->info.is_virtfn ? PCI_BDF(pdev->info.physfn.bus,
                                               pdev->info.physfn.devfn)
                                     : sbdf.bdf;

    if ( !ECAP_DT(u->ecap) || !u->qi.ring ||
         (!ats_enabled && !vtd_dmar_atc_required(&vtd_dmar, sbdf)) ||
         (!is_rciep(sbdf) && !vtd_dmar_atsr_allows(&vtd_dmar, sbdf)) )
        return;

    pos = pci_find_ext_capability(sbdf, PCI_EXT_CAP_ID_ATS);
    if ( !pos || vtd_ats_forbidden(vd->dev) )
        return;

    vd->ats_pos = pos;
    vd->ats_twice = vtd_ats_twice(pdev);
    vd->ats_depth = ATS_CAP_DEPTH(pci_conf_read16(sbdf, pos + ATS_CAP));
}

/* Virtual functions read as vendor 0xffff even while they are there. */
bool vtd_ats_gone(const struct vtd_dev *vd)
{
    return pci_conf_read32(vd->dev->sbdf, vd->ats_pos) == ~0u;
}

static void ats_switch(const struct vtd_dev *vd, bool on)
{
    unsigned int reg = vd->ats_pos + ATS_CTL;
    uint16_t ctl = pci_conf_read16(vd->dev->sbdf, reg);

    ctl &= ~(ATS_CTL_ENABLE | ATS_CTL_STU_MASK);
    pci_conf_write16(vd->dev->sbdf, reg, ctl | (on ? ATS_CTL_ENABLE : 0));
}

bool vtd_ats_enable(struct vtd_unit *u, struct vtd_dev *vd)
{
    unsigned long flags;
    bool on;

    spin_lock_irqsave(&u->unit.lock, flags);
    on = vd->ats_pos && !vd->dead;
    if ( on )
    {
        /* From here on it answers, and flushes from here on ask it. */
        ats_switch(vd, true);
        vd->ats_on = true;
    }
    vd->dev->ats = on;
    spin_unlock_irqrestore(&u->unit.lock, flags);

    if ( on && iommu_verbose )
        printk(XENLOG_INFO "%s: %pp uses its device TLB\n", u->unit.name,
               &vd->dev->sbdf);

    return on;
}

void vtd_ats_disable(struct vtd_unit *u, struct vtd_dev *vd)
{
    unsigned long flags;

    spin_lock_irqsave(&u->unit.lock, flags);
    if ( vd->ats_on )
    {
        ats_switch(vd, false);
        vd->ats_on = false;
    }
    vd->dev->ats = false;
    spin_unlock_irqrestore(&u->unit.lock, flags);
}

struct vtd_desc vtd_ats_desc(const struct vtd_unit *u,
                             const struct vtd_dev *vd, uint64_t addr,
                             unsigned int order)
{
    return vtd_desc_dev_tlb(vd->dev->id,
                            ECAP_DIT(u->ecap) ? vd->pfsid : 0,
                            vd->ats_depth, addr, order);
}

unsigned int vtd_ats_collect(struct vtd_unit *u, uint16_t did, uint64_t addr,
                             unsigned int order, uint32_t *serial,
                             struct vtd_desc *desc, unsigned int room,
                             bool *twice)
{
    const struct vtd_dev *vd;
    unsigned long flags;
    unsigned int nr = 0;

    if ( !ECAP_DT(u->ecap) )
        return 0;

    spin_lock_irqsave(&u->unit.lock, flags);
    list_for_each_entry ( vd, &u->devs, list )
    {
        if ( nr == room )
            break;
        if ( vd->serial <= *serial )
            continue;
        *serial = vd->serial;
        if ( !vd->ats_on || vd->did != did )
            continue;
        desc[nr++] = vtd_ats_desc(u, vd, addr, order);
        *twice |= vd->ats_twice;
    }
    spin_unlock_irqrestore(&u->unit.lock, flags);

    return nr;
}

/* Unit locked. */
static struct vtd_dev *find(const struct vtd_unit *u, uint16_t sid)
{
    struct vtd_dev *vd;

    list_for_each_entry ( vd, &u->devs, list )
        if ( vd->ats_on && vd->dev->id == sid )
            return vd;

    return NULL;
}

bool vtd_ats_known(struct vtd_unit *u, uint16_t sid)
{
    unsigned long flags;
    bool known;

    spin_lock_irqsave(&u->unit.lock, flags);
    known = find(u, sid);
    spin_unlock_irqrestore(&u->unit.lock, flags);

    return known;
}

bool vtd_ats_contain(struct vtd_unit *u, uint16_t sid)
{
    struct vtd_desc desc[VTD_BATCH_MAX];
    struct vtd_dev *vd;
    unsigned long flags;

    spin_lock_irqsave(&u->unit.lock, flags);
    vd = find(u, sid);
    if ( vd )
    {
        ats_switch(vd, false);
        vd->ats_on = false;
        vd->dead = true;
        vd->dev->pdev->broken = true;
        /* What has to be invalidated for that is the caller's to do. */
        vtd_dev_clear(u, vd, true, desc);
        printk(XENLOG_ERR
               "%s: %pp did not confirm an invalidation of its device TLB: it is cut off\n",
               u->unit.name, &vd->dev->sbdf);
    }
    spin_unlock_irqrestore(&u->unit.lock, flags);

    if ( vd )
        tasklet_schedule(&dead_tasklet);

    return vd;
}

/* pcidevs_lock held.  The group of a device whose time-out is not dealt with. */
static struct iommu_group *next_dead(struct vtd_unit *u, struct iommu_dev **dev)
{
    struct vtd_dev *vd;
    unsigned long flags;

    *dev = NULL;
    spin_lock_irqsave(&u->unit.lock, flags);
    list_for_each_entry ( vd, &u->devs, list )
        if ( vd->dead )
        {
            vd->dead = false;
            vd->ats_pos = 0;
            *dev = vd->dev;
            break;
        }
    spin_unlock_irqrestore(&u->unit.lock, flags);

    return *dev ? iommu_group_get(*dev) : NULL;
}

static void cf_check break_groups(void *unused)
{
    struct vtd_unit *u;

    for_each_vtd_unit ( u )
        for ( ; ; )
        {
            struct iommu_group *group;
            struct iommu_dev *dev;

            pcidevs_lock();
            group = next_dead(u, &dev);
            pcidevs_unlock();

            if ( !dev )
                break;
            if ( !group )
                continue;

            iommu_group_lock(group);
            if ( iommu_group_has(group, dev) )
                iommu_dev_contain(dev, "a device TLB does not answer");
            iommu_group_unlock(group);
            iommu_group_put(group);
        }
}

void __init vtd_ats_init(void)
{
    tasklet_init(&dead_tasklet, break_groups, NULL);
}
