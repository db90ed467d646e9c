/* SPDX-License-Identifier: GPL-2.0-only */
/* Interrupt remapping of a VT-d unit, against the model. */

#include "intremap-test.h"

#include <iommu-groups/contain.h>

#define SID     0x0310

static const struct iommu_ir_source source = { .sid = SID };
static struct iommu_unit *unit;
static struct vtd_unit *vu;

static struct vtd_model_cfg config(unsigned int variant)
{
    struct vtd_model_cfg cfg = vtd_model_default;

    cfg.caching_mode = variant & 1;
    cfg.coherent = !(variant & 2);
    cfg.rwbf = variant & 4;

    return cfg;
}
#define NR_VARIANTS 8

static void start(struct vtd_model_cfg cfg)
{
    machine_start(&(struct machine){
        .nr_units = 1, .flags = DMAR_INTR_REMAP, .cfg = cfg });
    vu = machine_unit(0);
    assert_non_null(vu);
    unit = &vu->unit;
}

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

/* An entry that delivers @vector to @dest. */
static unsigned int entry(uint8_t vector, uint32_t dest)
{
    struct iommu_ir_irq irq = irq_to(vector, dest);
    int index = unit->ir->alloc(unit, &source, 1);

    assert_true(index >= 0);
    assert_int_equal(unit->ir->update(unit, index, &source, &irq), 0);

    return index;
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

/* Nothing but entries lets an interrupt pass. */
static void test_compat_blocked(void **state)
{
    struct vtd_model_irq irq = {};

    start(config(0));
    assert_int_equal(vtd_model_msi(model[0], SID, 0xfee01000, 0x31, &irq), 0);
    assert_true(irq.compat);

    assert_int_equal(vtd_ir_enable(vu, false), 0);
    assert_int_equal(vtd_model_msi(model[0], SID, 0xfee01000, 0x31, &irq),
                     FAULT_COMPAT);
    assert_int_equal(fire(SID, 7, 0, NULL), FAULT_NOT_PRESENT);

    vtd_ir_disable(vu);
    assert_int_equal(vtd_model_msi(model[0], SID, 0xfee01000, 0x31, &irq), 0);
    machine_stop();
}

static void check_delivery(bool eim, const struct iommu_ir_irq *want)
{
    struct vtd_model_irq got = {};
    struct iommu_ir_irq back = {};
    int index = unit->ir->alloc(unit, &source, 1);

    assert_true(index >= 0);
    assert_int_equal(unit->ir->read(unit, index, &back), -ENOENT);
    assert_int_equal(unit->ir->update(unit, index, &source, want), 0);
    assert_int_equal(fire(SID, index, 0, &got), 0);
    assert_true(got.remapped);
    assert_int_equal(got.vector, want->vector);
    assert_int_equal(got.dest, want->dest);
    assert_int_equal(got.delivery_mode, want->mode);
    assert_int_equal(got.logical, want->logical);
    assert_int_equal(got.level, want->level);
    /* Lowest priority goes with the redirection hint. */
    assert_int_equal(got.redirect_hint, want->mode == 1);

    assert_int_equal(unit->ir->read(unit, index, &back), 0);
    assert_int_equal(back.vector, want->vector);
    assert_int_equal(back.dest, want->dest);
    assert_int_equal(back.mode, want->mode);
    assert_int_equal(back.logical, want->logical);
    assert_int_equal(back.level, want->level);

    unit->ir->free(unit, index, 1);
}

static void test_delivery(void **state)
{
    unsigned int variant, eim, i;

    for ( variant = 0; variant < NR_VARIANTS; variant++ )
        for ( eim = 0; eim < 2; eim++ )
        {
            start_ir(config(variant), eim);
            for ( i = 0; i < 64; i++ )
            {
                struct iommu_ir_irq irq = {
                    .vector = 0x30 + i,
                    .dest = eim && (i & 8) ? 0x01020300 + i : i * 4,
                    .mode = i & 1,
                    .logical = i & 2,
                    .level = i & 4,
                };

                check_delivery(eim, &irq);
            }
            machine_stop();
        }
}

/* Without EIM a wide destination is refused and what was there stays. */
static void test_wide_destination(void **state)
{
    struct iommu_ir_irq irq = irq_to(0x44, 0x100);
    struct vtd_model_irq got;
    unsigned int index;

    start_ir(config(0), false);
    index = entry(0x41, 0xff);
    assert_int_equal(unit->ir->update(unit, index, &source, &irq), -ERANGE);
    assert_int_equal(fire(SID, index, 0, &got), 0);
    assert_int_equal(got.vector, 0x41);
    assert_int_equal(got.dest, 0xff);
    machine_stop();

    start_ir(config(0), true);
    index = entry(0x41, 0x100);
    irq.dest = UINT32_MAX;
    assert_int_equal(unit->ir->update(unit, index, &source, &irq), 0);
    assert_int_equal(fire(SID, index, 0, &got), 0);
    assert_int_equal(got.dest, UINT32_MAX);
    machine_stop();
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

static void test_multiple_messages(void **state)
{
    struct vtd_model_irq got;
    unsigned int i, nr;
    int index;

    start_ir(config(1), true);
    entry(0xf0, 1);                     /* so that alignment has to do work */

    for ( nr = 2; nr <= 32; nr *= 2 )
    {
        index = unit->ir->alloc(unit, &source, nr);
        assert_true(index > 0);
        assert_int_equal(index % nr, 0);
        for ( i = 0; i < nr; i++ )
        {
            struct iommu_ir_irq irq = irq_to(0x40 + i, 0x1000 + i);

            assert_int_equal(fire(SID, index, i, NULL), FAULT_NOT_PRESENT);
            assert_int_equal(unit->ir->update(unit, index + i, &source, &irq),
                             0);
        }
        for ( i = 0; i < nr; i++ )
        {
            assert_int_equal(fire(SID, index, i, &got), 0);
            assert_int_equal(got.vector, 0x40 + i);
            assert_int_equal(got.dest, 0x1000 + i);
        }
        unit->ir->free(unit, index, nr);
        for ( i = 0; i < nr; i++ )
            assert_int_equal(fire(SID, index, i, NULL), FAULT_NOT_PRESENT);
    }

    assert_int_equal(unit->ir->alloc(unit, &source, 0), -EINVAL);
    assert_int_equal(unit->ir->alloc(unit, &source, 257), -EINVAL);
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

/* Nothing of the old entry is delivered once a call has returned. */
static void test_no_stale_entry(void **state)
{
    unsigned int variant, i, index;
    unsigned long iecs;

    for ( variant = 0; variant < NR_VARIANTS; variant++ )
    {
        struct vtd_model_irq got;
        struct iommu_ir_irq irq = irq_to(0, 0);

        start_ir(config(variant), true);
        index = entry(0x41, 1);
        for ( i = 0; i < 20; i++ )
        {
            irq.vector = 0x50 + i;
            irq.dest = i;
            assert_int_equal(fire(SID, index, 0, NULL), 0);
            assert_int_equal(unit->ir->update(unit, index, &source, &irq), 0);
            assert_int_equal(fire(SID, index, 0, &got), 0);
            assert_int_equal(got.vector, 0x50 + i);
            assert_int_equal(got.dest, i);
        }

        /* The same again costs the unit nothing. */
        iecs = vtd_model_count(model[0], VTD_COUNT_QI_IEC);
        assert_int_equal(unit->ir->update(unit, index, &source, &irq), 0);
        assert_int_equal(vtd_model_count(model[0], VTD_COUNT_QI_IEC), iecs);

        unit->ir->free(unit, index, 1);
        assert_int_equal(fire(SID, index, 0, NULL), FAULT_NOT_PRESENT);
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
        index = entry(0x41, 1);
        assert_int_equal(fire(SID, index, 0, NULL), 0);
        assert_int_equal(unit->ir->update(unit, index, &other, &irq), 0);
        assert_int_equal(fire(SID, index, 0, NULL), FAULT_SOURCE);
        assert_int_equal(fire(other.sid, index, 0, NULL), 0);
        machine_stop();
    }
}

static void test_exhaustion(void **state)
{
    struct iommu_ir_irq irq = irq_to(0x41, 1);
    unsigned int i;

    start_ir(config(0), true);
    for ( i = 0; i < VTD_IR_ENTRIES; i += 256 )
        assert_int_equal(unit->ir->alloc(unit, &source, 256), i);
    /* Whoever asks again and again has so many lines. */
    host_log_clear();
    for ( i = 0; i < 1000; i++ )
        assert_int_equal(unit->ir->alloc(unit, &source, 1), -ENOSPC);
    assert_in_range(host_log_lines(NULL), 1, IOMMU_DEV_LINES);

    /* Two that are free, but not next to each other. */
    unit->ir->free(unit, 100, 1);
    unit->ir->free(unit, 103, 1);
    assert_int_equal(unit->ir->alloc(unit, &source, 2), -ENOSPC);
    /* Next to each other, but not aligned. */
    unit->ir->free(unit, 102, 1);
    unit->ir->free(unit, 101, 1);
    assert_int_equal(unit->ir->alloc(unit, &source, 2), 100);
    assert_int_equal(unit->ir->alloc(unit, &source, 2), 102);
    unit->ir->free(unit, 65535, 1);
    assert_int_equal(unit->ir->alloc(unit, &source, 1), 65535);

    /* What is not allocated cannot be changed. */
    unit->ir->free(unit, 5, 1);
    assert_int_equal(unit->ir->update(unit, 5, &source, &irq), -EINVAL);
    assert_int_equal(unit->ir->update(unit, 65536, &source, &irq), -EINVAL);
    assert_int_equal(unit->ir->read(unit, 5, &irq), -EINVAL);
    assert_true(HOST_CATCH(unit->ir->free(unit, 5, 1)));
    machine_stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compat_blocked),
        cmocka_unit_test(test_delivery),
        cmocka_unit_test(test_wide_destination),
        cmocka_unit_test(test_no_eim_in_unit),
        cmocka_unit_test(test_multiple_messages),
        cmocka_unit_test(test_ioapic_entry),
        cmocka_unit_test(test_sources),
        cmocka_unit_test(test_no_stale_entry),
        cmocka_unit_test(test_source_changes),
        cmocka_unit_test(test_exhaustion),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
