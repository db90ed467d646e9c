/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of private tables share: a booted machine with a region. */
#ifndef TESTS_PRIVATE_TEST_H
#define TESTS_PRIVATE_TEST_H

#include "group-fixture.h"

#include <public/domctl.h>
#include <xen/iommu.h>
#include <xen/mm.h>

#include <iommu-groups/private-table.h>
#include <iommu-groups/setup.h>

#define RW (IOMMUF_readable | IOMMUF_writable)

/* The region that the fixture's firmware wants. */
#define FIRST 0x80
#define LAST  0x8f

static inline int booted(void **state)
{
    int rc = machine_up(state);

    if ( rc )
        return rc;

    iommu_hwdom_init(machine.hwdom);
    host_current_set(machine.hwdom);
    host_log_clear();

    return 0;
}

static inline void require(struct mock_driver *drv, pci_sbdf_t a, pci_sbdf_t b)
{
    mock_require(drv, FIRST, LAST, a, b);
}

/* How often the last one had to be called again. */
static unsigned int continued;

static inline int domctl(unsigned int cmd, struct domain *d, pci_sbdf_t sbdf,
                         uint32_t flags)
{
    struct xen_domctl op = {
        .cmd = cmd,
        .u.assign_device = { .dev = XEN_DOMCTL_DEV_PCI, .flags = flags,
                             .u.pci.machine_sbdf = sbdf.sbdf },
    };
    XEN_GUEST_HANDLE_PARAM(xen_domctl_t) handle = { &op };
    int rc;

    for ( continued = 0; ; continued++ )
    {
        rc = iommu_do_domctl(&op, d, handle);
        if ( rc != -ERESTART )
            return rc;
    }
}

static inline int assign(struct domain *d, pci_sbdf_t sbdf)
{
    return domctl(XEN_DOMCTL_assign_device, d, sbdf, 0);
}

static inline int deassign(struct domain *d, pci_sbdf_t sbdf)
{
    return domctl(XEN_DOMCTL_deassign_device, d, sbdf, 0);
}

static inline struct s2_space *owner_of(struct domain *d)
{
    return dom_iommu(d)->space;
}

static inline struct s2_table *canonical(struct domain *d)
{
    return list_first_entry(&owner_of(d)->tables, struct s2_table, link);
}

/* The table that the function's DMA goes through. */
static inline struct s2_table *walked(pci_sbdf_t sbdf)
{
    const struct s2_domain *s2 = mock_dev_reaches(dev_of(sbdf));

    assert_non_null(s2);

    return s2->table;
}

#define NONE (~0ULL)
static inline uint64_t frame(struct s2_table *table, uint64_t dfn)
{
    struct pt_leaf leaf;

    return s2_table_lookup(table, dfn, &leaf) ? NONE : leaf.mfn;
}

static inline void map(struct domain *d, uint64_t dfn, uint64_t mfn, unsigned long nr)
{
    assert_int_equal(iommu_legacy_map(d, _dfn(dfn), _mfn(mfn), nr, RW), 0);
}

static inline void unmap(struct domain *d, uint64_t dfn, unsigned long nr)
{
    assert_int_equal(iommu_legacy_unmap(d, _dfn(dfn), nr), 0);
}

/* Private is what the canonical table says, and the region in its holes. */
static inline void assert_mirror(struct domain *d, struct s2_table *table,
                                 bool region, uint64_t from, uint64_t to)
{
    uint64_t dfn;

    for ( dfn = from; dfn < to; dfn++ )
    {
        uint64_t want = frame(canonical(d), dfn), got = frame(table, dfn);

        if ( want == NONE && region && dfn >= FIRST && dfn <= LAST )
            want = dfn;
        if ( got != want )
            fail_msg("%#lx: %#lx instead of %#lx", (long)dfn, (long)got,
                     (long)want);
    }
}

static inline void all_assignable(void)
{
    assert_int_equal(assign(dom_io, F0), 0);
    assert_int_equal(assign(dom_io, F1), 0);
    assert_int_equal(assign(dom_io, F2), 0);
}

/* From the next attach on, if @on, without any region. */
static inline void set_policy(pci_sbdf_t sbdf, bool on)
{
    struct iommu_group *group = group_of(sbdf);

    iommu_group_lock(group);
    group->private = on;
    iommu_group_unlock(group);
}

/* The machine with "quarantine=scratch-page"; the page's frame. */
static uint64_t scratch;

static inline int scratch_up(void **state)
{
    int rc = machine_up(state);

    if ( rc )
        return rc;

    iommu_quarantine = IOMMU_QUARANTINE_SCRATCH;
    dom_io->options |= XEN_DOMCTL_CDF_iommu;
    assert_int_equal(iommu_domain_init(dom_io, 0), 0);
    scratch = frame(canonical(dom_io), 0);
    assert_true(scratch != NONE);

    iommu_hwdom_init(machine.hwdom);
    host_current_set(machine.hwdom);
    host_log_clear();

    return 0;
}

static inline int scratch_down(void **state)
{
    const pci_sbdf_t all[] = {
        SEG1, OTHER, BEHIND1, BEHIND0, BRIDGE, SINGLE, F2, F1, F0,
    };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(all); i++ )
        unplug(all[i]);

    iommu_domain_destroy(dom_io);
    dom_io->options = 0;
    iommu_quarantine = IOMMU_QUARANTINE_BASIC;
    free_xenheap_page(maddr_to_virt(scratch << PAGE_SHIFT));

    return machine_down(state);
}

#define T(name) cmocka_unit_test_setup_teardown(name, booted, machine_down)

#endif /* TESTS_PRIVATE_TEST_H */
