/* SPDX-License-Identifier: GPL-2.0-only */
#include "suite-stale.h"

#define FIRST_DFN       0x3fe00UL       /* some pages, then 1 GiB aligned */
#define NR_DFNS         0x41000UL
#define BIG             0x40000UL       /* 1 GiB */
#define NR_DOMAINS      3
#define NR_HOT          64

static uint32_t *expected[NR_DOMAINS];  /* mfn, 0: nothing */
static unsigned int holder[3];          /* of devices[], NR_DOMAINS: nobody */
static uint64_t seed;

static const pci_sbdf_t devices[] = {
    { .sbdf = 0x0010 }, { .sbdf = 0x0018 }, { .sbdf = 0x0028 },
};

/* What devices asked for lately: most likely to be cached. */
static unsigned long hot[NR_HOT];

static unsigned long below(unsigned long n)
{
    return test_random(&seed) % n;
}

static struct domain *domain_of(unsigned int i)
{
    return i == 0 ? vm.hwdom : i == 1 ? vm.guest : vm.guest2;
}

/* A range that is now small, now as large as a superpage and aligned. */
static void random_range(unsigned long *first, unsigned long *nr)
{
    switch ( below(8) )
    {
    case 0:
        *first = below(NR_DFNS / 512) * 512;
        *nr = 512;
        break;

    case 1:
        *first = BIG - FIRST_DFN;
        *nr = BIG;
        break;

    case 2:
        *first = below(NR_DFNS);
        *nr = 1 + below(2000);
        break;

    default:
        *first = hot[below(NR_HOT)];
        *nr = 1 + below(8);
        break;
    }

    if ( *nr > NR_DFNS - *first )
        *nr = NR_DFNS - *first;
}

static void check_one(unsigned int dev, unsigned long i)
{
    uint32_t mfn = holder[dev] < NR_DOMAINS ? expected[holder[dev]][i] : 0;
    unsigned int code;
    uint64_t got;

    /* Not vm_dma(), and no fault is drained: they would end bus mastering. */
    code = vm.ops->translate(vm_index(devices[dev]), devices[dev].bdf,
                             (FIRST_DFN + i) << PAGE_SHIFT, false, &got);
    assert_int_not_equal(vm.ops->end(code), VM_BAD);
    if ( code )
        got = ~0ULL;

    if ( got != (mfn ? (uint64_t)mfn << PAGE_SHIFT : ~0ULL) )
        fail_msg("device %u, domain %u, dfn %#lx: %#lx (%#x), not mfn %#x",
                 dev, holder[dev], FIRST_DFN + i, (unsigned long)got, code,
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

static void change(void)
{
    unsigned int d = below(NR_DOMAINS);
    unsigned long first, nr, i;
    uint32_t mfn = 0;

    random_range(&first, &nr);
    if ( below(3) )
    {
        /* Often congruent, so that superpages are possible. */
        mfn = 0x100000 + (below(2) ? FIRST_DFN + first - BIG / 2
                                   : below(0x100000));
        assert_int_equal(vm_map(domain_of(d), FIRST_DFN + first, mfn, nr,
                                IOMMUF_readable | IOMMUF_writable), 0);
    }
    else
        assert_int_equal(vm_unmap(domain_of(d), FIRST_DFN + first, nr), 0);

    for ( i = 0; i < nr; i++ )
        expected[d][first + i] = mfn ? mfn + i : 0;
    check_all(first, nr);
}

static void move(void)
{
    unsigned int dev = below(ARRAY_SIZE(devices)), d = below(NR_DOMAINS + 1);

    assert_int_equal(vm_give(devices[dev], d < NR_DOMAINS ? domain_of(d)
                                                          : dom_io), 0);
    holder[dev] = d;
    check_all(hot[0], 1);
}

void suite_stale(void)
{
    unsigned long rounds = test_rounds(150, 4000);
    unsigned int i;

    seed = 0x9e3779b97f4a7c15ULL + rounds;
    vm_continue();
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

    for ( i = 0; i < NR_DOMAINS; i++ )
        free(expected[i]);
    vm_down();
}
