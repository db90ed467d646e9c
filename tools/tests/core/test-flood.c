/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices that fault without end, on all drivers' models: each record that is
 * taken out of the queue makes room for the next one.  Draining has an end, the
 * device is contained whatever it is, the console has so many lines, and in the
 * end hardware records nothing more.
 */
#include <xen/iommu.h>
#include <xen/timer.h>

#include <iommu-groups/contain.h>
#include <iommu-groups/fault.h>
#include <iommu-groups/iort.h>

#include "amd-system.h"
#include "iort-build.h"
#include "riscv-system.h"
#include "smmu-fixture.h"
#include "vtd-system.h"
#include "riscv/rviommu.h"

/* Of the VT-d driver, whose header does not go with the others'. */
void vtd_fault_kick(void);

/* More than any drain that ends would take. */
#define STORM 20000UL

static unsigned long left;          /* faults that the device still makes */
static void (*one_more)(void);

/* The device is as fast as whoever drains. */
static void storm(void *arg)
{
    static bool inside;

    if ( inside || !left )
        return;
    inside = true;
    left--;
    one_more();
    inside = false;
}

static void begin(void (*fault)(void))
{
    unsigned int i;

    one_more = fault;
    left = STORM;
    for ( i = 0; i < 64; i++ )
        fault();
    host_on_mmio_write(storm, NULL);
    host_log_clear();
}

/* As time goes by: rounds of tasklets, and pauses between them. */
static unsigned int rounds(unsigned int most)
{
    unsigned int i;

    for ( i = 0; i < most; i++ )
    {
        unsigned int again;

        for ( again = 0; host_tasklets_run(); again++ )
            assert_true(again < 8);     /* softirqs end */
        host_time_advance(SECONDS(1));
        if ( !host_timers_run() )
            break;
    }

    return i;
}

static void end(void)
{
    host_on_mmio_write(NULL, NULL);
    assert_in_range(host_log_lines(NULL), 1,
                    2 * IOMMU_DEV_LINES + 3 * IOMMU_FAULT_STOPS + 8);
}

/* ---- SMMUv3: a device of ACPI's name space, which has no bus mastering ---- */

#define NODE_SID 0x77
#define NOBODYS  0x4242

static struct iort_buf table;
static struct iommu_dev node;
static struct domain *guest;

static struct pt cpu;

/* @lend: the guest's table is the CPU's. */
static void smmu_machine(bool lend)
{
    struct smmuv3_desc desc, wired;
    struct pt_config shape;
    uint32_t s0;

    sm_machine(&smmu_model_default, 1);
    iommu_hwdom_strict = iommu_enabled = true;
    iort_begin(&table);
    s0 = iort_smmu(&table, 0x09050000, 1, 0);
    iort_named(&table, "\\_SB.NET0");
    iort_map(&table, 0, 0, NODE_SID, s0, 1);
    iort_close(&table);
    assert_int_equal(iommu_iort_parse(table.b, table.len, &iommu_iort), 0);
    iommu_firmware = &iommu_iort_firmware;
    desc = iommu_iort_desc(&iommu_iort.smmus[0]);
    wired = sm_desc(0);
    desc.irq_evtq = wired.irq_evtq;
    desc.irq_gerror = wired.irq_gerror;
    assert_int_equal(smmuv3_add(&desc), 0);

    memset(&node, 0, sizeof(node));
    atomic_set(&node.refs, 1);
    node.name = "\\_SB.NET0";
    node.published = dom_io;
    pcidevs_lock();
    assert_int_equal(iommu_dev_add(&node), 0);
    pcidevs_unlock();

    assert_int_equal(smmu_driver.dev->table_config(&node, &shape), 0);
    assert_int_equal(pt_init(&cpu, &shape), 0);
    if ( lend )
        host_borrow_set(pt_root(&cpu), shape.levels, shape.in_bits);
    host_borrow_look(&cpu);
    guest = host_domain_create(2, XEN_DOMCTL_CDF_iommu);
    assert_int_equal(iommu_domain_init(guest, 0), 0);
    assert_int_equal(iommu_group_set_owner(node.group, &node, guest), 0);
    node.published = guest;
}

static void smmu_gone(void)
{
    struct iommu_group *group = node.group;
    struct domain *owner;

    assert_int_equal(iommu_group_set_owner(group, &node, dom_io), 0);
    assert_int_equal(iommu_dev_retire(group, &node, &owner), 0);
    put_domain(owner);
    pcidevs_lock();
    iommu_dev_remove(&node);
    pcidevs_unlock();
    iommu_dev_forget(&node);
    assert_int_equal(iommu_free_pgtables(guest), 0);
    iommu_domain_destroy(guest);
    host_domain_destroy(guest);
    while ( pt_destroy(&cpu, ~0UL) == -ERESTART )
        continue;
    iommu_firmware = NULL;
    sm_teardown(NULL);
}

static void smmu_fault(void)
{
    uint64_t ma;

    smmu_model_dma(sm_model[0], NODE_SID, 0xabc000, true, &ma);
}

static void smmu_strange_fault(void)
{
    uint64_t ma;

    smmu_model_dma(sm_model[0], NOBODYS, 0xabc000, true, &ma);
}

static uint32_t smmu_recorded(void)
{
    return readl(sm_unit(0)->page1 + SMMU_EVENTQ_PROD);
}

static void test_smmu(void **state)
{
    uint32_t prod;

    smmu_machine(true);
    begin(smmu_fault);
    assert_true(rounds(100) < 20);
    assert_true(node.group->broken);
    assert_int_equal(node.attached->type, S2_BLOCKED);
    assert_true(node.nr_faults < 2000);
    end();
    prod = smmu_recorded();
    smmu_fault();
    assert_int_equal(smmu_recorded(), prod);

    /* Of nobody's stream the table says nothing, until it floods the queue. */
    smmu_strange_fault();
    assert_int_not_equal(smmu_recorded(), prod);
    sm_settle();
    begin(smmu_strange_fault);
    assert_true(rounds(100) < 20);
    end();
    assert_log("unknown device 0x4242 floods it");
    prod = smmu_recorded();
    smmu_strange_fault();
    assert_int_equal(smmu_recorded(), prod);

    /* Its neighbour, whose entry would be in the same table, works. */
    {
        struct iommu_dev *dev;
        struct s2_table *t;
        struct s2_domain *s2;
        uint64_t ma, page;

        iommu_firmware = NULL;
        dev = xzalloc(struct iommu_dev);
        dev->name = "/late";
        dev->fw_unit = node.fw_unit;
        assert_int_equal(iommu_dev_add_ids(dev, NOBODYS + 1, NOBODYS + 1), 0);
        pcidevs_lock();
        assert_int_equal(smmu_driver.dev->probe(dev), 0);
        pcidevs_unlock();
        sm_guest = guest;
        t = sm_table();
        page = sm_map(t, 5);
        s2 = sm_domain(dev, t);
        assert_int_equal(sm_attach(s2, dev), 0);
        assert_int_equal(smmu_model_dma(sm_model[0], NOBODYS + 1, 0x5000, true,
                                        &ma), 0);
        assert_int_equal(ma, page);
        /* One that is attached is not silenced. */
        assert_int_equal(smmu_silence(dev->unit, NOBODYS + 1), -EBUSY);
        assert_int_equal(smmu_model_dma(sm_model[0], NOBODYS + 1, 0x5000, true,
                                        &ma), 0);
    }
}

/*
 * A block is split: for a moment there is nothing where the whole block was,
 * and what the device did there in good faith is no reason to stop it.  What
 * the table does not let pass afterwards is.
 */
static void test_split(void **state)
{
    unsigned int lend, i;

    for ( lend = 0; lend < 2; lend++ )
    {
        struct pt_gather g;
        unsigned int flags = 0;
        uint64_t ma;

        smmu_machine(lend);
        pt_gather_init(&g);
        if ( lend )
        {
            assert_int_equal(pt_map(&cpu, 0x200, 0x200, 0x200,
                                    PT_PROT_R | PT_PROT_W, &g), 0);
            assert_int_equal(pt_unmap(&cpu, 0x3ff, 1, &g), 0);
        }
        else
        {
            assert_int_equal(iommu_map(guest, _dfn(0x200), _mfn(0x200), 0x200,
                                       IOMMUF_readable | IOMMUF_writable,
                                       &flags), 0);
            assert_int_equal(iommu_unmap(guest, _dfn(0x3ff), 1, 0, &flags), 0);
        }
        for ( i = 0; i < 5 * PT_FAULT_THRESHOLD; i++ )
            assert_int_not_equal(smmu_model_dma(sm_model[0], NODE_SID,
                                                0x200000 + i * 0x1000, true,
                                                &ma), 0);
        if ( lend )
            pt_make(&cpu, &g);
        assert_int_equal(iommu_iotlb_flush(guest, _dfn(0x3ff), 1,
                                           IOMMU_FLUSHF_modified), 0);
        sm_settle();
        assert_int_equal(node.nr_faults, 5 * PT_FAULT_THRESHOLD);
        assert_false(node.group->broken);
        assert_int_equal(smmu_model_dma(sm_model[0], NODE_SID, 0x200000, true,
                                        &ma), 0);

        for ( i = 0; i < PT_FAULT_THRESHOLD; i++ )
            assert_int_not_equal(smmu_model_dma(sm_model[0], NODE_SID, 0x3ff000,
                                                true, &ma), 0);
        sm_settle();
        assert_true(node.group->broken);
        pt_gather_release(&g);
        smmu_gone();
    }
}

/* ---- VT-d: a guest's function, and one that firmware did not name ---- */

static struct vtd_model *vtd;

static void vtd_fault(void)
{
    vtd_model_dma(vtd, DEV_A.bdf, 0x123000, 4, true, NULL);
}

static void vtd_strange_fault(void)
{
    vtd_model_dma(vtd, 0x4242, 0x123000, 4, true, NULL);
}

static bool vtd_records(void)
{
    return vtd_model_read(vtd, 0x34, 4) & 2;
}

static void test_vtd(void **state)
{
    struct vtd_model_cfg cfg = vtd_model_default;
    unsigned int cm;

    for ( cm = 0; cm < 2; cm++ )
    {
        cfg.caching_mode = cm;
        vm_up(&cfg);
        vtd = vm_model(DEV_A);
        assert_int_equal(vm_give(DEV_A, vm.guest), 0);
        vm_page(vm.guest, 5);
        assert_int_equal(vm_dma(DEV_A, 0x5000, true), 0);

        begin(vtd_fault);
        assert_true(rounds(100) < 50);
        assert_true(vm_dev(DEV_A)->group->broken);
        end();
        vtd_fault();
        assert_false(vtd_records());

        begin(vtd_strange_fault);
        assert_true(rounds(100) < 30);
        end();
        vtd_strange_fault();
        assert_false(vtd_records());

        /* It is mended, works, and is heard of again. */
        assert_int_equal(iommu_group_mend(vm_dev(DEV_A)->group), 0);
        pci_conf_write16(DEV_A, 4, 6);
        assert_int_equal(vm_dma(DEV_A, 0x5000, true), 0);
        vtd_fault();
        assert_true(vtd_records());
        vm_settle();
        vm_down();
    }
}

/* ---- AMD-Vi ---- */

static unsigned int amd_unit;

static void amd_fault(void)
{
    uint64_t ma;

    vm.ops->translate(amd_unit, DEV_A.bdf, 0x123000, true, &ma);
}

static void test_amd(void **state)
{
    unsigned int i, n;

    as_prepare(&amd_model_default);
    vm_continue();
    amd_unit = vm_index(DEV_A);
    assert_int_equal(vm_give(DEV_A, vm.guest), 0);
    vm_page(vm.guest, 5);
    host_log_clear();

    /* Of one burst, what is left over; but one that goes on is cut off. */
    for ( i = 0; i < 20 && !vm_dev(DEV_A)->group->broken; i++ )
    {
        for ( n = 0; n < 100; n++ )
            amd_fault();
        vm_settle();
        assert_true(i || vm_dev(DEV_A)->nr_stops == 1);
        host_time_advance(SECONDS(1));
        host_timers_run();
        vm_settle();
    }
    assert_in_range(i, 2, 8);
    end();
    vm_down();
}

/* ---- RISC-V ---- */

static void rv_fault(void)
{
    uint64_t ma;

    rvm_translate(rvs.model[0], RVS_A.bdf, 0x123000, RVM_WRITE, &ma);
}

/* What the queue holds when the device is stopped does not count against it. */
static void test_burst(void **state)
{
    struct vtd_model_cfg cfg = vtd_model_default;
    unsigned int i;

    cfg.nfr = 100;
    vm_up(&cfg);
    vtd = vm_model(DEV_A);
    assert_int_equal(vm_give(DEV_A, vm.guest), 0);
    pci_conf_write16(DEV_A, 4, 6);
    for ( i = 0; i < 100; i++ )
        vtd_model_dma(vtd, DEV_A.bdf, 0x100000 + i * 0x1000, 4, true, NULL);
    vm_settle();
    assert_int_equal(vm_dev(DEV_A)->nr_faults, 100);
    assert_int_equal(vm_dev(DEV_A)->nr_stops, 1);
    assert_false(vm_dev(DEV_A)->group->broken);
    vm_down();

    rvs_up(&rvm_default, &rvm_default);
    assert_int_equal(rvs_give(RVS_A, rvs.guest), 0);
    pci_conf_write16(RVS_A, 4, 6);
    for ( i = 0; i < 100; i++ )
        rv_fault();
    rv_fault_kick();
    rvs_settle();
    assert_int_equal(rvs_dev(RVS_A)->nr_faults, 100);
    assert_int_equal(rvs_dev(RVS_A)->nr_stops, 1);
    assert_false(rvs_dev(RVS_A)->group->broken);
    rvs_down();
}

/* Nobody's ID is silenced for its rate, even if each fault is drained at once. */
static void test_unknown_rate(void **state)
{
    unsigned int i;

    vm_up(&vtd_model_default);
    vtd = vm_model(DEV_A);
    for ( i = 0; i < 10 * PT_FAULT_THRESHOLD; i++ )
    {
        vtd_strange_fault();
        assert_true(vtd_records());
        vm_settle();
        host_time_advance(MILLISECS(11));
    }
    for ( i = 0; i < PT_FAULT_THRESHOLD; i++ )
    {
        vtd_strange_fault();
        vm_settle();
    }
    vtd_strange_fault();
    assert_false(vtd_records());
    vm_down();
}

/* An interrupt of what is to be read after a pause does not end the pause. */
static void test_pause(void **state)
{
    vm_up(&vtd_model_default);
    vtd = vm_model(DEV_A);
    assert_int_equal(vm_give(DEV_A, vm.guest), 0);
    begin(vtd_fault);
    assert_int_not_equal(host_tasklets_run(), 0);
    left = 0;
    vtd_fault_kick();
    assert_int_equal(host_tasklets_run(), 0);
    host_time_advance(MILLISECS(2));
    assert_int_equal(host_timers_run(), 1);
    assert_int_equal(host_tasklets_run(), 1);
    vtd_fault_kick();
    assert_int_equal(host_tasklets_run(), 1);
    host_on_mmio_write(NULL, NULL);
    vm_down();
}

static void rv_strange_fault(void)
{
    uint64_t ma;

    rvm_translate(rvs.model[0], 0x4242, 0x123000, RVM_WRITE, &ma);
}

static bool rv_records(struct rv_unit *u)
{
    return rv_readl(u, RV_FQT) != rv_readl(u, RV_FQH);
}

static void test_riscv(void **state)
{
    struct rv_unit *u;

    rvs_up(&rvm_default, &rvm_default);
    u = to_rv_unit(rvs_dev(RVS_A)->unit);
    assert_int_equal(rvs_give(RVS_A, rvs.guest), 0);
    rvs_page(rvs.guest, 5);

    begin(rv_fault);
    rv_fault_kick();
    assert_true(rounds(100) < 30);
    assert_true(rvs_dev(RVS_A)->group->broken);
    end();
    rv_fault();
    assert_false(rv_records(u));

    begin(rv_strange_fault);
    rv_fault_kick();
    assert_true(rounds(100) < 30);
    end();
    rv_strange_fault();
    assert_false(rv_records(u));

    /* Blocked again it stays silent; mended it works, and is heard. */
    assert_int_equal(rvs_give(RVS_A, dom_io), 0);
    rv_fault();
    assert_false(rv_records(u));
    assert_int_equal(iommu_group_mend(rvs_dev(RVS_A)->group), 0);
    assert_int_equal(rvs_give(RVS_A, rvs.guest), 0);
    pci_conf_write16(RVS_A, 4, 4);
    assert_int_equal(rvs_dma(RVS_A, 0x5000, true), 0);
    assert_int_equal(rv_silence(&u->unit, RVS_A.bdf), -EBUSY);
    rv_fault();
    assert_true(rv_records(u));
    rvs_settle();
    rvs_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vtd), cmocka_unit_test(test_riscv),
        cmocka_unit_test(test_amd),
        cmocka_unit_test(test_burst), cmocka_unit_test(test_pause),
        cmocka_unit_test(test_unknown_rate), cmocka_unit_test(test_split),
        /* The last: its machine stays. */
        cmocka_unit_test(test_smmu),
    };

    return cmocka_run_group_tests_name("flood", tests, NULL, NULL);
}
