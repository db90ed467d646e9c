/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * iommu_map() and its relatives: every table of a domain mirrors its p2m, a
 * failure leaves none of them ahead of the others, and each call does what
 * <xen/iommu.h> promises. The guest has two tables, of different formats.
 */
#include "group-fixture.h"
#include "sweep.h"

#include <xen/iommu.h>

#include <iommu-groups/setup.h>

#define RW (IOMMUF_readable | IOMMUF_writable)
#define GIG (1UL << 18)

static struct s2_table *table_of(struct domain *d, unsigned int which)
{
    struct s2_table *table;

    list_for_each_entry ( table, &s2_space_of(d)->tables, link )
        if ( !which-- )
            return table;

    fail_msg("%u tables too few", which + 1);

    return NULL;
}

/* What all tables say: 0, or the frame; they must say the same. */
static uint64_t frame_of(struct domain *d, uint64_t dfn, unsigned int *flags)
{
    struct s2_table *table;
    uint64_t all = 0;
    bool first = true;

    list_for_each_entry ( table, &s2_space_of(d)->tables, link )
    {
        struct pt_leaf leaf = {};
        uint64_t mfn = s2_table_lookup(table, dfn, &leaf) ? 0 : leaf.mfn;

        if ( flags )
            *flags = (leaf.prot & PT_PROT_R ? IOMMUF_readable : 0) |
                     (leaf.prot & PT_PROT_W ? IOMMUF_writable : 0);
        if ( !first && mfn != all )
            fail_msg("tables differ at %#lx: %#lx, %#lx", (long)dfn, (long)all,
                     (long)mfn);
        all = mfn;
        first = false;
    }

    return all;
}

static int gm(uint64_t dfn, uint64_t mfn, unsigned long nr,
              unsigned int *flush_flags)
{
    return iommu_map(machine.guest, _dfn(dfn), _mfn(mfn), nr, RW, flush_flags);
}

static int gu(uint64_t dfn, unsigned long nr, unsigned int *flush_flags)
{
    return iommu_unmap(machine.guest, _dfn(dfn), nr, 0, flush_flags);
}

static void test_all_tables(void **state)
{
    unsigned int ff = 0, flags;
    mfn_t mfn;

    /* The fixture's point: there is something to keep equal. */
    assert_ptr_not_equal(table_of(machine.guest, 0)->pt.cfg.fmt,
                         table_of(machine.guest, 1)->pt.cfg.fmt);

    assert_int_equal(gm(0x100, 0x5100, 16, &ff), 0);
    assert_int_equal(ff, IOMMU_FLUSHF_added);
    assert_int_equal(frame_of(machine.guest, 0x10f, &flags), 0x510f);
    assert_int_equal(flags, RW);
    assert_int_equal(frame_of(machine.guest, 0x110, NULL), 0);
    assert_int_equal(iommu_lookup_page(machine.guest, _dfn(0x105), &mfn,
                                       &flags), 0);
    assert_int_equal(mfn_x(mfn), 0x5105);
    assert_int_equal(iommu_lookup_page(machine.guest, _dfn(0x110), &mfn,
                                       &flags), -ENOENT);

    /* The same again changes nothing. */
    ff = 0;
    assert_int_equal(gm(0x100, 0x5100, 16, &ff), 0);
    assert_int_equal(ff, 0);

    /* Another frame replaces. */
    assert_int_equal(gm(0x104, 0x9000, 1, &ff), 0);
    assert_int_equal(ff, IOMMU_FLUSHF_modified);
    assert_int_equal(frame_of(machine.guest, 0x104, NULL), 0x9000);

    ff = 0;
    assert_int_equal(gu(0x100, 16, &ff), 0);
    assert_int_equal(ff, IOMMU_FLUSHF_modified);
    assert_int_equal(frame_of(machine.guest, 0x104, NULL), 0);
    ff = 0;
    assert_int_equal(gu(0x100, 16, &ff), 0);
    assert_int_equal(ff, 0);
}

static void test_no_permission(void **state)
{
    unsigned int ff = 0;

    assert_int_equal(gm(0x100, 0x5100, 4, &ff), 0);
    assert_int_equal(iommu_map(machine.guest, _dfn(0x101), _mfn(0x5101), 1, 0,
                               &ff), 0);
    assert_int_equal(frame_of(machine.guest, 0x101, NULL), 0);
    assert_int_equal(frame_of(machine.guest, 0x102, NULL), 0x5102);
}

/* A domain without an IOMMU is nobody's business. */
static void test_plain(void **state)
{
    unsigned int ff = 0, flags;
    mfn_t mfn;

    assert_int_equal(iommu_map(machine.plain, _dfn(1), _mfn(1), 1, RW, &ff), 0);
    assert_int_equal(iommu_unmap(machine.plain, _dfn(1), 1, 0, &ff), 0);
    assert_int_equal(iommu_iotlb_flush_all(machine.plain, 1), 0);
    assert_int_equal(iommu_lookup_page(machine.plain, _dfn(1), &mfn, &flags),
                     -EOPNOTSUPP);
    assert_false(iommu_has_feature(machine.plain, IOMMU_FEAT_COHERENT_WALK));
    assert_int_equal(ff, 0);
}

/* Partial completion is positive, only if asked for, and at least one chunk. */
static void test_preempt(void **state)
{
    unsigned long done = 0, calls = 0, nr = 4 * GIG;
    unsigned int ff = 0;
    long rc;

    host_preempt_every(1);
    assert_int_equal(iommu_map(machine.guest, _dfn(0), _mfn(0), nr, RW, &ff),
                     0);

    for ( ; done < nr; done += rc, calls++ )
    {
        rc = iommu_unmap(machine.guest, _dfn(done), nr - done, IOMMUF_preempt,
                         &ff);
        assert_true(rc >= 0);
        assert_int_equal(frame_of(machine.guest, rc ? done + rc - 1 : nr - 1,
                                  NULL), 0);
        if ( !rc )
            break;
        assert_int_equal(frame_of(machine.guest, done + rc, NULL), done + rc);
    }
    assert_int_equal(calls, 3);

    /* Chunks end at 1 GiB: no call splits what could be one leaf. */
    rc = iommu_map(machine.guest, _dfn(GIG - 16), _mfn(0x5000), GIG,
                   RW | IOMMUF_preempt, &ff);
    assert_int_equal(rc, 16);
    host_preempt_every(0);
}

static void test_flush(void **state)
{
    unsigned int flushes;

    assert_int_equal(give(SINGLE, machine.guest), 0);
    assert_int_equal(give(OTHER, machine.guest), 0);
    flushes = mock_a.seen.flushes;

    assert_int_equal(iommu_legacy_map(machine.guest, _dfn(8), _mfn(8), 1, RW),
                     0);
    assert_int_equal(iommu_legacy_unmap(machine.guest, _dfn(8), 1), 0);
    assert_true(mock_a.seen.flushes > flushes);
    assert_true(mock_b.seen.flushes > 0);

    /* Whoever sets the flag flushes later, and all that is pending goes. */
    assert_int_equal(iommu_legacy_map(machine.guest, _dfn(8), _mfn(8), 8, RW),
                     0);
    flushes = mock_a.seen.flushes;
    this_cpu(iommu_dont_flush_iotlb) = true;
    assert_int_equal(iommu_legacy_unmap(machine.guest, _dfn(8), 4), 0);
    assert_int_equal(iommu_legacy_unmap(machine.guest, _dfn(12), 4), 0);
    this_cpu(iommu_dont_flush_iotlb) = false;
    assert_int_equal(mock_a.seen.flushes, flushes);
    assert_int_equal(iommu_iotlb_flush(machine.guest, _dfn(8), 8,
                                       IOMMU_FLUSHF_modified), 0);
    assert_int_equal(mock_a.seen.flushes, flushes + 1);

    /* Nothing to flush, or nothing said. */
    assert_int_equal(iommu_iotlb_flush(machine.guest, _dfn(8), 8, 0), 0);
    assert_int_equal(iommu_iotlb_flush(machine.guest, _dfn(8), 0, 1), 0);
    assert_int_equal(iommu_iotlb_flush(machine.guest, INVALID_DFN, 1, 1),
                     -EINVAL);
    assert_int_equal(mock_a.seen.flushes, flushes + 1);
}

/* Grants, unmapped by the batch: one flush, before the pages are let go. */
static void test_flush_later(void **state)
{
    unsigned int flushes, i;

    assert_int_equal(give(SINGLE, machine.guest), 0);
    for ( i = 0; i < 32; i++ )
        assert_int_equal(iommu_legacy_map(machine.guest, _dfn(8 + 3 * i),
                                          _mfn(8 + 3 * i), 1, RW), 0);
    flushes = mock_a.seen.flushes;

    this_cpu(iommu_dont_flush_iotlb) = true;
    for ( i = 0; i < 32; i++ )
        assert_int_equal(iommu_legacy_unmap(machine.guest, _dfn(8 + 3 * i), 1),
                         0);
    assert_int_equal(mock_a.seen.flushes, flushes);
    this_cpu(iommu_dont_flush_iotlb) = false;
    assert_int_equal(iommu_iotlb_flush_all(machine.guest,
                                           IOMMU_FLUSHF_modified), 0);
    assert_int_equal(mock_a.seen.flushes, flushes + 1);

    /* The next one is not put off, and there is nothing left. */
    assert_int_equal(iommu_legacy_map(machine.guest, _dfn(8), _mfn(8), 1, RW),
                     0);
    assert_int_equal(iommu_legacy_unmap(machine.guest, _dfn(8), 1), 0);
    assert_int_equal(mock_a.seen.flushes, flushes + 2);
    assert_int_equal(iommu_iotlb_flush_all(machine.guest,
                                           IOMMU_FLUSHF_modified), 0);
    assert_int_equal(iommu_iotlb_flush_all(machine.plain,
                                           IOMMU_FLUSHF_modified), 0);
    assert_int_equal(mock_a.seen.flushes, flushes + 2);
}

/* A flush that fails kills the guest, and says so; dom0 it does not. */
static void test_flush_fails(void **state)
{
    assert_int_equal(give(SINGLE, machine.guest), 0);
    /* The second page keeps the table: one that nobody flushed is not freed. */
    assert_int_equal(iommu_legacy_map(machine.guest, _dfn(8), _mfn(8), 2, RW),
                     0);
    mock_a.faults.flush = 1;
    host_log_clear();
    assert_int_equal(iommu_legacy_unmap(machine.guest, _dfn(8), 1), -EIO);
    assert_int_equal(machine.guest->host_crashes, 1);
    assert_log("d1: IOMMU TLB flush failed: -5");
}

/*
 * What is outside of a table's width is not in it: said once a table, no error,
 * and the others have it.
 */
static void test_width(void **state)
{
    uint64_t beyond = 1ULL << 50;
    unsigned int ff = 0, flags;
    struct pt_leaf leaf;
    mfn_t frame;

    assert_int_equal(gu(beyond, 512, &ff), 0);
    assert_int_equal(machine.guest->host_crashes, 0);
    host_log_clear();
    assert_int_equal(gm(beyond, 1, 1, &ff), 0);
    assert_log("d1: frame 4000000000000 is beyond what a table of 39 bits");
    assert_log("41 bits");
    assert_int_equal(gm(beyond + 1, 2, 1, &ff), 0);
    assert_int_equal(host_log_lines(NULL), 2);
    assert_int_equal(ff, 0);

    beyond = 1UL << 27;
    assert_int_equal(gm(beyond, 7, 1, &ff), 0);
    assert_int_equal(s2_table_lookup(table_of(machine.guest, 0), beyond,
                                     &leaf), -ENOENT);
    assert_int_equal(s2_table_lookup(table_of(machine.guest, 1), beyond,
                                     &leaf), 0);
    assert_int_equal(iommu_lookup_page(machine.guest, _dfn(beyond), &frame,
                                       &flags), 0);
    assert_int_equal(mfn_x(frame), 7);

    /* A frame that cannot be said takes away the one that was there. */
    assert_int_equal(gm(0x100, 0x5100, 4, &ff), 0);
    ff = 0;
    assert_int_equal(gm(0x101, 1UL << 50, 1, &ff), 0);
    assert_int_equal(ff, IOMMU_FLUSHF_modified);
    assert_int_equal(frame_of(machine.guest, 0x101, NULL), 0);
    assert_int_equal(frame_of(machine.guest, 0x102, NULL), 0x5102);
    assert_int_equal(machine.guest->host_crashes, 0);
}

/* From iommu_free_pgtables() on calls succeed without doing anything. */
static void test_dying(void **state)
{
    unsigned int ff = 0, flags;
    mfn_t mfn;

    assert_int_equal(gm(0x100, 0x100, 16, &ff), 0);
    assert_int_equal(iommu_free_pgtables(machine.guest), 0);
    assert_int_equal(gm(0x100, 0x100, 1, &ff), 0);
    assert_int_equal(gu(0x100, 1, &ff), 0);
    assert_int_not_equal(iommu_lookup_page(machine.guest, _dfn(0x100), &mfn,
                                           &flags), 0);
    assert_int_equal(iommu_free_pgtables(machine.guest), 0);
    assert_int_equal(machine.guest->host_crashes, 0);
}

/* Many tables go in steps. */
static void test_free_preempts(void **state)
{
    unsigned int ff = 0, calls = 0;
    unsigned long i;
    int rc;

    /* One table each, as nothing can be merged. */
    for ( i = 0; i < 2000; i++ )
        assert_int_equal(gm(i << 9, 1, 1, &ff), 0);

    host_preempt_every(1);
    while ( (rc = iommu_free_pgtables(machine.guest)) == -ERESTART )
        calls++;
    host_preempt_every(0);
    assert_int_equal(rc, 0);
    assert_true(calls > 5);
}

/* ---- every allocation failing ---- */

/* While a unit may walk them, tables are not over: whoever asks is told. */
static void test_free_fails(void **state)
{
    unsigned int ff = 0;

    assert_int_equal(give(SINGLE, machine.guest), 0);
    assert_int_equal(gm(0x100, 0x100, 16, &ff), 0);
    assert_false(dom_iommu(machine.guest)->hap_pt_share);
    assert_int_equal(iommu_free_pgtables(machine.guest), -EBUSY);
    assert_false(s2_space_of(machine.guest)->over);
    assert_int_equal(frame_of(machine.guest, 0x10f, NULL), 0x10f);

    assert_int_equal(give(SINGLE, machine.hwdom), 0);
    assert_int_equal(iommu_free_pgtables(machine.guest), 0);
    assert_true(s2_space_of(machine.guest)->over);
}

#define FROM 0x1f0
#define NR   (3 * GIG / 2)

static struct domain *victim;

static void up(void *arg)
{
    unsigned int ff = 0;

    victim = domain_up(9, XEN_DOMCTL_CDF_iommu);
    /* Something to lose. */
    assert_int_equal(iommu_map(victim, _dfn(FROM - 4), _mfn(0x70), 4, RW, &ff),
                     0);
}

static void down(void *arg)
{
    domain_down(victim);
}

static int map_range(void *arg)
{
    unsigned int ff = 0;

    return iommu_map(victim, _dfn(FROM), _mfn(0x40001), NR, RW, &ff);
}

static void map_check(void *arg, int rc, bool reached)
{
    unsigned long i;

    if ( rc )
    {
        assert_int_equal(rc, -ENOMEM);
        assert_int_equal(victim->host_crashes, 1);
    }

    for ( i = 0; i < NR; i = i * 2 + 1 )
        assert_int_equal(frame_of(victim, FROM + i, NULL),
                         rc ? 0 : 0x40001 + i);
    for ( i = 0; i < NR; i += 4099 )
        assert_int_equal(frame_of(victim, FROM + i, NULL),
                         rc ? 0 : 0x40001 + i);
    assert_int_equal(frame_of(victim, FROM - 1, NULL), 0x73);
}

static void test_map_sweep(void **state)
{
    static const struct sweep sweep = {
        .name = "iommu_map", .setup = up, .run = map_range, .check = map_check,
        .teardown = down, .keeps_memory = true,
    };

    assert_true(sweep_allocations(&sweep, NULL) > 10);
}

static int create(void *arg)
{
    struct domain *d = host_domain_create(9, XEN_DOMCTL_CDF_iommu);
    int rc;

    if ( !d )
        return -ENOMEM;

    rc = iommu_domain_init(d, 0);
    if ( rc )
        iommu_domain_destroy(d);
    else
        domain_down(d);
    if ( rc )
        host_domain_destroy(d);

    return rc;
}

static void create_check(void *arg, int rc, bool reached)
{
    if ( rc )
        assert_int_equal(rc, -ENOMEM);
}

static void test_create_sweep(void **state)
{
    static const struct sweep sweep = {
        .name = "iommu_domain_init", .run = create, .check = create_check,
    };

    assert_true(sweep_allocations(&sweep, NULL) >= 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GROUP_TEST(test_all_tables),
        GROUP_TEST(test_no_permission),
        GROUP_TEST(test_plain),
        GROUP_TEST(test_preempt),
        GROUP_TEST(test_flush),
        GROUP_TEST(test_flush_later),
        GROUP_TEST(test_flush_fails),
        GROUP_TEST(test_width),
        GROUP_TEST(test_dying),
        GROUP_TEST(test_free_preempts),
        GROUP_TEST(test_free_fails),
        GROUP_TEST(test_map_sweep),
        GROUP_TEST(test_create_sweep),
    };

    return cmocka_run_group_tests_name("mapping", tests, NULL, NULL);
}
