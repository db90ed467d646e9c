/* SPDX-License-Identifier: GPL-2.0-only */
/* The AMD-Vi model: entries and pages, as AMD 48882 wants them. */

#include "amd-raw.h"

static struct raw raw, *const r = &raw;
RAW_TEARDOWN

#define PAGE_A                  0x40000000ULL
#define FAULT(flags)            (EV_CODE(EV_PAGE_FAULT) | DEV | \
                                 EV_DOMAIN(DOMAIN) | (flags))

static void test_off(void **state)
{
    raw_prepare(r, &amd_model_default);
    assert_int_equal(raw_at(r, DEV, 0x123456), 0x123456);
    assert_int_equal(rd(r, R_STATUS), 0);
    raw_stop(r);
}

/* Data goes where the pages say, over a page boundary too. */
static void test_dma(void **state)
{
    char text[8] = "abcdefg", back[8] = "";
    char *a, *b;

    raw_start(r, &amd_model_default, 0);
    a = (char *)raw_page(r);
    b = (char *)raw_page(r);
    raw_map(r, PAGE_A, virt_to_maddr(a), RW);
    raw_map(r, PAGE_A + 4096, virt_to_maddr(b), RW);
    assert_int_equal(amd_model_dma(r->m, DEV, PAGE_A + 4092, 8, true, text), 0);
    assert_memory_equal(a + 4092, "abcd", 4);
    assert_memory_equal(b, "efg", 4);
    assert_int_equal(amd_model_dma(r->m, DEV, PAGE_A + 4092, 8, false, back), 0);
    assert_memory_equal(back, text, 8);

    /* What may not be accessed is where it stops; a bus without memory. */
    assert_int_equal(amd_model_dma(r->m, DEV, PAGE_A + 8188, 8, true, text),
                     EV_PAGE_FAULT);
    assert_memory_equal(b + 4092, "abcd", 4);
    assert_int_equal(amd_model_dma(r->m, DEV, PAGE_A, 4, false, NULL), 0);
    raw_map(r, 0x5000, 0x1000, RW);
    assert_int_equal(amd_model_dma(r->m, DEV, 0x5000, 4, false, back), 0);
    assert_memory_equal(back, "\xff\xff\xff\xff", 4);
    raw_stop(r);
}

/* §2.2.2: what V, TV and the mode mean. */
static void test_dte(void **state)
{
    raw_start(r, &amd_model_default, 0);

    /* Blocked. */
    assert_int_equal(amd_model_translate(r->m, DEV2, PAGE_A, true, NULL),
                     EV_PAGE_FAULT);
    raw_expect(r, EV_CODE(EV_PAGE_FAULT) | DEV2 | EV_RW, PAGE_A);

    /* V clear: whatever the rest of the first half is. */
    raw_dte(r, DEV2)[0] = ~1ULL;
    assert_true(inv_dte(r, DEV2));
    assert_int_equal(raw_at(r, DEV2, PAGE_A), PAGE_A);

    /* The entry blocks, or the tables do not say. */
    {
        struct amd_model_page p;

        assert_int_equal(amd_model_translate(r->m, DEV, PAGE_A, true, &p),
                         EV_PAGE_FAULT);
        assert_false(p.blocked);
        assert_int_equal(amd_model_translate(r->m, 3, PAGE_A, true, &p),
                         EV_PAGE_FAULT);
        assert_true(p.blocked);
        while ( rd(r, R_EVT_HEAD) != rd(r, R_EVT_TAIL) )
            wr(r, R_EVT_HEAD, rd(r, R_EVT_TAIL));
    }

    /* Mode 0: the entry's own rights. */
    raw_dte(r, DEV2)[0] = DTE_V | DTE_TV | PTE_IR;
    assert_true(inv_dte(r, DEV2));
    assert_int_equal(raw_at(r, DEV2, PAGE_A), PAGE_A);
    assert_int_equal(amd_model_translate(r->m, DEV2, PAGE_A, true, NULL),
                     EV_PAGE_FAULT);
    raw_expect(r, EV_CODE(EV_PAGE_FAULT) | DEV2 | EV_RW | EV_PR | EV_PE,
               PAGE_A);

    /* SA, SE: nothing in the log. */
    raw_dte(r, DEV2)[1] = DTE_SA;
    assert_true(inv_dte(r, DEV2));
    assert_int_equal(amd_model_translate(r->m, DEV2, PAGE_A, true, NULL),
                     EV_PAGE_FAULT);
    raw_no_event(r);

    /* Outside of the table. */
    assert_int_equal(amd_model_translate(r->m, 0x80, 0, false, NULL),
                     EV_ILLEGAL_DTE);
    raw_expect(r, EV_CODE(EV_ILLEGAL_DTE) | 0x80, 0);
    raw_stop(r);
}

static void test_dte_illegal(void **state)
{
    static const struct { unsigned int word; uint64_t bits; bool rz; } bad[] = {
        { 0, BIT64(2), true }, { 0, BIT64(8), true }, { 0, BIT64(52), true },
        { 0, BIT64(55), true }, { 0, BIT64(63), true },
        { 1, BIT64(16), true }, { 1, BIT64(42), true }, { 1, BIT64(63), true },
        { 1, 3ULL << 35, true }, { 3, 1, true },
        { 2, DTE_IV | BIT64(52), true }, { 2, DTE_IV | BIT64(59), true },
        { 2, DTE_IV | 3ULL << 60, true }, { 2, DTE_IV | 12 << 1, true },
        { 2, DTE_IV | BIT64(6), true }, { 0, 7 << 9, false },
    };
    struct amd_model_cfg cfg = amd_model_default;
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(bad); i++ )
    {
        raw_start(r, &amd_model_default, 0);
        raw_dte(r, DEV)[bad[i].word] |= bad[i].bits;
        assert_int_equal(raw_read(r, PAGE_A), EV_ILLEGAL_DTE);
        raw_expect(r, EV_CODE(EV_ILLEGAL_DTE) | DEV | (bad[i].rz ? EV_RZ : 0),
                   PAGE_A);
        raw_stop(r);
    }

    /* Interrupt fields are ignored without IV. */
    raw_start(r, &amd_model_default, 0);
    raw_dte(r, DEV)[2] = BIT64(52);
    assert_int_equal(raw_read(r, PAGE_A), EV_PAGE_FAULT);
    raw_stop(r);

    /* No more levels than HATS says, no I without IotlbSup. */
    cfg.efr &= ~MASK(11, 10);
    raw_start(r, &cfg, 0);
    raw_translate(r, DEV, r->root, 5, DOMAIN);
    assert_int_equal(raw_read(r, PAGE_A), EV_ILLEGAL_DTE);
    raw_stop(r);

    cfg.iotlb = false;
    raw_start(r, &cfg, 0);
    raw_dte(r, DEV)[1] |= DTE_I;
    assert_int_equal(raw_read(r, PAGE_A), EV_ILLEGAL_DTE);
    raw_stop(r);

    /* SNP: nothing is passed through. */
    cfg.snp = true;
    raw_start(r, &cfg, 0);
    raw_dte(r, DEV2)[0] = DTE_V | DTE_TV | RW;
    assert_int_equal(amd_model_translate(r->m, DEV2, 0, false, NULL),
                     EV_ILLEGAL_DTE);
    raw_dte(r, 3)[0] = 0;
    assert_int_equal(amd_model_translate(r->m, 3, 0, false, NULL),
                     EV_ILLEGAL_DTE);
    raw_stop(r);
}

/* §2.2.3: rights of all levels together, FC, one to six levels. */
static void test_walk(void **state)
{
    struct amd_model_page p;
    unsigned int mode;
    uint64_t *e;

    for ( mode = 1; mode <= 6; mode++ )
    {
        uint64_t addr = mode < 6 ? BIT64(12 + 9 * mode) - 4096 : ~0xfffULL;

        raw_start(r, &amd_model_default, 0);
        raw_translate(r, DEV, r->root, mode, DOMAIN);
        *raw_entry(r, r->root, mode, 1, addr) = 0x5000 | RW | PTE_FC | PTE_PR;
        assert_int_equal(amd_model_translate(r->m, DEV, addr | 0xf, true, &p),
                         0);
        assert_int_equal(p.maddr, 0x500f);
        assert_true(p.forced);
        if ( mode < 6 )
        {
            assert_int_equal(raw_read(r, addr + 4096), EV_PAGE_FAULT);
            raw_expect(r, FAULT(0), addr + 4096);
        }
        raw_stop(r);
    }

    raw_start(r, &amd_model_default, 0);
    raw_map(r, PAGE_A, 0x5000, RW);
    e = raw_entry(r, r->root, 4, 3, PAGE_A);
    *e &= ~PTE_IW;
    assert_int_equal(raw_read(r, PAGE_A), 0);
    assert_int_equal(raw_write(r, PAGE_A), EV_PAGE_FAULT);
    raw_expect(r, FAULT(EV_RW | EV_PR | EV_PE), PAGE_A);
    raw_dte(r, DEV)[0] &= ~PTE_IR;
    assert_true(inv_dte(r, DEV));
    assert_int_equal(raw_read(r, PAGE_A), EV_PAGE_FAULT);
    raw_expect(r, FAULT(EV_PR | EV_PE), PAGE_A);
    assert_int_equal(raw_read(r, PAGE_A + 4096), EV_PAGE_FAULT);
    raw_expect(r, FAULT(0), PAGE_A + 4096);
    raw_stop(r);
}

static void test_walk_refuses(void **state)
{
    static const struct { unsigned int level; uint64_t bits, flags; } bad[] = {
        { 1, BIT64(52), EV_PR | EV_RZ }, { 1, BIT64(58), EV_PR | EV_RZ },
        { 1, 1 << 9, EV_PR },           /* a table below the last level */
        { 1, 7 << 9 | 0xff << 12, EV_PR | EV_RZ },      /* 2 MiB by 4 KiB */
        { 2, BIT64(60), EV_PR | EV_RZ }, { 2, BIT64(52), EV_PR | EV_RZ },
        { 2, 3 << 9, EV_PR },           /* up instead of down */
    };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(bad); i++ )
    {
        raw_start(r, &amd_model_default, 0);
        raw_map(r, PAGE_A, 0x100000, RW);
        *raw_entry(r, r->root, 4, bad[i].level, PAGE_A) |= bad[i].bits;
        assert_int_equal(raw_read(r, PAGE_A), EV_PAGE_FAULT);
        raw_expect(r, FAULT(bad[i].flags), PAGE_A);
        raw_stop(r);
    }

    /* A superpage at the wrong place, and none of 512 GiB. */
    raw_start(r, &amd_model_default, 0);
    *raw_entry(r, r->root, 4, 2, PAGE_A) = 0x201000 | RW | PTE_PR;
    assert_int_equal(raw_read(r, PAGE_A), EV_PAGE_FAULT);
    raw_expect(r, FAULT(EV_PR | EV_RZ), PAGE_A);
    r->root[1] = RW | PTE_PR;
    assert_int_equal(raw_read(r, BIT64(39)), EV_PAGE_FAULT);
    raw_expect(r, FAULT(EV_PR | EV_RZ), BIT64(39));
    raw_stop(r);

    /* A table that is no memory. */
    raw_start(r, &amd_model_default, 0);
    r->root[0] = 0x1000 | 3 << 9 | RW | PTE_PR;
    assert_int_equal(raw_read(r, PAGE_A), EV_PAGETAB_HW);
    raw_expect(r, EV_CODE(EV_PAGETAB_HW) | DEV | EV_DOMAIN(DOMAIN) |
               EV_HW_MASTER_ABORT, 0x1008);
    wr(r, R_DEVTAB, 0x2000);
    assert_true(inv_dte(r, DEV));
    assert_int_equal(raw_read(r, PAGE_A), EV_DEVTAB_HW);
    raw_expect(r, EV_CODE(EV_DEVTAB_HW) | DEV | EV_HW_MASTER_ABORT,
               0x2000 + DEV * 32);
    raw_stop(r);
}

/* Superpages by level and by address, skipped levels. */
static void test_walk_sizes(void **state)
{
    struct amd_model_page p;
    uint64_t *leaf;

    raw_start(r, &amd_model_default, 0);
    *raw_entry(r, r->root, 4, 2, PAGE_A) = 0x400000 | RW | PTE_PR;
    assert_int_equal(amd_model_translate(r->m, DEV, PAGE_A + 0x12345, true, &p),
                     0);
    assert_int_equal(p.maddr, 0x412345);
    assert_int_equal(p.last - p.start, 0x1fffff);
    *raw_entry(r, r->root, 4, 3, BIT64(35)) = BIT64(31) | RW | PTE_PR;
    assert_int_equal(raw_at(r, DEV, BIT64(35) + 0x3fffffff), 0xbfffffff);

    /* 32 KiB: address bits [13:12] set, bit 14 clear. */
    *raw_entry(r, r->root, 4, 1, 0x8000) = 0x38000 | 3 << 12 | 7 << 9 | RW |
                                           PTE_PR;
    assert_int_equal(amd_model_translate(r->m, DEV, 0x8004, false, &p), 0);
    assert_int_equal(p.last - p.start, 0x7fff);
    assert_int_equal(raw_at(r, DEV, 0xf004), 0x3f004);

    /* From level 4 to level 1: all in between is address 0. */
    leaf = raw_page(r);
    r->root[2] = virt_to_maddr(leaf) | 1 << 9 | RW | PTE_PR;
    leaf[3] = 0x7000 | RW | PTE_PR;
    assert_int_equal(raw_at(r, DEV, (2ULL << 39) + 0x3000), 0x7000);
    assert_true(inv_domain(r, DOMAIN));
    assert_int_equal(raw_read(r, (2ULL << 39) + 0x203000), EV_PAGE_FAULT);
    raw_expect(r, FAULT(0), (2ULL << 39) + 0x203000);
    raw_stop(r);
}

/* Exclusion range, system management, HyperTransport's addresses. */
static void test_ranges(void **state)
{
    const uint64_t sysmgt = 0xfdf9100000ULL;

    raw_start(r, &amd_model_default, 0);
    wr(r, R_EXCL_BASE, 0x80000000 | 1);
    wr(r, R_EXCL_LIMIT, 0x80001000);
    assert_int_equal(raw_read(r, 0x80001fff), EV_PAGE_FAULT);
    raw_dte(r, DEV)[1] |= DTE_EX;
    assert_true(inv_dte(r, DEV));
    assert_int_equal(raw_at(r, DEV, 0x80001fff), 0x80001fff);
    assert_int_equal(raw_read(r, 0x80002000), EV_PAGE_FAULT);
    wr(r, R_EXCL_BASE, 0x80000000 | 3);
    assert_int_equal(raw_at(r, DEV2, 0x80000000), 0x80000000);

    assert_int_equal(raw_write(r, sysmgt), EV_INVALID_REQ);
    raw_dte(r, DEV)[1] |= 1ULL << 40;
    assert_true(inv_dte(r, DEV));
    assert_int_equal(raw_write(r, sysmgt), 0);
    assert_int_equal(raw_read(r, sysmgt), EV_INVALID_REQ);
    raw_dte(r, DEV)[1] |= 3ULL << 40;
    assert_true(inv_dte(r, DEV));
    assert_int_equal(raw_write(r, sysmgt), EV_PAGE_FAULT);
    assert_int_equal(raw_read(r, 0xfe00000000ULL), EV_INVALID_REQ);
    raw_stop(r);
}

/* One domain, one table; erratum 63. */
static void test_software_errors(void **state)
{
    struct amd_model_cfg cfg = amd_model_default;

    cfg.erratum63 = true;
    raw_start(r, &cfg, 0);
    raw_translate(r, DEV2, r->irt, RAW_LEVELS, DOMAIN);
    raw_read(r, PAGE_A);
    assert_int_equal(amd_model_violations(r->m), 0);
    amd_model_translate(r->m, DEV2, PAGE_A, false, NULL);
    raw_violation(r, "two tables");

    raw_dte(r, 3)[0] = DTE_V | DTE_TV;
    raw_dte(r, 3)[1] = 1ULL << 40;
    amd_model_translate(r->m, 3, PAGE_A, false, NULL);
    raw_violation(r, "erratum 63");
    raw_stop(r);
}

/* §2.2.2.3: the device table in up to eight parts. */
static void test_segments(void **state)
{
    uint64_t *high;

    raw_prepare(r, &amd_model_default);
    high = raw_page(r);
    wr(r, R_DEVTAB_SEG + 6 * 8, virt_to_maddr(high));
    assert_int_equal(rd(r, R_DEVTAB_SEG + 6 * 8), virt_to_maddr(high));
    assert_int_equal(rd(r, R_DEVTAB_SEG), 0);
    high[0x10 * 4] = DTE_V | DTE_TV | PTE_IR;
    wr(r, R_CONTROL, RAW_ON | 3ULL << 34);
    assert_int_equal(raw_at(r, 0xe010, 0x5000), 0x5000);
    assert_int_equal(amd_model_translate(r->m, 0xe010, 0x5000, true, NULL),
                     EV_PAGE_FAULT);
    assert_int_equal(amd_model_translate(r->m, 0xc010, 0x5000, true, NULL),
                     EV_DEVTAB_HW);
    raw_stop(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RAW_TEST(test_off),
        RAW_TEST(test_dma),
        RAW_TEST(test_dte),
        RAW_TEST(test_dte_illegal),
        RAW_TEST(test_walk),
        RAW_TEST(test_walk_refuses),
        RAW_TEST(test_walk_sizes),
        RAW_TEST(test_ranges),
        RAW_TEST(test_software_errors),
        RAW_TEST(test_segments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
