/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The AMD-Vi model driven by hand: tables filled entry by entry, commands
 * written to registers.  For the tests of the model itself, which must not
 * depend on the driver.
 */

#ifndef TESTS_AMD_RAW_H
#define TESTS_AMD_RAW_H

#include "test.h"

#include <xen/mm.h>
#include <xen/pci.h>

#include "models/amd-model.h"
#include "models/amd-regs.h"

#define RAW_LEVELS              4
#define DEV                     0x0010          /* 00:02.0 */
#define DEV2                    0x0018          /* 00:03.0 */
#define DOMAIN                  5
#define RW                      (PTE_IR | PTE_IW)
#define RING                    ((uint64_t)8 << 56)     /* 256 entries */

struct raw {
    struct amd_model *m;
    uint64_t *devtab;           /* 128 entries */
    uint64_t *root, *cmds, *log, *irt;
    uint64_t *done;
    unsigned int tail;
    uint64_t serial;
    void *pages[64];
    unsigned int nr_pages;
    unsigned int nr_irqs;
    struct amd_model_irq irq;
};

static inline uint64_t *raw_page(struct raw *r)
{
    void *page = alloc_xenheap_page();

    assert_non_null(page);
    memset(page, 0, PAGE_SIZE);
    r->pages[r->nr_pages++] = page;

    return page;
}

static inline void raw_irq(void *arg, const struct amd_model_irq *irq)
{
    struct raw *r = arg;

    r->nr_irqs++;
    r->irq = *irq;
}

static inline uint64_t rd(struct raw *r, unsigned int off)
{
    return amd_model_read(r->m, off, 8);
}

static inline void wr(struct raw *r, unsigned int off, uint64_t val)
{
    amd_model_write(r->m, off, val, 8);
}

static inline uint64_t *raw_dte(struct raw *r, uint16_t devid)
{
    return r->devtab + devid * 4;
}

/* A translating entry for @devid. */
static inline void raw_translate(struct raw *r, uint16_t devid, uint64_t *root,
                                 unsigned int mode, uint16_t domain)
{
    uint64_t *w = raw_dte(r, devid);

    w[1] = domain;
    w[0] = virt_to_maddr(root) | mode << 9 | RW | DTE_TV | DTE_V;
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
            *e = virt_to_maddr(raw_page(r)) | (from - 1) << 9 | RW | PTE_PR;
        table = maddr_to_virt(*e & PTE_ADDR);
    }

    return &table[(addr >> (12 + 9 * (level - 1))) & 0x1ff];
}

static inline uint64_t *raw_map(struct raw *r, uint64_t addr, uint64_t maddr,
                                uint64_t rights)
{
    uint64_t *e = raw_entry(r, r->root, RAW_LEVELS, 1, addr);

    *e = maddr | rights | PTE_PR;

    return e;
}

static inline void cmd_put(struct raw *r, uint64_t op, uint64_t lo, uint64_t hi)
{
    r->cmds[r->tail * 2] = op << 60 | lo;
    r->cmds[r->tail * 2 + 1] = hi;
    r->tail = (r->tail + 1) % 256;
}

static inline void cmd_go(struct raw *r)
{
    wr(r, R_CMD_TAIL, r->tail * 16);
}

/* A command and a wait; true if the wait was answered. */
static inline bool cmd_run(struct raw *r, uint64_t op, uint64_t lo, uint64_t hi)
{
    cmd_put(r, op, lo, hi);
    cmd_put(r, CMD_COMPLETION_WAIT, virt_to_maddr(r->done) | 1, ++r->serial);
    cmd_go(r);

    return *r->done == r->serial;
}

#define inv_dte(r, devid)       cmd_run(r, CMD_INV_DEVTAB, devid, 0)
#define inv_pages(r, domain, addr, s, pde) \
    cmd_run(r, CMD_INV_PAGES, (uint64_t)(domain) << 32, \
            (addr) | (s) | (pde) << 1)
#define ALL_PAGES               0x7ffffffffffff000ULL
#define inv_domain(r, domain)   inv_pages(r, domain, ALL_PAGES, 1, 1)

/* Where a read ends; all ones if it does not. */
static inline uint64_t raw_at(struct raw *r, uint16_t devid, uint64_t addr)
{
    struct amd_model_page p;

    return amd_model_translate(r->m, devid, addr, false, &p) ? ~0ULL : p.maddr;
}

#define raw_read(r, addr)       amd_model_translate((r)->m, DEV, addr, false, NULL)
#define raw_write(r, addr)      amd_model_translate((r)->m, DEV, addr, true, NULL)

/* Takes the oldest event; its code, 0 if there is none. */
static inline unsigned int raw_event(struct raw *r, uint64_t ev[2])
{
    uint64_t head = rd(r, R_EVT_HEAD);

    if ( head == rd(r, R_EVT_TAIL) )
        return 0;
    memcpy(ev, (char *)r->log + head, 16);
    wr(r, R_EVT_HEAD, (head + 16) % PAGE_SIZE);

    return ev[0] >> 60;
}

/* Exactly this event, and no other after it. */
#define raw_expect(r, lo, hi) do {                                      \
    uint64_t ev_[2] = { 0, 0 };                                         \
    raw_event(r, ev_);                                                  \
    assert_int_equal(ev_[0], lo);                                       \
    assert_int_equal(ev_[1], hi);                                       \
    assert_int_equal(raw_event(r, ev_), 0);                             \
} while ( 0 )

#define raw_no_event(r) do {                                            \
    uint64_t ev_[2];                                                    \
    assert_int_equal(raw_event(r, ev_), 0);                             \
} while ( 0 )

/* Tables and rings of a unit that is off. */
static inline void raw_prepare(struct raw *r, const struct amd_model_cfg *cfg)
{
    memset(r, 0, sizeof(*r));
    host_reset();
    r->m = amd_model_create(cfg);
    amd_model_on_irq(r->m, raw_irq, r);
    r->devtab = raw_page(r);
    r->root = raw_page(r);
    r->cmds = raw_page(r);
    r->log = raw_page(r);
    r->irt = raw_page(r);
    r->done = raw_page(r);

    wr(r, R_DEVTAB, virt_to_maddr(r->devtab));
    wr(r, R_CMDBUF, virt_to_maddr(r->cmds) | RING);
    wr(r, R_EVTLOG, virt_to_maddr(r->log) | RING);
}

#define RAW_ON (C_IOMMU_EN | C_EVT_LOG_EN | C_CMD_EN | C_COHERENT | 2 << 5)

/* A unit at work; DEV has an empty table, domain 5; all others are blocked. */
static inline void raw_start(struct raw *r, const struct amd_model_cfg *cfg,
                             uint64_t control)
{
    unsigned int i;

    raw_prepare(r, cfg);
    for ( i = 0; i < 128; i++ )
        raw_dte(r, i)[0] = DTE_V;
    raw_translate(r, DEV, r->root, RAW_LEVELS, DOMAIN);
    wr(r, R_CONTROL, RAW_ON | control);
}

/* The unit's MSI: vector 0x41 to CPU 3. */
static inline void raw_msi(struct raw *r)
{
    const pci_sbdf_t sbdf = { .sbdf = amd_model_default.bdf };

    pci_conf_write32(sbdf, MSI_POS + 4, 0xfee03000);
    pci_conf_write32(sbdf, MSI_POS + 12, 0x41);
    pci_conf_write16(sbdf, MSI_POS + 2, 0x81);
}

/* What a failed test leaves behind. */
static inline void raw_cleanup(struct raw *r)
{
    amd_model_destroy(r->m);
    r->m = NULL;
    while ( r->nr_pages )
        if ( r->pages[--r->nr_pages] )
            free_xenheap_page(r->pages[r->nr_pages]);
}

static inline void raw_stop(struct raw *r)
{
    if ( amd_model_violations(r->m) )
        fail_msg("%s", amd_model_last_violation(r->m));
    raw_cleanup(r);
    assert_int_equal(host_leak_report(5), 0);
}

#define RAW_TEST(fn) cmocka_unit_test_teardown(fn, teardown)
#define RAW_TEARDOWN \
    static int teardown(void **state) { raw_cleanup(r); return 0; }

/* A provoked violation whose text contains @text. */
static inline void raw_violation(struct raw *r, const char *text)
{
    if ( !amd_model_violations(r->m) ||
         !strstr(amd_model_last_violation(r->m), text) )
        fail_msg("'%s' is not '%s'", amd_model_last_violation(r->m), text);
    amd_model_forgive(r->m);
}

#endif /* TESTS_AMD_RAW_H */
