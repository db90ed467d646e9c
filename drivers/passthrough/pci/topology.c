/* SPDX-License-Identifier: GPL-2.0-only */
/* The PCI functions of this machine, as the rules for groups see them. */
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/list.h>
#include <xen/pci.h>
#include <xen/pci_regs.h>
#include <xen/xmalloc.h>

#include <iommu-groups/group.h>
#include <iommu-groups/pci-topology.h>

static LIST_HEAD(pci_funcs);  /* pcidevs_lock */
static bool groups_stale;     /* likewise: pci_funcs_group() is due */

bool (*__read_mostly iommu_pci_alias)(const struct pci_dev *pdev,
                                      uint16_t *alias);

/* What was found last; NULL: nothing, or it is gone. */
static struct pci_func *found_last;

/* Whoever asks about all asks in ascending order. */
static struct pci_func *find_func(pci_sbdf_t sbdf)
{
    struct pci_func *func = found_last;

    if ( func && func->sbdf.sbdf < sbdf.sbdf &&
         !list_is_last(&func->list, &pci_funcs) )
        func = list_next_entry(func, list);
    if ( func && func->sbdf.sbdf != sbdf.sbdf )
        func = NULL;

    if ( !func && !list_empty(&pci_funcs) &&
         list_last_entry(&pci_funcs, struct pci_func, list)->sbdf.sbdf >=
         sbdf.sbdf )
        func = pci_func_find(&pci_funcs, sbdf);
    if ( func )
        found_last = func;

    return func;
}

/* What its own configuration space does not say. */
static void take_from(struct pci_func *func, const struct pci_dev *pdev)
{
    func->virtfn = pdev->info.is_virtfn;
    func->pf_sbdf = PCI_SBDF(pdev->seg, pdev->info.physfn.bus,
                             pdev->info.physfn.devfn);
    func->has_alias = iommu_pci_alias && iommu_pci_alias(pdev, &func->alias);
}

/* In ascending order, in which groups are then formed and numbered. */
static void insert(struct pci_func *func)
{
    struct pci_func *next;

    /* They are mostly found in that order. */
    list_for_each_entry_reverse ( next, &pci_funcs, list )
        if ( next->sbdf.sbdf < func->sbdf.sbdf )
            break;

    /* After the one found, or after the head of the list. */
    list_add(&func->list, &next->list);
}

/* Is @func's line out, or that of another one that says the same? */
static bool told(const struct pci_func *func)
{
    const struct pci_func *other;

    if ( func->told || !func->lost )
        return func->told;

    list_for_each_entry ( other, &pci_funcs, list )
        if ( other->told && other->lost && other->sbdf.seg == func->sbdf.seg &&
             other->sbdf.bus == func->sbdf.bus )
            return true;

    return false;
}

/* One line a function that does not answer, a bridge, a bus. */
static void tell(struct pci_func *func)
{
    if ( told(func) )
        return;

    func->told = true;
    if ( func->silent )
        printk(XENLOG_WARNING
               "IOMMU: %pp does not answer: it is not assigned, and nothing that it may lead to is isolated\n",
               &func->sbdf);
    else if ( func->hole )
        printk(XENLOG_WARNING
               "IOMMU: bus numbers below %pp contradict each other, or a bridge there does not answer: nothing below it is isolated\n",
               &func->sbdf);
    else if ( func->lost && !func->parent )
        printk(XENLOG_WARNING
               "IOMMU: no bridge that answers leads to bus %04x:%02x: nothing there is isolated\n",
               func->sbdf.seg, func->sbdf.bus);
    else
        func->told = false;
}

static void tell_all(void)
{
    struct pci_func *func;

    list_for_each_entry ( func, &pci_funcs, list )
        tell(func);
}

/* The first of a chipset or switch speaks for its other ports. */
static bool told_chipset(const struct pci_func *func)
{
    const struct pci_func *other;

    list_for_each_entry ( other, &pci_funcs, list )
        if ( other->told_chipset && other->sbdf.seg == func->sbdf.seg &&
             other->sbdf.bus == func->sbdf.bus )
            return true;

    return false;
}

/*
 * Sets what the isolation of @func depends on outside of its own registers.
 * True: what the rules know has changed.
 */
static bool isolate(struct pci_func *func)
{
    bool was = func->chipset_set;

    switch ( pci_chipset_isolate(func, &iommu_pci_conf) )
    {
    case PCI_CHIPSET_SET:
        if ( !told_chipset(func) )
            printk(XENLOG_INFO
                   "IOMMU: the registers that %pp and its neighbours need to isolate were set\n",
                   &func->sbdf);
        func->told_chipset = true;
        break;

    case PCI_CHIPSET_CANNOT:
        if ( was || !told_chipset(func) )
            printk(XENLOG_WARNING
                   "IOMMU: the registers that %pp needs to isolate cannot be set: it does not\n",
                   &func->sbdf);
        func->told_chipset = true;
        break;

    default:
        break;
    }

    return func->chipset_set != was;
}

/* Links all, and does what can be done once the bridges are known. */
static void link_all(void)
{
    struct pci_func *func;
    bool changed = false;

    groups_stale = true;
    pci_funcs_link(&pci_funcs);

    /* Registers that one port has lost are those of its neighbours too. */
    list_for_each_entry ( func, &pci_funcs, list )
        changed |= isolate(func);
    if ( changed )
        pci_funcs_link(&pci_funcs);

    tell_all();
}

/* *@added: it was not known before. */
static int learn(struct pci_dev *pdev, bool *added)
{
    struct pci_func *func;

    ASSERT(pcidevs_locked());

    *added = false;
    if ( find_func(pdev->sbdf) )
        return 0;

    func = xzalloc(struct pci_func);
    if ( !func )
        return -ENOMEM;

    func->sbdf = pdev->sbdf;
    take_from(func, pdev);
    pci_func_read(func, &iommu_pci_conf);
    pci_func_enable_acs(func, &iommu_pci_conf);
    /* Which includes those that the administrator knows of: pci-phantom=. */
    func->phantom_stride = pdev->phantom_stride;

    insert(func);
    *added = true;

    return 0;
}

static int cf_check scan_one(struct pci_dev *pdev, void *arg)
{
    bool added;

    if ( learn(pdev, &added) )
        printk(XENLOG_ERR "IOMMU: no memory to find out about %pp\n",
               &pdev->sbdf);
    else if ( added )
        find_func(pdev->sbdf)->scanned = true;

    return 0;
}

void iommu_pci_scan(int (*take_in)(struct pci_dev *pdev, void *arg))
{
    const struct pci_func *func;

    ASSERT(pcidevs_locked());

    pci_iterate_devices(scan_one, NULL);
    link_all();

    list_for_each_entry ( func, &pci_funcs, list )
        take_in(pci_get_pdev(NULL, func->sbdf), NULL);
}

/*
 * Whoever enumerates buses numbers them as it goes, and tells of a bridge
 * before it has set the numbers behind it.  Has one of the segment's changed?
 */
static bool renumbered(uint16_t seg)
{
    struct pci_func *func;
    bool changed = false;

    list_for_each_entry ( func, &pci_funcs, list )
    {
        uint8_t secondary, subordinate;

        if ( func->sbdf.seg != seg || !pci_func_is_bridge(func) )
            continue;

        secondary = pci_conf_read8(func->sbdf, PCI_SECONDARY_BUS);
        subordinate = pci_conf_read8(func->sbdf, PCI_SUBORDINATE_BUS);

        /* All ones: it is in reset or gone. */
        if ( secondary == 0xff || (secondary == func->secondary &&
                                   subordinate == func->subordinate) )
            continue;

        func->secondary = secondary;
        func->subordinate = subordinate;
        changed = true;
    }

    return changed;
}

static int learn_and_link(struct pci_dev *pdev)
{
    struct pci_func *func;
    bool added;
    int rc = learn(pdev, &added);

    if ( !added )
        return rc;

    func = find_func(pdev->sbdf);
    if ( renumbered(pdev->seg) || pci_func_is_bridge(func) )
        link_all();
    else
    {
        groups_stale = true;
        pci_func_link(&pci_funcs, func);
        tell_all();
    }

    return rc;
}

void iommu_pci_forget(const struct pci_dev *pdev)
{
    struct pci_func *func = find_func(pdev->sbdf);
    bool others;

    ASSERT(pcidevs_locked());

    if ( !func )
        return;

    /* Were others judged by it? */
    others = pci_func_is_bridge(func) || func->silent || func->lost ||
             func->amd_iommu;
    groups_stale = true;
    found_last = NULL;
    list_del(&func->list);
    xfree(func);
    if ( others )
        link_all();
}

/* @quiet: that a reset took place is known. */
static bool refresh_one(struct pci_func *func, bool quiet)
{
    struct pci_func old;

    /* Under pcidevs_lock: all is read again only where something is new. */
    if ( pci_func_as_read(func, &iommu_pci_conf) )
        return isolate(func);

    old = *func;
    pci_func_read(func, &iommu_pci_conf);
    func->phantom_stride = old.phantom_stride;
    func->chipset_set = old.chipset_set;

    /* It is in reset or gone, and says nothing about itself. */
    if ( func->silent && !old.silent )
    {
        *func = old;
        return false;
    }

    if ( func->acs_ctrl != old.acs_ctrl && func->acs_pos )
    {
        pci_func_enable_acs(func, &iommu_pci_conf);
        if ( !quiet || ((func->acs_ctrl ^ old.acs_ctrl) & PCI_ACS_WANTED) )
            printk(XENLOG_WARNING
                   "IOMMU: ACS of %pp was changed from %#x: %#x now\n",
                   &func->sbdf, old.acs_ctrl, func->acs_ctrl);
    }

    return isolate(func) || func->silent != old.silent ||
           func->header != old.header || func->multi != old.multi ||
           func->express != old.express || func->port != old.port ||
           func->secondary != old.secondary ||
           func->subordinate != old.subordinate ||
           func->acs_pos != old.acs_pos ||
           ((func->acs_ctrl ^ old.acs_ctrl) & PCI_ACS_WANTED);
}

bool iommu_pci_refresh(const struct pci_dev *pdev)
{
    struct pci_func *func = pdev->iommu ? pdev->iommu->func
                                        : find_func(pdev->sbdf);
    bool changed = false;

    ASSERT(pcidevs_locked());

    /* The scan at boot takes a virtual function for any other. */
    if ( func && func->virtfn != pdev->info.is_virtfn )
    {
        take_from(func, pdev);
        changed = true;
    }

    for ( ; func; func = func->parent )
        changed |= refresh_one(func, false);

    if ( changed )
        link_all();

    return changed;
}

bool iommu_pci_path_known(const struct iommu_dev *dev)
{
    ASSERT(pcidevs_locked());

    return !dev->func || !dev->func->unsure;
}

void iommu_pci_resume(void)
{
    struct pci_func *func;
    struct iommu_dev *dev;
    bool changed = false;

    pcidevs_lock();

    list_for_each_entry ( func, &pci_funcs, list )
        if ( func->acs_pos || func->chipset_set )
            changed |= refresh_one(func, true);

    /* Groups are formed anew where a device is assigned the next time. */
    if ( changed )
    {
        link_all();
        list_for_each_entry ( dev, &iommu_devs, all )
            dev->regroup |= !!dev->func;
    }

    pcidevs_unlock();
}

int iommu_pci_fill_ids(struct iommu_dev *dev)
{
    int rc = learn_and_link(dev->pdev);
    struct pci_func *func;
    unsigned int i;

    if ( rc )
        return rc;

    func = find_func(dev->sbdf);
    dev->func = func;
    dev->bridge = pci_func_is_bridge(func) || func->silent ||
                  dev->pdev->type == DEV_TYPE_PCI_HOST_BRIDGE;
    dev->outward = iommu_pci_outward(dev);
    for ( i = 0; !rc && i < func->nr_ids; i++ )
        rc = iommu_dev_add_ids(dev, func->ids[i].first, func->ids[i].last);

    return rc;
}

/* Once after each change of what the rules know. */
void iommu_pci_group_all(void)
{
    ASSERT(pcidevs_locked());

    if ( groups_stale )
        pci_funcs_group(&pci_funcs);
    groups_stale = false;
}

/* Functions whose configuration space is read at a time. */
#define MAX_READ 32

bool iommu_pci_altered(uint32_t *from,
                       void (*fn)(const struct pci_func *was,
                                  const struct pci_func *now, void *arg),
                       void *arg)
{
    const struct pci_func *func;
    unsigned int nr = 0;
    bool all = true;

    pcidevs_lock();

    list_for_each_entry ( func, &pci_funcs, list )
    {
        struct pci_func now = *func;

        if ( func->sbdf.sbdf < *from || func->silent )
            continue;
        if ( nr++ == MAX_READ )
        {
            *from = func->sbdf.sbdf;
            all = false;
            break;
        }

        if ( pci_func_as_read(func, &iommu_pci_conf) )
            continue;

        pci_func_read(&now, &iommu_pci_conf);
        /* In reset or gone: it isolates nothing, and nothing passes it. */
        if ( !now.silent &&
             (((now.acs_ctrl ^ func->acs_ctrl) & PCI_ACS_WANTED) ||
              now.secondary != func->secondary ||
              now.subordinate != func->subordinate) )
            fn(func, &now, arg);
    }

    pcidevs_unlock();

    return all;
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
