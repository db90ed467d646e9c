/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The VT-d model driven by hand: tables filled entry by entry, commands
 * written to registers.  For the tests of the model itself, which must not
 * depend on the driver.
 */

#ifndef TESTS_VTD_RAW_H
#define TESTS_VTD_RAW_H

#include "test.h"

#include <xen/mm.h>

#include "models/vtd-model.h"
#include "models/vtd-regs.h"

#define ROOT_LEVELS             4
#define DEV                     0x0310          /* 03:02.0 */

struct raw {
    struct vtd_model *m;
    uint64_t *root, *context, *slpt, *queue, *irt;
    uint32_t *status;
    unsigned int tail;
    void *pages[64];
    unsigned int nr_pages;
    unsigned int nr_events;
    uint64_t event_addr;
    uint32_t event_data;
};

static inline uint64_t *raw_page(struct raw *r)
{
    void *page = alloc_xenheap_page();

    assert_non_null(page);
    memset(page, 0, PAGE_SIZE);
    r->pages[r->nr_pages++] = page;

    return page;
}

static inline void raw_event(void *arg, uint64_t addr, uint32_t data)
{
    struct raw *r = arg;

    r->nr_events++;
    r->event_addr = addr;
    r->event_data = data;
}

static inline uint64_t rd(struct raw *r, unsigned int off)
{
    return vtd_model_read(r->m, off, 4);
}

static inline void wr(struct raw *r, unsigned int off, uint32_t val)
{
    vtd_model_write(r->m, off, val, 4);
}

static inline uint64_t rd64(struct raw *r, unsigned int off)
{
    return vtd_model_read(r->m, off, 8);
}

static inline void wr64(struct raw *r, unsigned int off, uint64_t val)
{
    vtd_model_write(r->m, off, val, 8);
}

/* Give a command on top of what is on. */
static inline void gcmd_on(struct raw *r, uint32_t bit)
{
    wr(r, R_GCMD, (rd(r, R_GSTS) & (uint32_t)G_TOGGLES) | bit);
}

static inline void gcmd_off(struct raw *r, uint32_t bit)
{
    wr(r, R_GCMD, (rd(r, R_GSTS) & (uint32_t)G_TOGGLES) & ~bit);
}

/* Context entry of @sid; the bus's table is shared by all buses. */
static inline void raw_context(struct raw *r, uint16_t sid, unsigned int tt,
                               uint64_t slpt, unsigned int levels, uint16_t did)
{
    r->root[(sid >> 8) * 2] = virt_to_maddr(r->context) | 1;
    r->context[(sid & 0xff) * 2 + 1] = (uint64_t)did << 8 | (levels - 2);
    r->context[(sid & 0xff) * 2] = slpt | tt << 2 | 1;
}

/* Where the entry for @addr at @level is; tables on the way are made. */
static inline uint64_t *raw_entry(struct raw *r, uint64_t *table,
                                  unsigned int from, unsigned int level,
                                  uint64_t addr)
{
    for ( ; from > level; from-- )
    {
        uint64_t *e = &table[(addr >> (12 + 9 * (from - 1))) & 0x1ff];

        if ( !*e )
            *e = virt_to_maddr(raw_page(r)) | 3;
        table = maddr_to_virt(*e & MASK(51, 12));
    }

    return &table[(addr >> (12 + 9 * (level - 1))) & 0x1ff];
}

static inline void raw_map(struct raw *r, uint64_t addr, uint64_t maddr,
                           unsigned int prot)
{
    *raw_entry(r, r->slpt, ROOT_LEVELS, 1, addr) = maddr | prot;
}

static inline void qi_put(struct raw *r, uint64_t lo, uint64_t hi)
{
    r->queue[r->tail * 2] = lo;
    r->queue[r->tail * 2 + 1] = hi;
    r->tail = (r->tail + 1) % 256;
}

static inline void qi_go(struct raw *r)
{
    arch_iommu_cache_clean(r->queue, PAGE_SIZE);
    wr(r, R_IQT, r->tail * 16);
}

#define WAIT_SW                 (5 | BIT64(5))

/* Queue a descriptor and a wait; true if the wait was answered. */
static inline bool qi_run(struct raw *r, uint64_t lo, uint64_t hi)
{
    *r->status = 0;
    qi_put(r, lo, hi);
    qi_put(r, WAIT_SW | 1ULL << 32, virt_to_maddr(r->status));
    qi_go(r);

    return *r->status == 1;
}

#define qi_iotlb_global(r)      qi_run(r, 2 | 1 << 4, 0)
#define qi_iotlb_domain(r, did) qi_run(r, 2 | 2 << 4 | (uint64_t)(did) << 16, 0)
#define qi_iotlb_page(r, did, addr, am, ih) \
    qi_run(r, 2 | 3 << 4 | (uint64_t)(did) << 16, (addr) | (am) | (ih) << 6)
#define qi_context_global(r)    qi_run(r, 1 | 1 << 4, 0)
#define qi_context_device(r, did, sid, fm) \
    qi_run(r, 1 | 3 << 4 | (uint64_t)(did) << 16 | (uint64_t)(sid) << 32 | \
              (uint64_t)(fm) << 48, 0)

static inline unsigned int raw_read(struct raw *r, uint64_t addr)
{
    uint64_t maddr;

    return vtd_model_translate(r->m, DEV, addr, false, &maddr);
}

static inline unsigned int raw_write(struct raw *r, uint64_t addr)
{
    uint64_t maddr;

    return vtd_model_translate(r->m, DEV, addr, true, &maddr);
}

/* A unit with its queue on, translating; DEV has an empty table, domain 5. */
static inline void raw_start(struct raw *r, const struct vtd_model_cfg *cfg)
{
    memset(r, 0, sizeof(*r));
    host_reset();
    r->m = vtd_model_create(cfg);
    vtd_model_on_event(r->m, raw_event, r);
    r->root = raw_page(r);
    r->context = raw_page(r);
    r->slpt = raw_page(r);
    r->queue = raw_page(r);
    r->irt = raw_page(r);
    r->status = (uint32_t *)raw_page(r);
    raw_context(r, DEV, 0, virt_to_maddr(r->slpt), ROOT_LEVELS, 5);

    wr64(r, R_IQA, virt_to_maddr(r->queue));
    wr(r, R_IQT, 0);
    gcmd_on(r, G_QIE);
    wr64(r, R_RTADDR, virt_to_maddr(r->root));
    gcmd_on(r, G_SRTP);
    gcmd_on(r, G_TE);
}

/* What a failed test leaves behind. */
static inline void raw_cleanup(struct raw *r)
{
    vtd_model_destroy(r->m);
    r->m = NULL;
    while ( r->nr_pages )
        if ( r->pages[--r->nr_pages] )
            free_xenheap_page(r->pages[r->nr_pages]);
}

static inline void raw_stop(struct raw *r)
{
    if ( vtd_model_violations(r->m) )
        fail_msg("%s", vtd_model_last_violation(r->m));
    raw_cleanup(r);
    assert_int_equal(host_leak_report(5), 0);
}

#define RAW_TEST(fn) cmocka_unit_test_teardown(fn, teardown)
#define RAW_TEARDOWN \
    static int teardown(void **state) { raw_cleanup(r); return 0; }

/* A provoked violation whose text contains @text. */
static inline void raw_violation(struct raw *r, const char *text)
{
    assert_int_not_equal(vtd_model_violations(r->m), 0);
    if ( !strstr(vtd_model_last_violation(r->m), text) )
        fail_msg("'%s' is not '%s'", vtd_model_last_violation(r->m), text);
    vtd_model_forgive(r->m);
}

/* Takes the oldest fault record; 0 if there is none. */
static inline unsigned int raw_fault(struct raw *r, uint16_t *sid,
                                     uint64_t *addr, bool *write)
{
    unsigned int n = BITS(rd(r, R_FSTS), 15, 8);
    unsigned int off = R_FRCD + 16 * n;
    uint64_t hi;

    if ( !(rd(r, R_FSTS) & FSTS_PPF) )
        return 0;
    hi = rd64(r, off + 8);
    assert_true(hi & FRCD_F);
    *sid = hi;
    *addr = rd64(r, off) & ~0xfffULL;
    *write = !(hi & FRCD_READ);
    wr(r, off + 12, BIT64(31));

    return BITS(hi, 39, 32);
}

#endif /* TESTS_VTD_RAW_H */
