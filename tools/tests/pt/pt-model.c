/* SPDX-License-Identifier: GPL-2.0-only */
/* See pt-model.h. */
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include <xen/errno.h>
#include <xen/lib.h>

#include "host.h"
#include "pt-model.h"

const struct pt_case pt_cases[] = {
#define VTD(l, in, out) \
    { "vtd-" #l "-" #in, &pt_vtd, walk_decode_vtd, l, in, out, \
      PT_PROT_R | PT_PROT_W | PT_PROT_SNP, false }
    VTD(3, 39, 39), VTD(4, 48, 46), VTD(5, 57, 52), VTD(4, 42, 39),
    /* As client machines have: wider tables than the width needs. */
    VTD(4, 39, 39), VTD(5, 36, 36),
#undef VTD
#define AMD(l, in, out) \
    { "amd-" #l "-" #in, &pt_amd, walk_decode_amd, l, in, out, \
      PT_PROT_R | PT_PROT_W, false }
    AMD(4, 48, 48), AMD(5, 57, 52), AMD(6, 64, 52), AMD(4, 40, 40),
    AMD(6, 48, 46),
#undef AMD
#define ARM(l, in, out) \
    { "arm-" #l "-" #in, &pt_arm_s2, walk_decode_arm_s2, l, in, out, \
      PT_PROT_R | PT_PROT_W | PT_PROT_X | PT_PROT_DEV, true }
    ARM(3, 39, 40), ARM(3, 40, 40), ARM(3, 43, 44), ARM(4, 48, 48),
#undef ARM
#define RISCV(sv, l, in, out) \
    { #sv, &pt_##sv, walk_decode_riscv_g, l, in, out, \
      PT_PROT_R | PT_PROT_W | PT_PROT_X, false }
    RISCV(sv39x4, 3, 41, 56), RISCV(sv48x4, 4, 50, 56),
    RISCV(sv57x4, 5, 59, 50),
#undef RISCV
};

/* The engine has no threads of its own: one case tells ThreadSanitizer all. */
#ifdef __SANITIZE_THREAD__
const unsigned int pt_nr_cases = 1;
#else
const unsigned int pt_nr_cases = ARRAY_SIZE(pt_cases);
#endif

#define PFN_OF(ma) (((ma) - HOST_ARENA_BASE) >> PAGE_SHIFT)

/* Memory as a walker sees it that does not snoop: what was cleaned. */
static unsigned char *shadow;
static unsigned int incoherent;

static void on_clean(void *arg, uint64_t ma, size_t size)
{
    uint64_t end = ROUNDUP(ma + size, 64);

    for ( ma &= ~63ULL; ma < end; ma += 64 )
        memcpy(shadow + (ma - HOST_ARENA_BASE), maddr_to_virt(ma), 64);
}

static uint64_t read_coherent(uint64_t ma)
{
    return read_atomic((uint64_t *)maddr_to_virt(ma));
}

static uint64_t read_shadow(uint64_t ma)
{
    /* For its check of the address. */
    (void)*(volatile uint64_t *)maddr_to_virt(ma);

    return *(uint64_t *)(shadow + (ma - HOST_ARENA_BASE));
}

struct pt_config model_config(const struct pt_case *c, uint8_t leaf_orders,
                              unsigned int flags)
{
    return (struct pt_config){
        .fmt = c->fmt,
        .levels = c->levels,
        .in_bits = c->in_bits,
        .out_bits = c->out_bits,
        .leaf_orders = leaf_orders,
        .coherent = flags & MODEL_COHERENT,
        .snoop = flags & MODEL_SNOOP,
        .bbml2 = flags & MODEL_BBML2,
        .node = NUMA_NO_NODE,
    };
}

void model_init(struct model *m, const struct pt_case *c, uint8_t leaf_orders,
                unsigned int flags, uint64_t base, unsigned long nr)
{
    struct pt_config cfg = model_config(c, leaf_orders, flags);

    memset(m, 0, sizeof(*m));
    m->c = c;
    m->pages = host_memory_now().pages;
    m->base = base;
    m->nr = nr;
    m->want = calloc(nr, sizeof(*m->want));
    assert_non_null(m->want);

    if ( !cfg.coherent && !incoherent++ )
    {
        if ( !shadow )
            shadow = mmap(NULL, HOST_ARENA_PAGES * PAGE_SIZE,
                          PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        assert_true(shadow != MAP_FAILED);
        host_on_cache_clean(on_clean, NULL);
    }

    pt_gather_init(&m->g);
    assert_int_equal(pt_init(&m->pt, &cfg), 0);

    m->env = (struct walk_env){
        .read = cfg.coherent ? read_coherent : read_shadow,
        .root = pt_root(&m->pt),
        .levels = c->levels,
        .in_bits = c->in_bits,
        .out_bits = c->out_bits,
        .snoop = true,
    };
}

void model_fini(struct model *m)
{
    unsigned long steps = 0, before = m->pt.tables;
    struct pt_leaf leaf;
    long rc;

    model_flush(m);
    do {
        rc = pt_destroy(&m->pt, 3);
        assert_true(rc == 0 || rc == -ERESTART);
        assert_int_equal(pt_lookup(&m->pt, m->base, &leaf), -ENOENT);
        assert_int_equal(m->pt.tables, host_memory_now().pages - m->pages);
        steps++;
    } while ( rc );

    assert_true(steps >= (before - (1 << m->pt.root_order)) / 3);
    assert_int_equal(m->pt.tables, 0);
    assert_int_equal(host_memory_now().pages, m->pages);

    if ( !m->pt.cfg.coherent && !--incoherent )
        host_off_cache_clean(on_clean, NULL);
    free(m->want);
    free(m->reach);
}

unsigned int model_prot(const struct model *m, unsigned int prot)
{
    if ( m->pt.cfg.snoop )
        prot |= PT_PROT_SNP;

    return prot & m->c->prots;
}

void model_each(uint8_t leaf_orders, unsigned int flags, uint64_t base,
                unsigned long nr, void (*body)(struct model *m))
{
    unsigned int i;

    for ( i = 0; i < pt_nr_cases; i++ )
    {
        struct model m;

        model_init(&m, &pt_cases[i], leaf_orders, flags, base, nr);
        body(&m);
        model_check(&m);
        model_fini(&m);
    }
}

/* PT_PROT_* and WALK_* agree by value; checked in test-pt-shape. */
uint64_t model_hw(const struct model *m, uint64_t dfn, unsigned int *level)
{
    struct walk_result r = walk(&m->env, m->c->decode, dfn << PAGE_SHIFT);

    if ( r.kind == WALK_BAD )
        fail_msg("%s: dfn %#lx: %s", m->c->name, (unsigned long)dfn, r.why);
    if ( level )
        *level = r.level;

    return r.kind == WALK_LEAF
           ? (r.maddr >> PAGE_SHIFT) << 8 | (r.prot & 0x1f) : 0;
}

/* Applies a change to the model; what the gather has to cover. */
static void expect(struct model *m, uint64_t dfn, uint64_t mfn,
                   unsigned long nr, unsigned int prot)
{
    uint64_t first = ~0ULL, last = 0;
    bool added = false, modified = false;
    unsigned long i;

    for ( i = 0; i < nr; i++ )
    {
        uint64_t *w = &m->want[dfn + i - m->base];
        uint64_t new = prot ? (mfn + i) << 8 | model_prot(m, prot) : 0;

        if ( *w == new )
            continue;
        added |= !*w;
        modified |= !!*w;
        *w = new;
        first = min(first, dfn + i);
        last = dfn + i;
    }

    if ( first > last )
        return;

    assert_true(m->g.start <= first && m->g.last >= last);
    assert_true(m->g.nr_ranges > 0);
    assert_true(m->g.added >= added);
    assert_true(m->g.modified >= modified);
    assert_true(pt_gather_needs_flush(&m->g, true));
    assert_true(!modified || pt_gather_needs_flush(&m->g, false));
}

long model_map(struct model *m, uint64_t dfn, uint64_t mfn, unsigned long nr,
               unsigned int prot)
{
    long rc = pt_map(&m->pt, dfn, mfn, nr, prot, &m->g);

    if ( !rc )
        expect(m, dfn, mfn, nr, prot);

    return rc;
}

long model_unmap(struct model *m, uint64_t dfn, unsigned long nr)
{
    long rc = pt_unmap(&m->pt, dfn, nr, &m->g);

    if ( !rc )
        expect(m, dfn, 0, nr, 0);

    return rc;
}

/* By page: the audit that reached it last. */
static uint32_t reached[HOST_ARENA_PAGES], epoch;

struct audit {
    struct model *m;
    uint32_t *reach;         /* pages reached, the root first */
    unsigned long tables, present;
    unsigned long leaves[PT_MAX_LEVELS];
};

/* The model for one leaf, or for one absent entry. */
static void audit_block(struct audit *a, uint64_t dfn, uint64_t nr,
                        const struct walk_entry *e)
{
    const struct model *m = a->m;
    uint64_t i, from = max(dfn, m->base), to = min(dfn + nr, m->base + m->nr);
    uint64_t want = e ? (e->maddr >> PAGE_SHIFT) << 8 | (e->prot & 0x1f) : 0;

    if ( e && (dfn < m->base || dfn + nr > m->base + m->nr) )
        fail_msg("%s: a leaf at %#lx, outside", m->c->name,
                 (unsigned long)dfn);

    for ( i = from; i < to; i++ )
        if ( m->want[i - m->base] != (e ? want + ((i - dfn) << 8) : 0) )
            fail_msg("%s: dfn %#lx is %#lx, should be %#lx", m->c->name,
                     (unsigned long)i,
                     (unsigned long)(e ? want + ((i - dfn) << 8) : 0),
                     (unsigned long)m->want[i - m->base]);
}

static void audit_table(struct audit *a, uint64_t table, unsigned int level,
                        uint64_t dfn)
{
    const struct model *m = a->m;
    struct page_info *pg = maddr_to_page(table);
    uint64_t span = 1ULL << (9 * (level - 1));
    unsigned int i, nr = 512, live = 0, run = 0;
    struct walk_entry first = { .kind = WALK_ABSENT };

    if ( level == m->c->levels )
        nr = 512 << m->pt.root_order;
    assert_true(reached[PFN_OF(table)] != epoch);
    reached[PFN_OF(table)] = epoch;
    assert_true(a->tables < m->pt.tables);
    for ( i = 0; i < nr / 512; i++ )
        a->reach[a->tables++] = PFN_OF(table);

    for ( i = 0; i < nr; i++, dfn += span )
    {
        uint64_t raw = m->env.read(table + 8 * i);
        struct walk_entry e = m->c->decode(&m->env, raw, level);

        switch ( e.kind )
        {
        case WALK_BAD:
            fail_msg("%s: dfn %#lx level %u entry %#lx: %s", m->c->name,
                     (unsigned long)dfn, level, (unsigned long)raw, e.why);
            break;
        case WALK_ABSENT:
            assert_int_equal(raw, 0);
            audit_block(a, dfn, span, NULL);
            continue;
        case WALK_TABLE:
            live++;
            audit_table(a, e.maddr, level - 1, dfn);
            continue;
        case WALK_LEAF:
            break;
        }

        live++;
        a->leaves[level - 1]++;
        a->present += span;
        assert_true(level == 1 ||
                    (m->pt.cfg.leaf_orders & (1u << (level - 1))));
        audit_block(a, dfn, span, &e);
        if ( !i )
            first = e;
        if ( first.kind == WALK_LEAF && e.prot == first.prot &&
             e.maddr == first.maddr + i * (span << PAGE_SHIFT) )
            run++;
    }

    assert_int_equal(pt_page_count(pg) & 0xffff, live);
    assert_int_equal(pt_page_count(pg) >> 16, level);
    if ( level == m->c->levels )
        return;

    /* Neither a table for nothing, nor one that a leaf could replace. */
    assert_true(live > 0);
    if ( run == 512 && (m->pt.cfg.leaf_orders & (1u << level)) && !m->c->bbm )
        assert_true(first.maddr & ((512 * span << PAGE_SHIFT) - 1));
}

static uint32_t *audit(struct model *m)
{
    struct audit a = { .m = m };
    unsigned long i, present = 0, want_pages;

    a.reach = calloc(m->pt.tables, sizeof(*a.reach));
    assert_non_null(a.reach);
    epoch++;
    audit_table(&a, m->env.root, m->c->levels, 0);

    for ( i = 0; i < m->nr; i++ )
        present += !!m->want[i];
    assert_int_equal(a.present, present);
    assert_memory_equal(a.leaves, m->pt.leaves, sizeof(a.leaves));
    assert_int_equal(a.tables, m->pt.tables);

    want_pages = m->pages + a.tables + m->g.nr_freed;
    assert_int_equal(host_memory_now().pages, want_pages);

    return a.reach;
}

void model_flush(struct model *m)
{
    struct page_info *pg;
    unsigned long i, nr = 0;
    uint32_t *now;
    bool broken = pt_gather_broken(&m->g);

    assert_true(!broken || m->c->bbm);
    if ( broken )
        assert_true(m->g.start <= m->g.brk_start &&
                    m->g.last >= m->g.brk_last);

    /* Hardware that has flushed now holds nothing of the old state. */
    pt_make(&m->pt, &m->g);
    assert_false(pt_gather_broken(&m->g));

    now = audit(m);

    /* All that was reachable and is not any more waits in the gather. */
    page_list_for_each ( pg, &m->g.freed )
    {
        unsigned long pfn = PFN_OF(page_to_maddr(pg));

        assert_true(reached[pfn] != epoch);
        reached[pfn] = epoch;
        nr++;
    }
    assert_int_equal(nr, m->g.nr_freed);
    for ( i = 0; i < m->nr_reach; i++ )
        assert_true(reached[m->reach[i]] == epoch);
    free(m->reach);
    m->reach = now;
    m->nr_reach = m->pt.tables;

    pt_gather_release(&m->g);
    assert_true(pt_gather_empty(&m->g));
    assert_int_equal(host_memory_now().pages, m->pages + m->pt.tables);
}

void model_check(struct model *m)
{
    unsigned long i;

    model_flush(m);

    /* Samples through the whole walk and through the engine's look-up. */
    for ( i = 0; i < 64; i++ )
    {
        uint64_t at = i < m->nr ? (i * 0x9e3779b97f4a7c15ULL >> 20) % m->nr : 0;
        uint64_t want = m->want[at];
        unsigned int level;
        struct pt_leaf leaf;
        int rc = pt_lookup(&m->pt, m->base + at, &leaf);

        assert_int_equal(model_hw(m, m->base + at, &level), want);
        assert_int_equal(rc, want ? 0 : -ENOENT);
        if ( rc )
            continue;
        assert_int_equal(leaf.mfn << 8 | leaf.prot, want);
        assert_int_equal(leaf.order, 9 * (level - 1));
    }
}

static uint64_t mix(uint64_t h, uint64_t v)
{
    h = (h ^ v) * 0x100000001b3ULL;

    return h ^ (h >> 29);
}

static uint64_t hash_table(const struct model *m, uint64_t h, uint64_t table,
                           unsigned int level)
{
    unsigned int i, nr = 512 << (level == m->c->levels ? m->pt.root_order : 0);

    h = mix(h, table);
    h = mix(h, pt_page_count(maddr_to_page(table)));
    for ( i = 0; i < nr; i++ )
    {
        uint64_t raw = read_coherent(table + 8 * i);
        struct walk_entry e = m->c->decode(&m->env, raw, level);

        if ( raw )
            h = mix(mix(h, i), raw);
        if ( e.kind == WALK_TABLE )
            h = hash_table(m, h, e.maddr, level - 1);
    }

    return h;
}

uint64_t model_hash(const struct model *m)
{
    uint64_t h = hash_table(m, 1, m->env.root, m->c->levels);
    unsigned int i;

    h = mix(h, m->pt.tables);
    for ( i = 0; i < PT_MAX_LEVELS; i++ )
        h = mix(h, m->pt.leaves[i]);
    h = mix(mix(h, m->g.start), m->g.last);
    h = mix(mix(h, m->g.brk_start), m->g.brk_last);
    h = mix(mix(h, m->g.nr_ranges), m->g.nr_freed);

    return mix(h, m->g.added * 2 + m->g.modified);
}
