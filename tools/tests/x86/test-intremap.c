/* SPDX-License-Identifier: GPL-2.0-only */
/* Interrupt remapping of a VT-d unit, against the model. */

#include "intremap-vtd.h"

#define SID     IR_SID
#define source  ir_source

static void start_ir(struct vtd_model_cfg cfg, bool eim)
{
    start(cfg);
    assert_int_equal(vtd_ir_enable(vu, eim), 0);
    assert_ptr_equal(unit->ir, &vtd_ir_ops);
}

static struct iommu_ir_irq irq_to(uint8_t vector, uint32_t dest)
{
    return (struct iommu_ir_irq){ .vector = vector, .dest = dest };
}

/* The device @sid sends message @sub of a block. */
static unsigned int fire(uint16_t sid, unsigned int index, unsigned int sub,
                         struct vtd_model_irq *out)
{
    static struct vtd_model_irq ignored;
    struct iommu_ir_msi msg;

    unit->ir->msi(index, 0, &msg);

    return vtd_model_msi(model[0], sid, msg.address, msg.data + sub,
                         out ?: &ignored);
}

static void test_no_eim_in_unit(void **state)
{
    struct vtd_model_cfg cfg = config(0);

    cfg.eim = false;
    start(cfg);
    assert_false(vtd_ir_usable(vu, true));
    assert_int_equal(vtd_ir_enable(vu, true), -EOPNOTSUPP);
    assert_int_equal(vtd_ir_enable(vu, false), 0);
    machine_stop();

    cfg.ir = false;
    start(cfg);
    assert_int_equal(vtd_ir_enable(vu, false), -EOPNOTSUPP);
    machine_stop();
}

/* An IO-APIC's own request is built from its redirection entry: §5.1.2.2. */
static void test_ioapic_entry(void **state)
{
    struct vtd_model_irq got;
    struct iommu_ir_irq irq = { .vector = 0x55, .dest = 3, .level = true };
    uint64_t rte = 0x03000000000189ff, new;
    unsigned int i;
    int index = 0;

    start_ir(config(0), false);
    /* Past the 15 bits that the index has in one place. */
    for ( i = 0; i < 129; i++ )
    {
        index = unit->ir->alloc(unit, &source, 256);
        assert_int_equal(index, i * 256);
    }
    assert_int_equal(index, 0x8000);
    index += 0xab;
    assert_int_equal(unit->ir->update(unit, index, &source, &irq), 0);

    assert_false(unit->ir->is_remapped(rte));
    new = unit->ir->rte(index, rte);
    assert_true(unit->ir->is_remapped(new));
    /* vector, trigger and mask as they were; delivery mode, 11 and rest not */
    assert_int_equal(new & 0x1ffff, 0x188ff);
    assert_int_equal(vtd_model_msi(model[0], SID,
                                   0xfee00000 | ((new >> 49) << 5) |
                                   ((new >> 48 & 1) << 4) |
                                   ((new >> 11 & 1) << 2), 0, &got), 0);
    assert_int_equal(got.vector, 0x55);
    assert_true(got.level);
    machine_stop();
}

static void test_sources(void **state)
{
    static const struct {
        struct iommu_ir_source src;
        uint16_t ok[4], bad[4];
    } cases[] = {
        { { .sid = 0x0310 }, { 0x0310 }, { 0x0311, 0x0314, 0x0318, 0x0210 } },
        { { .sid = 0x0310, .ignore_fn = 4 },
          { 0x0310, 0x0314 }, { 0x0311, 0x0312, 0x0318, 0x0410 } },
        { { .sid = 0x0310, .ignore_fn = 6 },
          { 0x0310, 0x0312, 0x0314, 0x0316 }, { 0x0311, 0x0313, 0x0318 } },
        { { .sid = 0x0310, .ignore_fn = 7 },
          { 0x0310, 0x0311, 0x0317 }, { 0x0318, 0x0308, 0x1310 } },
        { { .sid = 0x0305, .bus_range = true },
          { 0x0300, 0x0410, 0x05ff }, { 0x02ff, 0x0600 } },
    };
    struct iommu_ir_irq irq = irq_to(0x61, 1);
    unsigned int i, j;
    int index;

    for ( i = 0; i < ARRAY_SIZE(cases); i++ )
    {
        start_ir(config(0), true);
        index = unit->ir->alloc(unit, &source, 1);
        assert_int_equal(unit->ir->update(unit, index, &cases[i].src, &irq), 0);
        for ( j = 0; j < 4; j++ )
        {
            if ( cases[i].ok[j] )
                assert_int_equal(fire(cases[i].ok[j], index, 0, NULL), 0);
            if ( cases[i].bad[j] )
                assert_int_equal(fire(cases[i].bad[j], index, 0, NULL),
                                 FAULT_SOURCE);
        }
        machine_stop();
    }
}

/* A present entry gets another source, with and without a 16-byte store. */
static void test_source_changes(void **state)
{
    struct iommu_ir_source other = { .sid = 0x0420 };
    struct iommu_ir_irq irq = irq_to(0x41, 1);
    unsigned int cx16, index;

    for ( cx16 = 0; cx16 < 2; cx16++ )
    {
        host_cpu_has_cx16 = cx16;
        start_ir(config(0), true);
        index = suite_ir_entry(&rig, 0x41, 1);
        assert_int_equal(fire(SID, index, 0, NULL), 0);
        assert_int_equal(unit->ir->update(unit, index, &other, &irq), 0);
        assert_int_equal(fire(SID, index, 0, NULL), FAULT_SOURCE);
        assert_int_equal(fire(other.sid, index, 0, NULL), 0);
        machine_stop();
    }
}

/* Lowest priority goes with the redirection hint. */
static void test_redirection_hint(void **state)
{
    struct iommu_ir_irq irq = irq_to(0x41, 1);
    struct vtd_model_irq got;
    unsigned int index;

    start_ir(config(0), true);
    index = suite_ir_entry(&rig, 0x41, 1);
    for ( irq.mode = 0; irq.mode < 2; irq.mode++ )
    {
        assert_int_equal(unit->ir->update(unit, index, &source, &irq), 0);
        assert_int_equal(fire(SID, index, 0, &got), 0);
        assert_int_equal(got.redirect_hint, irq.mode == 1);
    }
    machine_stop();
}

#define SUITE(name) \
    static void test_##name(void **state) { suite_ir_##name(&rig); }

SUITE(blocked)
SUITE(delivery)
SUITE(wide)
SUITE(messages)
SUITE(stale)
SUITE(stores)
SUITE(exhaustion)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocked),
        cmocka_unit_test(test_delivery),
        cmocka_unit_test(test_wide),
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_stale),
        cmocka_unit_test(test_stores),
        cmocka_unit_test(test_exhaustion),
        cmocka_unit_test(test_no_eim_in_unit),
        cmocka_unit_test(test_ioapic_entry),
        cmocka_unit_test(test_sources),
        cmocka_unit_test(test_source_changes),
        cmocka_unit_test(test_redirection_hint),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
