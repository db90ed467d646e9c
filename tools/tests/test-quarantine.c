/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * "iommu=quarantine=scratch-page": parked devices read one page, wherever they
 * read, and nothing else; whatever they required of a guest is gone.
 */
#include "private-test.h"

static void assert_parked(pci_sbdf_t sbdf)
{
    static const uint64_t dfns[] = { 0, FIRST, LAST, 0x12345, 0x3ffff };
    unsigned int i, prot;
    uint64_t mfn;

    assert_ptr_equal(dev_of(sbdf)->pdev->domain, dom_io);
    assert_ptr_equal(reaches(sbdf), dom_io);
    for ( i = 0; i < ARRAY_SIZE(dfns); i++ )
    {
        assert_int_equal(s2_table_lookup(walked(sbdf), dfns[i], &mfn, &prot,
                                         NULL), 0);
        assert_int_equal(mfn, scratch);
        assert_false(prot & PT_PROT_W);
    }
}

static void test_parked(void **state)
{
    assert_int_equal(assign(dom_io, SINGLE), 0);
    assert_parked(SINGLE);
    assert_int_equal(deassign(dom_io, SINGLE), 0);
    assert_ptr_equal(reaches(SINGLE), machine.hwdom);
}

/* A guest with such a device dies. */
static void test_region_released(void **state)
{
    struct domain *d = domain_up(7, XEN_DOMCTL_CDF_iommu);

    require(&mock_a, SINGLE, SINGLE);
    assert_int_equal(assign(dom_io, SINGLE), 0);
    assert_parked(SINGLE);

    map(d, 0x100, 0x100, 16);
    assert_int_equal(assign(d, SINGLE), 0);
    assert_int_equal(frame(walked(SINGLE), FIRST), FIRST);

    host_log_clear();
    d->is_dying = DOMDYING_dying;
    assert_int_equal(pci_release_devices(d), 0);
    assert_no_log("failed");
    assert_parked(SINGLE);
    assert_int_equal(owner_of(d)->nr_privates, 0);
    assert_true(list_empty(&owner_of(d)->direct));
    assert_true(list_empty(&owner_of(dom_io)->direct));
    domain_down(d);

    /* And the hardware domain has it again, with its region. */
    assert_int_equal(deassign(dom_io, SINGLE), 0);
    assert_ptr_equal(reaches(SINGLE), machine.hwdom);
    assert_false(list_empty(&owner_of(machine.hwdom)->direct));
}

/* Detached in a guest's life, and given to the next. */
static void test_region_moves_on(void **state)
{
    require(&mock_a, SINGLE, SINGLE);
    assert_int_equal(assign(machine.guest, SINGLE), 0);
    assert_int_equal(deassign(machine.guest, SINGLE), 0);
    assert_parked(SINGLE);
    assert_int_equal(assign(machine.guest2, SINGLE), 0);
    assert_int_equal(frame(walked(SINGLE), FIRST), FIRST);
    assert_int_equal(deassign(machine.guest2, SINGLE), 0);
    assert_parked(SINGLE);
}

#define S(name) cmocka_unit_test_setup_teardown(name, scratch_up, scratch_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        S(test_parked), S(test_region_released), S(test_region_moves_on),
    };

    return cmocka_run_group_tests_name("quarantine", tests, NULL, NULL);
}
