/* SPDX-License-Identifier: GPL-2.0-only */
/* The VT-d model's interrupt remapping, with entries written by hand. */

#include "vtd-raw.h"

static struct raw raw, *const r = &raw;
RAW_TEARDOWN

/* 256 entries at r->irt, remapping on. */
static void start(const struct vtd_model_cfg *cfg, uint64_t flags)
{
    raw_start(r, cfg);
    wr64(r, R_IRTA, virt_to_maddr(r->irt) | flags | 7);
    gcmd_on(r, G_SIRTP);
    gcmd_on(r, G_IRE);
}

static void irte(unsigned int index, uint64_t lo, uint64_t hi)
{
    r->irt[index * 2] = lo;
    r->irt[index * 2 + 1] = hi;
}

/* A message in remappable format. */
static unsigned int msi(uint16_t sid, unsigned int handle, bool shv,
                        uint32_t data, struct vtd_model_irq *irq)
{
    uint32_t addr = 0xfee00010 | (handle & 0x7fff) << 5 |
                    (handle >> 15) << 2 | shv << 3;

    return vtd_model_msi(r->m, sid, addr, data, irq);
}

#define VERIFY(sid, sq)         (1ULL << 18 | (uint64_t)(sq) << 16 | (sid))
#define GOOD                    (1 | 0x30 << 16 | 2ULL << 40)

static void test_remapped(void **state)
{
    struct vtd_model_irq irq;
    uint64_t addr;
    uint16_t sid;
    bool write;

    start(&vtd_model_default, 0);
    irte(5, GOOD | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 5, VERIFY(DEV, 0));
    assert_int_equal(msi(DEV, 5, false, 0xdead, &irq), 0);
    assert_true(irq.remapped && irq.logical && irq.redirect_hint && irq.level);
    assert_int_equal(irq.vector, 0x30);
    assert_int_equal(irq.delivery_mode, 1);
    assert_int_equal(irq.dest, 2);

    /* The subhandle only counts where SHV says so. */
    assert_int_equal(msi(DEV, 3, true, 2, &irq), 0);
    assert_int_equal(msi(DEV, 3, false, 2, &irq), FR_IR_P);
    assert_int_equal(raw_fault(r, &sid, &addr, &write), FR_IR_P);
    assert_int_equal(addr >> 48, 3);
    assert_int_equal(sid, DEV);
    assert_int_equal(msi(DEV, 3, true, 0x10002, &irq), FR_IR_REQ_RSVD);
    assert_int_equal(msi(DEV, 256, false, 0, &irq), FR_IR_INDEX);
    assert_int_equal(msi(DEV, 255, true, 1, &irq), FR_IR_INDEX);
    assert_int_equal(msi(DEV, 0x8005, false, 0, &irq), FR_IR_INDEX);

    /* As a DMA write. */
    {
        uint32_t data = 0x12;

        assert_int_equal(vtd_model_dma(r->m, DEV, 0xfee000b0, 4, true, &data),
                         0);
        assert_int_equal(vtd_model_dma(r->m, DEV, 0xfee000b0, 8, true, &data),
                         VTD_MODEL_UR);
        assert_int_equal(vtd_model_dma(r->m, DEV, 0xfee000b0, 4, false, &data),
                         VTD_MODEL_UR);
        assert_int_equal(vtd_model_dma(r->m, DEV, 0xfee30000, 4, true, &data),
                         FR_IR_COMPAT);
    }
    raw_stop(r);
}

static void test_source(void **state)
{
    static const uint16_t ignored[] = { 0, 4, 6, 7 };
    struct vtd_model_irq irq;
    unsigned int sq, fn, bus;

    for ( sq = 0; sq < 4; sq++ )
    {
        start(&vtd_model_default, 0);
        irte(5, GOOD, VERIFY(DEV, sq));
        for ( fn = 0; fn < 8; fn++ )
            assert_int_equal(msi(DEV ^ fn, 5, false, 0, &irq),
                             fn & ~ignored[sq] ? FR_IR_SID : 0);
        assert_int_equal(msi(DEV ^ 8, 5, false, 0, &irq), FR_IR_SID);
        assert_int_equal(msi(DEV ^ 0x8000, 5, false, 0, &irq), FR_IR_SID);
        raw_stop(r);
    }

    start(&vtd_model_default, 0);
    irte(5, GOOD, 2ULL << 18 | 3 << 8 | 6);
    for ( bus = 0; bus < 256; bus++ )
        assert_int_equal(msi(bus << 8 | 9, 5, false, 0, &irq),
                         bus >= 3 && bus <= 6 ? 0 : FR_IR_SID);
    irte(6, GOOD, 0);
    assert_int_equal(msi(0xffff, 6, false, 0, &irq), 0);
    raw_stop(r);
}

static void test_entry_checks(void **state)
{
    static const struct { uint64_t lo, hi; } bad[] = {
        { 1 << 12, 0 }, { 1 << 15, 0 }, { 1 << 24, 0 },
        { BIT64(32), 0 }, { BIT64(48), 0 },
        { 0, BIT64(20) }, { 0, BIT64(63) }, { 0, 3 << 18 },
    };
    struct vtd_model_cfg cfg = vtd_model_default;
    struct vtd_model_irq irq;
    unsigned int i;
    uint64_t addr;
    uint16_t sid;
    bool write;

    for ( i = 0; i < ARRAY_SIZE(bad); i++ )
    {
        start(&cfg, 0);
        irte(5, GOOD | bad[i].lo, bad[i].hi);
        assert_int_equal(msi(DEV, 5, false, 0, &irq), FR_IR_RSVD);
        assert_int_equal(raw_fault(r, &sid, &addr, &write), FR_IR_RSVD);
        irte(5, GOOD | 2 | bad[i].lo, bad[i].hi);       /* FPD */
        assert_int_equal(msi(DEV, 5, false, 0, &irq), FR_IR_RSVD);
        assert_int_equal(raw_fault(r, &sid, &addr, &write), 0);
        raw_stop(r);
    }

    /* With EIM all of the destination counts. */
    start(&cfg, IRTA_EIME);
    irte(5, 1 | 0x30 << 16 | 0x12345678ULL << 32, 0);
    assert_int_equal(msi(DEV, 5, false, 0, &irq), 0);
    assert_int_equal(irq.dest, 0x12345678);
    raw_stop(r);

    cfg.eim = false;
    start(&cfg, IRTA_EIME);
    raw_violation(r, "table address");
    raw_stop(r);

    start(&vtd_model_default, 0);
    wr64(r, R_IRTA, 0x1000 | 7);
    gcmd_on(r, G_SIRTP);
    assert_int_equal(msi(DEV, 5, false, 0, &irq), FR_IR_ACCESS);
    raw_stop(r);
}

/* Messages in the old format. */
static void test_compatibility(void **state)
{
    struct vtd_model_irq irq;

    raw_start(r, &vtd_model_default);
    assert_int_equal(vtd_model_msi(r->m, DEV, 0xfee05008, 0x8341, &irq), 0);
    assert_true(irq.compat && irq.level && irq.redirect_hint);
    assert_int_equal(irq.vector, 0x41);
    assert_int_equal(irq.dest, 5);
    assert_int_equal(irq.delivery_mode, 3);
    raw_stop(r);

    start(&vtd_model_default, 0);
    assert_int_equal(vtd_model_msi(r->m, DEV, 0xfee05000, 0x41, &irq),
                     FR_IR_COMPAT);
    gcmd_on(r, G_CFI);
    assert_int_equal(vtd_model_msi(r->m, DEV, 0xfee05000, 0x41, &irq), 0);
    raw_stop(r);

    /* Never with extended interrupt mode. */
    start(&vtd_model_default, IRTA_EIME);
    gcmd_on(r, G_CFI);
    assert_int_equal(vtd_model_msi(r->m, DEV, 0xfee05000, 0x41, &irq),
                     FR_IR_COMPAT);
    raw_stop(r);
}

static void test_stale_entries(void **state)
{
    struct vtd_model_cfg cfg = vtd_model_default;
    struct vtd_model_irq irq;

    start(&cfg, 0);
    irte(5, GOOD, 0);
    assert_int_equal(msi(DEV, 5, false, 0, &irq), 0);
    irte(5, 0, 0);
    assert_int_equal(msi(DEV, 5, false, 0, &irq), 0);
    assert_true(qi_run(r, 4 | 1 << 4 | 4ULL << 32, 0));
    assert_int_equal(msi(DEV, 5, false, 0, &irq), 0);
    assert_true(qi_run(r, 4 | 1 << 4 | 1 << 27 | 4ULL << 32, 0));
    assert_int_equal(msi(DEV, 5, false, 0, &irq), FR_IR_P);

    /* Absence is not cached here, and everything goes with a global one. */
    irte(5, GOOD, 0);
    assert_int_equal(msi(DEV, 5, false, 0, &irq), 0);
    irte(5, 0, 0);
    assert_true(qi_iotlb_global(r));
    assert_int_equal(msi(DEV, 5, false, 0, &irq), 0);
    assert_true(qi_run(r, 4, 0));
    assert_int_equal(msi(DEV, 5, false, 0, &irq), FR_IR_P);
    raw_stop(r);

    cfg.caching_mode = true;
    start(&cfg, 0);
    assert_int_equal(msi(DEV, 5, false, 0, &irq), FR_IR_P);
    irte(5, GOOD, 0);
    assert_int_equal(msi(DEV, 5, false, 0, &irq), FR_IR_P);
    assert_true(qi_run(r, 4 | 1 << 4 | 5ULL << 32, 0));
    assert_int_equal(msi(DEV, 5, false, 0, &irq), 0);
    raw_stop(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RAW_TEST(test_remapped),
        RAW_TEST(test_source),
        RAW_TEST(test_entry_checks),
        RAW_TEST(test_compatibility),
        RAW_TEST(test_stale_entries),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
