/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Boot of AMD-Vi on machines that are wrong, and what is set up beside the
 * units: one line, no crash, nothing left.
 */

#include "amd-system.h"

#include <asm/processor.h>
#include <iommu-arch.h>
#include <iommu-groups/pci-topology.h>
#include <iommu-groups/x86.h>

#include "ivrs-build.h"

extern bool amd_host_no_msi;

#define FAR     0xfd800000UL    /* nobody answers there */

/* A frame that cannot be mapped; 0: all can. */
static unsigned long unmappable;

/* The p2m of these domains is what their tables say. */
int arch_iommu_direct_map(struct domain *d, const struct iommu_region *region,
                          bool relaxed)
{
    if ( unmappable && region->first == unmappable )
        return -ENOMEM;

    return vm_map(d, region->first, region->first,
                  region->last - region->first + 1,
                  (region->prot & PT_PROT_R ? IOMMUF_readable : 0) |
                  (region->prot & PT_PROT_W ? IOMMUF_writable : 0));
}

void arch_iommu_direct_unmap(struct domain *d, unsigned long first,
                             unsigned long last)
{
    assert_int_equal(vm_unmap(d, first, last - first + 1), 0);
}

/* What the tables below say of unit 1, and more blocks. */
static uint64_t base1;
static uint16_t bdf1;
static void (*more)(struct ivrs_buf *t);

static void build(struct ivrs_buf *t)
{
    iv_begin(t, IV_INFO);
    iv_unit(t, 0x11, 0, bdf1, base1, 0);
    iv_dev4(t, 0x02, 0x0028, 0);
    iv_dev4(t, 0x02, 0x00e0, 0);
    iv_dev4(t, 0x02, 0x0100, 0);
    iv_close(t);
    iv_unit(t, 0x11, 0, AS_BDF0, AS_BASE0, 0);
    iv_range(t, 0x0008, 0xffff);
    iv_close(t);
    if ( more )
        more(t);
    iv_end(t);
}

static void prepare(uint64_t base, uint16_t bdf, void (*fn)(struct ivrs_buf *))
{
    base1 = base;
    bdf1 = bdf;
    more = fn;
    as_prepare(&amd_model_default);
    as_ivrs = build;
}

static void all_back(void)
{
    vm_clean();
    as_ivrs = NULL;
    assert_null(iommu_pci_alias);
    assert_int_equal(host_mmio_mapped(), 0);
    assert_int_equal(host_irqs_in_use(), 0);
    assert_int_equal(host_leak_report(5), 0);
}

static void test_no_table(void **state)
{
    host_reset();
    assert_int_equal(amd_x86.detect(), -ENODEV);
    assert_string_equal(host_log_text(), "");
    assert_int_equal(amd_x86.setup(), -ENODEV);
}

/* One line that says why, and the other unit is used; with "force" it is not. */
static void lost(uint64_t base, uint16_t bdf, const char *why)
{
    const struct iommu_unit *unit;
    unsigned int nr = 0;

    prepare(base, bdf, NULL);
    host_log_clear();
    assert_int_equal(vm_bring_up(), 0);
    assert_log(why);
    assert_log("its devices are not translated and stay with dom0");
    assert_int_equal(host_log_lines(XENLOG_WARNING), 1);
    assert_int_equal(host_log_lines(XENLOG_ERR), 0);
    for_each_iommu_unit ( unit )
    {
        assert_int_equal(unit->base, AS_BASE0);
        nr++;
    }
    assert_int_equal(nr, 1);
    all_back();

    prepare(base, bdf, NULL);
    force_iommu = true;
    host_log_clear();
    assert_int_equal(vm_bring_up(), -EOPNOTSUPP);
    force_iommu = false;
    assert_log("iommu=force wants all units");
    assert_int_equal(host_log_lines(XENLOG_ERR), 1);
    all_back();
}

static void test_bad_units(void **state)
{
    lost(0, AS_BDF1, "it has no registers");
    lost(FAR, AS_BDF1, "it reads as all ones");
    /* A function that is not there. */
    lost(AS_BASE1, 0x0700, "it reads as all ones");
}

static void too_long(struct ivrs_buf *t)
{
    iv_put(t, 0xffff, 8);
}

static void test_force_unread(void **state)
{
    prepare(AS_BASE1, AS_BDF1, too_long);
    force_iommu = true;
    assert_int_equal(vm_bring_up(), -EOPNOTSUPP);
    force_iommu = false;
    all_back();
}

/* Both functions of units are dom0's to look at only. */
static void test_read_only(void **state)
{
    prepare(AS_BASE1, AS_BDF1, NULL);
    assert_int_equal(vm_bring_up(), 0);
    assert_true(host_pci_is_ro(PCI_SBDF(0, AS_BDF0)));
    assert_true(host_pci_is_ro(PCI_SBDF(0, AS_BDF1)));
    assert_false(host_pci_is_ro(DEV_A));
    all_back();

    prepare(FAR, AS_BDF1, NULL);
    assert_int_equal(vm_bring_up(), 0);
    assert_false(host_pci_is_ro(PCI_SBDF(0, AS_BDF1)));
    all_back();
}

/* The FADT says that messages do not arrive: faults are polled. */
static void test_no_msi(void **state)
{
    const struct iommu_unit *unit;

    prepare(AS_BASE1, AS_BDF1, NULL);
    amd_host_no_msi = true;
    host_log_clear();
    assert_int_equal(vm_bring_up(), 0);
    amd_host_no_msi = false;
    assert_int_equal(host_irqs_in_use(), 0);
    assert_int_equal(host_log_lines(XENLOG_WARNING), 2);
    for_each_iommu_unit ( unit )
        assert_true(unit->polled);
    all_back();
}

/* What the self-test asks of faults is less with QEMU's unit, and only there. */
static void test_qemu(void **state)
{
    struct amd_model_cfg qemu = amd_model_default;
    const struct iommu_unit *unit;

    qemu.subsystem = 0x11001af4;
    as_prepare_two(&qemu, &amd_model_default);
    assert_int_equal(vm_bring_up(), 0);
    for_each_iommu_unit ( unit )
    {
        assert_int_equal(unit->silent_block, unit->base == AS_BASE0);
        assert_int_equal(unit->vague_faults, unit->base == AS_BASE0);
    }
    all_back();
}

static void memory(struct ivrs_buf *t)
{
    iv_memory(t, 0x22, 0x08, 0x0000, 0x0fff, 0xc0000000, 1);
    /* Nobody's: a unit's registers. */
    iv_memory(t, 0x22, 0x08, 0x0000, 0x0fff, AS_BASE0, 0x1000);
    iv_memory(t, 0x22, 0x08, 0x0000, 0x0fff, 0xc2000000, 0x1000);
    iv_memory(t, 0x21, 0x03, 0x0010, 0, 0xc1000000, 0x2000);
}

static unsigned int rights(pci_sbdf_t sbdf, uint64_t addr)
{
    return (vm_dma_end(sbdf, addr, false) == VM_REACHED) |
           (vm_dma_end(sbdf, addr, true) == VM_REACHED) << 1;
}

/*
 * Memory for devices on many buses: all of dom0's devices reach it, a guest's
 * do not, and it keeps nobody from being given away.  A device's own follows
 * it, with the rights that the block says.
 */
static void test_memory(void **state)
{
    const struct iommu_dev *dev;

    prepare(AS_BASE1, AS_BDF1, memory);
    vm_continue();
    assert_int_equal(vm_give(DEV_A, vm.hwdom), 0);
    assert_int_equal(vm_give(DEV_B, vm.hwdom), 0);

    assert_int_equal(rights(DEV_A, 0xc0000000), 3);
    assert_int_equal(rights(DEV_B, 0xc0000000), 3);
    assert_int_equal(rights(DEV_B, 0xc0001000), 0);
    assert_int_equal(rights(DEV_B, AS_BASE0), 0);
    assert_int_equal(rights(DEV_B, 0xc2000000), 3);

    dev = vm_dev(DEV_A);
    assert_int_equal(dev->nr_regions, 1);
    assert_int_equal(dev->regions[0].first, 0xc1000);
    assert_int_equal(dev->regions[0].last, 0xc1001);
    assert_int_equal(dev->regions[0].prot, PT_PROT_R);
    assert_int_equal(vm_dev(DEV_B)->nr_regions, 0);

    assert_int_equal(vm_give(DEV_B, vm.guest), 0);
    assert_int_equal(rights(DEV_B, 0xc0000000), 0);
    assert_int_equal(rights(DEV_A, 0xc0000000), 3);
    as_ivrs = NULL;
    vm_down();
}

/* One that cannot be mapped is said, though the next one could be. */
static void test_memory_fails(void **state)
{
    prepare(AS_BASE1, AS_BDF1, memory);
    unmappable = 0xc0000;
    vm_continue();
    amd_x86.translate();
    unmappable = 0;
    assert_log("for devices on several buses are not in");
    as_ivrs = NULL;
    vm_down();
}

/* RD890 forgets more than the unit's registers in a suspend. */
static void test_rd890(void **state)
{
    struct amd_model_cfg cfg = amd_model_default;
    struct iommu_unit *unit;

    cfg.device = 0x5a231002;
    as_prepare(&cfg);
    amd_model_l2_set(vm.amd[0], 0x10, 0x1234);
    vm_continue();
    unit = vm_unit(DEV_A);

    assert_int_equal(unit->drv->unit->suspend(unit), 0);
    amd_model_reset(vm.amd[0]);
    amd_model_l2_set(vm.amd[0], 0x10, 0);
    unit->drv->unit->resume(unit);
    assert_int_equal(amd_model_l2(vm.amd[0], 0x10), 0x1234);
    assert_true(vm.ops->is_on(0));
    vm_down();
}

/* Erratum 746, at boot and after a suspend. */
static void test_erratum_746(void **state)
{
    struct iommu_unit *unit;

    boot_cpu_data.x86_vendor = X86_VENDOR_AMD;
    boot_cpu_data.x86 = 0x15;
    boot_cpu_data.x86_model = 0x13;
    as_prepare(&amd_model_default);
    vm_continue();
    assert_int_equal(amd_model_l2(vm.amd[0], 0x90) & 4, 4);
    unit = vm_unit(DEV_A);

    assert_int_equal(unit->drv->unit->suspend(unit), 0);
    amd_model_reset(vm.amd[0]);
    amd_model_l2_set(vm.amd[0], 0x90, 0);
    unit->drv->unit->resume(unit);
    assert_int_equal(amd_model_l2(vm.amd[0], 0x90) & 4, 4);
    memset(&boot_cpu_data, 0, sizeof(boot_cpu_data));
    vm_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_table),
        VM_TEST(test_bad_units),
        VM_TEST(test_force_unread),
        VM_TEST(test_read_only),
        VM_TEST(test_no_msi),
        VM_TEST(test_qemu),
        VM_TEST(test_memory),
        VM_TEST(test_memory_fails),
        VM_TEST(test_rd890),
        VM_TEST(test_erratum_746),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
