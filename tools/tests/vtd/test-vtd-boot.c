/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Boot on machines that are wrong: tables that are broken, units that are not
 * there, or that claim what cannot be.  One line, no crash, nothing left.
 */

#include "vtd-system.h"

#include <xen/acpi.h>

#include "vtd/vtd.h"
#include "dmar-build.h"

static void test_no_table(void **state)
{
    host_reset();
    assert_int_equal(acpi_dmar_init(), -ENODEV);
    assert_int_equal(host_log_lines(XENLOG_ERR), 0);
    assert_int_equal(vtd_setup(), -ENODEV);
}

static void test_broken_table(void **state)
{
    struct acpi_table_header *table;
    struct dmar_buf d;

    host_reset();
    dmar_begin(&d, 46, 1);
    dmar_drhd(&d, 0, 0, 1, 0);
    dmar_close(&d);
    dmar_end(&d);
    host_acpi_set(d.b);
    assert_int_equal(acpi_dmar_init(), -EINVAL);
    assert_int_equal(host_log_lines(XENLOG_ERR), 1);
    assert_log("firmware has VT-d off or is broken");
    assert_int_equal(vtd_setup(), -ENODEV);
    assert_int_equal(host_leak_report(5), 0);
    assert_int_equal(host_mmio_mapped(), 0);

    /* dom0 must not try its luck with it either. */
    assert_int_not_equal(acpi_get_table("DMAR", 0, &table), AE_OK);
    host_acpi_clear();
}

static void all_back(void)
{
    vm_clean();
    assert_int_equal(host_mmio_mapped(), 0);
    assert_int_equal(host_leak_report(5), 0);
    assert_int_equal(host_irqs_in_use(), 0);
}

/* One line that names the unit and says why, and the other unit is used. */
static void lost(const struct vtd_model_cfg *unit0,
                 const struct vtd_model_cfg *unit1, paddr_t base,
                 const char *why)
{
    struct vtd_unit *u;

    vm_prepare_two(unit0, unit1);
    host_log_clear();
    assert_int_equal(vm_bring_up(), 0);
    assert_log(why);
    assert_log("of TESTS/TESTS: unit at");
    assert_log("its devices are not translated and stay with dom0");
    assert_int_equal(host_log_lines(XENLOG_WARNING), 1);
    assert_int_equal(host_log_lines(XENLOG_ERR), 0);
    u = vtd_unit_next(NULL);
    assert_int_not_equal(u->unit.base, base);
    assert_null(vtd_unit_next(u));
    all_back();

    /* With "force" nothing but all of it will do. */
    vm_prepare_two(unit0, unit1);
    force_iommu = true;
    assert_int_equal(vm_bring_up(), -EOPNOTSUPP);
    assert_log("iommu=force wants all units");
    force_iommu = false;
    all_back();
}

static void test_bad_units(void **state)
{
    const struct vtd_model_cfg *good = &vtd_model_default;
    struct vtd_model_cfg cfg;

    cfg = *good;
    cfg.sagaw = 0x10;
    lost(&cfg, good, VM_BASE0, "no page table of 3 to 5 levels");
    lost(good, &cfg, VM_BASE1, "no page table of 3 to 5 levels");

    cfg = *good;
    cfg.mgaw = 29;
    lost(&cfg, good, VM_BASE0, "too few address bits");

    /* 256 records do not fit into one page, and the next is unit 1's. */
    cfg = *good;
    cfg.nfr = 256;
    lost(&cfg, good, VM_BASE0, "its registers would be another unit's");
}

/* No unit is left: one more line, and nothing stays mapped. */
static void test_no_good_unit(void **state)
{
    struct vtd_model_cfg cfg = vtd_model_default;

    cfg.mgaw = 29;
    vm_prepare(&cfg);
    host_log_clear();
    assert_int_equal(vm_bring_up(), -EOPNOTSUPP);
    assert_log("not used: there is no unit that can be");
    assert_int_equal(host_log_lines(XENLOG_ERR), 1);
    assert_int_equal(host_log_lines(XENLOG_WARNING), 2);
    all_back();
}

/* Nobody answers where the DMAR says that there is a unit. */
static void test_missing_unit(void **state)
{
    vm_prepare(&vtd_model_default);
    vtd_model_die(vm.model[1], true);
    host_log_clear();
    assert_int_equal(vm_bring_up(), 0);
    assert_log("read as all ones");
    assert_int_equal(host_log_lines(XENLOG_ERR), 0);
    assert_int_equal(host_log_lines(XENLOG_WARNING), 1);
    all_back();
}

/* Every allocation of bring-up fails in turn; then it works. */
static void test_no_memory(void **state)
{
    unsigned long n;

    for ( n = 1; n < 100; n++ )
    {
        bool reached;
        int rc;

        vm_prepare(&vtd_model_default);
        host_log_clear();
        host_fail_nth(n);
        rc = vm_bring_up();
        reached = host_fail_reached();
        host_fail_nth(0);
        /*
         * A unit whose registers cannot be mapped is lost alone, one without
         * an interrupt for its faults is polled.
         */
        if ( rc || (!host_log_contains("registers cannot be mapped") &&
                    !host_log_contains("polled")) )
            assert_int_equal(rc, reached ? -ENOMEM : 0);
        vm_clean();
        assert_int_equal(host_mmio_mapped(), 0);
        assert_int_equal(host_irqs_in_use(), 0);
        assert_int_equal(host_leak_report(5), 0);
        if ( !reached )
            break;
    }
    assert_true(n > 10 && n < 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VM_TEST(test_no_table),
        VM_TEST(test_broken_table),
        VM_TEST(test_bad_units),
        VM_TEST(test_no_good_unit),
        VM_TEST(test_missing_unit),
        VM_TEST(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
