/* SPDX-License-Identifier: GPL-2.0-only */
/* The AMD-Vi model's interrupt remapping, with entries written by hand. */

#include "amd-raw.h"

static struct raw raw, *const r = &raw;
RAW_TEARDOWN

#define ADDR                    0xfee00000U
#define FAULT(flags)            (EV_CODE(EV_PAGE_FAULT) | DEV | EV_I | \
                                 EV_DOMAIN(DOMAIN) | (flags))
#define REMAP                   ((uint64_t)INTCTL_REMAP << 60)

static unsigned int msi(uint32_t data, struct amd_model_irq *irq)
{
    return amd_model_msi(r->m, DEV, ADDR, data, irq);
}

/* DEV has 256 entries at r->irt. */
static void start(const struct amd_model_cfg *cfg, uint64_t control)
{
    raw_start(r, cfg, control);
    raw_dte(r, DEV)[2] = DTE_IV | 8 << 1 | virt_to_maddr(r->irt) | REMAP;
}

static uint32_t *irte32(unsigned int i)
{
    return (uint32_t *)r->irt + i;
}

static void test_short(void **state)
{
    struct amd_model_irq irq;
    uint32_t data = 5;

    start(&amd_model_default, 0);
    *irte32(5) = IRTE_EN | 1 << 2 | IRTE_RQ_EOI | IRTE_DM | 2 << 8 | 0x31 << 16;
    assert_int_equal(msi(5, &irq), 0);
    assert_true(irq.remapped && irq.logical && irq.eoi);
    assert_int_equal(irq.vector, 0x31);
    assert_int_equal(irq.delivery_mode, 1);
    assert_int_equal(irq.dest, 2);

    /* As a DMA write; not a read, not of another size. */
    assert_int_equal(amd_model_dma(r->m, DEV, ADDR, 4, true, &data), 0);
    assert_int_equal(amd_model_dma(r->m, DEV, ADDR, 4, false, &data),
                     EV_INVALID_REQ);
    raw_expect(r, EV_CODE(EV_INVALID_REQ) | DEV, ADDR);
    assert_int_equal(amd_model_dma(r->m, DEV, ADDR, 2, true, &data),
                     EV_INVALID_REQ);
    raw_stop(r);
}

static void test_faults(void **state)
{
    struct amd_model_irq irq;

    start(&amd_model_default, 0);
    assert_int_equal(msi(5, &irq), EV_PAGE_FAULT);
    raw_expect(r, FAULT(0), ADDR);
    *irte32(6) = IRTE_SUP_IOPF;
    assert_int_equal(msi(6, &irq), EV_PAGE_FAULT);
    raw_no_event(r);
    *irte32(256) = IRTE_EN;
    assert_int_equal(msi(256, &irq), EV_PAGE_FAULT);    /* too far */
    raw_expect(r, FAULT(0), ADDR);

    /* Reserved bits, kinds, guests' entries. */
    *irte32(7) = IRTE_EN | 1 << 24;
    *irte32(8) = IRTE_EN | 2 << 2;
    *irte32(9) = IRTE_EN | IRTE_GUEST;
    assert_int_equal(msi(7, &irq), EV_PAGE_FAULT);
    raw_expect(r, FAULT(EV_PR | EV_RZ), ADDR);
    assert_int_equal(msi(8, &irq), EV_PAGE_FAULT);
    raw_expect(r, FAULT(EV_PR | EV_RZ), ADDR);
    assert_int_equal(msi(9, &irq), EV_PAGE_FAULT);
    raw_expect(r, FAULT(EV_PR | EV_RZ), ADDR);

    raw_dte(r, DEV)[2] = DTE_IV | 8 << 1 | 0x1000 | REMAP;
    assert_true(inv_dte(r, DEV));
    assert_int_equal(msi(10, &irq), EV_PAGETAB_HW);
    raw_expect(r, EV_CODE(EV_PAGETAB_HW) | DEV | EV_I | EV_HW_MASTER_ABORT,
               0x1000);
    raw_dte(r, DEV)[2] |= BIT64(52);
    assert_true(inv_dte(r, DEV));
    assert_int_equal(msi(10, &irq), EV_ILLEGAL_DTE);
    raw_expect(r, EV_CODE(EV_ILLEGAL_DTE) | DEV | EV_I | EV_RZ, ADDR);

    wr(r, R_CONTROL, 0);
    assert_int_equal(msi(10, &irq), 0);
    assert_false(irq.remapped);
    raw_stop(r);
}

/* 128 bits, with 8 and with 32 bits of destination. */
static void test_long(void **state)
{
    struct amd_model_irq irq;

    start(&amd_model_default, C_GA_EN);
    r->irt[2 * 5] = IRTE_EN | 7 << 8;
    r->irt[2 * 5 + 1] = 0x44;
    assert_int_equal(msi(5, &irq), 0);
    assert_int_equal(irq.dest, 7);
    assert_int_equal(irq.vector, 0x44);
    r->irt[2 * 6] = IRTE_EN | BIT64(16);
    r->irt[2 * 7] = IRTE_EN | BIT64(32);
    r->irt[2 * 8] = IRTE_EN;
    r->irt[2 * 8 + 1] = BIT64(8);
    assert_int_equal(msi(6, &irq), EV_PAGE_FAULT);
    assert_int_equal(msi(7, &irq), EV_PAGE_FAULT);
    assert_int_equal(msi(8, &irq), EV_PAGE_FAULT);
    raw_stop(r);

    start(&amd_model_default, C_GA_EN | C_XT_EN);
    r->irt[2 * 5] = IRTE_EN | 0x123456 << 8;
    r->irt[2 * 5 + 1] = 0x44 | 0xabULL << 56;
    assert_int_equal(msi(5, &irq), 0);
    assert_int_equal(irq.dest, 0xab123456);
    raw_stop(r);
}

/* §2.2.2: IV, IntCtl and the kinds that are never remapped. */
static void test_control(void **state)
{
    static const struct { unsigned int kind; uint64_t bit; } pass[] = {
        { 2, 0 }, { 3, 0 }, { 4, DTE_NMI_PASS }, { 5, DTE_INIT_PASS },
        { 6, 0 }, { 7, DTE_EINT_PASS },
    };
    struct amd_model_irq irq;
    unsigned int i;

    raw_start(r, &amd_model_default, 0);
    assert_int_equal(amd_model_msi(r->m, DEV, ADDR | 3 << 12, 0x45, &irq), 0);
    assert_false(irq.remapped);
    assert_int_equal(irq.vector, 0x45);
    assert_int_equal(irq.dest, 3);
    raw_stop(r);

    start(&amd_model_default, 0);
    raw_dte(r, DEV)[2] &= ~REMAP;
    assert_int_equal(msi(5, &irq), EV_PAGE_FAULT);
    raw_dte(r, DEV)[2] |= (uint64_t)INTCTL_FORWARD << 60;
    assert_true(inv_dte(r, DEV));
    assert_int_equal(msi(5, &irq), 0);
    assert_false(irq.remapped);
    raw_stop(r);

    for ( i = 0; i < ARRAY_SIZE(pass); i++ )
    {
        start(&amd_model_default, 0);
        *irte32(5) = IRTE_EN;
        assert_int_equal(msi(pass[i].kind << 8 | 5, &irq), EV_PAGE_FAULT);
        raw_expect(r, FAULT(EV_PR | EV_PE), ADDR);
        raw_dte(r, DEV)[2] |= pass[i].bit;
        assert_true(inv_dte(r, DEV));
        assert_int_equal(msi(pass[i].kind << 8 | 5, &irq),
                         pass[i].bit ? 0 : EV_PAGE_FAULT);
        assert_false(irq.remapped);
        raw_stop(r);
    }

    /* IV holds without V; IG keeps the log quiet. */
    start(&amd_model_default, 0);
    raw_dte(r, DEV)[0] = 0;
    raw_dte(r, DEV)[2] |= DTE_IG;
    assert_int_equal(msi(5, &irq), EV_PAGE_FAULT);
    raw_no_event(r);
    raw_stop(r);
}

static void test_stale(void **state)
{
    struct amd_model_irq irq;

    start(&amd_model_default, 0);
    *irte32(5) = IRTE_EN | 0x31 << 16;
    assert_int_equal(msi(5, &irq), 0);
    *irte32(5) = 0;
    assert_int_equal(msi(5, &irq), 0);
    assert_true(cmd_run(r, CMD_INV_INTR, DEV2, 0));
    assert_true(inv_dte(r, DEV));
    assert_true(inv_domain(r, DOMAIN));
    assert_int_equal(msi(5, &irq), 0);
    assert_true(cmd_run(r, CMD_INV_INTR, DEV, 0));
    assert_int_equal(msi(5, &irq), EV_PAGE_FAULT);
    *irte32(5) = IRTE_EN;
    assert_int_equal(msi(5, &irq), EV_PAGE_FAULT);      /* absence, too */
    assert_true(cmd_run(r, CMD_INV_ALL, 0, 0));
    assert_int_equal(msi(5, &irq), 0);
    raw_stop(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RAW_TEST(test_short),
        RAW_TEST(test_faults),
        RAW_TEST(test_long),
        RAW_TEST(test_control),
        RAW_TEST(test_stale),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
