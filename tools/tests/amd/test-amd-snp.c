/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AMD-Vi with SNP enabled: hardware refuses entries that pass, and stores
 * completions into one range only.
 */
#include "amd-system.h"

#include <xen/err.h>

#include <iommu-groups/driver.h>

#include "models/amd-regs.h"

static struct amd_model_cfg snp(void)
{
    struct amd_model_cfg cfg = amd_model_default;

    cfg.snp = true;
    cfg.efr |= EFR_SNP;

    return cfg;
}

/* There is no identity, and no device that passes. */
static void test_no_identity(void **state)
{
    struct amd_model_cfg cfg = snp();
    struct s2_domain *s2;
    unsigned int id;

    as_up(&cfg);
    s2 = vm_unit(DEV_A)->drv->dev->domain_alloc(vm_dev(DEV_A), S2_IDENTITY,
                                                NULL);
    assert_int_equal(PTR_ERR(s2), -EOPNOTSUPP);
    for ( id = 0; id < 0x10000; id += 0x11 )
        assert_int_equal(amd_model_translate(vm.amd[0], id, 0x1000, true, NULL),
                         EV_PAGE_FAULT);
    vm_down();
}

/* A table is what there is then, and all of life goes on. */
static void test_tables(void **state)
{
    struct amd_model_cfg cfg = snp();

    as_up(&cfg);
    vm_page(vm.guest, 0x10);
    assert_int_equal(vm_give(DEV_A, vm.guest), 0);
    assert_int_equal(vm_dma_end(DEV_A, 0x10000, true), VM_REACHED);
    assert_int_equal(vm_unmap(vm.guest, 0x10, 1), 0);
    assert_int_equal(vm_dma_end(DEV_A, 0x10000, true), VM_ABSENT);
    assert_int_equal(vm_give(DEV_A, dom_io), 0);
    assert_int_equal(vm_dma_end(DEV_A, 0x10000, true), VM_BLOCKED);
    vm_down();
}

/* The same hardware without SNP has it. */
static void test_off(void **state)
{
    struct amd_model_cfg cfg = snp();
    struct s2_domain *s2;

    cfg.snp = false;
    as_up(&cfg);
    s2 = vm_unit(DEV_A)->drv->dev->domain_alloc(vm_dev(DEV_A), S2_IDENTITY,
                                                NULL);
    assert_false(IS_ERR(s2));
    vm_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VM_TEST(test_no_identity),
        VM_TEST(test_tables),
        VM_TEST(test_off),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
