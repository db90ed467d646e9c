/* SPDX-License-Identifier: GPL-2.0-only */
/* What is refused, at both ends of each width; and the table of one frame. */
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

static void limits(struct model *m)
{
    uint64_t dfns = 1ULL << (m->c->in_bits - 12);
    uint64_t mfns = 1ULL << (m->c->out_bits - 12);
    struct pt_gather *g = &m->g;
    struct pt *pt = &m->pt;
    uint64_t hash = model_hash(m);
    struct pt_leaf leaf;

    assert_int_equal(pt_map(pt, dfns, 0, 1, RW, g), -ERANGE);
    assert_int_equal(pt_map(pt, dfns - 1, 0, 2, RW, g), -ERANGE);
    assert_int_equal(pt_map(pt, ~0ULL, 0, 1, RW, g), -ERANGE);
    assert_int_equal(pt_map(pt, 1, 0, ~0UL, RW, g), -ERANGE);
    assert_int_equal(pt_map(pt, 0, mfns, 1, RW, g), -ERANGE);
    assert_int_equal(pt_map(pt, 0, mfns - 1, 2, RW, g), -ERANGE);
    assert_int_equal(pt_map(pt, 0, ~0ULL, 1, RW, g), -ERANGE);
    assert_int_equal(pt_map(pt, 0, 0, 1, 0, g), -EINVAL);
    assert_int_equal(pt_map(pt, 0, 0, 1, PT_PROT_X, g), -EINVAL);
    assert_int_equal(pt_unmap(pt, dfns, 1, g), -ERANGE);
    assert_int_equal(pt_unmap(pt, dfns - 1, 2, g), -ERANGE);
    assert_int_equal(pt_map(pt, 0, 0, 0, RW, g), 0);
    assert_int_equal(pt_unmap(pt, 0, 0, g), 0);
    assert_int_equal(pt_lookup(pt, dfns, &leaf), -ENOENT);
    assert_int_equal(pt_lookup(pt, ~0ULL, &leaf), -ENOENT);
    assert_true(hash == model_hash(m));

    /* A page that just mapped does not open the way for a bad one. */
    assert_int_equal(pt_map(pt, SIZE, MFN, 1, RW, g), 0);
    assert_int_equal(pt_map(pt, SIZE + 1, MFN, 1, RW, g), 0);
    hash = model_hash(m);
    assert_int_equal(pt_map(pt, SIZE + 2, mfns, 1, RW, g), -ERANGE);
    assert_int_equal(pt_map(pt, SIZE + 2, MFN, 1, 0, g), -EINVAL);
    assert_true(hash == model_hash(m));
    assert_int_equal(pt_unmap(pt, SIZE, 2, g), 0);

    /* Both ends. */
    assert_int_equal(pt_map(pt, dfns - 1, mfns - 1, 1, RW, g), 0);
    assert_int_equal(pt_lookup(pt, dfns - 1, &leaf), 0);
    assert_true(leaf.mfn == mfns - 1);
    assert_true(model_hw(m, dfns - 1, NULL) >> 8 == mfns - 1);
    assert_int_equal(pt_unmap(pt, 0, dfns, g), 0);
    assert_int_equal(m->pt.tables, 1 << m->pt.root_order);
}

static void test_limits(void **state)
{
    model_each(ALL, flags, SIZE, SIZE, limits);
}

static void test_write_only(void **state)
{
    struct pt_gather g;
    struct pt pt;
    unsigned int i;

    for ( i = 0; i < pt_nr_cases; i++ )
    {
        struct pt_config cfg = model_config(&pt_cases[i], ALL, flags);
        bool riscv = pt_cases[i].decode == walk_decode_riscv_g;

        pt_gather_init(&g);
        assert_int_equal(pt_init(&pt, &cfg), 0);
        assert_int_equal(pt_map(&pt, 0, 0, 1, PT_PROT_W, &g),
                         riscv ? -EINVAL : 0);
        pt_gather_release(&g);
        assert_int_equal(pt_destroy(&pt, ~0UL), 0);
    }
}

static void test_bad_config(void **state)
{
    struct host_memory before = host_memory_now();
    unsigned int i;

    for ( i = 0; i < pt_nr_cases; i++ )
    {
        struct pt_config good = model_config(&pt_cases[i], ALL, flags), cfg;
        struct pt pt;

#define BAD(field, val) \
        cfg = good; cfg.field = val; \
        assert_int_equal(pt_init(&pt, &cfg), -EINVAL)
        BAD(fmt, NULL);
        BAD(levels, 2);
        BAD(levels, 7);
        BAD(in_bits, 20);
        BAD(in_bits, good.levels * 9 + 17);
        BAD(in_bits, 65);
        BAD(out_bits, 12);
        BAD(out_bits, 57);
#undef BAD
        host_fail_nth(1);
        assert_int_equal(pt_init(&pt, &good), -ENOMEM);
        host_fail_nth(0);
    }

    assert_int_equal(host_memory_now().pages, before.pages);
}

/* Of the address, that tables side by side at the top resolve. */
static unsigned int root_bits(const struct pt_case *c)
{
    return c->decode == walk_decode_arm_s2 ? 4 :
           c->decode == walk_decode_riscv_g ? 2 : 0;
}

/* Width and levels are independent, as far as the levels reach. */
static void test_widths(void **state)
{
    unsigned int i;

    for ( i = 0; i < pt_nr_cases; i++ )
    {
        struct pt_case c = pt_cases[i];
        unsigned int most = min(64u, c.levels * 9 + 12 + root_bits(&c));

        for ( c.in_bits = 21; c.in_bits <= most; c.in_bits++ )
        {
            uint64_t last = (1ULL << (c.in_bits - 12)) - 1;
            struct model m;

            model_init(&m, &c, ALL, MODEL_COHERENT, 0, 2);
            assert_int_equal(pt_map(&m.pt, last, 77, 1, RW, &m.g), 0);
            assert_true(model_hw(&m, last, NULL) >> 8 == 77);
            assert_int_equal(pt_map(&m.pt, last + 1, 77, 1, RW, &m.g),
                             -ERANGE);
            assert_int_equal(pt_unmap(&m.pt, last, 1, &m.g), 0);
            assert_int_equal(m.pt.tables, 1 << m.pt.root_order);
            model_fini(&m);
        }
    }
}

/* Only a table with nothing in it can become one of one frame. */
static void test_alias_busy(void **state)
{
    unsigned int i;

    for ( i = 0; i < pt_nr_cases; i++ )
    {
        struct pt_config cfg = model_config(&pt_cases[i], ALL, flags);
        struct pt_gather g;
        struct pt_leaf leaf;
        struct pt pt;

        pt_gather_init(&g);
        assert_int_equal(pt_init(&pt, &cfg), 0);
        assert_int_equal(pt_map(&pt, 5, 1, 1, RW, &g), 0);
        assert_int_equal(pt_alias(&pt, 77, RW), -EBUSY);
        assert_int_equal(pt_lookup(&pt, 5, &leaf), 0);
        assert_true(leaf.mfn == 1);
        assert_int_equal(pt_lookup(&pt, 4, &leaf), -ENOENT);
        assert_int_equal(pt_unmap(&pt, 5, 1, &g), 0);
        pt_gather_release(&g);
        assert_int_equal(pt_alias(&pt, 77, RW), 0);
        assert_int_equal(pt_destroy(&pt, ~0UL), 0);
    }
}

/* One frame everywhere: a table a level, and no way to change it. */
static void test_alias(void **state)
{
    unsigned int i, n;

    for ( i = 0; i < pt_nr_cases; i++ )
        for ( n = 0; n < 2; n++ )
        {
            struct model m;
            uint64_t at, dfns, want;

            model_init(&m, &pt_cases[i], ALL, n ? flags : 0, 0, 512);
            want = 77 << 8 | model_prot(&m, PT_PROT_R);
            dfns = 1ULL << (m.c->in_bits - 12);
            assert_int_equal(pt_alias(&m.pt, 77, 0), -EINVAL);
            assert_int_equal(pt_alias(&m.pt, 77, PT_PROT_R), 0);
            assert_int_equal(pt_alias(&m.pt, 77, PT_PROT_R), -EBUSY);
            for ( at = 1; at < dfns; at = at * 3 + 1 )
                assert_true(model_hw(&m, at, NULL) == want);
            assert_true(model_hw(&m, dfns - 1, NULL) == want);
            assert_int_equal(pt_map(&m.pt, 1, 1, 1, RW, &m.g), -EBUSY);
            assert_int_equal(pt_map(&m.pt, 1, 1, 1, PT_PROT_R, &m.g), -EBUSY);
            assert_int_equal(pt_unmap(&m.pt, 1, 1, &m.g), -EBUSY);
            assert_int_equal(pt_destroy(&m.pt, ~0UL), 0);
            assert_int_equal(host_memory_now().pages, m.pages);
            /* The rest of model_fini() knows of a fresh table. */
            assert_int_equal(pt_init(&m.pt, &(struct pt_config){
                .fmt = m.c->fmt, .levels = m.c->levels,
                .in_bits = m.c->in_bits, .out_bits = m.c->out_bits,
                .coherent = !!n, .node = NUMA_NO_NODE }), 0);
            m.env.root = pt_root(&m.pt);
            model_fini(&m);
        }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_write_only),
        cmocka_unit_test(test_bad_config),
        cmocka_unit_test(test_widths),
        cmocka_unit_test(test_alias_busy),
        cmocka_unit_test(test_alias),
    };

    return cmocka_run_group_tests_name("pt-limits", tests, NULL, NULL);
}
