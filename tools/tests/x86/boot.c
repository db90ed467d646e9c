/* SPDX-License-Identifier: GPL-2.0-only */
#include "boot.h"

#include <xen/iocap.h>
#include <xen/rangeset.h>

#include <asm/apic.h>
#include <asm/io_apic.h>
#include <asm/irq.h>

#include <iommu-groups/ir.h>
#include <iommu-groups/setup.h>

#include "pci-build.h"
#include "x86-xen.h"

#define PIN     2
#define VECTOR  0x44
#define DFN     0x40UL

/* <asm/iommu.h> of a patched Xen. */
void acpi_iommu_init(void);
int iommu_setup(void);
bool iommu_supports_x2apic(void);
int iommu_enable_x2apic(void);
void iommu_disable_x2apic(void);

static const struct fn functions[] = {
    { .name = "00:02.0", .kind = RCIEP }, { .name = "00:05.0", .kind = RCIEP },
};

const struct x86_boot *x86_boot;
struct x86_wrong x86_wrong;
static bool panicked;

int scan_pci_devices(void)
{
    unsigned int i;

    for ( i = 0; !x86_wrong.scan && i < ARRAY_SIZE(functions); i++ )
        if ( !host_pdev_add(sbdf_of(functions[i].name)) )
            return -ENOMEM;

    return x86_wrong.scan;
}

static void add_functions(void)
{
    uint8_t cfg[4096];
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(functions); i++ )
    {
        build_cfg(&functions[i], cfg);
        put16(cfg + PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
        host_pci_add(sbdf_of(functions[i].name), cfg, sizeof(cfg));
    }
    if ( x86_wrong.function )
        host_pci_add(PCI_SBDF(0, 0, 0, 0), x86_wrong.function, 256);
}

/*
 * What Xen does about x2APIC before it sets interrupts up.  With interrupts
 * remapped for it, it cannot live without units any more.
 */
static void x2apic_setup(enum x2apic mode)
{
    struct IO_APIC_route_entry **saved;
    int rc;

    if ( mode == XAPIC )
        return;
    if ( !iommu_supports_x2apic() )
    {
        x2apic_enabled = true;
        return;
    }

    saved = alloc_ioapic_entries();
    if ( !saved )
        return;

    assert_int_equal(save_IO_APIC_setup(saved), 0);
    mask_8259A();
    mask_IO_APIC_setup(saved);
    rc = iommu_enable_x2apic();
    x2apic_enabled |= rc != -ENXIO;
    force_iommu |= !rc;
    restore_IO_APIC_setup(saved, rc);
    unmask_8259A();
    free_ioapic_entries(saved);
}

static void dom0_up(void)
{
    vm.hwdom = host_domain_create(0, XEN_DOMCTL_CDF_iommu);
    assert_non_null(vm.hwdom);
    host_hwdom_set(vm.hwdom);
    vm.hwdom->iomem_caps = rangeset_new(NULL, "iomem", 0);
    mmio_ro_ranges = rangeset_new(NULL, "ro", 0);
    assert_int_equal(rangeset_add_range(vm.hwdom->iomem_caps, 0, 0xffffff), 0);
    assert_int_equal(iommu_domain_init(vm.hwdom, 0), 0);
    iommu_hwdom_init(vm.hwdom);
}

static void arm(void)
{
    if ( x86_wrong.memory && x86_wrong.burst )
        host_fail_from(x86_wrong.memory);
    else
        host_fail_nth(x86_wrong.memory);
    if ( x86_wrong.command )
        vm.ops->fail_nth(x86_wrong.unit, x86_wrong.command, x86_wrong.how);
}

/* Was there such a step? */
static void disarm(void)
{
    x86_wrong.reached = x86_wrong.memory ? host_fail_reached()
                        : x86_wrong.command && vm.ops->failed(x86_wrong.unit);
    host_fail_nth(0);
    if ( x86_wrong.command )
        vm.ops->fail_nth(x86_wrong.unit, 0, 0);
}

bool x86_boot_up(enum x2apic mode)
{
    x86_reset();
    x86_boot->prepare();
    system_state = SYS_STATE_boot;
    iommu_enable = true;
    iommu_enabled = force_iommu = false;
    iommu_intremap = iommu_intremap_full;
    x2apic_enabled = mode == X2APIC_FIRMWARE;
    host_ioapic_reset();
    host_ioapic_add(2, 24);
    host_rte[0][PIN] = VECTOR;
    add_functions();

    arm();
    acpi_iommu_init();
    x2apic_setup(mode);
    panicked = HOST_CATCH(iommu_setup());
    disarm();
    /* Only who counts on it. */
    assert_true(!panicked || force_iommu);
    if ( iommu_enabled && !panicked )
        dom0_up();

    return iommu_enabled && !panicked;
}

/* As Xen sets a pin up once it knows what interrupts are. */
static void check_pin(void)
{
    struct IO_APIC_route_entry e = { .vector = VECTOR + 1 };
    struct x86_irq irq = {};

    if ( x2apic_enabled && iommu_intremap )
        e.dest.dest32 = 7;
    else
        e.dest.logical.logical_dest = 7;
    __ioapic_write_entry(0, PIN, false, e);
    assert_int_equal(x86_boot->msi(host_rte[0][PIN], &irq), 0);
    assert_int_equal(irq.remapped, !!iommu_intremap);
    assert_int_equal(irq.vector, VECTOR + 1);
    assert_int_equal(irq.dest, 7);
    assert_false(host_pic_masked);
}

/* Those without a unit were left to dom0, with a line. */
static void check_dma(void)
{
    uint64_t addr = DFN << PAGE_SHIFT;
    void *page = vm_page(vm.hwdom, DFN);
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(functions); i++ )
    {
        pci_sbdf_t sbdf = sbdf_of(functions[i].name);

        if ( !vm_dev(sbdf) || !vm_unit(sbdf) || vm_unit(sbdf)->failed )
            continue;
        assert_int_equal(vm_dma_to(sbdf, addr), virt_to_maddr(page));
        assert_int_not_equal(vm_dma(sbdf, addr + PAGE_SIZE, false), 0);
        assert_false(iomem_access_permitted(vm.hwdom,
                                            vm_unit(sbdf)->base >> PAGE_SHIFT,
                                            vm_unit(sbdf)->base >> PAGE_SHIFT));
    }
}

void x86_boot_check(bool hung)
{
    unsigned int i;

    for ( i = 0; i < 2; i++ )
        if ( vm.ops->violation(i) )
            fail_msg("%s\n%s", vm.ops->violation(i), host_log_text());
    /* Remapping was promised and is not there: Xen stopped with units on. */
    if ( panicked && iommu_enabled )
        return;
    if ( !hung )
        check_pin();
    if ( iommu_enabled )
        check_dma();
    else
        for ( i = 0; !hung && i < 2; i++ )
            assert_true(vm.ops->is_off(i));
}

static void unplug(void)
{
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(functions); i++ )
        vm_unplug(sbdf_of(functions[i].name));
}

void x86_boot_down(void)
{
    unsigned int i;

    if ( !vm.ops )
        return;
    for ( i = 0; i < 2; i++ )
        vm.ops->revive(i);
    vm_settle();
    unplug();
    if ( vm.hwdom )
    {
        rangeset_destroy(vm.hwdom->iomem_caps);
        rangeset_destroy(mmio_ro_ranges);
        vm.hwdom->iomem_caps = mmio_ro_ranges = NULL;
        vm_domain_down(&vm.hwdom);
    }
    vm_settle();
    if ( iommu_enabled )
    {
        system_state = SYS_STATE_boot;
        iommu_ir_shutdown();
        x86_boot->tear_down();
    }
    iommu_enabled = force_iommu = x2apic_enabled = false;
    INIT_LIST_HEAD(&iommu_units);
    INIT_LIST_HEAD(&iommu_drivers);
    x86_boot->forget();
    for ( i = 0; i < 2; i++ )
        vm.ops->destroy(i);
    while ( vm.nr_pages )
        free_xenheap_page(vm.pages[--vm.nr_pages]);
    memset(&vm, 0, sizeof(vm));
    host_acpi_clear();
    assert_int_equal(host_mmio_mapped(), 0);
    assert_int_equal(host_irqs_in_use(), 0);
}

int x86_boot_teardown(void **state)
{
    x86_boot_down();

    return 0;
}

/* ---- tests ---- */

static void suspend(void)
{
    unsigned int i;

    system_state = SYS_STATE_active;
    assert_int_equal(iommu_suspend(), 0);
    iommu_disable_x2apic();
    for ( i = 0; i < 2; i++ )
        vm.ops->reset(i);
    iommu_enable_x2apic();
    iommu_resume();
    vm_settle();
}

/* One boot with x86_wrong; everything comes back but what @hung units use. */
static bool round_of(enum x2apic mode, bool hung)
{
    struct host_memory before = host_memory_now();
    bool up;

    up = x86_boot_up(mode);
    /* It may be the command that was to switch it off. */
    hung = x86_wrong.reached &&
           (hung || host_log_contains("does not turn off"));
    x86_boot_check(hung);
    if ( !panicked && !hung )
    {
        /* Xen asks for remapping when it wakes up even if it gave it up. */
        suspend();
        x86_boot_check(false);
    }
    x86_boot_down();
    if ( !hung )
    {
        assert_int_equal(host_memory_now().pages, before.pages);
        assert_int_equal(host_memory_now().objects, before.objects);
    }

    return up;
}

void x86_boot_whole(void **state)
{
    enum x2apic mode;

    for ( mode = 0; mode < NR_X2APIC; mode++ )
    {
        x86_wrong = (struct x86_wrong){};
        assert_true(round_of(mode, false));
    }
}

void x86_boot_no_scan(void **state)
{
    enum x2apic mode;
    unsigned int n;

    for ( mode = 0; mode < NR_X2APIC; mode++ )
        for ( n = 0; n < test_rounds(8, 24); n++ )
        {
            /* With remapping that cannot be had before, step by step. */
            x86_wrong = (struct x86_wrong){
                .scan = -ENOMEM, .unit = n & 1, .command = n / 2,
            };
            assert_false(round_of(mode, false));
        }
}

void x86_boot_no_memory(void **state)
{
    unsigned int n, burst, stride = test_rounds(x86_boot->stride, 1);
    enum x2apic mode;

    for ( mode = 0; mode < NR_X2APIC; mode++ )
        for ( burst = 0; burst < 2; burst++ )
            for ( n = 1 + (burst + mode) % stride; ; n += stride )
            {
                x86_wrong = (struct x86_wrong){ .memory = n, .burst = burst };
                round_of(mode, false);
                if ( !x86_wrong.reached )
                    break;
                assert_true(n < 200);
            }
}

void x86_boot_commands(void **state)
{
    unsigned int unit, how, n, stride = test_rounds(x86_boot->stride, 1);
    enum x2apic mode;

    for ( mode = 0; mode < NR_X2APIC; mode++ )
        for ( unit = 0; unit < 2; unit++ )
            for ( how = 0; how <= x86_boot->last_way; how++ )
                for ( n = 1 + (how + mode) % stride; ; n += stride )
                {
                    x86_wrong = (struct x86_wrong){
                        .unit = unit, .command = n, .how = how,
                    };
                    round_of(mode, how == x86_boot->last_way);
                    if ( !x86_wrong.reached )
                        break;
                    assert_true(n < 200);
                }
}
