/* SPDX-License-Identifier: GPL-2.0-only */
/* What the AMD-Vi model remembers, and what makes it forget. */

#include "amd-raw.h"

#include <pthread.h>

static struct raw raw, *const r = &raw;
RAW_TEARDOWN

#define PAGE_A                  0x40000000ULL
#define PAGE_B                  0x40001000ULL
#define at(addr)                raw_at(r, DEV, addr)

/* What is not invalidated stays. */
static void test_stale_pages(void **state)
{
    raw_start(r, &amd_model_default, 0);
    raw_map(r, PAGE_A, 0x5000, RW);
    raw_map(r, PAGE_B, 0x6000, RW);
    assert_int_equal(at(PAGE_A), 0x5000);
    assert_int_equal(at(PAGE_B), 0x6000);
    raw_map(r, PAGE_A, 0x7000, RW);
    *raw_entry(r, r->root, 4, 1, PAGE_B) = 0;

    /* Another domain, another page, another cache: nothing changes. */
    assert_true(inv_domain(r, 6));
    assert_true(inv_pages(r, 6, PAGE_A, 0, 1));
    assert_true(inv_pages(r, DOMAIN, PAGE_B + 4096, 0, 1));
    assert_true(inv_dte(r, DEV));
    assert_true(cmd_run(r, CMD_INV_INTR, DEV, 0));
    assert_int_equal(at(PAGE_A), 0x5000);
    assert_int_equal(at(PAGE_B), 0x6000);

    assert_true(inv_pages(r, DOMAIN, PAGE_A, 0, 0));
    assert_int_equal(at(PAGE_A), 0x7000);
    assert_int_equal(at(PAGE_B), 0x6000);
    /* S: two pages, by bit 12 clear. */
    raw_map(r, PAGE_A, 0x8000, RW);
    assert_true(inv_pages(r, DOMAIN, PAGE_A, 1, 0));
    assert_int_equal(at(PAGE_A), 0x8000);
    assert_int_equal(raw_read(r, PAGE_B), EV_PAGE_FAULT);

    raw_map(r, PAGE_A, 0x5000, RW);
    assert_int_equal(at(PAGE_A), 0x8000);
    assert_true(cmd_run(r, CMD_INV_ALL, 0, 0));
    assert_int_equal(at(PAGE_A), 0x5000);
    raw_map(r, PAGE_A, 0x9000, RW);
    assert_int_equal(at(PAGE_A), 0x5000);
    assert_true(inv_domain(r, DOMAIN));
    assert_int_equal(at(PAGE_A), 0x9000);

    /* Fewer rights need an invalidation as well, new mappings none. */
    raw_map(r, PAGE_A, 0x9000, PTE_IR);
    assert_int_equal(raw_write(r, PAGE_A), 0);
    raw_map(r, PAGE_B, 0xa000, RW);
    assert_int_equal(at(PAGE_B), 0xa000);
    raw_stop(r);
}

/* The size that S and the address tell. */
static void test_sizes(void **state)
{
    static const struct { uint64_t addr; bool hit[4]; } cases[] = {
        { 0x40000000, { true, true, false, false } },
        { 0x40001000, { true, true, true, true } },
        { 0x40002000, { false, false, true, true } },
        { 0x40003000, { true, true, true, true } },
        { 0x50001000, { false, false, false, false } },
        { ALL_PAGES, { true, true, true, true } },
    };
    unsigned int i, j;

    for ( i = 0; i < ARRAY_SIZE(cases); i++ )
    {
        raw_start(r, &amd_model_default, 0);
        for ( j = 0; j < 4; j++ )
        {
            raw_map(r, PAGE_A + j * 4096, 0x5000, RW);
            assert_int_equal(at(PAGE_A + j * 4096), 0x5000);
            raw_map(r, PAGE_A + j * 4096, 0x6000, RW);
        }
        assert_true(inv_pages(r, DOMAIN, cases[i].addr, 1, 0));
        for ( j = 0; j < 4; j++ )
            assert_int_equal(at(PAGE_A + j * 4096),
                             cases[i].hit[j] ? 0x6000 : 0x5000);
        assert_int_equal(amd_model_count(r->m, AMD_COUNT_WHOLE),
                         cases[i].addr == ALL_PAGES);
        raw_stop(r);
    }
}

/* A stale superpage hides the table that replaced it. */
static void test_stale_superpage(void **state)
{
    uint64_t *e;

    raw_start(r, &amd_model_default, 0);
    e = raw_entry(r, r->root, 4, 2, PAGE_A);
    *e = 0x200000 | RW | PTE_PR;
    assert_int_equal(at(PAGE_A + 0x5000), 0x205000);
    *e = 0;
    raw_map(r, PAGE_A + 0x5000, 0x1000, RW);
    assert_int_equal(at(PAGE_A + 0x5000), 0x205000);
    assert_true(inv_pages(r, DOMAIN, PAGE_A + 0x9000, 0, 0));
    assert_int_equal(at(PAGE_A + 0x5000), 0x1000);
    raw_stop(r);
}

/* A table stays cached without PDE, and is noticed when it was freed. */
static void test_stale_tables(void **state)
{
    uint64_t *pde;
    unsigned int i;
    void *table;

    raw_start(r, &amd_model_default, 0);
    raw_map(r, PAGE_A, 0x5000, RW);
    assert_int_equal(at(PAGE_A), 0x5000);
    pde = raw_entry(r, r->root, 4, 2, PAGE_A);
    table = maddr_to_virt(*pde & PTE_ADDR);
    *pde = 0;
    raw_map(r, PAGE_A, 0x6000, RW);             /* in a new table */

    assert_true(inv_pages(r, DOMAIN, PAGE_A, 0, 0));
    assert_int_equal(at(PAGE_A), 0x5000);       /* by the old one */

    for ( i = 0; i < r->nr_pages; i++ )
        if ( r->pages[i] == table )
            r->pages[i] = NULL;
    free_xenheap_page(table);
    assert_int_equal(at(PAGE_A), 0x5000);       /* from the IOTLB */
    assert_int_equal(raw_read(r, PAGE_B), EV_PAGETAB_HW);
    raw_violation(r, "not allocated");

    assert_true(inv_pages(r, DOMAIN, PAGE_A, 0, 1));
    assert_int_equal(at(PAGE_A), 0x6000);
    raw_stop(r);
}

static void test_stale_dte(void **state)
{
    raw_start(r, &amd_model_default, 0);
    raw_map(r, PAGE_A, 0x5000, RW);
    assert_int_equal(at(PAGE_A), 0x5000);
    raw_dte(r, DEV)[0] = DTE_V;
    assert_true(inv_domain(r, DOMAIN));
    assert_true(inv_dte(r, DEV2));
    assert_int_equal(at(PAGE_A), 0x5000);
    /* Nor does another table make it forget. */
    wr(r, R_DEVTAB, virt_to_maddr(r->irt));
    assert_int_equal(at(PAGE_A), 0x5000);
    wr(r, R_DEVTAB, virt_to_maddr(r->devtab));
    assert_true(inv_dte(r, DEV));
    assert_int_equal(raw_read(r, PAGE_A), EV_PAGE_FAULT);

    /* A passing entry is cached, too. */
    assert_int_equal(at(PAGE_A), ~0ULL);
    raw_dte(r, DEV)[0] = 0;
    assert_int_equal(at(PAGE_A), ~0ULL);
    assert_true(cmd_run(r, CMD_INV_ALL, 0, 0));
    assert_int_equal(at(PAGE_A), PAGE_A);

    /* Switching it off and on again is no invalidation. */
    raw_dte(r, DEV)[0] = DTE_V;
    wr(r, R_CONTROL, C_COHERENT);
    wr(r, R_CONTROL, RAW_ON);
    assert_int_equal(at(PAGE_A), PAGE_A);
    raw_stop(r);
}

/* Pages outlive the entry that they were found by. */
static void test_domain_id_reused(void **state)
{
    uint64_t *other;

    raw_start(r, &amd_model_default, 0);
    raw_map(r, PAGE_A, 0x5000, RW);
    assert_int_equal(at(PAGE_A), 0x5000);
    raw_dte(r, DEV)[0] = DTE_V;
    assert_true(inv_dte(r, DEV));
    other = raw_page(r);
    raw_translate(r, DEV2, other, RAW_LEVELS, DOMAIN);
    assert_int_equal(raw_at(r, DEV2, PAGE_A), 0x5000);
    assert_true(inv_domain(r, DOMAIN));
    assert_int_equal(raw_at(r, DEV2, PAGE_A), ~0ULL);
    raw_stop(r);
}

/* NpCache: absence is cached as well. */
static void test_absence(void **state)
{
    struct amd_model_cfg cfg = amd_model_default;

    cfg.np_cache = true;
    raw_start(r, &cfg, 0);
    raw_map(r, PAGE_B, 0x6000, RW);
    assert_int_equal(raw_read(r, PAGE_A), EV_PAGE_FAULT);
    raw_map(r, PAGE_A, 0x5000, RW);
    assert_int_equal(raw_read(r, PAGE_A), EV_PAGE_FAULT);
    assert_true(inv_pages(r, DOMAIN, PAGE_A, 0, 0));
    assert_int_equal(at(PAGE_A), 0x5000);

    /* An absent table needs PDE. */
    assert_int_equal(raw_read(r, BIT64(39)), EV_PAGE_FAULT);
    raw_map(r, BIT64(39), 0x5000, RW);
    assert_true(inv_pages(r, DOMAIN, BIT64(39), 0, 0));
    assert_int_equal(raw_read(r, BIT64(39)), EV_PAGE_FAULT);
    assert_true(inv_pages(r, DOMAIN, BIT64(39), 0, 1));
    assert_int_equal(at(BIT64(39)), 0x5000);
    raw_stop(r);
}

/* Without the Coherent bit, the unit sees what was written back. */
static void test_not_coherent(void **state)
{
    unsigned int i;
    uint64_t *e;

    raw_start(r, &amd_model_default, 0);
    wr(r, R_CONTROL, RAW_ON & ~C_COHERENT);
    assert_int_equal(raw_read(r, PAGE_A), EV_ILLEGAL_DTE);
    raw_map(r, PAGE_A, 0x5000, RW);
    for ( i = 0; i < r->nr_pages; i++ )
        arch_iommu_cache_clean(r->pages[i], PAGE_SIZE);
    assert_true(inv_dte(r, DEV));
    assert_int_equal(at(PAGE_A), 0x5000);

    e = raw_map(r, PAGE_A, 0x6000, RW);
    assert_true(inv_domain(r, DOMAIN));
    assert_int_equal(at(PAGE_A), 0x5000);
    arch_iommu_cache_clean(e + 1, 8);           /* the same line */
    assert_true(inv_domain(r, DOMAIN));
    assert_int_equal(at(PAGE_A), 0x6000);
    raw_stop(r);
}

/* Device TLBs are asked for by device, not by domain. */
static void test_device_tlb(void **state)
{
    const uint64_t iotlb = DEV | 32 << 24 | (uint64_t)DEV << 32;
    unsigned int prot;
    char c = 0;

    raw_start(r, &amd_model_default, 0);
    raw_map(r, PAGE_A, virt_to_maddr(raw_page(r)), RW);
    assert_int_equal(amd_model_ats_request(r->m, DEV, PAGE_A, &prot),
                     EV_INVALID_REQ);
    raw_expect(r, EV_CODE(EV_INVALID_REQ) | DEV | EV_TR | EV_REQ_TYPE(1),
               PAGE_A);
    raw_dte(r, DEV)[1] |= DTE_I;
    assert_true(inv_dte(r, DEV));
    assert_int_equal(amd_model_ats_request(r->m, DEV, PAGE_B, &prot), 0);
    assert_int_equal(prot, 0);
    assert_int_equal(amd_model_ats_request(r->m, DEV, PAGE_A, &prot), 0);
    assert_int_equal(prot, 3);
    raw_no_event(r);

    assert_int_equal(amd_model_ats_dma(r->m, DEV, PAGE_A, 1, true, &c), 0);
    assert_int_equal(amd_model_ats_dma(r->m, DEV2, PAGE_A, 1, true, &c),
                     AMD_MODEL_ABORT);
    *raw_entry(r, r->root, 4, 1, PAGE_A) = 0;
    assert_true(inv_domain(r, DOMAIN));
    assert_true(cmd_run(r, CMD_INV_ALL, 0, 0));
    assert_int_equal(amd_model_ats_dma(r->m, DEV, PAGE_A, 1, true, &c), 0);
    assert_true(cmd_run(r, CMD_INV_IOTLB, iotlb, PAGE_B));
    assert_int_equal(amd_model_ats_dma(r->m, DEV, PAGE_A, 1, true, &c), 0);
    assert_true(cmd_run(r, CMD_INV_IOTLB, iotlb, PAGE_A | 1));
    assert_int_equal(amd_model_ats_dma(r->m, DEV, PAGE_A, 1, true, &c),
                     AMD_MODEL_ABORT);

    /* Who may not translate any more is stopped at the unit. */
    raw_map(r, PAGE_A, virt_to_maddr(raw_page(r)), RW);
    assert_int_equal(amd_model_ats_request(r->m, DEV, PAGE_A, &prot), 0);
    raw_dte(r, DEV)[1] &= ~DTE_I;
    assert_true(inv_dte(r, DEV));
    assert_int_equal(amd_model_ats_dma(r->m, DEV, PAGE_A, 1, true, &c),
                     EV_INVALID_REQ);

    /* Nor does the device have what it was not given; off, nobody asks. */
    assert_int_equal(amd_model_ats_dma(r->m, DEV, PAGE_B, 1, true, &c),
                     AMD_MODEL_ABORT);
    wr(r, R_CONTROL, 0);
    assert_int_equal(amd_model_ats_dma(r->m, DEV, PAGE_A, 1, true, &c), 0);
    assert_int_equal(amd_model_ats_request(r->m, DEV, PAGE_A, &prot),
                     AMD_MODEL_ABORT);
    assert_int_equal(prot, 0);
    raw_stop(r);
}

static void *reader(void *arg)
{
    *(uint64_t *)arg = at(PAGE_A);

    return NULL;
}

/* A walk under way: no invalidation is over before it is. */
static void test_held_walk(void **state)
{
    uint64_t seen = 0;
    pthread_t t;

    raw_start(r, &amd_model_default, 0);
    raw_map(r, PAGE_A, 0x5000, RW);
    amd_model_hold_walk(r->m, 5);       /* the entry, three tables, the page */
    assert_int_equal(pthread_create(&t, NULL, reader, &seen), 0);
    while ( !amd_model_held(r->m) )
        continue;
    raw_map(r, PAGE_A, 0x6000, RW);
    assert_false(inv_pages(r, DOMAIN, PAGE_A, 0, 1));
    amd_model_release(r->m);
    pthread_join(t, NULL);
    assert_int_equal(seen, 0x5000);
    assert_int_equal(*r->done, r->serial);
    assert_int_equal(at(PAGE_A), 0x6000);
    raw_stop(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RAW_TEST(test_stale_pages),
        RAW_TEST(test_sizes),
        RAW_TEST(test_stale_superpage),
        RAW_TEST(test_stale_tables),
        RAW_TEST(test_stale_dte),
        RAW_TEST(test_domain_id_reused),
        RAW_TEST(test_absence),
        RAW_TEST(test_not_coherent),
        RAW_TEST(test_device_tlb),
        RAW_TEST(test_held_walk),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
