/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Private tables where things meet: a copy that is not complete and the group's
 * other devices, regions that end at the limit or have one frame in common,
 * permissions that change within a run, and any step that fails while the frame
 * of a region gives way. What counts is what DMA reaches in the end.
 */
#include "private-test.h"
#include "sweep.h"
#include "internal.h"

#include <iommu-groups/direct.h>
#include <iommu-groups/regions.h>

#define PROT_RW IOMMU_REGION_RW

static const struct iommu_region region = { FIRST, LAST, PROT_RW };

/* Enough in the p2m that a copy of it is preempted. */
static void fill_p2m(struct domain *d)
{
    unsigned long i;

    for ( i = 0; i < 4000; i++ )
        map(d, 0x10000 + 2 * i, 0x10000 + i, 1);
}

static int get_in_part(pci_sbdf_t sbdf)
{
    int rc;

    host_preempt_every(1);
    rc = iommu_private_get(machine.guest, group_of(sbdf), dev_of(sbdf), &region,
                           1);
    host_preempt_every(0);

    return rc;
}

/* ---- a copy that is not complete ---- */

/* The group goes on as it was; what is not complete is for no device. */
static void test_incomplete(void **state)
{
    struct iommu_private *p;

    all_assignable();
    fill_p2m(machine.guest);
    assert_int_equal(assign(machine.guest, F0), 0);
    assert_int_equal(get_in_part(F1), -ERESTART);

    p = iommu_private_pin(owner_of(machine.guest), group_of(F0)->id);
    if ( p )
        iommu_private_unpin(owner_of(machine.guest), p);
    assert_null(p);
    assert_int_equal(iommu_group_settle(group_of(F0)), 0);
    assert_ptr_equal(walked(F0), canonical(machine.guest));
    assert_int_equal(assign(machine.guest, F2), 0);
    assert_ptr_equal(walked(F2), canonical(machine.guest));
    assert_mirror(machine.guest, walked(F0), false, 0x10000, 0x12000);

    /* It is completed, and then it is what the group uses. */
    require(&mock_a, F1, F1);
    assert_int_equal(assign(machine.guest, F1), 0);
    assert_ptr_not_equal(walked(F0), canonical(machine.guest));
    assert_mirror(machine.guest, walked(F0), true, 0, 0x12000);
    assert_mirror(machine.guest, walked(F0), true, 0x10000, 0x12000);
}

/* While one waits for its copy, another one of the group comes and goes. */
static void test_held_by_another(void **state)
{
    struct s2_space *space = owner_of(machine.guest);

    all_assignable();
    fill_p2m(machine.guest);
    assert_int_equal(get_in_part(F0), -ERESTART);
    assert_int_equal(space->nr_privates, 1);

    assert_int_equal(get_in_part(F1), -ERESTART);
    iommu_private_put(machine.guest, group_of(F1), dev_of(F1));
    assert_int_equal(space->nr_privates, 1);
    /* One that has no hold takes none away. */
    iommu_private_put(machine.guest, group_of(F2), dev_of(F2));
    assert_int_equal(space->nr_privates, 1);

    require(&mock_a, F0, F0);
    assert_int_equal(assign(machine.guest, F0), 0);
    assert_mirror(machine.guest, walked(F0), true, 0, 0x200);
    assert_int_equal(deassign(machine.guest, F0), 0);
    assert_int_equal(space->nr_privates, 0);
}

/* ---- where tables end ---- */

static void test_limit(void **state)
{
    const uint64_t limit = canonical(machine.guest)->pt.dfn_limit;
    static const int offset[] = { -2, -1, 0, 1 };
    unsigned int i, wide;

    assert_int_equal(assign(dom_io, SINGLE), 0);
    for ( wide = 0; wide < 2; wide++ )
        for ( i = 0; i < ARRAY_SIZE(offset); i++ )
        {
            uint64_t last = limit + offset[i];
            bool fits = last < limit;

            mock_require(&mock_a, wide ? last - 3 : last, last, SINGLE, SINGLE);
            assert_int_equal(assign(machine.guest, SINGLE), fits ? 0 : -ERANGE);
            assert_int_equal(owner_of(machine.guest)->nr_privates, fits);
            if ( !fits )
            {
                assert_null(reaches(SINGLE));
                continue;
            }
            assert_int_equal(frame(walked(SINGLE), last), last);
            if ( last + 1 < limit )
                assert_int_equal(frame(walked(SINGLE), last + 1), NONE);
            assert_int_equal(deassign(machine.guest, SINGLE), 0);
        }
    mock_require(&mock_a, 0, 0, SINGLE, SINGLE);
}

/* ---- permissions ---- */

static unsigned int prot_of(struct s2_table *table, uint64_t dfn)
{
    struct pt_leaf leaf;

    return s2_table_lookup(table, dfn, &leaf)
           ? 0 : leaf.prot & (PT_PROT_R | PT_PROT_W);
}

static void map_as(uint64_t dfn, uint64_t nr, unsigned int flags)
{
    assert_int_equal(iommu_legacy_map(machine.guest, _dfn(dfn),
                                      _mfn(0x40000 + dfn), nr, flags), 0);
}

/* Frames in one run, with permissions that change from each to the next. */
static void test_permissions(void **state)
{
    static const unsigned int flags[] = { RW, IOMMUF_readable, RW,
                                          IOMMUF_readable };
    uint64_t dfn;
    unsigned int i;

    require(&mock_a, SINGLE, SINGLE);
    for ( i = 0; i < ARRAY_SIZE(flags); i++ )
    {
        map_as(0x400 + i, 1, flags[i]);
        map_as(0x410 + 4 * i, 4, flags[i]);
        /* Superpages, too. */
        map_as(0x800 + 0x200 * i, 0x200, flags[i]);
    }
    map_as(FIRST, 2, IOMMUF_readable);
    map_as(FIRST + 2, 2, RW);
    assert_int_equal(assign(machine.guest, SINGLE), 0);

    for ( dfn = 0; dfn < 0x1200; dfn++ )
    {
        unsigned int want = prot_of(canonical(machine.guest), dfn);

        if ( !want && dfn >= FIRST && dfn <= LAST )
            want = PT_PROT_R | PT_PROT_W;
        if ( prot_of(walked(SINGLE), dfn) != want )
            fail_msg("%#lx: %u instead of %u", (long)dfn,
                     prot_of(walked(SINGLE), dfn), want);
    }

    /* And as they change later. */
    map_as(0x401, 1, RW);
    map_as(0x402, 1, IOMMUF_readable);
    assert_int_equal(prot_of(walked(SINGLE), 0x401), PT_PROT_R | PT_PROT_W);
    assert_int_equal(prot_of(walked(SINGLE), 0x402), PT_PROT_R);
    map_as(0x901, 1, IOMMUF_readable);
    assert_int_equal(prot_of(walked(SINGLE), 0x900), PT_PROT_R | PT_PROT_W);
    assert_int_equal(prot_of(walked(SINGLE), 0x901), PT_PROT_R);
}

/* ---- a frame gives way, and memory runs out ---- */

/*
 * Guest memory in and around the region, in pages and in superpages, is taken
 * away with each allocation failing: no table keeps a frame that the call says
 * is gone, and if it says otherwise the guest does not live on.
 */
static void take_away(uint64_t dfn, uint64_t nr, bool burst)
{
    unsigned int nth;

    for ( nth = 1; nth < 40; nth++ )
    {
        unsigned int ff = 0;
        uint64_t at;
        bool reached;
        int rc;

        map(machine.guest, 0, 0x40000, 0x400);
        machine.guest->host_crashes = 0;
        if ( burst )
            host_fail_from(nth);
        else
            host_fail_nth(nth);
        rc = iommu_unmap(machine.guest, _dfn(dfn), nr, 0, &ff);
        reached = host_fail_reached();
        host_fail_nth(0);

        assert_int_equal(machine.guest->host_crashes, !!rc);
        for ( at = dfn; at < dfn + nr; at++ )
        {
            uint64_t mine = frame(walked(SINGLE), at);

            if ( !rc && mine != NONE &&
                 (mine != at || at < FIRST || at > LAST) )
                fail_msg("%u: %#lx reaches %#lx", nth, (long)at, (long)mine);
            /* Not even then, if there was any way. */
            if ( rc && nr == LAST - FIRST + 1 && !burst && nth > 2 )
                assert_true(mine == NONE || mine == at || at > dfn);
        }

        unmap(machine.guest, 0, 0x400);
        assert_mirror(machine.guest, walked(SINGLE), true, 0, 0x400);
        if ( !reached )
            break;
    }
    assert_true(nth < 40);
    machine.guest->host_crashes = 0;
}

static void test_takes_away(void **state)
{
    unsigned int burst;

    require(&mock_a, SINGLE, SINGLE);
    assert_int_equal(assign(dom_io, SINGLE), 0);
    assert_int_equal(assign(machine.guest, SINGLE), 0);

    for ( burst = 0; burst < 2; burst++ )
    {
        take_away(FIRST, LAST - FIRST + 1, burst);
        take_away(FIRST, 1, burst);
        take_away(LAST, 1, burst);
        take_away(LAST + 1, 1, burst);
        take_away(FIRST - 1, 1, burst);
        take_away(0, 0x200, burst);
        take_away(FIRST - 8, 0x200, burst);
    }
    mock_require(&mock_a, 0, 0, SINGLE, SINGLE);
}

/*
 * The frames before a region that cannot be mapped in place of what the guest
 * takes away: the guest's frame goes whatever comes instead.
 */
static void test_identity_fails(void **state)
{
    unsigned int nth, failed = 0;

    require(&mock_a, SINGLE, SINGLE);
    assert_int_equal(assign(dom_io, SINGLE), 0);
    assert_int_equal(assign(machine.guest, SINGLE), 0);

    for ( nth = 1; nth < 10; nth++ )
    {
        struct s2_space *space = owner_of(machine.guest);
        unsigned int changed = 0;
        uint64_t dfn;
        int rc;

        map(machine.guest, FIRST & ~0x1ffUL, 0x40000, 0x200);
        assert_int_equal(frame(walked(SINGLE), FIRST), 0x40000 + FIRST);

        /* As for a p2m entry of whole tables: nothing has to be split. */
        host_fail_nth(nth);
        rc = iommu_private_unmap(space, FIRST & ~0x1ffUL, 0x200, &changed);
        host_fail_nth(0);
        for ( dfn = FIRST; dfn <= LAST; dfn++ )
        {
            uint64_t mine = frame(walked(SINGLE), dfn);

            if ( mine == NONE || mine == dfn )
                continue;
            /* Only where it could not even be taken out. */
            assert_int_equal(rc, -ENOMEM);
            assert_true(nth <= 1);
        }
        failed += !!rc;
        unmap(machine.guest, FIRST & ~0x1ffUL, 0x200);
        assert_int_equal(iommu_private_flush(space), 0);
    }
    assert_true(failed);
    mock_require(&mock_a, 0, 0, SINGLE, SINGLE);
}

/* ---- regions that meet ---- */

#define FRAMES 0x40

/* Of the hardware domain: users that a frame has, and whether it is mapped. */
static struct {
    unsigned int users[FRAMES];
    bool mapped[FRAMES];
} direct;

static void take_note(const struct domain *d, unsigned long first,
                      unsigned long last, bool map)
{
    unsigned long i;

    for ( i = first; i <= last && d == machine.hwdom && last < FRAMES; i++ )
    {
        if ( direct.mapped[i] == map )
            fail_msg("%#lx is %s already", i, map ? "mapped" : "unmapped");
        direct.mapped[i] = map;
    }
}

int arch_iommu_direct_map(struct domain *d, const struct iommu_region *r,
                          bool relaxed)
{
    if ( host_fail_now() )
        return -ENOMEM;
    take_note(d, r->first, r->last, true);

    return 0;
}

void arch_iommu_direct_unmap(struct domain *d, unsigned long first,
                             unsigned long last)
{
    take_note(d, first, last, false);
}

/* Mapped is what has users. */
static void check_direct(void)
{
    unsigned int i;

    for ( i = 0; i < FRAMES; i++ )
        if ( direct.mapped[i] != !!direct.users[i] )
            fail_msg("%#x has %u users and is %smapped", i, direct.users[i],
                     direct.mapped[i] ? "" : "not ");
}

static int use(const struct iommu_region *r, unsigned int nr)
{
    int rc = iommu_direct_map(machine.hwdom, r, nr, false);
    unsigned int i;
    unsigned long f;

    for ( i = 0; !rc && i < nr; i++ )
        for ( f = r[i].first; f <= r[i].last; f++ )
            direct.users[f]++;
    check_direct();

    return rc;
}

static void stop_using(const struct iommu_region *r, unsigned int nr)
{
    unsigned int i;
    unsigned long f;

    iommu_direct_unmap(machine.hwdom, r, nr);
    for ( i = 0; i < nr; i++ )
        for ( f = r[i].first; f <= r[i].last; f++ )
            direct.users[f]--;
    check_direct();
}

/* Apart, next to each other, of one common frame, one within the other. */
static void test_regions_meet(void **state)
{
    static const struct iommu_region a = { 0x10, 0x1f, PROT_RW };
    static const struct iommu_region other[] = {
        { 0x00, 0x0f, PROT_RW }, { 0x20, 0x20, PROT_RW },
        { 0x10, 0x1f, PROT_RW }, { 0x00, 0x10, PROT_RW },
        { 0x1f, 0x20, PROT_RW }, { 0x18, 0x18, PROT_RW },
        { 0x10, 0x10, PROT_RW }, { 0x1f, 0x1f, PROT_RW },
        { 0x10, 0x20, PROT_RW }, { 0x0f, 0x1f, PROT_RW },
        { 0x00, 0x3f, PROT_RW }, { 0x3f, 0x3f, PROT_RW },
    };
    unsigned int i, order;

    memset(&direct, 0, sizeof(direct));
    for ( i = 0; i < ARRAY_SIZE(other); i++ )
        for ( order = 0; order < 4; order++ )
        {
            const struct iommu_region *first = order & 1 ? &other[i] : &a;
            const struct iommu_region *then = order & 1 ? &a : &other[i];

            assert_int_equal(use(first, 1), 0);
            assert_int_equal(use(then, 1), 0);
            stop_using(order & 2 ? then : first, 1);
            stop_using(order & 2 ? first : then, 1);
            assert_true(list_empty(&owner_of(machine.hwdom)->direct));
        }
}

/* Each allocation of several regions fails: those before are as they were. */
static void test_regions_undone(void **state)
{
    static const struct iommu_region before[] = {
        { 0x08, 0x12, PROT_RW }, { 0x30, 0x30, PROT_RW },
    };
    static const struct iommu_region r[4] = {
        { 0x10, 0x1f, PROT_RW }, { 0x20, 0x2f, PROT_RW },
        { 0x30, 0x30, PROT_RW }, { 0x0c, 0x3f, PROT_RW },
    };
    unsigned int nth, from, failed = 0;

    memset(&direct, 0, sizeof(direct));
    for ( from = 0; from < 2; from++ )
        for ( nth = 1; ; nth++ )
        {
            bool reached;
            int rc;

            assert_int_equal(use(before, from * 2), 0);
            host_fail_nth(nth);
            rc = use(r, 4);
            reached = host_fail_reached();
            host_fail_nth(0);
            assert_int_equal(!!rc, reached);
            if ( !rc )
                stop_using(r, 4);
            stop_using(before, from * 2);
            assert_true(list_empty(&owner_of(machine.hwdom)->direct));
            failed += reached;
            if ( !reached )
                break;
        }
    assert_true(failed > 8);
}

/* Who else requires a frame: of one frame, at either end, or next to it. */
static void test_sharers(void **state)
{
    static const struct {
        unsigned long first, last;
        bool shared;
    } other[] = {
        { 0x70, 0x7f, false }, { 0x90, 0x9f, false }, { 0x70, 0x80, true },
        { 0x8f, 0x9f, true }, { 0x88, 0x88, true }, { 0x80, 0x8f, true },
        { 0, 0xff, true }, { 0x80, 0x80, true }, { 0x8f, 0x8f, true },
    };
    struct iommu_dev *dev = dev_of(SINGLE), *b = dev_of(SEG1);
    unsigned int i;

    require(&mock_a, SINGLE, SEG1);
    for ( i = 0; i < ARRAY_SIZE(other); i++ )
    {
        b->regions[0].first = other[i].first;
        b->regions[0].last = other[i].last;
        pcidevs_lock();
        if ( iommu_regions_next_sharer(dev, NULL) !=
             (other[i].shared ? b : NULL) ||
             iommu_regions_next_sharer(b, NULL) !=
             (other[i].shared ? dev : NULL) )
            fail_msg("[%lx-%lx]", other[i].first, other[i].last);
        pcidevs_unlock();
    }
    mock_require(&mock_a, 0, 0, SINGLE, SINGLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_incomplete), T(test_held_by_another), T(test_limit),
        T(test_permissions), T(test_takes_away), T(test_identity_fails),
        T(test_regions_meet), T(test_regions_undone), T(test_sharers),
    };

    return cmocka_run_group_tests_name("private-cross", tests, NULL, NULL);
}
