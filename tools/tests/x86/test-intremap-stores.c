/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every store to interrupt remapping entries of a VT-d unit, as hardware can see
 * it (VT-d rev 4.1, §5.1.4): no mixture of two entries is present, with and
 * without a 16-byte store.
 */
#include "intremap-test.h"
#include "entry-stores.h"

static struct iommu_unit *unit;

static uint64_t *table_page(unsigned int index)
{
    uint64_t irta = vtd_model_read(model[0], 0xb8, 8) & ~0xfffULL;

    return maddr_to_virt(irta + index / 256 * PAGE_SIZE);
}

static void change(unsigned int index, uint16_t sid, uint8_t vector,
                   uint32_t dest, uint8_t mode, bool logical)
{
    const struct iommu_ir_source source = { .sid = sid };
    const struct iommu_ir_irq irq = { .vector = vector, .dest = dest,
                                      .mode = mode, .logical = logical };

    entries_begin(table_page(index));
    assert_int_equal(unit->ir->update(unit, index, &source, &irq), 0);
    assert_true(entries_end() >= 1);
}

static void test_entries(void **state)
{
    unsigned int cx16, coherent, index;

    if ( !stores_possible() )
        skip();

    for ( cx16 = 0; cx16 < 2; cx16++ )
        for ( coherent = 0; coherent < 2; coherent++ )
        {
            const struct iommu_ir_source source = { .sid = 0x0310 };
            struct machine mc = { .nr_units = 1, .flags = DMAR_INTR_REMAP,
                                  .cfg = vtd_model_default };
            int first;

            mc.cfg.coherent = coherent;
            host_cpu_has_cx16 = cx16;
            machine_start(&mc);
            unit = &machine_unit(0)->unit;
            assert_int_equal(vtd_ir_enable(machine_unit(0), true), 0);

            first = unit->ir->alloc(unit, &source, 4);
            assert_true(first >= 0);
            for ( index = first; index < first + 4; index++ )
            {
                change(index, 0x0310, 0x41, 1, 0, false);
                change(index, 0x0310, 0x42, 1, 0, false);
                change(index, 0x0310, 0x42, 0x105, 0, false);
                change(index, 0x0420, 0x42, 0x105, 0, false);
                change(index, 0x0420, 0x55, 7, 1, true);
                change(index, 0x0310, 0x41, 1, 0, false);
            }
            entries_begin(table_page(first));
            unit->ir->free(unit, first, 4);
            assert_true(entries_end() >= 4);
            machine_stop();
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_entries),
    };

    return cmocka_run_group_tests_name("intremap-stores", tests, NULL, NULL);
}
