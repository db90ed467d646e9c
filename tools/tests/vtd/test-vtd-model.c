/* SPDX-License-Identifier: GPL-2.0-only */
/* The VT-d model's translation, on tables filled by hand. */

#include "vtd-raw.h"

static struct raw raw, *const r = &raw;
RAW_TEARDOWN

#define PAGE_A                  0x40000000ULL
#define PAGE_B                  0x40001000ULL

/* Translate for reading; all ones on a fault. */
static uint64_t at(uint64_t addr)
{
    uint64_t maddr;

    return vtd_model_translate(r->m, DEV, addr, false, &maddr) ? ~0ULL : maddr;
}

static void test_dma(void **state)
{
    uint64_t *a, *b;
    uint8_t buf[64], back[64];
    unsigned int i;

    raw_start(r, &vtd_model_default);
    a = raw_page(r);
    b = raw_page(r);
    raw_map(r, PAGE_A, virt_to_maddr(a), 3);
    raw_map(r, PAGE_B, virt_to_maddr(b), 3);

    for ( i = 0; i < sizeof(buf); i++ )
        buf[i] = i + 1;

    /* Across the page boundary. */
    assert_int_equal(vtd_model_dma(r->m, DEV, PAGE_B - 24, 64, true, buf), 0);
    assert_memory_equal((uint8_t *)a + 4096 - 24, buf, 24);
    assert_memory_equal(b, buf + 24, 40);
    assert_int_equal(vtd_model_dma(r->m, DEV, PAGE_B - 24, 64, false, back), 0);
    assert_memory_equal(buf, back, 64);

    /* Another requester has no context. */
    assert_int_equal(vtd_model_dma(r->m, DEV + 1, PAGE_A, 4, false, back),
                     FR_CTX_P);
    assert_int_equal(vtd_model_dma(r->m, 0x500, PAGE_A, 4, false, back),
                     FR_ROOT_P);
    raw_stop(r);
}

static void test_levels(void **state)
{
    unsigned int levels;

    for ( levels = 3; levels <= 5; levels++ )
    {
        struct vtd_model_cfg cfg = vtd_model_default;
        uint64_t last = levels == 3 ? BIT64(39) : levels == 4 ? BIT64(48)
                                                              : BIT64(57);

        cfg.sagaw = 1U << (levels - 2);
        cfg.mgaw = 57;
        raw_start(r, &cfg);
        raw_context(r, DEV, 0, virt_to_maddr(r->slpt), levels, 5);
        *raw_entry(r, r->slpt, levels, 1, last - 4096) = 0x123000 | 3;
        assert_int_equal(at(last - 4096 + 5), 0x123005);
        assert_int_equal(raw_read(r, last), FR_ADDR);
        assert_int_equal(raw_read(r, ~0xfffULL), FR_ADDR);
        raw_stop(r);

        /* The unit's own limit counts if it is lower. */
        cfg.mgaw = 36;
        raw_start(r, &cfg);
        raw_context(r, DEV, 0, virt_to_maddr(r->slpt), levels, 5);
        assert_int_equal(raw_read(r, BIT64(36) - 1), FR_READ);
        assert_int_equal(raw_read(r, BIT64(36)), FR_ADDR);
        raw_stop(r);
    }
}

static void test_superpages(void **state)
{
    struct vtd_model_cfg cfg = vtd_model_default;
    unsigned int level;

    for ( level = 2; level <= 3; level++ )
    {
        uint64_t size = 1ULL << (12 + 9 * (level - 1));

        raw_start(r, &cfg);
        *raw_entry(r, r->slpt, 4, level, 4 * size) = 8 * size | 0x83;
        assert_int_equal(at(4 * size), 8 * size);
        assert_int_equal(at(5 * size - 1), 9 * size - 1);
        assert_int_equal(raw_read(r, 5 * size), FR_READ);
        *raw_entry(r, r->slpt, 4, level, 6 * size) = 8 * size | 0x83 | 1 << 12;
        assert_int_equal(raw_read(r, 6 * size), FR_PTE_RSVD);
        raw_stop(r);

        /* Not supported: the bit is reserved. */
        cfg.page_2m = level != 2;
        cfg.page_1g = level != 3;
        raw_start(r, &cfg);
        *raw_entry(r, r->slpt, 4, level, 4 * size) = 8 * size | 0x83;
        assert_int_equal(raw_read(r, 4 * size), FR_PTE_RSVD);
        raw_stop(r);
        cfg = vtd_model_default;
    }

    raw_start(r, &cfg);
    r->slpt[0] = 0x83;
    assert_int_equal(raw_read(r, 0), FR_PTE_RSVD);
    raw_stop(r);
}

/* Permissions of all levels are combined. */
static void test_permissions(void **state)
{
    unsigned int top, leaf;

    for ( top = 0; top < 4; top++ )
        for ( leaf = 0; leaf < 4; leaf++ )
        {
            uint64_t *e;

            raw_start(r, &vtd_model_default);
            raw_map(r, PAGE_A, 0x5000, leaf);
            e = raw_entry(r, r->slpt, 4, 3, PAGE_A);
            *e = (*e & ~3ULL) | top;
            assert_int_equal(raw_read(r, PAGE_A),
                             top & leaf & 1 ? 0 : FR_READ);
            assert_int_equal(raw_write(r, PAGE_A),
                             top & leaf & 2 ? 0 : FR_WRITE);
            raw_stop(r);
        }
}

static void test_reserved_bits(void **state)
{
    struct vtd_model_cfg cfg = vtd_model_default;
    uint64_t *c, e;

    cfg.haw = 40;
    raw_start(r, &cfg);
    raw_map(r, PAGE_A, BIT64(40), 3);
    assert_int_equal(raw_read(r, PAGE_A), FR_PTE_RSVD);
    raw_map(r, PAGE_B, BIT64(39) | PTE_SNP, 3);
    assert_int_equal(raw_read(r, PAGE_B), 0);
    raw_stop(r);

    cfg.sc = false;
    cfg.did_bits = 8;
    raw_start(r, &cfg);
    raw_map(r, PAGE_A, 0x1000 | PTE_SNP, 3);
    assert_int_equal(raw_read(r, PAGE_A), FR_PTE_RSVD);
    raw_stop(r);

    /* Root and context entries. */
    raw_start(r, &cfg);
    c = &r->context[(DEV & 0xff) * 2];
    e = r->root[6];
    r->root[6] = e | 2;
    assert_int_equal(raw_read(r, PAGE_A), FR_ROOT_RSVD);
    r->root[6] = e | BIT64(41);
    assert_int_equal(raw_read(r, PAGE_A), FR_ROOT_RSVD);
    r->root[6] = e;
    r->root[7] = 1;
    assert_int_equal(raw_read(r, PAGE_A), FR_ROOT_RSVD);
    r->root[7] = 0;

    c[0] |= 1 << 4;
    assert_int_equal(raw_read(r, PAGE_A), FR_CTX_RSVD);
    c[0] ^= 1 << 4 | BIT64(41);
    assert_int_equal(raw_read(r, PAGE_A), FR_CTX_RSVD);
    c[0] ^= BIT64(41);
    c[1] |= BIT64(24);
    assert_int_equal(raw_read(r, PAGE_A), FR_CTX_RSVD);
    c[1] ^= BIT64(24) | 1;                      /* AW 3: not supported */
    assert_int_equal(raw_read(r, PAGE_A), FR_CTX_INVALID);
    c[1] ^= 1;
    c[0] |= 3 << 2;
    assert_int_equal(raw_read(r, PAGE_A), FR_CTX_INVALID);
    c[0] &= ~(3ULL << 2);
    assert_int_equal(raw_read(r, PAGE_A), FR_READ);

    /* More domain ID bits than the unit has. */
    raw_context(r, DEV + 1, 0, virt_to_maddr(r->slpt), 4, 256);
    assert_int_equal(vtd_model_dma(r->m, DEV + 1, 0, 1, false, NULL),
                     FR_CTX_RSVD);

    /* Tables where there is no memory. */
    r->root[8] = 0x1001;
    assert_int_equal(vtd_model_dma(r->m, 0x400, 0, 1, false, NULL),
                     FR_CTX_ACCESS);
    c[0] = 0x1001;
    qi_context_global(r);
    assert_int_equal(raw_read(r, PAGE_A), FR_PTE_ACCESS);
    wr64(r, R_RTADDR, 0x1000);
    gcmd_on(r, G_SRTP);
    qi_context_global(r);
    assert_int_equal(raw_read(r, PAGE_A), FR_ROOT_ACCESS);
    raw_stop(r);
}

static void test_pass_through(void **state)
{
    struct vtd_model_cfg cfg = vtd_model_default;

    cfg.haw = 40;
    raw_start(r, &cfg);
    raw_context(r, DEV, TT_PASS, 0, 4, 5);
    assert_int_equal(at(0x1234567), 0x1234567);
    assert_int_equal(raw_read(r, BIT64(40)), FR_ADDR);
    raw_stop(r);

    /* AW must be the largest, and the unit capable. */
    raw_start(r, &cfg);
    raw_context(r, DEV, TT_PASS, 0, 3, 5);
    assert_int_equal(raw_read(r, 0), FR_CTX_INVALID);
    raw_stop(r);
    cfg.pt = false;
    raw_start(r, &cfg);
    raw_context(r, DEV, TT_PASS, 0, 4, 5);
    assert_int_equal(raw_read(r, 0), FR_CTX_INVALID);
    raw_stop(r);

    /* Translation off: everything passes, but protected memory. */
    raw_start(r, &cfg);
    gcmd_off(r, G_TE);
    assert_int_equal(at(0x1234567), 0x1234567);
    wr(r, R_PLMBASE, 0x1200000);
    wr(r, R_PLMLIMIT, 0x1200000);
    wr(r, R_PMEN, PMEN_EPM);
    assert_int_equal(rd(r, R_PMEN), PMEN_EPM | PMEN_PRS);
    assert_int_equal(raw_read(r, 0x1234567), VTD_MODEL_UR);
    assert_int_equal(raw_read(r, 0x1400000), 0);
    wr(r, R_PMEN, 0);
    assert_int_equal(raw_read(r, 0x1234567), 0);
    raw_stop(r);
}

static void test_ats(void **state)
{
    unsigned int prot;
    uint64_t *page;
    uint32_t val = 0x12345678;

    raw_start(r, &vtd_model_default);
    page = raw_page(r);
    raw_map(r, PAGE_A, virt_to_maddr(page), 3);

    /* Not allowed by the context. */
    assert_int_equal(vtd_model_ats_request(r->m, DEV, PAGE_A, &prot), FR_ATS);
    raw_context(r, DEV, TT_DEVTLB, virt_to_maddr(r->slpt), 4, 5);
    qi_context_global(r);

    assert_int_equal(vtd_model_ats_dma(r->m, DEV, PAGE_A, 4, true, &val),
                     VTD_MODEL_UR);
    assert_int_equal(vtd_model_ats_request(r->m, DEV, PAGE_B, &prot), 0);
    assert_int_equal(prot, 0);
    assert_int_equal(vtd_model_ats_request(r->m, DEV, PAGE_A, &prot), 0);
    assert_int_equal(prot, 3);
    assert_int_equal(vtd_model_ats_dma(r->m, DEV, PAGE_A + 8, 4, true, &val), 0);
    assert_int_equal(page[1], val);

    /* The device's TLB outlives the IOTLB's invalidation. */
    raw_map(r, PAGE_A, 0, 0);
    assert_true(qi_iotlb_global(r));
    assert_int_equal(vtd_model_ats_dma(r->m, DEV, PAGE_A, 4, true, &val), 0);
    assert_true(qi_run(r, 3 | (uint64_t)(DEV + 1) << 32, PAGE_A));
    assert_true(qi_run(r, 3 | (uint64_t)DEV << 32, PAGE_B));
    assert_int_equal(vtd_model_ats_dma(r->m, DEV, PAGE_A, 4, true, &val), 0);
    assert_true(qi_run(r, 3 | (uint64_t)DEV << 32, PAGE_B | 1));   /* 4 pages */
    assert_int_equal(vtd_model_ats_dma(r->m, DEV, PAGE_A, 4, true, &val),
                     VTD_MODEL_UR);

    /* Everything: all address bits but the top one set. */
    raw_map(r, PAGE_A, virt_to_maddr(page), 3);
    assert_int_equal(vtd_model_ats_request(r->m, DEV, PAGE_A, &prot), 0);
    assert_true(qi_run(r, 3 | (uint64_t)DEV << 32, 0x7ffffffffffff001ULL));
    assert_int_equal(vtd_model_ats_dma(r->m, DEV, PAGE_A, 4, true, &val),
                     VTD_MODEL_UR);

    /* Translated requests stop with the context. */
    assert_int_equal(vtd_model_ats_request(r->m, DEV, PAGE_A, &prot), 0);
    raw_context(r, DEV, 0, virt_to_maddr(r->slpt), 4, 5);
    qi_context_global(r);
    assert_int_equal(vtd_model_ats_dma(r->m, DEV, PAGE_A, 4, true, &val),
                     FR_ATS);
    raw_stop(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RAW_TEST(test_dma),
        RAW_TEST(test_levels),
        RAW_TEST(test_superpages),
        RAW_TEST(test_permissions),
        RAW_TEST(test_reserved_bits),
        RAW_TEST(test_pass_through),
        RAW_TEST(test_ats),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
