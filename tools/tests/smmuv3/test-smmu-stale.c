/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Nothing stale: random changes of two tables and moves of four devices behind
 * two units, on models that never forget by themselves.  After each flush
 * every device reaches what its table says, and nothing else; tables that were
 * freed are not walked.
 */
#include "smmu-fixture.h"

#define NR_TABLES 2
#define NR_DEVS   4
#define FIRST_DFN 0x3fe00UL             /* across a 1 GiB border */
#define NR_DFNS   0x800UL

static struct s2_table *tables[NR_TABLES];
static struct s2_domain *s2[NR_TABLES][2];      /* on each unit */
static struct iommu_dev *devs[NR_DEVS];
static unsigned int holder[NR_DEVS];            /* NR_TABLES: blocked */
static uint32_t expected[NR_TABLES][NR_DFNS];   /* mfn, 0: not mapped */
static uint8_t prots[NR_TABLES][NR_DFNS];
static uint64_t seed;

static unsigned long below(unsigned long n)
{
    return test_random(&seed) % n;
}

static void check_one(unsigned int dev, unsigned long i, bool write)
{
    unsigned int h = holder[dev], code;
    uint64_t got = 0, want = 0;

    if ( h < NR_TABLES && expected[h][i] &&
         (prots[h][i] & (write ? PT_PROT_W : PT_PROT_R)) )
        want = (uint64_t)expected[h][i] << PAGE_SHIFT;

    code = sm_reach(devs[dev], (FIRST_DFN + i) << PAGE_SHIFT, write, &got);
    if ( code ? want : got != want )
        fail_msg("device %u, table %u, dfn %#lx: event %#x, %#lx, not %#lx",
                 dev, h, FIRST_DFN + i, code, (long)got, (long)want);
    if ( code && h == NR_TABLES )
        assert_int_equal(code, SMMU_MODEL_ABORT);
}

static void check_all(unsigned long first, unsigned long nr)
{
    unsigned int dev, n;

    for ( dev = 0; dev < NR_DEVS; dev++ )
    {
        check_one(dev, first, false);
        check_one(dev, first + nr - 1, true);
        for ( n = 0; n < 6; n++ )
            check_one(dev, n & 1 ? below(NR_DFNS) : first + below(nr), n & 2);
    }
}

static void change(void)
{
    unsigned int which = below(NR_TABLES), changed = 0;
    unsigned int prot = below(3) + 1;
    unsigned long first, nr, i;
    uint32_t mfn = 0;

    nr = below(4) ? 1 + below(40) : 1 + below(NR_DFNS);
    first = below(NR_DFNS);
    if ( !below(3) )
    {
        first &= ~0x1ffUL;
        nr = 0x200;
    }
    nr = min(nr, NR_DFNS - first);

    if ( below(3) )
    {
        mfn = 0x200000 + (below(2) ? FIRST_DFN + first : below(0x100000));
        assert_int_equal(s2_table_map(tables[which], FIRST_DFN + first, mfn, nr,
                                      prot, &changed), 0);
    }
    else
        assert_int_equal(s2_table_unmap(tables[which], FIRST_DFN + first, nr,
                                        &changed), 0);
    assert_int_equal(s2_table_flush(tables[which]), 0);

    for ( i = 0; i < nr; i++ )
    {
        expected[which][first + i] = mfn ? mfn + i : 0;
        prots[which][first + i] = prot;
    }
    check_all(first, nr);
}

static void move(void)
{
    unsigned int dev = below(NR_DEVS), to = below(NR_TABLES + 1);

    if ( to < NR_TABLES )
        assert_int_equal(sm_attach(s2[to][dev & 1], devs[dev]), 0);
    else
        sm_block(devs[dev]);
    holder[dev] = to;
    check_all(below(NR_DFNS), 1);
}

/* Another table under the same VMIDs, or others that were in use before. */
static void renew(void)
{
    unsigned int which = below(NR_TABLES), dev, unit;

    for ( dev = 0; dev < NR_DEVS; dev++ )
        if ( holder[dev] == which )
        {
            sm_block(devs[dev]);
            holder[dev] = NR_TABLES;
        }
    for ( unit = 0; unit < 2; unit++ )
        sm_domain_free(s2[which][unit]);
    sm_table_free(tables[which]);
    memset(expected[which], 0, sizeof(expected[which]));
    tables[which] = sm_table();
    for ( unit = 0; unit < 2; unit++ )
        s2[which][unit] = sm_domain(devs[unit], tables[which]);
    check_all(below(NR_DFNS), 1);
}

static void run(const struct smmu_model_cfg *cfg)
{
    unsigned long rounds = test_rounds(300, 6000);
    unsigned int i, unit;

    seed = 0x9e3779b97f4a7c15ULL + cfg->oas;
    sm_up(cfg, 2);
    memset(expected, 0, sizeof(expected));
    for ( i = 0; i < NR_DEVS; i++ )
    {
        devs[i] = sm_dev(i & 1, 0x20 + i, 0);
        holder[i] = NR_TABLES;
        /* Its entry exists, so that what it meets is abort. */
        assert_int_equal(sm_attach(&devs[i]->unit->identity, devs[i]), 0);
        sm_block(devs[i]);
    }
    for ( i = 0; i < NR_TABLES; i++ )
    {
        tables[i] = sm_table();
        for ( unit = 0; unit < 2; unit++ )
            s2[i][unit] = sm_domain(devs[unit], tables[i]);
    }

    while ( rounds-- )
        if ( below(5) )
            change();
        else if ( below(6) )
            move();
        else
            renew();

    for ( i = 0; i < NR_DEVS; i++ )
        sm_block(devs[i]);
    for ( i = 0; i < NR_TABLES; i++ )
    {
        for ( unit = 0; unit < 2; unit++ )
            sm_domain_free(s2[i][unit]);
        sm_table_free(tables[i]);
    }
    for ( i = 0; i < NR_DEVS; i++ )
        sm_dev_del(devs[i]);
    sm_settle();
    sm_down();
}

static void test_variants(void **state)
{
    unsigned int v;

    for ( v = 0; v < SM_NR_VARIANTS; v += 3 )
    {
        struct smmu_model_cfg cfg = sm_variant(v);

        run(&cfg);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SM_TEST(test_variants),
    };

    return cmocka_run_group_tests(tests, NULL, test_no_leak);
}
