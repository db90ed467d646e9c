/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * After each single store of a call, hardware sees for each dfn the old or the
 * new translation, and once the new one never again the old one. Formats with
 * break-before-make may show a fault in between, where the gather says so.
 */
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <xen/errno.h>
#include <xen/lib.h>

#include "host.h"
#include "pt-model.h"
#include "pt-stores.h"

#define ALL   (PT_LEAF_2M | PT_LEAF_1G)
#define RW    (PT_PROT_R | PT_PROT_W)
#define GIB   (1UL << 18)
#define MFN   (7UL << 18)
#define NR_MAX   (GIB + 2048)

static uint64_t old[NR_MAX], new[NR_MAX];
static bool seen_new[NR_MAX];
/* Set in the observer, which runs in a signal handler: no assertions there. */
static struct {
    struct model *m;
    const char *what;
    uint64_t dfn, got;
    unsigned long third;   /* times a broken entry was seen */
    unsigned long seen;    /* stores that hardware could see */
} look;

static bool in_break(const struct model *m, uint64_t dfn)
{
    return pt_gather_broken(&m->g) && dfn >= m->g.brk_start &&
           dfn <= m->g.brk_last;
}

static void fault_found(const char *what, uint64_t dfn, uint64_t got)
{
    if ( look.what )
        return;
    look.what = what;
    look.dfn = dfn;
    look.got = got;
}

/* Tables that hardware can reach, each in one place, and what they translate. */
#define MAX_TABLES 1024
static struct place {
    uint64_t maddr, dfn;
    unsigned int level;
} places[MAX_TABLES];
static unsigned int nr_places;

/* Dfns that an entry of a table of @level stands for. */
static uint64_t entry_span(unsigned int level)
{
    return 1ULL << (9 * (level - 1));
}

static void add_place(uint64_t maddr, unsigned int level, uint64_t dfn)
{
    unsigned int i;

    for ( i = 0; i < nr_places && places[i].maddr != maddr; i++ )
        continue;
    if ( i < nr_places || i == MAX_TABLES )
        return fault_found("a table in two places, or too many", dfn, maddr);

    stores_watch(maddr_to_virt(maddr));
    places[nr_places++] = (struct place){ maddr, dfn, level };
}

/* What hardware can reach now through @table and below; the rest, then. */
static void watch_below(const struct model *m, uint64_t table,
                        unsigned int level, uint64_t dfn)
{
    unsigned int i, nr = level == m->c->levels ? 512 << m->pt.root_order : 512;

    for ( i = 0; i < nr && !look.what; i += 512 )
        add_place(table + i * 8, level, dfn + i * entry_span(level));

    for ( i = 0; level > 1 && i < nr && !look.what; i++ )
    {
        uint64_t raw = m->env.read(table + i * 8);
        struct walk_entry e;

        if ( !raw )
            continue;
        e = m->c->decode(&m->env, raw, level);
        if ( e.kind == WALK_TABLE )
            watch_below(m, e.maddr, level - 1, dfn + i * entry_span(level));
    }
}

static void watch(const struct model *m)
{
    nr_places = 0;
    watch_below(m, m->env.root, m->c->levels, 0);
}

/*
 * The dfns that a store to @at can have changed: none if hardware did not reach
 * the table before it.
 */
static bool affected(const struct model *m, const uint64_t *at,
                     uint64_t *first, uint64_t *end)
{
    uint64_t maddr = virt_to_maddr(at);
    unsigned int i;

    for ( i = 0; i < nr_places; i++ )
    {
        const struct place *p = &places[i];

        if ( maddr - p->maddr >= PAGE_SIZE )
            continue;
        *first = p->dfn + (maddr - p->maddr) / 8 * entry_span(p->level);
        *end = min(*first + entry_span(p->level), m->base + m->nr);
        *first = max(*first, m->base);
        return *first < *end;
    }

    return false;
}

/*
 * DDI 0487, D8.16.1: a valid entry may become another valid one only if no
 * more than permissions change, or, with BBML 2, the size of a leaf.
 */
static bool break_was_needed(const struct model *m, const uint64_t *at,
                             uint64_t was, uint64_t is)
{
    const uint64_t perms = 3ULL << 6 | 3ULL << 53;
    unsigned int level = pt_page_count(virt_to_page(at)) >> 16;
    bool was_table = level > 1 && (was & 2), is_table = level > 1 && (is & 2);

    if ( !m->c->bbm || !(was & 1) || !(is & 1) || was == is )
        return false;
    if ( was_table != is_table )
        return !m->pt.cfg.bbml2;

    return was_table || ((was ^ is) & ~perms);
}

/* What hardware sees of [@dfn, @end), after a store. */
static void compare(const struct model *m, uint64_t dfn, uint64_t end)
{
    while ( dfn < end && !look.what )
    {
        struct walk_result r = walk(&m->env, m->c->decode, dfn << 12);
        uint64_t got = 0, span = entry_span(r.level), i;

        if ( r.kind == WALK_BAD )
            return fault_found(r.why, dfn, 0);
        if ( r.kind == WALK_LEAF )
            got = r.maddr >> 12 << 8 | (r.prot & 0x1f);

        /* The rest of this leaf, or of this absent entry. */
        span = min((dfn | (span - 1)) + 1, end);
        for ( ; dfn < span; dfn++, got += got ? 1 << 8 : 0 )
        {
            i = dfn - m->base;
            if ( got == new[i] )
                seen_new[i] = true;
            else if ( got == old[i] && !seen_new[i] )
                continue;
            else if ( !got && m->c->bbm )
                look.third++;
            else
                return fault_found(seen_new[i] ? "old again" : "neither",
                                   dfn, got);
        }
    }
}

static void observe(void *arg, const uint64_t *at, uint64_t was)
{
    const struct model *m = look.m;
    uint64_t first, end;

    if ( break_was_needed(m, at, was, *at) )
        return fault_found("no break before make", at - m->pt.root, *at);

    look.seen++;
    if ( affected(m, at, &first, &end) )
        compare(m, first, end);
    watch(m);
}

struct step {
    bool map;
    uint64_t dfn, mfn;
    unsigned long nr;
    unsigned int prot;
};

static void plan(struct model *m, const struct step *s)
{
    unsigned long i;

    memcpy(old, m->want, m->nr * sizeof(*old));
    memcpy(new, m->want, m->nr * sizeof(*new));
    memset(seen_new, 0, sizeof(seen_new));
    for ( i = 0; i < s->nr; i++ )
        new[s->dfn - m->base + i] =
            s->map ? (s->mfn + i) << 8 | model_prot(m, s->prot) : 0;
}

static void watched(struct model *m, const struct step *s)
{
    unsigned long i;
    long rc;

    plan(m, s);
    memset(&look, 0, sizeof(look));
    look.m = m;

    stores_begin(observe, NULL);
    watch(m);
    rc = s->map ? pt_map(&m->pt, s->dfn, s->mfn, s->nr, s->prot, &m->g)
                : pt_unmap(&m->pt, s->dfn, s->nr, &m->g);
    stores_end();

    assert_int_equal(rc, 0);
    if ( look.what )
        fail_msg("%s: %s at dfn %#lx: %#lx", m->c->name, look.what,
                 (unsigned long)look.dfn, (unsigned long)look.got);

    /* What is not new yet is broken, and what is broken has been flushed. */
    for ( i = 0; i < m->nr; i++ )
        if ( model_hw(m, m->base + i, NULL) != new[i] )
            assert_true(in_break(m, m->base + i));
    assert_true(!look.third || pt_gather_broken(&m->g));

    memcpy(m->want, new, m->nr * sizeof(*new));
    stores_begin(observe, NULL);
    watch(m);
    pt_make(&m->pt, &m->g);
    stores_end();
    assert_null(look.what);
    assert_true(look.seen > 0 || !memcmp(old, new, m->nr * sizeof(*new)));
    model_check(m);
}

static void run(const struct step *steps, unsigned int nr_steps,
                uint8_t orders, uint64_t base, unsigned long nr)
{
    unsigned int c, i, flags;

    if ( !stores_possible() )
        skip();

    for ( c = 0; c < pt_nr_cases; c++ )
        for ( flags = 0; flags <= (pt_cases[c].bbm ? MODEL_BBML2 : 0);
              flags += MODEL_BBML2 )
        {
            struct model m;

            model_init(&m, &pt_cases[c], orders, flags | MODEL_COHERENT, base,
                       nr);
            for ( i = 0; i < nr_steps; i++ )
                watched(&m, &steps[i]);
            model_fini(&m);
        }
}

/* Each kind of change to a 2 MiB block and its neighbours. */
static void test_small(void **state)
{
    static const struct step steps[] = {
        { true, 512, MFN, 512, RW },              /* leaf into nothing */
        { false, 600, 0, 1, 0 },                  /* split: hole */
        { true, 600, MFN + 88, 1, RW },           /* fill it: merge */
        { true, 700, MFN + 188, 3, PT_PROT_R },   /* permissions */
        { true, 512, MFN, 512, RW },              /* leaf over a table */
        { true, 513, MFN + 9, 7, RW },            /* other frames */
        { true, 500, MFN + 3, 1000, PT_PROT_R },  /* across, all replaced */
        { true, 512, MFN + 512, 1024, RW },       /* two leaves over tables */
        { true, 512, MFN + 4096, 512, RW },       /* leaf by another leaf */
        { true, 512, MFN + 4096, 512, PT_PROT_R },
        { false, 0, 0, 700, 0 },                  /* detach and split */
        { false, 700, 0, 1348, 0 },               /* all tables go */
        { true, 0, MFN + 1, 3, RW },
        { false, 1, 0, 1, 0 },
        { false, 0, 0, 2048, 0 },
    };

    run(steps, ARRAY_SIZE(steps), PT_LEAF_2M, 0, 2048);
    run(steps, ARRAY_SIZE(steps), 0, 0, 2048);
}

/* And to 1 GiB. */
static void test_large(void **state)
{
    static const struct step steps[] = {
        { true, GIB, MFN, GIB, RW },
        { false, GIB + 777, 0, 1, 0 },            /* two splits, one store */
        { true, GIB + 777, MFN + 777, 1, RW },    /* two merges */
        { true, GIB + 512, MFN, 512, RW },
        { true, GIB, MFN, GIB, RW },
        { false, GIB - 100, 0, GIB, 0 },
        { false, GIB - 1000, 0, GIB + 1000, 0 },
    };

    run(steps, ARRAY_SIZE(steps), ALL, GIB - 1024, NR_MAX);
}

static uint64_t seed = 99;

static uint64_t rnd(uint64_t bound)
{
    seed = seed * 0x5851f42d4c957f2dULL + 0x14057b7ef767814fULL;

    return (seed >> 20) % bound;
}

static void test_random(void **state)
{
    unsigned int i, longer = getenv("TEST_LONG") ? 20 : 1;
    struct step steps[25];

    while ( longer-- )
    {
        for ( i = 0; i < ARRAY_SIZE(steps); i++ )
        {
            struct step *s = &steps[i];

            s->map = rnd(3);
            s->nr = rnd(4) ? 1 + rnd(700) : 512;
            s->dfn = rnd(2048 - s->nr);
            if ( s->nr == 512 )
                s->dfn &= ~511ULL;
            s->mfn = MFN + s->dfn + (rnd(3) ? 0 : rnd(1000));
            s->prot = rnd(4) ? RW : PT_PROT_R;
        }
        run(steps, ARRAY_SIZE(steps), PT_LEAF_2M, 0, 2048);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small),
        cmocka_unit_test(test_large),
        cmocka_unit_test(test_random),
    };

    return cmocka_run_group_tests_name("pt-store", tests, NULL, NULL);
}
