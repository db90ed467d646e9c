/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The boot self-test.  What it shows on every "edu" device, through a table
 * attached to the device's group: DMA inside the table arrives; DMA outside of
 * it, against a permission, or after an unmap does not, and is recorded with
 * device, address and direction; after detach all DMA is blocked.
 */
#include <xen/err.h>
#include <xen/errno.h>
#include <xen/init.h>
#include <xen/lib.h>
#include <xen/list.h>
#include <xen/mm.h>
#include <xen/param.h>
#include <xen/pci.h>
#include <xen/pci_regs.h>
#include <xen/sched.h>

#include <iommu-groups/fault.h>
#include <iommu-groups/handover.h>
#include "selftest.h"
#include <iommu-groups/setup.h>

static bool __initdata opt_selftest;
boolean_param("iommu-selftest", opt_selftest);

/*
 * Short: some hardware records a fault for every few bytes, and a device with
 * many faults is stopped.
 */
#define LEN 16

/* Device frames well away from those of RAM, which are what leaks would hit. */
#define DFN_SRC 0x700000UL
#define DFN_DST 0x700001UL
#define DFN_RO  0x700002UL

struct selftest {
    struct edu edu;
    struct iommu_dev *dev;
    struct iommu_group *group;
    struct s2_table *table;
    uint8_t *src, *dst;      /* a page each */
    unsigned int pattern;
};

static unsigned int __initdata nr_passed, nr_failed;

static void __init check(const struct selftest *t, bool ok, const char *what)
{
    printk("iommu-selftest: %s group %u: %s: %s\n", t->dev->name,
           t->group->id, what, ok ? "PASS" : "FAIL");
    if ( ok )
        nr_passed++;
    else
        nr_failed++;
}

static uint64_t __init daddr(unsigned long dfn)
{
    return (uint64_t)dfn << PAGE_SHIFT;
}

static void __init fill(struct selftest *t)
{
    unsigned int i;

    t->pattern++;
    for ( i = 0; i < LEN; i++ )
    {
        t->src[i] = t->pattern * 37 + i;
        t->dst[i] = 0xee;
    }
    smp_mb();
}

static bool __init arrived(const struct selftest *t)
{
    smp_mb();
    return !memcmp(t->src, t->dst, LEN);
}

static bool __init untouched(const struct selftest *t)
{
    unsigned int i;

    smp_mb();
    for ( i = 0; i < LEN; i++ )
        if ( t->dst[i] != 0xee )
            return false;

    return true;
}

static int __init last_fault(const struct selftest *t, struct iommu_fault *f,
                             uint64_t *seq)
{
    return iommu_fault_last(t->dev->unit,
                            iommu_dev_fault_id(t->dev, t->dev->id), f, seq);
}

/* One past the newest record of the device. */
static uint64_t __init fault_mark(const struct selftest *t)
{
    struct iommu_fault f;
    uint64_t seq;

    return last_fault(t, &f, &seq) ? 0 : seq + 1;
}

/*
 * Was an access at @addr recorded since @mark, as a write if @write?  Of a dev
 * that is @blocked, some hardware (QEMU's RISC-V IOMMU) records no address, and
 * some (QEMU's AMD-Vi) never does.
 */
static bool __init fault_seen(const struct selftest *t, uint64_t mark,
                              uint64_t addr, bool write, bool blocked)
{
    const struct iommu_unit *unit = t->dev->unit;
    struct iommu_fault f;
    uint64_t seq;

    if ( unit->drv->unit->poll_faults )
        unit->drv->unit->poll_faults(t->dev->unit);

    return !last_fault(t, &f, &seq) && seq >= mark && f.reason &&
           (((f.addr ^ addr) < PAGE_SIZE && f.write == write) ||
            ((blocked || unit->vague_faults) && !f.addr));
}

/*
 * DMA to @addr must leave @t->dst alone and be recorded; if the dev is
 * @blocked, only by hardware that does so.
 */
static void __init expect_stopped(struct selftest *t, uint64_t addr,
                                  bool blocked, const char *what)
{
    bool silent = blocked && t->dev->unit->silent_block;
    uint64_t mark = fault_mark(t);
    int rc = edu_to_memory(&t->edu, addr, LEN);
    bool clean = untouched(t);
    bool seen = silent || fault_seen(t, mark, addr, true, blocked);

    check(t, !rc && clean && seen, what);
    if ( !clean || !seen )
        printk("iommu-selftest:   %s, %s\n",
               clean ? "memory unchanged" : "memory was written",
               seen ? "fault recorded" : "no such fault recorded");
}

static void __init expect_refused(struct selftest *t, uint64_t addr,
                                  const char *what)
{
    expect_stopped(t, addr, false, what);
}

static void __init expect_blocked(struct selftest *t, const char *what)
{
    fill(t);
    expect_stopped(t, daddr(DFN_DST), true, what);
}

static int __init change(struct selftest *t, unsigned long dfn,
                         const void *page, unsigned int prot)
{
    unsigned int changed = 0;
    int rc = prot ? s2_table_map(t->table, dfn, virt_to_mfn(page), 1, prot,
                                 &changed)
                  : s2_table_unmap(t->table, dfn, 1, &changed);

    return rc ?: s2_table_flush(t->table);
}

static void __init test_attached(struct selftest *t)
{
    uint64_t mark;
    int rc;

    fill(t);
    rc = edu_from_memory(&t->edu, daddr(DFN_SRC), LEN);
    if ( !rc )
        rc = edu_to_memory(&t->edu, daddr(DFN_DST), LEN);
    check(t, !rc && arrived(t), "DMA inside the domain arrives");

    fill(t);
    expect_refused(t, virt_to_maddr(t->dst), "DMA to a machine address faults");

    mark = fault_mark(t);
    rc = edu_from_memory(&t->edu, virt_to_maddr(t->src), LEN);
    check(t, !rc && fault_seen(t, mark, virt_to_maddr(t->src), false,
                             false),
          "DMA from a machine address faults");

    rc = change(t, DFN_RO, t->dst, PT_PROT_R);
    fill(t);
    if ( rc )
        check(t, false, "read-only mapping");
    else
        expect_refused(t, daddr(DFN_RO), "DMA to a read-only page faults");

    rc = change(t, DFN_DST, NULL, 0);
    fill(t);
    if ( rc )
        check(t, false, "unmap");
    else
        /* QEMU's AMD-Vi has no event for an entry that is all zeros. */
        expect_stopped(t, daddr(DFN_DST), t->dev->unit->vague_faults,
                       "DMA to an unmapped page faults");
}

static void __init test_dev(struct selftest *t)
{
    int rc = change(t, DFN_SRC, t->src, PT_PROT_R);

    if ( !rc )
        rc = change(t, DFN_DST, t->dst, PT_PROT_R | PT_PROT_W);
    check(t, !rc, "table set up");
    if ( rc )
        return;

    expect_blocked(t, "DMA before attach is blocked");

    rc = iommu_group_attach_table(t->group, t->table);
    check(t, !rc, "group attached through its first device");
    if ( rc )
        return;

    test_attached(t);

    rc = change(t, DFN_DST, t->dst, PT_PROT_R | PT_PROT_W);
    if ( !rc )
        rc = iommu_group_settle(t->group);
    check(t, !rc, "detach");

    expect_blocked(t, "DMA after detach is blocked");

    rc = iommu_group_attach_table(t->group, t->table);
    fill(t);
    if ( !rc )
        rc = edu_from_memory(&t->edu, daddr(DFN_SRC), LEN);
    if ( !rc )
        rc = edu_to_memory(&t->edu, daddr(DFN_DST), LEN);
    check(t, !rc && arrived(t), "DMA arrives after attaching again");
    if ( iommu_group_settle(t->group) )
        check(t, false, "second detach");
}

static void __init run(struct iommu_dev *dev, struct iommu_group *group)
{
    struct selftest t = { .dev = dev, .group = group };
    const struct iommu_driver *drv = dev->unit->drv;
    struct pt_config cfg = {};
    int rc;

    iommu_group_lock(group);
    rc = drv->dev->table_config(iommu_group_first_dev(group), &cfg);
    iommu_group_unlock(group);
    if ( !rc )
        rc = edu_open(&t.edu, dev->sbdf);
    if ( rc )
    {
        check(&t, false, "device and table format usable");
        return;
    }

    t.table = s2_table_create(dom_io, &cfg);
    t.src = alloc_xenheap_page();
    t.dst = alloc_xenheap_page();

    if ( !IS_ERR(t.table) && t.src && t.dst )
        test_dev(&t);
    else
        check(&t, false, "memory");

    edu_close(&t.edu);

    if ( !IS_ERR(t.table) )
    {
        do {
            rc = s2_table_clear(t.table, ~0UL);
        } while ( rc == -ERESTART );
        check(&t, !rc, "table freed");
        if ( !rc )
            s2_table_free(t.table);
    }
    free_xenheap_page(t.src);
    free_xenheap_page(t.dst);
}

void __init iommu_selftest(void)
{
    struct iommu_dev *dev;

    if ( !opt_selftest )
        return;

    arch_iommu_translate();

    pcidevs_lock();
    list_for_each_entry ( dev, &iommu_devs, all )
    {
        struct iommu_ref ref;

        if ( !dev->pdev ||
             pci_conf_read16(dev->sbdf, PCI_VENDOR_ID) != EDU_VENDOR_ID ||
             pci_conf_read16(dev->sbdf, PCI_DEVICE_ID) != EDU_DEVICE_ID )
            continue;

        /* At boot nobody removes a device: it is there after the unlock. */
        if ( !iommu_ref_get(&ref, dev) )
            continue;
        pcidevs_unlock();
        run(dev, ref.group);
        iommu_ref_put(&ref);
        pcidevs_lock();
    }
    pcidevs_unlock();

    if ( !nr_passed && !nr_failed )
        printk("iommu-selftest: SKIP: no edu device behind a unit\n");
    printk("iommu-selftest: %u passed, %u failed\n", nr_passed, nr_failed);
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
