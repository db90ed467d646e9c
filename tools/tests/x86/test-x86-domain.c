/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Domains on x86: direct mappings as a whole or not at all, what excludes DMA,
 * and what tboot measures.
 */
#include "vtd-system.h"
#include "x86/x86-xen.h"

#include <public/domctl.h>

#include <iommu-arch.h>
#include <iommu-groups/direct.h>
#include <iommu-groups/setup.h>

#define FIRST 0x80UL
#define NR    6

static const struct iommu_region whole = { FIRST, FIRST + NR - 1,
                                           IOMMU_REGION_RW };

static struct domain *d;

static void up(void)
{
    vm_up(&vtd_model_default);
    x86_reset();
    d = vm.guest;
    assert_int_equal(vm_give(DEV_A, d), 0);
}

static unsigned int reached(void)
{
    unsigned long fn;
    unsigned int n = 0;

    for ( fn = FIRST - 1; fn <= FIRST + NR; fn++ )
        n += vm_dma_to(DEV_A, fn << PAGE_SHIFT) == fn << PAGE_SHIFT;

    return n;
}

static void test_direct(void **state)
{
    struct iommu_region one = { FIRST, FIRST, IOMMU_REGION_RW };

    up();
    assert_int_equal(arch_iommu_direct_map(d, &whole, false), 0);
    assert_int_equal(x86_identity_flag, 0);
    assert_int_equal(reached(), NR);
    assert_int_equal(vm_dma(DEV_A, FIRST << PAGE_SHIFT, true), 0);
    arch_iommu_direct_unmap(d, FIRST, FIRST + NR - 1);
    assert_int_equal(reached(), 0);
    assert_int_equal(arch_iommu_direct_map(d, &one, true), 0);
    assert_int_equal(x86_identity_flag, XEN_DOMCTL_DEV_RDM_RELAXED);
    assert_int_equal(reached(), 1);
    arch_iommu_direct_unmap(d, FIRST, FIRST);

    /* No more rights than firmware gives. */
    one.prot = PT_PROT_R;
    assert_int_equal(arch_iommu_direct_map(d, &one, false), 0);
    assert_int_equal(vm_dma(DEV_A, FIRST << PAGE_SHIFT, false), 0);
    assert_int_not_equal(vm_dma(DEV_A, FIRST << PAGE_SHIFT, true), 0);
    one.prot = PT_PROT_W;
    assert_int_equal(arch_iommu_direct_map(d, &one, false), 0);
    assert_int_equal(vm_dma(DEV_A, FIRST << PAGE_SHIFT, true), 0);
    assert_int_not_equal(vm_dma(DEV_A, FIRST << PAGE_SHIFT, false), 0);
    arch_iommu_direct_unmap(d, FIRST, FIRST);
    vm_down();
}

/* Whichever frame it is that fails, no other stays. */
static void test_half(void **state)
{
    static const struct iommu_region low = { 0, 3, IOMMU_REGION_RW };
    unsigned int n;

    up();
    for ( n = 1; n <= NR; n++ )
    {
        x86_identity_fail = n;
        assert_int_equal(arch_iommu_direct_map(d, &whole, false), -ENOMEM);
        assert_int_equal(reached(), 0);
    }
    /* From frame 0 on. */
    x86_identity_fail = 2;
    assert_int_equal(arch_iommu_direct_map(d, &low, false), -ENOMEM);
    assert_int_equal(vm_dma_to(DEV_A, 0), ~0ULL);
    vm_down();
}

/* The same through what maps regions. */
static void test_half_a_region(void **state)
{
    static const struct iommu_region r[2] = {
        { FIRST, FIRST + 1, IOMMU_REGION_RW },
        { FIRST + 3, FIRST + NR - 1, IOMMU_REGION_RW },
    };
    unsigned int n;

    up();
    for ( n = 1; n <= NR - 1; n++ )
    {
        x86_identity_fail = n;
        assert_int_equal(iommu_direct_map(d, r, 2, false), -ENOMEM);
        assert_int_equal(reached(), 0);
        assert_true(list_empty(&s2_space_of(d)->direct));
    }
    assert_int_equal(iommu_direct_map(d, r, 2, false), 0);
    assert_int_equal(reached(), NR - 1);
    iommu_direct_unmap(d, r, 2);
    assert_int_equal(reached(), 0);
    vm_down();
}

static void test_permitted(void **state)
{
    bool *flags[5];
    unsigned int i;

    up();
    flags[0] = &d->arch.mem_paging;
    flags[1] = &d->arch.mem_sharing;
    flags[2] = &d->arch.pod_active;
    flags[3] = &d->arch.global_logdirty;
    flags[4] = &d->arch.log_dirty;      /* without a p2m: a PV guest */
    for ( i = 0; i < ARRAY_SIZE(flags); i++ )
    {
        assert_true(arch_iommu_use_permitted(d));
        *flags[i] = true;
        assert_false(arch_iommu_use_permitted(d));
        *flags[i] = false;
    }
    assert_true(arch_iommu_use_permitted(dom_io));
    vm_down();
}

/* "xl migrate": Xen's paging code asks that this be said, and refuses. */
static void test_no_log(void **state)
{
    unsigned int i;

    up();
    host_log_clear();
    iommu_groups_explain_no_log(d);
    assert_log("d1 cannot be migrated while it runs, nor its dirty pages be logged: what 0000:00:02.0 writes is not seen; detach it first");
    assert_int_equal(host_log_lines(NULL), 1);

    /* However often somebody tries. */
    host_log_ratelimit(3);
    for ( i = 0; i < 100; i++ )
        iommu_groups_explain_no_log(d);
    host_log_ratelimit(0);
    assert_int_equal(host_log_lines(NULL), 4);

    /* Others are none of its business. */
    assert_int_equal(vm_give(DEV_A, dom_io), 0);
    host_log_clear();
    iommu_groups_explain_no_log(d);
    assert_int_equal(host_log_lines(NULL), 0);
    vm_down();
}

/* "xl save": asked for each batch of pages, and the device is named. */
static void test_no_save(void **state)
{
    unsigned int i;

    up();
    host_log_clear();
    assert_true(iommu_groups_forbid_save(d));
    assert_log("d1 cannot be saved: what 0000:00:02.0 is doing would be lost; detach it first");
    assert_int_equal(host_log_lines(NULL), 1);
    host_log_ratelimit(3);
    for ( i = 0; i < 100; i++ )
        assert_true(iommu_groups_forbid_save(d));
    host_log_ratelimit(0);
    assert_int_equal(host_log_lines(NULL), 4);

    assert_int_equal(vm_give(DEV_A, dom_io), 0);
    host_log_clear();
    assert_false(iommu_groups_forbid_save(d));
    assert_int_equal(host_log_lines(NULL), 0);
    vm_down();
}

/* What tboot measures is the table that is walked, and goes with it. */
static void test_measured(void **state)
{
    struct arch_iommu *arch;

    up();
    arch = &dom_iommu(d)->arch;
    assert_int_equal(arch->vtd.pgd_maddr,
                     s2_table_root(vm_dev(DEV_A)->attached->table));
    assert_int_equal(arch->vtd.agaw,
                     pt_levels(&vm_dev(DEV_A)->attached->table->pt) - 2);
    arch_iommu_domain_tables(d, NULL);
    assert_int_equal(arch->vtd.pgd_maddr, 0);
    assert_int_equal(arch->vtd.agaw, 0);
    vm_down();
}

/* Frames of others: by grant, by the p2m's type, or for no reason. */
static void test_foreign(void **state)
{
    up();
    assert_null(arch_iommu_foreign_why(d, 0x900, 0x900));
    x86_granted = 0x900;
    assert_string_equal(arch_iommu_foreign_why(d, 0x900, 0x900), "grant");
    assert_null(arch_iommu_foreign_why(d, 0x900, 0x901));

    d->options |= XEN_DOMCTL_CDF_hvm;
    x86_query = (struct x86_query){ 0x901, p2m_grant_map_ro };
    assert_null(arch_iommu_foreign_why(d, 0x900, 0x900));
    assert_string_equal(arch_iommu_foreign_why(d, 0x900, 0x901), "grant");
    x86_query.t = p2m_map_foreign_rw;
    assert_string_equal(arch_iommu_foreign_why(d, 0x900, 0x901), "foreign");
    x86_query.t = p2m_ram_rw;
    assert_null(arch_iommu_foreign_why(d, 0x900, 0x901));
    d->options &= ~XEN_DOMCTL_CDF_hvm;
    vm_down();
}

/* A PVH hardware domain: translated, strictly, or not at all. */
static void test_pvh(void **state)
{
    struct domain pvh = { .options = XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_iommu };
    struct domain pv = { .options = 0 };

    host_reset();
    iommu_hwdom_passthrough = true;
    arch_iommu_check_autotranslated_hwdom(&pv);
    assert_true(iommu_hwdom_passthrough);
    arch_iommu_check_autotranslated_hwdom(&pvh);
    assert_false(iommu_hwdom_passthrough);
    assert_true(iommu_hwdom_strict);
    pvh.options = XEN_DOMCTL_CDF_hvm;
    assert_fatal("needs an IOMMU", arch_iommu_check_autotranslated_hwdom(&pvh));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VM_TEST(test_direct), VM_TEST(test_half), VM_TEST(test_half_a_region),
        VM_TEST(test_permitted),
        VM_TEST(test_no_log), VM_TEST(test_no_save), VM_TEST(test_measured),
        VM_TEST(test_foreign), VM_TEST(test_pvh),
    };

    return cmocka_run_group_tests(tests, NULL, test_no_leak);
}
