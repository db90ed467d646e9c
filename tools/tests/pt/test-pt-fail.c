/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every n-th allocation of a call fails in turn: then the table, its counters,
 * the gather and the memory in use are exactly as before, and the call
 * succeeds when it is made again.
 */
#include <setjmp.h>
#include <stdlib.h>

#include <cmocka.h>

#include <xen/errno.h>
#include <xen/lib.h>

#include "host.h"
#include "pt-model.h"

#define ALL   (PT_LEAF_2M | PT_LEAF_1G)
#define RW    (PT_PROT_R | PT_PROT_W)
#define GIB   (1UL << 18)
#define SIZE  (GIB + 4096)
#define MFN   (5UL << 18)

struct call {
    bool map;
    uint64_t dfn, mfn;
    unsigned long nr;
    unsigned int prot;
};

static long carry_out(struct model *m, const struct call *c)
{
    return c->map ? model_map(m, c->dfn, c->mfn, c->nr, c->prot)
                  : model_unmap(m, c->dfn, c->nr);
}

/* Returns how many allocations the call makes. */
static unsigned int sweep(struct model *m, const struct call *c)
{
    unsigned int n;

    for ( n = 1; ; n++ )
    {
        uint64_t hash = model_hash(m);
        unsigned long pages = host_memory_now().pages;
        bool reached;
        long rc;

        host_fail_nth(n);
        rc = carry_out(m, c);
        reached = host_fail_reached();
        host_fail_nth(0);

        if ( !reached )
        {
            assert_int_equal(rc, 0);
            return n - 1;
        }

        assert_int_equal(rc, -ENOMEM);
        assert_true(hash == model_hash(m));
        assert_int_equal(host_memory_now().pages, pages);
    }
}

/* Known calls on known states: they must need the tables that they need. */
static void test_known(void **state)
{
    static const struct {
        struct call before, call;
        unsigned int tables[PT_MAX_LEVELS + 1];  /* by level count */
    } steps[] = {
        /* One page into nothing; a 2 MiB leaf into nothing. */
        { { }, { true, 77, MFN, 1, RW },
          { [3] = 2, [4] = 3, [5] = 4, [6] = 5 } },
        { { }, { true, 512, MFN, 512, RW },
          { [3] = 1, [4] = 2, [5] = 3, [6] = 4 } },
        /* Across 2 MiB leaves, with both ends in tables. */
        { { }, { true, 500, MFN + 500, 2000, RW },
          { [3] = 3, [4] = 4, [5] = 5, [6] = 6 } },
        /* Frames that fit no larger leaf. */
        { { }, { true, 0, MFN + 1, 5 * 512, RW },
          { [3] = 6, [4] = 7, [5] = 8, [6] = 9 } },
        /* 1 GiB leaf: a hole, then one in the middle of two. */
        { { true, 0, MFN, GIB, RW }, { false, 1000, 0, 1, 0 },
          { [3] = 2, [4] = 2, [5] = 2, [6] = 2 } },
        { { true, 0, MFN, GIB, RW }, { false, 1000, 0, 3000, 0 },
          { [3] = 3, [4] = 3, [5] = 3, [6] = 3 } },
        { { true, 0, MFN, GIB, RW }, { false, 512, 0, 1024, 0 },
          { [3] = 1, [4] = 1, [5] = 1, [6] = 1 } },
        { { true, 0, MFN, GIB, RW }, { true, 3, MFN, 1, PT_PROT_R },
          { [3] = 2, [4] = 2, [5] = 2, [6] = 2 } },
        /* All of it, by frames that are off by one. */
        { { true, 0, MFN, GIB, RW }, { true, 0, MFN + 1, GIB, RW },
          { [3] = 513, [4] = 513, [5] = 513, [6] = 513 } },
        /* Nothing to do, and nothing to allocate. */
        { { true, 0, MFN, GIB, RW }, { false, 0, 0, GIB, 0 }, { } },
        { { true, 0, MFN, GIB, RW }, { true, 5, MFN + 5, 9, RW }, { } },
        { { }, { false, 0, 0, GIB, 0 }, { } },
    };
    unsigned int c, i;

    for ( c = 0; c < pt_nr_cases; c++ )
        for ( i = 0; i < ARRAY_SIZE(steps); i++ )
        {
            struct model m;

            model_init(&m, &pt_cases[c], ALL, i & 1, 0, SIZE);
            if ( steps[i].before.map )
                assert_int_equal(carry_out(&m, &steps[i].before), 0);
            model_check(&m);
            assert_int_equal(sweep(&m, &steps[i].call),
                             steps[i].tables[m.c->levels]);
            model_check(&m);
            model_fini(&m);
        }
}

/*
 * A leaf that was exchanged, and is invalid until the flush, is mapped in part
 * once more: it stays as it is, and no table is taken for it.
 */
static void test_again(void **state)
{
    static const struct call first = { true, 0, MFN, GIB, RW },
                             other = { true, 0, MFN + GIB, GIB, RW },
                             again = { true, 1024, MFN + GIB + 1024, 9, RW };
    unsigned int c;

    for ( c = 0; c < pt_nr_cases; c++ )
    {
        struct model m;

        model_init(&m, &pt_cases[c], ALL, 0, 0, SIZE);
        assert_int_equal(carry_out(&m, &first), 0);
        model_check(&m);
        assert_int_equal(carry_out(&m, &other), 0);
        assert_int_equal(sweep(&m, &again), 0);
        model_check(&m);
        assert_int_equal(m.pt.tables, m.c->levels - 2 +
                                      (1UL << m.pt.root_order) - 1);
        model_fini(&m);
    }
}

static uint64_t seed = 4711;

static uint64_t rnd(uint64_t bound)
{
    seed = seed * 0x5851f42d4c957f2dULL + 0x14057b7ef767814fULL;

    return (seed >> 20) % bound;
}

static void test_random(void **state)
{
    unsigned int c, i, longer = getenv("TEST_LONG") ? 20 : 1;

    for ( c = 0; c < pt_nr_cases; c++ )
    {
        struct model m;

        model_init(&m, &pt_cases[c], ALL, c & 3, GIB - 2048, SIZE);
        for ( i = 0; i < 40 * longer; i++ )
        {
            unsigned int align = rnd(3) ? 0 : 9;
            struct call call = {
                .map = rnd(3), .prot = rnd(3) ? RW : PT_PROT_R,
                .nr = (1 + rnd(20)) << (rnd(2) * 9),
            };

            if ( !rnd(6) )
                call.nr = GIB;
            call.dfn = (m.base + rnd(SIZE - call.nr) + (1u << align) - 1) &
                       ~((1ULL << align) - 1);
            if ( call.nr == GIB )
                call.dfn = GIB;
            call.mfn = MFN + (call.dfn & (GIB - 1)) + (rnd(3) ? 0 : rnd(600));
            if ( call.dfn + call.nr > m.base + SIZE )
                call.nr = m.base + SIZE - call.dfn;
            sweep(&m, &call);
            if ( rnd(2) )
                model_check(&m);
        }
        model_check(&m);
        model_fini(&m);
    }
}

static void test_alias(void **state)
{
    unsigned int c, n;

    for ( c = 0; c < pt_nr_cases; c++ )
    {
        struct pt_config cfg = model_config(&pt_cases[c], ALL, MODEL_COHERENT);
        unsigned long before = host_memory_now().pages;
        struct pt_leaf leaf;
        struct pt pt;

        assert_int_equal(pt_init(&pt, &cfg), 0);
        for ( n = 1; n < cfg.levels; n++ )
        {
            host_fail_nth(n);
            assert_int_equal(pt_alias(&pt, 1, PT_PROT_R), -ENOMEM);
            host_fail_nth(0);
            assert_int_equal(pt.tables, 1 << pt.root_order);
            assert_int_equal(pt_lookup(&pt, 0, &leaf), -ENOENT);
        }
        assert_int_equal(pt_alias(&pt, 1, PT_PROT_R), 0);
        assert_int_equal(pt.tables, cfg.levels - 1 + (1 << pt.root_order));
        assert_int_equal(pt_destroy(&pt, ~0UL), 0);
        assert_int_equal(host_memory_now().pages, before);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_again),
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_alias),
    };

    return cmocka_run_group_tests_name("pt-fail", tests, NULL, NULL);
}
