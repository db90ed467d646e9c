/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The p2m as the table that devices walk: what a device may do with each kind
 * of page, the grant table's mappings for dom0, and regions that one group of
 * a guest requires and its others must not reach.
 */
#include "arm/arm-fixture.h"

#include <public/domctl.h>

#include <iommu-groups/private-table.h>

#define RW (IOMMUF_readable | IOMMUF_writable)
#define NONE (~0ULL)

/* Whose a frame is that the guest's devices reach: by the type of the page. */
static void test_foreign(void **state)
{
    static const struct {
        p2m_type_t t;
        const char *why;
    } rows[] = {
        { p2m_ram_rw, NULL }, { p2m_ram_ro, NULL },
        { p2m_mmio_direct_c, NULL }, { p2m_grant_map_rw, "grant" },
        { p2m_grant_map_ro, "grant" }, { p2m_iommu_map_rw, "grant" },
        { p2m_iommu_map_ro, "grant" }, { p2m_map_foreign_rw, "foreign" },
        { p2m_map_foreign_ro, "foreign" },
    };
    unsigned int i;

    arm_up();
    for ( i = 0; i < ARRAY_SIZE(rows); i++ )
    {
        const char *why;

        arm_p2m_set(arm_guest, 0x100, 0x5000, 1, rows[i].t);
        why = arch_iommu_foreign_why(arm_guest, 0x100, 0x5000);
        assert_int_equal(!why, !rows[i].why);
        if ( why )
            assert_string_equal(why, rows[i].why);
        assert_null(arch_iommu_foreign_why(arm_guest, 0x100, 0x5001));
        assert_null(arch_iommu_foreign_why(arm_guest, 0x101, 0x5000));
    }

    /* An ITS' page is the hardware domain's alone, and only that page. */
    arm_its_add(0x8080000);
    for ( i = 0; i < 2; i++ )
    {
        arm_p2m_set(arm_dom0, 0x8090 + i, 0x8090 + i, 1, p2m_mmio_direct_c);
        arm_p2m_set(arm_guest, 0x8090 + i, 0x8090 + i, 1, p2m_mmio_direct_c);
        assert_null(arch_iommu_foreign_why(arm_guest, 0x8090 + i, 0x8090 + i));
    }
    assert_string_equal(arch_iommu_foreign_why(arm_dom0, 0x8090, 0x8090),
                        "doorbell");
    assert_null(arch_iommu_foreign_why(arm_dom0, 0x8091, 0x8091));
    arm_down();
}

static int assign(struct domain *d, const char *path)
{
    return arm_domctl(XEN_DOMCTL_assign_device, d, path);
}

/* From dom0 to @d. */
static void give(struct domain *d, const char *path)
{
    struct iommu_dev *dev = arm_dev(path);

    if ( dev && dev->next_owner == arm_dom0 )
        assert_int_equal(arm_domctl(XEN_DOMCTL_deassign_device, arm_dom0,
                                    path), 0);
    assert_int_equal(assign(d, path), 0);
}

static void private(const char *path)
{
    struct iommu_group *group = arm_dev(path)->group;

    iommu_group_lock(group);
    group->private = true;
    iommu_group_unlock(group);
}

/* Type by type, in the p2m itself and in a copy of it. */
static void test_types(void **state)
{
    static const struct {
        p2m_type_t t;
        bool write;
    } types[] = {
        { p2m_ram_rw, true }, { p2m_ram_ro, false },
        { p2m_map_foreign_rw, true }, { p2m_map_foreign_ro, false },
        { p2m_grant_map_rw, true }, { p2m_grant_map_ro, false },
        { p2m_iommu_map_rw, true }, { p2m_iommu_map_ro, false },
        { p2m_mmio_direct_c, true },
    };
    unsigned int i, late;
    uint64_t maddr;

    for ( late = 0; late < 2; late++ )
    {
        arm_up();
        give(arm_guest, ARM_NIC);
        for ( i = 0; !late && i < ARRAY_SIZE(types); i++ )
            arm_p2m_set(arm_guest, 0x100 + i, 0x5000 + i, 1, types[i].t);
        give(arm_guest, ARM_KEPT);
        assert_int_equal(arm_domctl(XEN_DOMCTL_deassign_device, arm_guest,
                                    ARM_KEPT), 0);
        private(ARM_KEPT);
        give(arm_guest, ARM_KEPT);
        for ( i = 0; late && i < ARRAY_SIZE(types); i++ )
            arm_p2m_set(arm_guest, 0x100 + i, 0x5000 + i, 1, types[i].t);

        assert_ptr_equal(arm_dev(ARM_NIC)->attached->table,
                         s2_space_of(arm_guest)->lent);
        assert_ptr_not_equal(arm_dev(ARM_KEPT)->attached->table,
                             s2_space_of(arm_guest)->lent);
        for ( i = 0; i < ARRAY_SIZE(types); i++ )
        {
            assert_int_equal(arm_reach(arm_dev(ARM_KEPT), 0x100 + i, false,
                                       &maddr), 0);
            assert_int_equal(maddr >> PAGE_SHIFT, 0x5000 + i);
            assert_int_equal(arm_reach(arm_dev(ARM_KEPT), 0x100 + i, true,
                                       &maddr),
                             types[i].write ? 0 : EV_PERMISSION);
            assert_int_equal(arm_reach(arm_dev(ARM_NIC), 0x100 + i, true,
                                       &maddr),
                             types[i].write ? 0 : EV_PERMISSION);
        }
        assert_int_equal(arm_p2m_clear(arm_guest, 0x100, ARRAY_SIZE(types)), 0);
        for ( i = 0; i < ARRAY_SIZE(types); i++ )
            assert_int_equal(arm_reach(arm_dev(ARM_KEPT), 0x100 + i, false,
                                       &maddr), EV_TRANSLATION);
        arm_down();
    }
}

static unsigned int breaks;

/* Between the two nothing is there, for the unit as well. */
static void nothing_there(struct domain *d, uint64_t gfn)
{
    breaks++;
    assert_int_equal(arm_frame(arm_dev(ARM_NIC), gfn), NONE);
}

static void test_break_before_make(void **state)
{
    arm_up();
    give(arm_guest, ARM_NIC);
    arm_p2m_set(arm_guest, 0x100, 0x5000, 1, p2m_ram_rw);
    assert_int_equal(arm_frame(arm_dev(ARM_NIC), 0x100), 0x5000);
    breaks = 0;
    arm_stubs.at_break = nothing_there;
    arm_p2m_set(arm_guest, 0x100, 0x6000, 1, p2m_ram_rw);
    assert_int_equal(breaks, 1);
    assert_int_equal(arm_frame(arm_dev(ARM_NIC), 0x100), 0x6000);
    arm_p2m_set(arm_guest, 0x100, 0x6000, 1, p2m_ram_ro);
    assert_int_equal(breaks, 2);
    assert_int_equal(arm_frame(arm_dev(ARM_NIC), 0x100), NONE);
    arm_stubs.at_break = NULL;

    /* One that nobody translates for has nothing to be told. */
    arm_p2m_set(arm_plain, 0x100, 0x5000, 1, p2m_ram_rw);
    arm_p2m_set(arm_plain, 0x100, 0x6000, 1, p2m_ram_rw);
    assert_no_log("without a flush");
    arm_down();
}

/* What a region is mapped over, and what is left when it goes. */
static void test_direct(void **state)
{
    static const struct iommu_region region = { 0xa0000, 0xa0003,
                                                IOMMU_REGION_RW };
    const struct iommu_region half = { 0xa0000, 0xa0003, PT_PROT_R };
    unsigned long fn;

    arm_up();
    assert_int_equal(arch_iommu_direct_map(arm_dom0, &half, true), -EOPNOTSUPP);
    /* Its own RAM there, and something else. */
    arm_p2m_set(arm_dom0, 0xa0001, 0xa0001, 1, p2m_ram_rw);
    arm_p2m_set(arm_dom0, 0xa0002, 0x7777, 1, p2m_map_foreign_rw);
    assert_int_equal(arch_iommu_direct_map(arm_dom0, &region, false), -EBUSY);
    assert_int_equal(arm_p2m_get(arm_dom0, 0xa0000, NULL), NONE);
    assert_int_equal(arm_p2m_get(arm_dom0, 0xa0001, NULL), 0xa0001);
    assert_int_equal(arm_p2m_get(arm_dom0, 0xa0002, NULL), 0x7777);
    assert_int_equal(arm_p2m_get(arm_dom0, 0xa0003, NULL), NONE);

    assert_int_equal(arch_iommu_direct_map(arm_dom0, &region, true), 0);
    for ( fn = 0xa0000; fn <= 0xa0003; fn++ )
        assert_int_equal(arm_p2m_get(arm_dom0, fn, NULL),
                         fn == 0xa0002 ? 0x7777 : fn);
    arch_iommu_direct_unmap(arm_dom0, region.first, region.last);
    assert_int_equal(arm_p2m_get(arm_dom0, 0xa0000, NULL), NONE);
    assert_int_equal(arm_p2m_get(arm_dom0, 0xa0001, NULL), 0xa0001);
    assert_int_equal(arm_p2m_get(arm_dom0, 0xa0002, NULL), 0x7777);
    assert_int_equal(arm_p2m_get(arm_dom0, 0xa0003, NULL), NONE);
    arm_down();
}

/* A page becomes read-only, or another one, under a copy. */
static void test_changes(void **state)
{
    uint64_t maddr;

    arm_up();
    give(arm_guest, ARM_KEPT);
    assert_int_equal(arm_domctl(XEN_DOMCTL_deassign_device, arm_guest,
                                ARM_KEPT), 0);
    private(ARM_KEPT);
    give(arm_guest, ARM_KEPT);
    arm_p2m_set(arm_guest, 0x200, 0x6000, 4, p2m_ram_rw);
    assert_int_equal(arm_frame(arm_dev(ARM_KEPT), 0x203), 0x6003);
    arm_p2m_set(arm_guest, 0x203, 0x6003, 1, p2m_ram_ro);
    assert_int_equal(arm_reach(arm_dev(ARM_KEPT), 0x203, true, &maddr),
                     EV_PERMISSION);
    arm_p2m_set(arm_guest, 0x202, 0x7777, 1, p2m_grant_map_rw);
    assert_int_equal(arm_frame(arm_dev(ARM_KEPT), 0x202), 0x7777);
    arm_p2m_clear(arm_guest, 0x200, 4);
    assert_int_equal(arm_reach(arm_dev(ARM_KEPT), 0x203, false, &maddr),
                     EV_TRANSLATION);

    arm_down();
}

/* A copy that cannot follow is the guest's end, and never stale. */
static void test_no_memory(void **state)
{
    unsigned int n, crashed = 0;
    bool reached = true;

    for ( n = 1; reached && n < 20; n++ )
    {
        uint64_t want;

        arm_up();
        give(arm_guest, ARM_KEPT);
        assert_int_equal(arm_domctl(XEN_DOMCTL_deassign_device, arm_guest,
                                    ARM_KEPT), 0);
        private(ARM_KEPT);
        give(arm_guest, ARM_KEPT);
        host_fail_nth(n);
        want = arm_p2m_set(arm_guest, 0x4000000, 0x6000, 1, p2m_ram_rw)
               ? NONE : 0x6000;
        reached = host_fail_reached();
        host_fail_nth(0);
        assert_int_equal(arm_p2m_get(arm_guest, 0x4000000, NULL), want);
        if ( arm_guest->host_crashes )
            crashed++;
        else
            assert_int_equal(arm_frame(arm_dev(ARM_KEPT), 0x4000000), want);
        arm_down();
    }
    assert_true(crashed && !reached);
}

/* The grant table's: machine addresses to themselves, in dom0 alone. */
static void test_grants(void **state)
{
    p2m_type_t t;
    uint64_t maddr;

    arm_up();
    assert_int_equal(iommu_legacy_map(arm_dom0, _dfn(0x5100), _mfn(0x5100), 2,
                                      IOMMUF_readable), 0);
    assert_int_equal(iommu_legacy_map(arm_dom0, _dfn(0x5200), _mfn(0x5200), 2,
                                      RW), 0);
    assert_int_equal(arm_p2m_get(arm_dom0, 0x5101, &t), 0x5101);
    assert_int_equal(t, p2m_iommu_map_ro);
    assert_int_equal(arm_p2m_get(arm_dom0, 0x5201, &t), 0x5201);
    assert_int_equal(t, p2m_iommu_map_rw);
    assert_int_equal(arm_reach(arm_dev(ARM_UART), 0x5101, false, &maddr), 0);
    assert_int_equal(arm_reach(arm_dev(ARM_UART), 0x5101, true, &maddr),
                     EV_PERMISSION);
    assert_int_equal(arm_frame(arm_dev(ARM_UART), 0x5201), 0x5201);

    /* Other addresses are not asked for, and would be the guest's pages. */
    assert_int_equal(iommu_legacy_map(arm_dom0, _dfn(0x5300), _mfn(0x5400), 1,
                                      RW), -EINVAL);
    assert_int_equal(arm_p2m_get(arm_dom0, 0x5300, NULL), NONE);
    assert_int_equal(iommu_legacy_map(arm_guest, _dfn(0x5300), _mfn(0x5300), 1,
                                      RW), -EINVAL);
    assert_int_equal(arm_p2m_get(arm_guest, 0x5300, NULL), NONE);

    assert_int_equal(iommu_legacy_unmap(arm_guest, _dfn(0x5100), 1), -EINVAL);
    assert_int_equal(iommu_legacy_unmap(arm_dom0, _dfn(0x5100), 2), 0);
    assert_int_equal(arm_reach(arm_dev(ARM_UART), 0x5101, false, &maddr),
                     EV_TRANSLATION);
    assert_int_equal(arm_frame(arm_dev(ARM_UART), 0x5200), 0x5200);
    arm_down();
}

/* Whichever page it is that cannot be mapped: nothing stays. */
static void test_half_a_grant(void **state)
{
    unsigned int n;

    arm_up();
    for ( n = 1; n <= 4; n++ )
    {
        arm_p2m_fail(n);
        assert_int_equal(iommu_legacy_map(arm_dom0, _dfn(0x5100), _mfn(0x5100),
                                          4, RW), -ENOMEM);
        arm_p2m_fail(0);
        assert_int_equal(arm_frame(arm_dev(ARM_UART), 0x5100), NONE);
        assert_int_equal(arm_p2m_entries(arm_dom0),
                         ARM_REGION_LAST - ARM_REGION_FIRST + 1);
    }
    /* One that is not there keeps none of the others. */
    assert_int_equal(iommu_legacy_map(arm_dom0, _dfn(0x5101), _mfn(0x5101), 2,
                                      RW), 0);
    assert_int_not_equal(iommu_legacy_unmap(arm_dom0, _dfn(0x5100), 4), 0);
    assert_int_equal(arm_frame(arm_dev(ARM_UART), 0x5101), NONE);
    assert_int_equal(arm_frame(arm_dev(ARM_UART), 0x5102), NONE);
    arm_down();
}

static unsigned int region_frames(const char *path)
{
    unsigned long fn;
    unsigned int n = 0;

    for ( fn = ARM_REGION_FIRST - 1; fn <= ARM_REGION_LAST + 1; fn++ )
        n += arm_frame(arm_dev(path), fn) == fn;

    return n;
}

#define REGION_FRAMES (ARM_REGION_LAST - ARM_REGION_FIRST + 1)

/* dom0's is in its p2m; with the device it goes. */
static void test_region_of_dom0(void **state)
{
    arm_up();
    assert_int_equal(region_frames(ARM_DISP), REGION_FRAMES);
    give(arm_guest, ARM_DISP);
    assert_int_equal(region_frames(ARM_UART), 0);
    assert_int_equal(arm_p2m_entries(arm_dom0), 0);
    arm_down();
}

/* What dom0 had there before stays its own. */
static void test_region_on_own(void **state)
{
    arm_machine();
    assert_int_equal(arm_boot(), 0);
    arm_dom0 = arm_domain_up(0, XEN_DOMCTL_CDF_iommu);
    arm_p2m_set(arm_dom0, ARM_REGION_FIRST + 2, ARM_REGION_FIRST + 2, 3,
                p2m_mmio_direct_c);
    iommu_hwdom_init(arm_dom0);
    assert_int_equal(iommu_add_dt_device(arm_node(ARM_DISP)), 0);
    assert_int_equal(iommu_assign_dt_device(arm_dom0, arm_node(ARM_DISP)), 0);
    assert_int_equal(region_frames(ARM_DISP), REGION_FRAMES);
    assert_int_equal(arm_domctl(XEN_DOMCTL_deassign_device, arm_dom0,
                                ARM_DISP), 0);
    assert_int_equal(arm_p2m_entries(arm_dom0), 3);
    arm_down();
}

/* Of a guest, the group that requires it reaches it, and nobody else. */
static void test_region_of_guest(void **state)
{
    p2m_type_t t;

    arm_up();
    arm_p2m_set(arm_guest, 0x40000, 0x5000, 8, p2m_ram_rw);
    give(arm_guest, ARM_NIC);
    give(arm_guest, ARM_DISP);
    assert_int_equal(region_frames(ARM_DISP), REGION_FRAMES);
    assert_int_equal(arm_frame(arm_dev(ARM_DISP), 0x40003), 0x5003);
    assert_int_equal(region_frames(ARM_NIC), 0);
    assert_int_equal(arm_frame(arm_dev(ARM_NIC), 0x40003), 0x5003);
    assert_int_equal(arm_p2m_get(arm_guest, ARM_REGION_FIRST, &t), NONE);

    /* The guest puts something of its own there, and takes it away. */
    arm_p2m_set(arm_guest, ARM_REGION_FIRST + 1, 0x5001, 1, p2m_ram_rw);
    assert_int_equal(arm_frame(arm_dev(ARM_DISP), ARM_REGION_FIRST + 1),
                     0x5001);
    arm_p2m_clear(arm_guest, ARM_REGION_FIRST + 1, 1);
    assert_int_equal(region_frames(ARM_DISP), REGION_FRAMES);
    assert_int_equal(region_frames(ARM_NIC), 0);

    assert_int_equal(arm_domctl(XEN_DOMCTL_deassign_device, arm_guest,
                                ARM_DISP), 0);
    assert_int_equal(region_frames(ARM_DISP), 0);
    assert_int_equal(s2_space_of(arm_guest)->nr_privates, 0);
    assert_true(list_empty(&s2_space_of(arm_guest)->direct));
    give(arm_guest2, ARM_DISP);
    assert_int_equal(region_frames(ARM_DISP), REGION_FRAMES);
    arm_down();
}

/* A guest with something else there is not given the device. */
static void test_region_taken(void **state)
{
    arm_up();
    arm_p2m_set(arm_guest, ARM_REGION_LAST, 0x5000, 1, p2m_ram_rw);
    assert_int_equal(arm_domctl(XEN_DOMCTL_deassign_device, arm_dom0,
                                ARM_DISP), 0);
    assert_int_equal(assign(arm_guest, ARM_DISP), -EBUSY);
    assert_log("cannot be mapped");
    assert_int_equal(region_frames(ARM_DISP), 0);
    assert_int_equal(s2_space_of(arm_guest)->nr_privates, 0);
    arm_p2m_clear(arm_guest, ARM_REGION_LAST, 1);
    assert_int_equal(assign(arm_guest, ARM_DISP), 0);
    arm_down();
}

/* The p2m refuses one frame of dom0's region: the device stays blocked. */
static void test_region_half(void **state)
{
    unsigned int n;

    arm_up();
    give(arm_guest, ARM_DISP);
    assert_int_equal(arm_domctl(XEN_DOMCTL_deassign_device, arm_guest,
                                ARM_DISP), 0);
    for ( n = 1; n <= REGION_FRAMES; n++ )
    {
        arm_p2m_fail(n);
        assert_int_equal(assign(arm_dom0, ARM_DISP), -ENOMEM);
        arm_p2m_fail(0);
        assert_int_equal(arm_p2m_entries(arm_dom0), 0);
        assert_int_equal(region_frames(ARM_DISP), 0);
    }
    assert_int_equal(assign(arm_dom0, ARM_DISP), 0);
    assert_int_equal(region_frames(ARM_DISP), REGION_FRAMES);
    arm_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARM_TEST(test_foreign), ARM_TEST(test_types),
        ARM_TEST(test_break_before_make), ARM_TEST(test_direct),
        ARM_TEST(test_changes), ARM_TEST(test_no_memory),
        ARM_TEST(test_grants), ARM_TEST(test_half_a_grant),
        ARM_TEST(test_region_of_dom0),
        ARM_TEST(test_region_on_own), ARM_TEST(test_region_of_guest),
        ARM_TEST(test_region_taken), ARM_TEST(test_region_half),
    };

    return cmocka_run_group_tests(tests, NULL, test_no_leak);
}
