/* SPDX-License-Identifier: GPL-2.0-only */
/* Random calls on every format, width, leaf size and coherency. */
#include <setjmp.h>
#include <stdlib.h>

#include <cmocka.h>

#include <xen/lib.h>

#include "host.h"
#include "pt-model.h"

static uint64_t seed;

static uint64_t rnd(uint64_t bound)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;

    return (seed >> 8) % bound;
}

static unsigned int random_prot(void)
{
    static const unsigned int prots[] = {
        PT_PROT_R, PT_PROT_R | PT_PROT_W, PT_PROT_R | PT_PROT_W,
        PT_PROT_R | PT_PROT_W, PT_PROT_R | PT_PROT_W | PT_PROT_DEV,
        PT_PROT_R | PT_PROT_X, PT_PROT_R | PT_PROT_W | PT_PROT_SNP,
    };

    return prots[rnd(ARRAY_SIZE(prots))];
}

/* Ranges that begin and end at boundaries more often than chance would. */
static void random_range(const struct model *m, uint64_t *dfn,
                         unsigned long *nr)
{
    static const uint8_t shifts[] = { 0, 0, 0, 3, 9, 9, 18 };
    unsigned int a = shifts[rnd(7)], b = shifts[rnd(7)];
    uint64_t end = m->base + m->nr;

    *dfn = (m->base + rnd(m->nr)) & ~((1ULL << a) - 1);
    *dfn = max(*dfn, m->base);
    *nr = (1 + rnd(b == 18 ? 1 : 5)) << b;
    if ( !rnd(8) )
        *nr = m->nr;
    *nr = min_t(uint64_t, *nr, end - *dfn);
}

static uint64_t random_mfn(const struct model *m, uint64_t dfn,
                           unsigned long nr)
{
    uint64_t limit = 1ULL << (m->c->out_bits - PAGE_SHIFT);
    uint64_t fixed = (limit / 2) & ~((1ULL << 18) - 1);

    switch ( rnd(4) )
    {
    case 0:
        return rnd(limit - nr);
    case 1:
        return fixed + dfn - m->base + rnd(2);
    default: /* one that makes leaves merge */
        return fixed + (dfn & ((1ULL << 19) - 1));
    }
}

static void random_run(const struct pt_case *c, uint8_t orders,
                       unsigned int flags, uint64_t base, unsigned long size,
                       unsigned int calls)
{
    struct model m;

    model_init(&m, c, orders, flags, base, size);

    while ( calls-- )
    {
        uint64_t dfn;
        unsigned long nr;

        random_range(&m, &dfn, &nr);
        if ( rnd(3) )
            assert_int_equal(model_map(&m, dfn, random_mfn(&m, dfn, nr), nr,
                                       random_prot()), 0);
        else
            assert_int_equal(model_unmap(&m, dfn, nr), 0);

        if ( rnd(4) )
            model_check(&m);
    }

    model_check(&m);
    model_fini(&m);
}

/* Around the middle boundary, at the start, at the end of the input width. */
static uint64_t place(const struct pt_case *c, unsigned int which,
                      unsigned long size)
{
    uint64_t limit = 1ULL << (c->in_bits - PAGE_SHIFT);

    return which == 0 ? limit / 2 - 1536 : which == 1 ? 0 : limit - size;
}

static void test_small(void **state)
{
    static const uint8_t orders[] = {
        0, PT_LEAF_2M, PT_LEAF_2M | PT_LEAF_1G, PT_LEAF_1G,
    };
    unsigned int c, i;

    for ( c = 0; c < pt_nr_cases; c++ )
        for ( i = 0; i < 24; i++ )
        {
            seed = 0x1234567 + 97 * c + i;
            random_run(&pt_cases[c], orders[i & 3], (i >> 2) | (i & 4),
                       place(&pt_cases[c], i % 3, 4096), 4096, 60);
        }
}

/* Large enough for 1 GiB leaves. */
static void test_large(void **state)
{
    unsigned int c, i;

    for ( c = 0; c < pt_nr_cases; c++ )
        for ( i = 0; i < 4; i++ )
        {
            seed = 0x7654321 + 89 * c + i;
            random_run(&pt_cases[c],
                       i ? PT_LEAF_2M | PT_LEAF_1G : PT_LEAF_1G,
                       i | MODEL_BBML2, place(&pt_cases[c], i & 1, 0),
                       (1UL << 18) + 4096, 25);
        }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small),
        cmocka_unit_test(test_large),
    };

    return cmocka_run_group_tests_name("pt-random", tests, NULL, NULL);
}
