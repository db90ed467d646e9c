/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * iommu=no-igfx, and units whose translation cannot be switched off: which unit
 * is for graphics alone, and how one is left that is not used.
 */

#include "vtd-system.h"

#include "vtd/vtd.h"
#include "dmar-build.h"

#define IGD0    PCI_SBDF(0, 0, 2, 0)
#define IGD1    PCI_SBDF(0, 0, 2, 1)

/* Both functions of the older chipsets' graphics. */
static void igd_unit(struct dmar_buf *d, unsigned int haw)
{
    dmar_begin(d, haw, 1);
    dmar_drhd(d, 0, VM_BASE1, 0, 0);
    dmar_scope(d, 1, 0, 0, 2, 0);
    dmar_scope(d, 1, 0, 0, 2, 1);
    dmar_close(d);
    dmar_drhd(d, 0, VM_BASE0, 1, 0);
    dmar_scope(d, 3, 2, 0, 0x1f, 7);
    dmar_close(d);
    dmar_end(d);
}

static void function(pci_sbdf_t sbdf, uint16_t device, uint8_t class)
{
    uint8_t cfg[64] = { 0x86, 0x80, device, device >> 8, [0x0b] = class };

    host_pci_add(sbdf, cfg, sizeof(cfg));
}

/* Firmware, or a kernel before, has translation and protected regions on. */
static void firmware_leaves_on(struct vtd_model *m)
{
    vtd_model_write(m, VTD_RTADDR, 0x1000, 8);
    vtd_model_write(m, VTD_GCMD, GCMD_SRTP, 4);
    vtd_model_write(m, VTD_GCMD, GCMD_TE, 4);
    vtd_model_write(m, VTD_PMEN, PMEN_EPM, 4);
}

static bool te(struct vtd_model *m)
{
    return vtd_model_read(m, VTD_GSTS, 4) & GCMD_TE;
}

static bool used(paddr_t base)
{
    const struct vtd_unit *u;

    for_each_vtd_unit ( u )
        if ( u->unit.base == base )
            return true;

    return false;
}

static void boot(bool igfx)
{
    vm_dmar = igd_unit;
    vm_prepare(&vtd_model_default);
    iommu_igfx = igfx;
}

static int teardown(void **state)
{
    iommu_igfx = true;
    vm_dmar = NULL;
    host_pci_remove(IGD0);
    host_pci_remove(IGD1);

    return vm_teardown(state);
}

/* Every function that exists is a display controller, or it is not graphics'. */
static void test_which_unit(void **state)
{
    static const struct {
        int class0, class1;     /* < 0: there is none */
        bool left_out;
    } cases[] = {
        { 3, 3, true }, { 3, -1, true }, { -1, 3, true },
        { 3, 4, false }, { 4, 3, false }, { -1, -1, false },
    };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(cases); i++ )
    {
        boot(false);
        if ( cases[i].class0 >= 0 )
            function(IGD0, 0x2a42, cases[i].class0);
        if ( cases[i].class1 >= 0 )
            function(IGD1, 0x2a43, cases[i].class1);
        firmware_leaves_on(vm.model[1]);
        assert_int_equal(vm_bring_up(), 0);
        assert_int_equal(used(VM_BASE1), !cases[i].left_out);
        assert_true(used(VM_BASE0));
        if ( cases[i].left_out )
        {
            assert_log("iommu=no-igfx");
            /* Left as after a reset, not as firmware had it. */
            assert_false(te(vm.model[1]));
            assert_int_equal(vtd_model_read(vm.model[1], VTD_PMEN, 4), 0);
        }
        host_pci_remove(IGD0);
        host_pci_remove(IGD1);
        vm_clean();
    }
}

/* One that cannot be read may be anything. */
static void unreadable(struct dmar_buf *d, unsigned int haw)
{
    igd_unit(d, haw);
    /* The second scope's device number. */
    put_at(d, 48 + 16 + 8 + 6, 0x20, 1);
    dmar_sum(d);
}

static void test_unreadable(void **state)
{
    boot(false);
    vm_dmar = unreadable;
    function(IGD0, 0x2a42, 3);
    assert_int_equal(vm_bring_up(), 0);
    assert_true(used(VM_BASE1));
}

static void test_default(void **state)
{
    boot(true);
    function(IGD0, 0x2a42, 3);
    assert_int_equal(vm_bring_up(), 0);
    assert_true(used(VM_BASE1));
}

/* Graphics that does not drain: translation is not switched off, ever. */
static void test_keeps_te(void **state)
{
    static const struct {
        uint16_t device;
        bool keeps;
    } cases[] = {
        { 0x8a52, true }, { 0x9a49, true }, { 0x4680, true }, { 0x46a6, true },
        { 0x4c8a, true }, { 0xa780, true }, { 0x7d55, true }, { 0x4555, true },
        { 0x4e61, true }, { 0x9840, true },
        { 0x3e92, false }, { 0x5912, false }, { 0x1916, false },
    };
    unsigned int i, crash;

    for ( i = 0; i < ARRAY_SIZE(cases); i++ )
        for ( crash = 0; crash < 2; crash++ )
        {
            struct vtd_unit *u;

            boot(true);
            function(IGD0, cases[i].device, 3);
            assert_int_equal(vm_bring_up(), 0);
            vtd_enable_translation_all();
            for_each_vtd_unit ( u )
            {
                struct vtd_model *m = vm.model[u->unit.base == VM_BASE1];

                assert_true(te(m));
                if ( crash )
                    vtd_unit_ops.crash_shutdown(&u->unit);
                else
                    assert_int_equal(vtd_unit_ops.suspend(&u->unit), 0);
                assert_int_equal(te(m), cases[i].keeps &&
                                        u->unit.base == VM_BASE1);
            }
            host_pci_remove(IGD0);
            vm_clean();
        }
}

/* Not even where it is left out; then that is said. */
static void test_left_out_keeps_te(void **state)
{
    boot(false);
    function(IGD0, 0x9a49, 3);
    firmware_leaves_on(vm.model[1]);
    assert_int_equal(vm_bring_up(), 0);
    assert_false(used(VM_BASE1));
    assert_true(te(vm.model[1]));
    assert_log("translation stays as firmware left it");
    assert_int_equal(vtd_model_read(vm.model[1], VTD_PMEN, 4), 0);
}

#define IGFX_TEST(fn) cmocka_unit_test_teardown(fn, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IGFX_TEST(test_which_unit),
        IGFX_TEST(test_unreadable),
        IGFX_TEST(test_default),
        IGFX_TEST(test_keeps_te),
        IGFX_TEST(test_left_out_keeps_te),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
