/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What hangs below a port to outside is translated where firmware asks for
 * that, even if all that is dom0's sees memory as it is; and has no device TLB.
 */
#include "dmar-build.h"
#include "vtd-system.h"

#define OPT_IN 4

static bool opt_in;

static void dmar(struct dmar_buf *d, unsigned int haw)
{
    dmar_begin(d, haw, 1 | (opt_in ? OPT_IN : 0));
    dmar_drhd(d, 0, VM_BASE1, 0, 0);
    dmar_scope(d, 1, 0, 0, 5, 0);
    dmar_scope(d, 2, 0, 0, 0x1c, 0);
    dmar_close(d);
    dmar_drhd(d, 0, VM_BASE0, 1, 0);
    dmar_close(d);
    dmar_flagged(d, 2, 0, 0);
    dmar_scope(d, 2, 0, 0, 0x1c, 0);
    dmar_close(d);
    dmar_end(d);
}

static void test_outward(void **state)
{
    unsigned int i;

    for ( i = 0; i < 4; i++ )
    {
        bool outward = i & 1, translated;

        opt_in = i & 2;
        translated = outward && opt_in;
        vm_dmar = dmar;
        vm_prepare(&vtd_model_default);
        iommu_hwdom_strict = false;
        iommu_hwdom_passthrough = true;
        vm.outward = outward;
        vm_continue();

        assert_int_equal(vm_dev(DEV_ATS)->outward, outward);
        assert_int_equal(vm_dev(DEV_PORT)->outward, outward);
        assert_false(vm_dev(DEV_B)->outward);
        assert_int_equal(vm_give(DEV_ATS, vm.hwdom), 0);
        assert_int_equal(vm_give(DEV_B, vm.hwdom), 0);
        assert_int_equal(vm_give(DEV_A, vm.hwdom), 0);
        assert_int_equal(vm_dev(DEV_ATS)->attached->type,
                         translated ? S2_PAGING : S2_IDENTITY);
        assert_int_equal(vm_dev(DEV_B)->attached->type, S2_IDENTITY);
        assert_int_equal(vm_dev(DEV_A)->attached->type, S2_IDENTITY);
        /* Nothing was mapped. */
        assert_int_equal(vm_dma_to(DEV_ATS, 0x5000),
                         translated ? ~0ULL : 0x5000);
        assert_int_equal(vm_dma_to(DEV_B, 0x5000), 0x5000);

        /* A guest's device has the table, and no device TLB if it is below. */
        assert_int_equal(vm_give(DEV_ATS, dom_io), 0);
        assert_int_equal(vm_give(DEV_ATS, vm.guest), 0);
        assert_int_equal(vm_dev(DEV_ATS)->ats, !outward);
        vm_down();
    }
    vm_dmar = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = { VM_TEST(test_outward) };

    return cmocka_run_group_tests_name("vtd-outward", tests, NULL, NULL);
}
