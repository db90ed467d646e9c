/* SPDX-License-Identifier: GPL-2.0-only */
/* Leaves, splits, merges, gathers: one property a test. */
#include <setjmp.h>

#include <cmocka.h>

#include <xen/errno.h>
#include <xen/lib.h>

#include "host.h"
#include "pt-model.h"

#define ALL   (PT_LEAF_2M | PT_LEAF_1G)
#define RW    (PT_PROT_R | PT_PROT_W)
#define SIZE  (1UL << 18)
#define MFN   (3UL << 18)

static const unsigned int flags = MODEL_COHERENT | MODEL_BBML2;

static void each(uint8_t orders, unsigned int fl, void (*body)(struct model *m))
{
    model_each(orders, fl, SIZE, SIZE, body);
}

static void leaves(const struct model *m, unsigned long l1, unsigned long l2,
                   unsigned long l3)
{
    assert_int_equal(m->pt.leaves[0], l1);
    assert_int_equal(m->pt.leaves[1], l2);
    assert_int_equal(m->pt.leaves[2], l3);
}

static unsigned long pages_in(const struct pt_gather *g)
{
    const struct page_info *pg;
    unsigned long nr = 0;

    page_list_for_each ( pg, &g->freed )
        nr++;

    return nr;
}

static void largest(struct model *m)
{
    assert_int_equal(model_map(m, SIZE, MFN, SIZE, RW), 0);
    leaves(m, 0, 0, 1);
    assert_true(m->g.added && !m->g.modified);
    model_check(m);
    assert_int_equal(model_map(m, SIZE, MFN + 512, SIZE - 512, RW), 0);
    leaves(m, 0, 512, 0);
    assert_true(m->g.modified);
    model_check(m);
    assert_int_equal(model_map(m, SIZE, MFN + 1, SIZE, RW), 0);
    leaves(m, SIZE, 0, 0);
}

static void test_largest(void **state)
{
    each(ALL, flags, largest);
}

/* Page by page, in an order that leaves the middle for last. */
static void merge(struct model *m)
{
    unsigned long i, at;

    for ( i = 0; i < SIZE; i++ )
    {
        at = i * 0x9e35 % SIZE;
        assert_int_equal(pt_map(&m->pt, SIZE + at, MFN + at, 1, RW, &m->g), 0);
        m->want[at] = (MFN + at) << 8 | model_prot(m, RW);
    }
    leaves(m, 0, 0, 1);
    assert_int_equal(m->g.nr_freed, 513);
    assert_int_equal(pages_in(&m->g), 513);
    assert_true(m->g.start == SIZE && m->g.last == 2 * SIZE - 1);
}

static void test_merge(void **state)
{
    each(ALL, flags, merge);
}

/* One different entry, permission or frame forbids; putting it right merges. */
static void merge_not(struct model *m)
{
    unsigned long odd;

    for ( odd = 0; odd < 512; odd += 73 )
    {
        assert_int_equal(model_map(m, SIZE, MFN, 512, RW), 0);
        model_check(m);
        leaves(m, 0, 1, 0);
        assert_int_equal(model_map(m, SIZE + odd, MFN + odd, 1, PT_PROT_R), 0);
        model_check(m);
        leaves(m, 512, 0, 0);
        assert_int_equal(model_map(m, SIZE + odd, MFN + odd, 1, RW), 0);
        model_check(m);
        leaves(m, 0, 1, 0);
        assert_int_equal(model_map(m, SIZE + odd, MFN + odd + 512, 1, RW), 0);
        model_check(m);
        leaves(m, 512, 0, 0);
        assert_int_equal(model_unmap(m, SIZE, 512), 0);
        model_check(m);
        leaves(m, 0, 0, 0);
    }
}

static void test_merge_not(void **state)
{
    unsigned int i;

    /* Formats that break entries do not merge the one that was broken. */
    for ( i = 0; i < pt_nr_cases; i++ )
    {
        struct model m;

        if ( pt_cases[i].bbm )
            continue;
        model_init(&m, &pt_cases[i], ALL, flags, SIZE, SIZE);
        merge_not(&m);
        model_fini(&m);
    }
}

static void no_merge(struct model *m)
{
    unsigned long i;

    for ( i = 0; i < 512; i++ )
        assert_int_equal(model_map(m, SIZE + i, MFN + i, 1, RW), 0);
    leaves(m, 512, 0, 0);
    assert_int_equal(m->g.nr_freed, 0);
}

static void test_no_merge_without_bbml2(void **state)
{
    struct model m;
    unsigned int i;

    for ( i = 0; i < pt_nr_cases; i++ )
        if ( pt_cases[i].bbm )
        {
            model_init(&m, &pt_cases[i], ALL, MODEL_COHERENT, SIZE, SIZE);
            no_merge(&m);
            model_fini(&m);
        }

    each(0, flags, no_merge);
}

/* A hole takes one table a level, and the gather covers the whole old leaf. */
static void hole(struct model *m)
{
    unsigned long before;

    assert_int_equal(model_map(m, SIZE, MFN, SIZE, RW), 0);
    model_check(m);
    before = m->pt.tables;
    assert_int_equal(model_unmap(m, SIZE + 1000, 1), 0);
    assert_int_equal(m->pt.tables, before + 2);
    leaves(m, 511, 511, 0);
    assert_true(m->g.modified);
    assert_true(m->g.start == SIZE && m->g.last == 2 * SIZE - 1);
    model_check(m);

    /* The other pages of that 2 MiB: its table goes. */
    assert_int_equal(model_unmap(m, SIZE + 512, 512), 0);
    assert_int_equal(m->g.nr_freed, 1);
    assert_true(m->g.start == SIZE + 512 && m->g.last == SIZE + 1023);
    leaves(m, 0, 511, 0);
}

static void test_hole(void **state)
{
    each(ALL, flags, hole);
}

/* The last page out takes all the tables above with it. */
static void empty(struct model *m)
{
    unsigned long root = m->pt.tables;

    assert_int_equal(model_map(m, SIZE + 5, MFN, 1, RW), 0);
    assert_int_equal(m->pt.tables, root + m->c->levels - 1);
    model_check(m);
    assert_int_equal(model_unmap(m, SIZE + 6, 1), 0);
    assert_true(pt_gather_empty(&m->g));
    assert_int_equal(model_unmap(m, SIZE + 5, 1), 0);
    assert_int_equal(m->pt.tables, root);
    assert_int_equal(m->g.nr_freed, m->c->levels - 1);
    assert_int_equal(pages_in(&m->g), m->c->levels - 1);

    /* The table that a page went into is not at hand when it is gone. */
    assert_int_equal(model_map(m, SIZE + 5, MFN, 1, RW), 0);
    assert_int_equal(model_unmap(m, SIZE + 5, 1), 0);
    assert_int_equal(model_map(m, SIZE + 6, MFN, 1, RW), 0);
    model_check(m);
}

static void test_empty(void **state)
{
    each(ALL, flags, empty);
    each(0, 0, empty);
}

/* The same mapping again changes nothing; what was absent needs no flush. */
static void same(struct model *m)
{
    uint64_t hash;

    assert_int_equal(model_map(m, SIZE + 3, MFN + 1, 5000, RW), 0);
    assert_true(m->g.added && !m->g.modified);
    assert_false(pt_gather_needs_flush(&m->g, false));
    assert_true(pt_gather_needs_flush(&m->g, true));
    assert_int_equal(m->g.nr_ranges, 1);
    assert_true(m->g.start == SIZE + 3 && m->g.last == SIZE + 5002);
    model_check(m);
    hash = model_hash(m);
    assert_int_equal(model_map(m, SIZE + 3, MFN + 1, 5000, RW), 0);
    assert_int_equal(model_map(m, SIZE + 700, MFN + 698, 1, RW), 0);
    assert_true(pt_gather_empty(&m->g));
    assert_true(hash == model_hash(m));
    assert_false(pt_gather_needs_flush(&m->g, true));

    /* Within a larger leaf, too: it is not split. */
    assert_int_equal(model_map(m, SIZE + 8192, MFN + 8192, 8192, RW), 0);
    model_check(m);
    hash = model_hash(m);
    assert_int_equal(model_map(m, SIZE + 8200, MFN + 8200, 600, RW), 0);
    assert_true(hash == model_hash(m));
}

static void test_same(void **state)
{
    each(ALL, flags, same);
    each(ALL, MODEL_COHERENT | MODEL_SNOOP, same);
}

/* A covered subtree costs one store, whatever is below. */
static void detach(struct model *m)
{
    assert_int_equal(model_map(m, SIZE, MFN + 1, SIZE, RW), 0);
    model_check(m);
    assert_int_equal(model_unmap(m, SIZE, SIZE), 0);
    assert_true(m->g.start <= SIZE && m->g.last >= 2 * SIZE - 1);
    assert_int_equal(m->g.nr_ranges, 1);
    assert_true(m->g.nr_freed >= 513);
    assert_int_equal(m->pt.tables, 1 << m->pt.root_order);
}

static void test_detach(void **state)
{
    each(0, flags, detach);
    each(ALL, flags, detach);
}

/* What needs break-before-make is broken until pt_make(), and nothing else. */
static void breaks(struct model *m, bool split)
{
    const struct pt_gather *g = &m->g;
    struct pt_gather other;
    struct pt_leaf leaf;

    assert_int_equal(model_map(m, SIZE, MFN, 512, RW), 0);
    assert_false(pt_gather_broken(g));
    model_check(m);
    assert_int_equal(model_map(m, SIZE, MFN, 512, PT_PROT_R), 0);
    assert_false(pt_gather_broken(g));
    model_check(m);
    assert_int_equal(model_map(m, SIZE, MFN, 512, RW | PT_PROT_DEV), 0);
    assert_true(pt_gather_broken(g));
    assert_true(g->brk_start == SIZE && g->brk_last == SIZE + 511);
    pt_gather_init(&other);
    pt_gather_merge(&other, &m->g);
    assert_false(pt_gather_broken(g));
    assert_true(other.brk_start == SIZE && other.brk_last == SIZE + 511);
    pt_gather_merge(&m->g, &other);
    assert_int_equal(model_hw(m, SIZE + 9, NULL), 0);
    assert_int_equal(pt_lookup(&m->pt, SIZE + 9, &leaf), 0);
    model_check(m);
    assert_int_equal(model_map(m, SIZE, MFN, 512, RW), 0);
    model_check(m);

    /* A hole: only the change of size may need a break. */
    assert_int_equal(model_unmap(m, SIZE + 3, 1), 0);
    assert_int_equal(pt_gather_broken(g), split);
    assert_int_equal(!model_hw(m, SIZE + 9, NULL), split);
    model_check(m);

    /* Another frame; then away with it while it is broken. */
    assert_int_equal(model_map(m, SIZE + 9, MFN + 77, 1, RW), 0);
    assert_true(g->brk_start == SIZE + 9 && g->brk_last == SIZE + 9);
    assert_int_equal(model_map(m, SIZE + 9, MFN + 78, 1, RW), 0);
    assert_int_equal(model_hw(m, SIZE + 9, NULL), 0);
    model_check(m);
    assert_int_equal(model_map(m, SIZE + 9, MFN + 77, 1, RW), 0);
    assert_int_equal(model_unmap(m, SIZE + 9, 1), 0);
    model_check(m);

    /* A leaf over a table. */
    assert_int_equal(model_map(m, SIZE, MFN, 512, RW), 0);
    assert_true(g->brk_start == SIZE && g->brk_last == SIZE + 511);
    model_check(m);
}

static void test_breaks(void **state)
{
    unsigned int i, n;

    for ( i = 0; i < pt_nr_cases; i++ )
        for ( n = 0; n < 2 && pt_cases[i].bbm; n++ )
        {
            struct model m;

            model_init(&m, &pt_cases[i], ALL, n ? MODEL_BBML2 : 0, SIZE, SIZE);
            breaks(&m, !n);
            model_check(&m);
            model_fini(&m);
        }
}

/* Two gathers become one, with ranges, flags and pages. */
static void test_gather(void **state)
{
    struct pt_config cfg = model_config(&pt_cases[1], 0, flags);
    struct pt_gather a, b;
    struct pt pt;

    pt_gather_init(&a);
    pt_gather_init(&b);
    assert_true(pt_gather_empty(&a));
    assert_int_equal(pt_init(&pt, &cfg), 0);

    assert_int_equal(pt_map(&pt, 100, 1, 10, RW, &a), 0);
    pt_gather_merge(&b, &a);
    assert_true(pt_gather_empty(&a) && !pt_gather_empty(&b));
    assert_true(b.start == 100 && b.last == 109 && b.nr_ranges == 1);
    assert_true(b.added && !b.modified);

    assert_int_equal(pt_map(&pt, 110, 1, 10, RW, &b), 0);
    assert_int_equal(b.nr_ranges, 1);
    assert_int_equal(pt_map(&pt, 90, 1, 10, RW, &b), 0);
    assert_int_equal(b.nr_ranges, 1);
    assert_true(b.start == 90 && b.last == 119);
    assert_int_equal(pt_map(&pt, 200, 1, 1, RW, &b), 0);
    assert_int_equal(b.nr_ranges, 2);

    assert_int_equal(pt_map(&pt, 300, 1, 1, RW, &a), 0);
    assert_int_equal(pt_map(&pt, 400, 1, 1, RW, &a), 0);
    pt_gather_merge(&b, &a);
    assert_int_equal(b.nr_ranges, 4);

    assert_int_equal(pt_unmap(&pt, 0, 1000, &a), 0);
    assert_true(a.modified && a.nr_freed == 3);
    pt_gather_merge(&b, &a);
    assert_true(b.added && b.modified && b.nr_freed == 3);
    assert_int_equal(pages_in(&b), 3);
    pt_gather_merge(&b, &a);
    assert_int_equal(b.nr_freed, 3);
    pt_gather_release(&b);
    assert_int_equal(pt_destroy(&pt, ~0UL), 0);
}

/* A walker that does not snoop: each line once, and hardly a fence more. */
static void cleaned(struct model *m)
{
    unsigned long lines = host_cache_lines_cleaned();
    unsigned long calls = host_cache_cleans(), tables = m->pt.tables;

    assert_int_equal(model_map(m, SIZE, MFN + 1, SIZE, RW), 0);
    tables = m->pt.tables - tables;
    lines = host_cache_lines_cleaned() - lines;
    calls = host_cache_cleans() - calls;
    assert_true(lines >= tables * 64 && lines <= tables * 64 + 4);
    assert_true(calls <= tables + 1);
    model_check(m);

    /* A single page into a table that is there: one line. */
    assert_int_equal(model_unmap(m, SIZE + 9, 1), 0);
    model_check(m);
    lines = host_cache_lines_cleaned();
    assert_int_equal(model_map(m, SIZE + 9, MFN, 1, RW), 0);
    assert_int_equal(host_cache_lines_cleaned(), lines + 1);
}

static void test_cleaned(void **state)
{
    unsigned long before;

    each(0, MODEL_BBML2, cleaned);
    before = host_cache_cleans();
    each(ALL, flags, largest);
    assert_int_equal(host_cache_cleans(), before);
}

static void test_walk_prots(void **state)
{
    assert_true(PT_PROT_R == WALK_R && PT_PROT_W == WALK_W &&
                PT_PROT_X == WALK_X && PT_PROT_SNP == WALK_SNP &&
                PT_PROT_DEV == WALK_DEV);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_walk_prots),
        cmocka_unit_test(test_largest),
        cmocka_unit_test(test_merge),
        cmocka_unit_test(test_merge_not),
        cmocka_unit_test(test_no_merge_without_bbml2),
        cmocka_unit_test(test_hole),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_same),
        cmocka_unit_test(test_detach),
        cmocka_unit_test(test_breaks),
        cmocka_unit_test(test_gather),
        cmocka_unit_test(test_cleaned),
    };

    return cmocka_run_group_tests_name("pt-shape", tests, NULL, NULL);
}
