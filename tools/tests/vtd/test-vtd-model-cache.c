/* SPDX-License-Identifier: GPL-2.0-only */
/* What the VT-d model remembers, and what makes it forget. */

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

/* What is not invalidated stays. */
static void test_stale_iotlb(void **state)
{
    raw_start(r, &vtd_model_default);
    raw_map(r, PAGE_A, 0x5000, 3);
    raw_map(r, PAGE_B, 0x6000, 3);
    assert_int_equal(at(PAGE_A), 0x5000);
    assert_int_equal(at(PAGE_B), 0x6000);
    raw_map(r, PAGE_A, 0x7000, 3);
    raw_map(r, PAGE_B, 0, 0);
    assert_int_equal(at(PAGE_A), 0x5000);

    /* Another domain, another page: nothing changes. */
    assert_true(qi_iotlb_domain(r, 6));
    assert_true(qi_iotlb_page(r, 6, PAGE_A, 0, 0));
    assert_true(qi_iotlb_page(r, 5, PAGE_B + 4096, 0, 0));
    assert_true(qi_context_global(r));
    assert_int_equal(at(PAGE_A), 0x5000);
    assert_int_equal(at(PAGE_B), 0x6000);

    assert_true(qi_iotlb_page(r, 5, PAGE_A, 0, 0));
    assert_int_equal(at(PAGE_A), 0x7000);
    assert_int_equal(at(PAGE_B), 0x6000);
    assert_true(qi_iotlb_page(r, 5, PAGE_A, 1, 0));
    assert_int_equal(raw_read(r, PAGE_B), FR_READ);

    assert_int_equal(at(PAGE_A), 0x7000);
    raw_map(r, PAGE_A, 0x8000, 3);
    assert_int_equal(at(PAGE_A), 0x7000);
    assert_true(qi_iotlb_domain(r, 5));
    assert_int_equal(at(PAGE_A), 0x8000);
    raw_map(r, PAGE_A, 0x9000, 3);
    assert_true(qi_iotlb_global(r));
    assert_int_equal(at(PAGE_A), 0x9000);

    /* Fewer rights need an invalidation as well, new mappings none. */
    raw_map(r, PAGE_A, 0x9000, 1);
    assert_int_equal(raw_write(r, PAGE_A), 0);
    raw_map(r, PAGE_B, 0xa000, 1);
    assert_int_equal(at(PAGE_B), 0xa000);
    raw_stop(r);
}

/* One page of a superpage drops all of it. */
static void test_stale_superpage(void **state)
{
    uint64_t *e;

    raw_start(r, &vtd_model_default);
    e = raw_entry(r, r->slpt, 4, 2, PAGE_A);
    *e = 0x200000 | 0x83;
    assert_int_equal(at(PAGE_A + 0x5000), 0x205000);
    *e = 0;
    raw_map(r, PAGE_A + 0x5000, 0x1000, 3);
    assert_int_equal(at(PAGE_A + 0x5000), 0x205000);
    assert_true(qi_iotlb_page(r, 5, PAGE_A + 0x9000, 0, 0));
    assert_int_equal(at(PAGE_A + 0x5000), 0x1000);
    raw_stop(r);
}

/* A table stays cached when only leaves are said to have changed. */
static void test_stale_tables(void **state)
{
    uint64_t *pde, old;

    raw_start(r, &vtd_model_default);
    raw_map(r, PAGE_A, 0x5000, 3);
    assert_int_equal(at(PAGE_A), 0x5000);
    pde = raw_entry(r, r->slpt, 4, 2, PAGE_A);
    old = *pde;
    *pde = 0;
    raw_map(r, PAGE_A, 0x6000, 3);              /* in a new table */

    assert_true(qi_iotlb_page(r, 5, PAGE_A, 0, 1));
    assert_int_equal(at(PAGE_A), 0x5000);       /* by the old one */
    assert_true(qi_iotlb_page(r, 5, PAGE_A, 0, 0));
    assert_int_equal(at(PAGE_A), 0x6000);
    assert_int_not_equal(old, *pde);
    raw_stop(r);
}

/* A freed table that is still cached is noticed when it is walked. */
static void test_freed_table(void **state)
{
    uint64_t *pde;
    unsigned int i;
    void *table;

    raw_start(r, &vtd_model_default);
    raw_map(r, PAGE_A, 0x5000, 3);
    assert_int_equal(at(PAGE_A), 0x5000);
    pde = raw_entry(r, r->slpt, 4, 2, PAGE_A);
    table = maddr_to_virt(*pde & MASK(51, 12));
    *pde = 0;
    for ( i = 0; i < r->nr_pages; i++ )
        if ( r->pages[i] == table )
            r->pages[i] = NULL;
    free_xenheap_page(table);

    assert_int_equal(at(PAGE_A), 0x5000);       /* from the IOTLB */
    assert_int_equal(vtd_model_violations(r->m), 0);
    assert_int_equal(raw_read(r, PAGE_B), FR_PTE_ACCESS);
    raw_violation(r, "not allocated");
    raw_stop(r);
}

static void test_stale_context(void **state)
{
    uint64_t *other;

    raw_start(r, &vtd_model_default);
    raw_map(r, PAGE_A, 0x5000, 3);
    assert_int_equal(at(PAGE_A), 0x5000);
    other = raw_page(r);
    raw_context(r, DEV, 0, virt_to_maddr(other), 4, 6);
    assert_int_equal(at(PAGE_A), 0x5000);

    /* Of another requester, of another domain: kept. */
    assert_true(qi_context_device(r, 5, DEV + 1, 0));
    assert_true(qi_context_device(r, 6, DEV, 0));
    assert_int_equal(at(PAGE_A), 0x5000);
    assert_true(qi_context_device(r, 5, DEV, 0));
    assert_int_equal(raw_read(r, PAGE_A), FR_READ);

    /* The function mask takes the other functions along. */
    raw_context(r, DEV, 0, virt_to_maddr(r->slpt), 4, 5);
    assert_true(qi_context_device(r, 6, DEV ^ 5, 2));
    assert_int_equal(raw_read(r, PAGE_A), FR_READ);
    assert_true(qi_context_device(r, 6, DEV ^ 5, 3));
    assert_int_equal(at(PAGE_A), 0x5000);

    /* A new root table means nothing to the cache, unless ESRTPS. */
    wr64(r, R_RTADDR, virt_to_maddr(raw_page(r)));
    gcmd_on(r, G_SRTP);
    assert_int_equal(at(PAGE_A), 0x5000);
    assert_true(qi_context_global(r));
    assert_int_equal(raw_read(r, PAGE_A), FR_ROOT_P);
    raw_stop(r);
}

/* §6.1: with caching mode, absence is cached as well. */
static void test_caching_mode(void **state)
{
    struct vtd_model_cfg cfg = vtd_model_default;

    cfg.caching_mode = true;
    raw_start(r, &cfg);
    assert_int_equal(raw_read(r, PAGE_A), FR_READ);
    raw_map(r, PAGE_A, 0x5000, 3);
    assert_int_equal(raw_read(r, PAGE_A), FR_READ);
    assert_int_equal(raw_write(r, PAGE_A), FR_WRITE);
    assert_true(qi_iotlb_page(r, 5, PAGE_A, 0, 0));
    assert_int_equal(at(PAGE_A), 0x5000);

    /* An absent table is not a leaf: it outlives a hint that spares tables. */
    assert_int_equal(raw_read(r, 0x80000000), FR_READ);
    raw_map(r, 0x80000000, 0x5000, 3);
    assert_true(qi_iotlb_page(r, 5, 0x80000000, 0, 1));
    assert_int_equal(raw_read(r, 0x80000000), FR_READ);
    assert_true(qi_iotlb_page(r, 5, 0x80000000, 0, 0));
    assert_int_equal(at(0x80000000), 0x5000);

    /* An absent context is tagged with domain 0. */
    assert_int_equal(vtd_model_dma(r->m, DEV + 1, PAGE_A, 1, false, NULL),
                     FR_CTX_P);
    raw_context(r, DEV + 1, 0, virt_to_maddr(r->slpt), 4, 7);
    assert_true(qi_context_device(r, 7, DEV + 1, 0));
    assert_int_equal(vtd_model_dma(r->m, DEV + 1, PAGE_A, 1, false, NULL),
                     FR_CTX_P);
    assert_true(qi_context_device(r, 0, DEV + 1, 0));
    assert_int_equal(vtd_model_dma(r->m, DEV + 1, PAGE_A, 1, false, NULL), 0);

    raw_context(r, DEV + 2, 0, virt_to_maddr(r->slpt), 4, 0);
    vtd_model_dma(r->m, DEV + 2, PAGE_A, 1, false, NULL);
    raw_violation(r, "domain id 0");
    raw_stop(r);
}

/* A unit that does not snoop sees what was written back. */
static void test_not_coherent(void **state)
{
    struct vtd_model_cfg cfg = vtd_model_default;
    unsigned int i;
    uint64_t *e;

    cfg.coherent = false;
    raw_start(r, &cfg);
    assert_int_equal(raw_read(r, PAGE_A), FR_ROOT_RSVD);
    raw_map(r, PAGE_A, 0x5000, 3);
    for ( i = 0; i < r->nr_pages; i++ )
        arch_iommu_cache_clean(r->pages[i], PAGE_SIZE);
    assert_int_equal(at(PAGE_A), 0x5000);

    e = raw_entry(r, r->slpt, 4, 1, PAGE_A);
    *e = 0x6003;
    assert_true(qi_iotlb_domain(r, 5));
    assert_int_equal(at(PAGE_A), 0x5000);
    arch_iommu_cache_clean(e + 1, 8);           /* the same line */
    assert_true(qi_iotlb_domain(r, 5));
    assert_int_equal(at(PAGE_A), 0x6000);
    raw_stop(r);
}

/* With a write buffer, stores are seen once it was flushed. */
static void test_write_buffer(void **state)
{
    struct vtd_model_cfg cfg = vtd_model_default;

    cfg.rwbf = true;
    raw_start(r, &cfg);
    assert_int_equal(raw_read(r, PAGE_A), FR_READ);
    raw_map(r, PAGE_A, 0x5000, 3);
    assert_int_equal(raw_read(r, PAGE_A), FR_READ);
    gcmd_on(r, G_WBF);
    assert_int_equal(at(PAGE_A), 0x5000);
    assert_false(rd(r, R_GSTS) & G_WBF);

    assert_int_equal(raw_read(r, PAGE_B), FR_READ);
    raw_map(r, PAGE_B, 0x6000, 3);
    assert_int_equal(raw_read(r, PAGE_B), FR_READ);
    assert_true(qi_iotlb_domain(r, 9));
    assert_int_equal(at(PAGE_B), 0x6000);
    raw_stop(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RAW_TEST(test_stale_iotlb),
        RAW_TEST(test_stale_superpage),
        RAW_TEST(test_stale_tables),
        RAW_TEST(test_freed_table),
        RAW_TEST(test_stale_context),
        RAW_TEST(test_caching_mode),
        RAW_TEST(test_not_coherent),
        RAW_TEST(test_write_buffer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
