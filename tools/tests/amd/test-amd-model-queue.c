/* SPDX-License-Identifier: GPL-2.0-only */
/* The AMD-Vi model's registers, its command buffer and what stops it. */

#include "amd-raw.h"

static struct raw raw, *const r = &raw;
RAW_TEARDOWN

#define CMD_AT(n)               (virt_to_maddr(r->cmds) + (n) * 16)

/* The buffer wraps, and nothing runs before all is enabled. */
static void test_ring(void **state)
{
    unsigned int i;

    raw_prepare(r, &amd_model_default);
    assert_false(inv_dte(r, DEV));
    wr(r, R_CONTROL, C_CMD_EN);
    assert_int_equal(rd(r, R_STATUS), 0);
    wr(r, R_CONTROL, C_CMD_EN | C_IOMMU_EN);
    assert_int_equal(rd(r, R_STATUS), S_CMD_RUN);
    assert_int_equal(*r->done, 1);

    for ( i = 0; i < 300; i++ )
        assert_true(inv_dte(r, i));
    assert_int_equal(rd(r, R_CMD_HEAD), r->tail * 16);
    assert_int_equal(amd_model_count(r->m, AMD_COUNT_DEVTAB), 301);
    assert_int_equal(amd_model_count(r->m, AMD_COUNT_WAIT), 301);
    assert_int_equal(amd_model_count(r->m, AMD_COUNT_TAIL), 301);
    raw_stop(r);
}

/* §2.4: reserved bits and opcodes; the buffer stops at the command. */
static void test_illegal(void **state)
{
    static const struct { uint64_t op, lo, hi; } bad[] = {
        { 0, 0, 0 }, { 6, 0, 0 }, { 7, 0, 0 }, { 9, 0, 0 }, { 15, 0, 0 },
        { CMD_COMPLETION_WAIT, BIT64(52), 0 },
        { CMD_INV_DEVTAB, BIT64(16), 0 }, { CMD_INV_DEVTAB, 0, 1 },
        { CMD_INV_PAGES, 1, 0 }, { CMD_INV_PAGES, BIT64(48), 0 },
        { CMD_INV_PAGES, 0, BIT64(2) }, { CMD_INV_PAGES, 0, BIT64(11) },
        { CMD_INV_IOTLB, 1 << 24 | BIT64(16), 0 },
        { CMD_INV_IOTLB, 1 << 24 | BIT64(48), 0 },
        { CMD_INV_IOTLB, 1 << 24, BIT64(2) },
        { CMD_INV_IOTLB, 1 << 24, BIT64(4) },
        { CMD_INV_INTR, BIT64(31), 0 }, { CMD_INV_INTR, 0, 1 },
        { CMD_INV_ALL, 1, 0 }, { CMD_INV_ALL, 0, 1 },
    };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(bad); i++ )
    {
        raw_start(r, &amd_model_default, 0);
        assert_true(inv_dte(r, DEV));
        assert_false(cmd_run(r, bad[i].op, bad[i].lo, bad[i].hi));
        raw_violation(r, "illegal command");
        assert_false(rd(r, R_STATUS) & S_CMD_RUN);
        assert_int_equal(rd(r, R_CMD_HEAD), 32);
        raw_expect(r, EV_CODE(EV_ILLEGAL_CMD), CMD_AT(2));

        /* Runs again after it was switched off and emptied, not before. */
        wr(r, R_CONTROL, RAW_ON | C_EVT_INT_EN);
        assert_false(rd(r, R_STATUS) & S_CMD_RUN);
        wr(r, R_CONTROL, RAW_ON & ~C_CMD_EN);
        wr(r, R_CMD_HEAD, 0);
        wr(r, R_CMD_TAIL, 0);
        r->tail = 0;
        wr(r, R_CONTROL, RAW_ON);
        assert_true(inv_dte(r, DEV));
        raw_stop(r);
    }
}

/* Commands of features that are not there. */
static void test_features(void **state)
{
    struct amd_model_cfg cfg = amd_model_default;

    cfg.efr &= ~EFR_IA;
    cfg.iotlb = false;
    raw_start(r, &cfg, 0);
    assert_false(cmd_run(r, CMD_INV_ALL, 0, 0));
    raw_violation(r, "illegal command");
    raw_stop(r);

    raw_start(r, &cfg, 0);
    assert_false(cmd_run(r, CMD_INV_IOTLB, 1 << 24, 0));
    raw_violation(r, "illegal command");
    raw_stop(r);

    cfg.iotlb = true;
    raw_start(r, &cfg, 0);
    assert_true(cmd_run(r, CMD_INV_IOTLB, DEV, 0));
    raw_violation(r, "Maxpend");
    raw_stop(r);

    cfg.no_efr = true;
    raw_prepare(r, &cfg);
    assert_int_equal(rd(r, R_EFR), 0);
    wr(r, R_CONTROL, C_GA_EN);
    raw_violation(r, "may not be set");
    raw_stop(r);
}

/* §2.4.1: a store, an interrupt; with SNP only into one range. */
static void test_wait(void **state)
{
    struct amd_model_cfg cfg = amd_model_default;

    raw_start(r, &amd_model_default, C_WAIT_INT_EN);
    raw_msi(r);
    cmd_put(r, CMD_COMPLETION_WAIT, 2, 0);
    cmd_go(r);
    assert_int_equal(rd(r, R_STATUS) & S_WAIT_INT, S_WAIT_INT);
    assert_int_equal(r->nr_irqs, 1);
    cmd_put(r, CMD_COMPLETION_WAIT, 0x1000 | 1, 0);
    cmd_go(r);
    raw_violation(r, "may not be stored");
    raw_stop(r);

    cfg.snp = true;
    raw_start(r, &cfg, 0);
    assert_false(inv_dte(r, DEV));
    raw_violation(r, "may not be stored");
    raw_stop(r);

    raw_start(r, &cfg, 0);
    wr(r, R_EXCL_BASE, virt_to_maddr(r->done));
    wr(r, R_EXCL_LIMIT, virt_to_maddr(r->done));
    assert_true(inv_dte(r, DEV));
    raw_stop(r);
}

static void test_demand(void **state)
{
    raw_start(r, &amd_model_default, 0);
    amd_model_fail_nth(r->m, 2, AMD_MODEL_WRONG);
    assert_false(inv_dte(r, DEV));
    assert_true(amd_model_failed(r->m));
    assert_int_equal(*r->done, r->serial ^ 1);

    amd_model_fail_nth(r->m, 1, AMD_MODEL_ILLEGAL);
    assert_false(inv_dte(r, DEV));
    raw_expect(r, EV_CODE(EV_ILLEGAL_CMD), CMD_AT(2));
    wr(r, R_CONTROL, RAW_ON & ~C_CMD_EN);
    amd_model_fail_nth(r->m, 1, AMD_MODEL_HARDWARE);
    wr(r, R_CONTROL, RAW_ON);
    assert_false(rd(r, R_STATUS) & S_CMD_RUN);
    amd_model_fail_nth(r->m, 2, AMD_MODEL_HARDWARE);
    wr(r, R_CONTROL, RAW_ON);
    raw_expect(r, EV_CODE(EV_CMD_HW) | EV_HW_MASTER_ABORT, CMD_AT(2));

    /* For good: a stalled buffer, until it is switched off. */
    wr(r, R_CONTROL, RAW_ON & ~C_CMD_EN);
    amd_model_fail_nth(r->m, 2, AMD_MODEL_STALL);
    wr(r, R_CONTROL, RAW_ON);
    assert_int_equal(rd(r, R_CMD_HEAD), 32);
    assert_false(inv_dte(r, DEV));
    assert_int_equal(rd(r, R_CMD_HEAD), 32);
    wr(r, R_CONTROL, RAW_ON & ~C_CMD_EN);
    wr(r, R_CONTROL, RAW_ON);
    assert_int_equal(*r->done, r->serial);

    amd_model_fail_nth(r->m, 1, AMD_MODEL_DIE);
    assert_false(inv_dte(r, DEV));
    wr(r, R_CONTROL, RAW_ON & ~C_CMD_EN);
    assert_true(rd(r, R_STATUS) & S_CMD_RUN);
    amd_model_die(r->m, true);
    assert_int_equal(rd(r, R_STATUS), ~0ULL);
    amd_model_revive(r->m);
    raw_stop(r);
}

/* A command is held, and all after it. */
static void test_held_command(void **state)
{
    raw_start(r, &amd_model_default, 0);
    amd_model_hold_command(r->m, 2);
    assert_false(inv_dte(r, DEV));
    assert_true(amd_model_held(r->m));
    assert_false(inv_dte(r, DEV));
    assert_int_equal(rd(r, R_CMD_HEAD), 16);
    amd_model_release(r->m);
    assert_int_equal(*r->done, r->serial);
    assert_true(inv_dte(r, DEV));
    raw_stop(r);
}

/* §2.5.8: a device that does not answer. */
static void test_device_timeout(void **state)
{
    raw_start(r, &amd_model_default, 0);
    amd_model_ats_dead(r->m, DEV, true);
    assert_true(cmd_run(r, CMD_INV_IOTLB, DEV | 1 << 24, 0));
    raw_expect(r, EV_CODE(EV_IOTLB_TIMEOUT) | DEV, CMD_AT(0));
    assert_true(cmd_run(r, CMD_INV_IOTLB, DEV2 | 1 << 24, 0));
    raw_no_event(r);
    amd_model_ats_dead(r->m, DEV2, true);
    amd_model_ats_dead(r->m, DEV, false);
    assert_true(cmd_run(r, CMD_INV_IOTLB, DEV | 1 << 24, 0));
    raw_no_event(r);
    amd_model_ats_dead(r->m, DEV, true);

    /* Without a time-out, for ever. */
    wr(r, R_CONTROL, RAW_ON & ~MASK(7, 5));
    assert_false(cmd_run(r, CMD_INV_IOTLB, DEV | 1 << 24, 0));
    raw_no_event(r);
    raw_stop(r);
}

/* What a driver must not write. */
static void test_violations(void **state)
{
    static const struct { unsigned int reg; uint64_t val; const char *text; }
    bad[] = {
        { R_CMDBUF, RING, "changed while it runs" },
        { R_EVTLOG, RING, "changed while it runs" },
        { R_CMD_HEAD, 0, "while it runs" }, { R_EVT_TAIL, 0, "while it runs" },
        { R_CMD_TAIL, 1, "reserved bits" }, { R_CMD_TAIL, 4096, "outside" },
        { R_EVT_HEAD, BIT64(19), "reserved bits" },
        { R_EVT_HEAD, 4096, "outside" },
        { R_STATUS, BIT64(31), "reserved bits" },
        { R_DEVTAB, BIT64(9), "reserved bits" },
        { R_DEVTAB_SEG, BIT64(8), "reserved bits" },
        { R_XT_EVENT, BIT64(3), "IntCapXT" },
        { R_CONTROL, RAW_ON | BIT64(13), "may not be set" },
        { R_CONTROL, RAW_ON | BIT64(16), "may not be set" },
        { R_CONTROL, RAW_ON | BIT64(28), "may not be set" },
        { R_CONTROL, RAW_ON | BIT64(44), "may not be set" },
        { R_CONTROL, RAW_ON | C_XT_EN, "without GAEn" },
        { R_CONTROL, RAW_ON | C_GA_EN, "changed while enabled" },
        { R_CONTROL, RAW_ON | 7 << 5, "may not be set" },
        { R_CONTROL, RAW_ON | 4ULL << 34, "segments" },
        { R_PPRLOG, RING, "write of" }, { R_GALOG, RING, "write of" },
        { R_EFR, 1, "write of" }, { 0x3000, 1, "write of" },
    };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(bad); i++ )
    {
        raw_start(r, &amd_model_default, 0);
        if ( strstr(bad[i].text, "GAEn") || strstr(bad[i].text, "segments") )
            wr(r, R_CONTROL, 0);
        wr(r, bad[i].reg, bad[i].val);
        raw_violation(r, bad[i].text);
        raw_stop(r);
    }

    raw_prepare(r, &amd_model_default);
    wr(r, R_CMDBUF, virt_to_maddr(r->cmds) | 7ULL << 56);
    wr(r, R_CONTROL, C_CMD_EN | C_IOMMU_EN);
    raw_violation(r, "command buffer");
    raw_stop(r);

    raw_prepare(r, &amd_model_default);
    wr(r, R_CMD_HEAD, 4096);
    wr(r, R_CMD_TAIL, 4096);
    wr(r, R_EVT_TAIL, 0);
    wr(r, R_EFR, 0);
    assert_int_equal(amd_model_violations(r->m), 0);
    wr(r, R_CONTROL, C_CMD_EN | C_IOMMU_EN);
    raw_violation(r, "command buffer of");
    raw_stop(r);

    raw_prepare(r, &amd_model_default);
    wr(r, R_DEVTAB, 0);
    wr(r, R_CONTROL, C_IOMMU_EN);
    raw_violation(r, "without a device table");
    raw_stop(r);
}

/* Halves, sizes, and the end of the registers. */
static void test_access(void **state)
{
    struct amd_model_cfg cfg = amd_model_default;

    raw_start(r, &amd_model_default, 0);
    amd_model_write(r->m, R_DEVTAB + 4, 1, 4);
    assert_int_equal(rd(r, R_DEVTAB),
                     (virt_to_maddr(r->devtab) & MASK(31, 0)) | BIT64(32));
    assert_int_equal(amd_model_read(r->m, R_EFR + 4, 4), 0x206d73ef);
    assert_int_equal(amd_model_read(r->m, R_EFR, 2), ~0ULL);
    raw_violation(r, "2 byte access");
    amd_model_read(r->m, R_EFR + 4, 8);
    raw_violation(r, "8 byte access");
    amd_model_read(r->m, 0x7fff8, 8);
    assert_int_equal(amd_model_violations(r->m), 0);
    amd_model_read(r->m, 0x80000, 8);
    raw_violation(r, "access to register 0x80000");
    raw_stop(r);

    cfg.efr &= ~(EFR_PC | EFR_MSI_MMIO | EFR_XT | EFR_SEG(~0ULL) << 38);
    raw_prepare(r, &cfg);
    wr(r, R_DEVTAB_SEG, 0x1000);
    raw_violation(r, "no device table segment");
    assert_int_equal(rd(r, R_MSI_FIRST), 0);
    wr(r, R_CONTROL, C_GA_EN | C_XT_EN);
    raw_violation(r, "may not be set");
    wr(r, R_XT_EVENT, 4);
    raw_violation(r, "IntCapXT");
    amd_model_read(r->m, 0x4000, 4);
    raw_violation(r, "access to register 0x4000");
    raw_stop(r);
}

/* A resume finds nothing of what was there; a unit that firmware left on. */
static void test_lost(void **state)
{
    raw_start(r, &amd_model_default, 0);
    assert_true(inv_dte(r, DEV));
    amd_model_reset(r->m);
    assert_int_equal(rd(r, R_CONTROL), 0);
    assert_int_equal(rd(r, R_STATUS), 0);
    assert_int_equal(rd(r, R_DEVTAB), 0);
    assert_int_equal(rd(r, R_CMD_TAIL), 0);
    raw_stop(r);

    /* Pointers are whoever's who sets them. */
    raw_start(r, &amd_model_default, 0);
    assert_true(inv_dte(r, DEV));
    wr(r, R_CONTROL, C_COHERENT);
    wr(r, R_CMDBUF, virt_to_maddr(r->irt) | RING);
    assert_int_equal(rd(r, R_CMD_TAIL), 32);
    raw_stop(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RAW_TEST(test_ring),
        RAW_TEST(test_illegal),
        RAW_TEST(test_features),
        RAW_TEST(test_wait),
        RAW_TEST(test_demand),
        RAW_TEST(test_held_command),
        RAW_TEST(test_device_timeout),
        RAW_TEST(test_violations),
        RAW_TEST(test_access),
        RAW_TEST(test_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
