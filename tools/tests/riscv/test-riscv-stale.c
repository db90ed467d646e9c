/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whatever a RISC-V IOMMU caches: when a flush has returned, every DMA sees
 * what was mapped, and nothing else.  Random maps, unmaps and moves of devices
 * between domains against an array for each domain, in each of the formats.
 */
#include "riscv-system.h"

#include "riscv/rviommu.h"

#define FIRST_DFN  0x3fff00UL      /* some pages, then 1 GiB aligned */
#define NR_DFNS    0x40400UL
#define BIG        0x40000UL       /* 1 GiB */
#define NR_DOMAINS 3
#define NR_HOT     64
#define RW         (IOMMUF_readable | IOMMUF_writable)

static uint32_t *expected[NR_DOMAINS];  /* mfn, 0: nothing */
static unsigned int holder[3];          /* of devices[], NR_DOMAINS: nobody */
static unsigned long hot[NR_HOT];       /* asked for lately */
static uint64_t seed;
static unsigned long seen[3];

static const pci_sbdf_t devices[] = {
    { .sbdf = 0x8010 }, { .sbdf = 0x8018 }, { .sbdf = 0x20028 },
};

static unsigned long below(unsigned long n)
{
    return test_random(&seed) % n;
}

static struct domain *domain_of(unsigned int i)
{
    return i == 0 ? rvs.hwdom : i == 1 ? rvs.guest : rvs.guest2;
}

static unsigned long round_to(unsigned long n, unsigned long to)
{
    return n / to * to;
}

/* Small, a superpage's size, larger than it, or all. */
static void random_range(unsigned long *first, unsigned long *nr)
{
    switch ( below(8) )
    {
    case 0:
        *first = 0x100 + round_to(below(BIG), 512);
        *nr = 512;
        break;

    case 1:
        *first = 0x100;
        *nr = BIG;
        break;

    case 2:
        *first = below(NR_DFNS);
        *nr = 1 + below(2000);
        break;

    default:
        *first = hot[below(NR_HOT)];
        *nr = 1 + below(40);
        break;
    }

    if ( *nr > NR_DFNS - *first )
        *nr = NR_DFNS - *first;
}

static void check_one(unsigned int dev, unsigned long i)
{
    uint32_t mfn = holder[dev] < NR_DOMAINS ? expected[holder[dev]][i] : 0;
    uint64_t got, want = mfn ? (uint64_t)mfn << PAGE_SHIFT : ~0ULL;
    bool second = devices[dev].seg;
    unsigned int cause;

    /* Faults are not drained: they would end bus mastering. */
    cause = rvm_translate(rvs.model[second],
                          devices[dev].bdf + (second ? 0x10000 : 0),
                          (FIRST_DFN + i) << PAGE_SHIFT, RVM_READ, &got);
    if ( cause )
        got = ~0ULL;
    /* Blocked, or not mapped; never a structure that makes no sense. */
    assert_true(!cause || cause == 258 || cause == 21);
    if ( got != want )
        fail_msg("device %u, domain %u, dfn %#lx: %#lx (%u), not mfn %#x",
                 dev, holder[dev], FIRST_DFN + i, (unsigned long)got, cause,
                 mfn);
}

static void check_all(unsigned long first, unsigned long nr)
{
    unsigned int dev, i;

    for ( dev = 0; dev < ARRAY_SIZE(devices); dev++ )
    {
        check_one(dev, first);
        check_one(dev, first + nr - 1);
        check_one(dev, first + nr / 2);
        for ( i = 0; i < NR_HOT; i++ )
            check_one(dev, hot[i]);
        for ( i = 0; i < 4; i++ )
        {
            hot[below(NR_HOT)] = below(2) ? below(NR_DFNS)
                                          : first + below(nr);
            check_one(dev, hot[below(NR_HOT)]);
        }
    }
}

/* Which leaf sizes have been there. */
static void see_leaves(const struct domain *d)
{
    const struct s2_table *table;
    unsigned int i;

    list_for_each_entry ( table, &s2_space_of(d)->tables, link )
        for ( i = 0; i < ARRAY_SIZE(seen); i++ )
            seen[i] |= table->pt.leaves[i];
}

static void change(void)
{
    unsigned int d = below(NR_DOMAINS);
    unsigned long first, nr, i;
    uint32_t mfn = 0;

    random_range(&first, &nr);
    if ( below(3) )
    {
        /* Often congruent, so that superpages are possible. */
        mfn = 0x100000 + (below(2) ? first + FIRST_DFN % BIG
                                   : below(0x100000));
        assert_int_equal(rvs_map(domain_of(d), FIRST_DFN + first, mfn, nr, RW),
                         0);
    }
    else
        assert_int_equal(rvs_unmap(domain_of(d), FIRST_DFN + first, nr), 0);

    for ( i = 0; i < nr; i++ )
        expected[d][first + i] = mfn ? mfn + i : 0;
    see_leaves(domain_of(d));
    check_all(first, nr);
}

static void move(void)
{
    unsigned int dev = below(ARRAY_SIZE(devices)), d = below(NR_DOMAINS + 1);

    assert_int_equal(rvs_give(devices[dev], d < NR_DOMAINS ? domain_of(d)
                                                           : dom_io), 0);
    holder[dev] = d;
    check_all(hot[0], 1);
}

static void run(const struct rvm_cfg *cfg0, const struct rvm_cfg *cfg1)
{
    unsigned long rounds = test_rounds(150, 4000);
    unsigned int i;

    seed = 0x9e3779b97f4a7c15ULL + rounds;
    memset(seen, 0, sizeof(seen));
    rvs_up(cfg0, cfg1);
    for ( i = 0; i < NR_DOMAINS; i++ )
    {
        expected[i] = calloc(NR_DFNS, sizeof(*expected[i]));
        assert_non_null(expected[i]);
    }
    for ( i = 0; i < ARRAY_SIZE(holder); i++ )
        holder[i] = NR_DOMAINS;
    for ( i = 0; i < NR_HOT; i++ )
        hot[i] = below(NR_DFNS);
    for ( i = 0; i < ARRAY_SIZE(devices); i++ )
        move();

    while ( rounds-- )
        if ( below(8) )
            change();
        else
            move();

    /* An Sv39x4 table is shared with mockb's unit, which has no 1 GiB leaves. */
    assert_true(seen[0] && seen[1] && (seen[2] || cfg0->sv39x4));
    for ( i = 0; i < NR_DOMAINS; i++ )
        free(expected[i]);
    rvs_down();
}

static struct rvm_cfg only(bool sv39, bool sv48, bool sv57)
{
    struct rvm_cfg cfg = rvm_default;

    cfg.sv39x4 = sv39;
    cfg.sv48x4 = sv48;
    cfg.sv57x4 = sv57;

    return cfg;
}

static void test_sv39x4(void **state)
{
    struct rvm_cfg cfg = only(true, false, false);

    run(&cfg, &cfg);
}

static void test_sv48x4(void **state)
{
    struct rvm_cfg cfg = only(false, true, false);

    cfg.msi_flat = true;
    cfg.busy = 1;
    run(&cfg, &cfg);
}

static void test_sv57x4(void **state)
{
    struct rvm_cfg cfg = only(false, false, true);

    run(&cfg, &cfg);
}

/* Units that have little in common, and tables of two formats. */
static void test_unequal(void **state)
{
    struct rvm_cfg a = only(true, false, true), b = only(false, true, false);

    a.pas = 46;
    a.busy = 2;
    b.msi_flat = true;
    b.levels = 1 << RVM_3LVL;
    run(&a, &b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RVS_TEST(test_sv39x4),
        RVS_TEST(test_sv48x4),
        RVS_TEST(test_sv57x4),
        RVS_TEST(test_unequal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
