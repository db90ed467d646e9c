/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A unit reads the words of a device context in any order, at any time (RISC-V
 * IOMMU 1.0, §2.1.2).  So after each single store, every mixture of values that
 * words have had since the unit was last told to forget has to be the old
 * translation, the new one, or a refusal.
 */
#include "pt-stores.h"
#include "riscv-fixture.h"

#define ADDR      0x5000UL
#define MAX_SEEN  8

static struct {
    uint64_t *dc;               /* the context that is watched */
    unsigned int words;
    uint64_t seen[8][MAX_SEEN];
    unsigned int nr[8];
    unsigned long forgotten;    /* context invalidations so far */
    uint64_t allowed[2];        /* where ADDR may lead */
    const char *bad;
    uint64_t got;
    unsigned long mixtures;
} watch;

static void see(unsigned int word)
{
    unsigned int i;

    for ( i = 0; i < watch.nr[word]; i++ )
        if ( watch.seen[word][i] == watch.dc[word] )
            return;
    if ( i == MAX_SEEN )
        watch.bad = "too many values";
    else
        watch.seen[word][watch.nr[word]++] = watch.dc[word];
}

static void try_mixture(const uint64_t dc[8])
{
    uint64_t ma;

    watch.mixtures++;
    if ( rvm_try_context(rvm[0], dc, ADDR, RVM_WRITE, &ma) )
        return;
    if ( ma != watch.allowed[0] && ma != watch.allowed[1] && !watch.bad )
    {
        watch.bad = "a third translation";
        watch.got = ma;
    }
}

/* All combinations, word by word. */
static void mix(unsigned int word, uint64_t dc[8])
{
    unsigned int i;

    if ( word == watch.words )
    {
        try_mixture(dc);
        return;
    }

    for ( i = 0; i < watch.nr[word]; i++ )
    {
        dc[word] = watch.seen[word][i];
        mix(word + 1, dc);
    }
}

static void look(void)
{
    uint64_t dc[8] = { 0 };
    unsigned int i;

    for ( i = 0; i < watch.words; i++ )
        see(i);
    mix(0, dc);
}

/* What a unit finds that reads all words at once: valid ones, or none. */
static void look_once(void)
{
    uint64_t dc[8] = { 0 }, ma;

    memcpy(dc, watch.dc, watch.words * sizeof(*dc));
    if ( rvm_try_context(rvm[0], dc, ADDR, RVM_WRITE, &ma) ==
         CAUSE_MISCONFIGURED && !watch.bad )
        watch.bad = "a valid context that is not complete";
}

/* A signal handler: no assertions here. */
static void observe(void *arg, const uint64_t *at, uint64_t old)
{
    if ( at < watch.dc || at >= watch.dc + watch.words )
        return;

    look_once();

    /* What was there before this store could be read until now. */
    if ( rvm_count(rvm[0], RVM_COUNT_DDT) != watch.forgotten )
    {
        unsigned int i;

        memset(watch.nr, 0, sizeof(watch.nr));
        watch.forgotten = rvm_count(rvm[0], RVM_COUNT_DDT);
        for ( i = 0; i < watch.words; i++ )
        {
            watch.seen[i][0] = &watch.dc[i] == at ? old : watch.dc[i];
            watch.nr[i] = 1;
        }
    }
    look();
}

/* Where unit 0 has the context of @did, from its registers. */
static uint64_t *context_of(uint32_t did, bool msi_flat)
{
    uint64_t ddtp = rvm_read(rvm[0], 16, 8), entry;
    unsigned int leaf = msi_flat ? 6 : 7, level = (ddtp & 0xf) - 2;
    uint64_t table = (ddtp >> 10 & 0xfffffffffff) << 12;

    for ( ; level; level-- )
    {
        assert_true(host_mem_read64(
            table + (did >> (leaf + 9 * (level - 1)) & 511) * 8, &entry));
        assert_true(entry & 1);
        table = (entry >> 10 & 0xfffffffffff) << 12;
    }

    return maddr_to_virt(table + (did & ((1U << leaf) - 1)) *
                         (msi_flat ? 64 : 32));
}

static void change(struct iommu_dev *dev, struct s2_domain *to, uint64_t old,
                   uint64_t new)
{
    watch.allowed[0] = old;
    watch.allowed[1] = new;
    watch.bad = NULL;
    memset(watch.nr, 0, sizeof(watch.nr));
    watch.forgotten = rvm_count(rvm[0], RVM_COUNT_DDT);
    look();

    stores_begin(observe, NULL);
    stores_watch((void *)((unsigned long)watch.dc & PAGE_MASK));
    if ( to )
        assert_int_equal(rv_attach_dev(to, dev), 0);
    else
        rv_block_dev(dev);
    assert_true(stores_end() >= 2);

    if ( watch.bad )
        fail_msg("%s: %#lx, neither %#lx nor %#lx", watch.bad,
                 (unsigned long)watch.got, (unsigned long)old,
                 (unsigned long)new);
}

static void run(bool msi_flat, unsigned int levels)
{
    struct rvm_cfg cfg = rvm_default;
    struct s2_domain *sa, *sb, *id;
    struct s2_table *a, *b;
    struct iommu_dev *dev;
    uint64_t pa, pb, ma;

    cfg.msi_flat = msi_flat;
    cfg.levels = 1 << (RVM_1LVL + levels - 1);
    rv_machine_up(&cfg, NULL);
    dev = rv_dev_add(0, 3, 0);
    a = rv_table_new(dev);
    b = rv_table_new(dev);
    pa = rv_map_page(a, ADDR >> PAGE_SHIFT);
    pb = rv_map_page(b, ADDR >> PAGE_SHIFT);
    sa = rv_domain_new(dev, a);
    sb = rv_domain_new(dev, b);
    id = rv_driver.dev->domain_alloc(dev, S2_IDENTITY, NULL);

    /* The tables of the directory are there from then on. */
    assert_int_equal(rv_attach_dev(id, dev), 0);
    rv_block_dev(dev);
    watch.dc = context_of(0x18, msi_flat);
    watch.words = msi_flat ? 8 : 4;
    watch.mixtures = 0;

    change(dev, sa, ~0ULL, pa);
    change(dev, sb, pa, pb);
    change(dev, id, pb, ADDR);
    change(dev, sa, ADDR, pa);
    change(dev, NULL, pa, ~0ULL);
    change(dev, id, ~0ULL, ADDR);
    change(dev, NULL, ADDR, ~0ULL);
    change(dev, sb, ~0ULL, pb);
    change(dev, NULL, pb, ~0ULL);
    assert_true(watch.mixtures > 30);

    /* What was never used is refused, too. */
    assert_int_equal(rvm_translate(rvm[0], 0x19, ADDR, RVM_READ, &ma),
                     CAUSE_NO_CONTEXT);

    rv_domain_del(sa);
    rv_domain_del(sb);
    rv_dev_del(dev);
    rv_table_free(a);
    rv_table_free(b);
    rv_machine_down();
}

static void test_every_store(void **state)
{
    unsigned int levels;

    if ( !stores_possible() )
        skip();

    for ( levels = 1; levels <= 3; levels++ )
    {
        run(false, levels);
        run(true, levels);
    }
}

/*
 * A unit that is in the middle of a read when a context becomes valid may keep
 * a mixture that it refuses: attach is not over before that is forgotten.
 */
static void keep_mixture(void *arg, const uint64_t *at, uint64_t old)
{
    static uint64_t before[8];
    uint64_t dc[8] = { 0 };

    if ( at == &watch.dc[1] )
        before[1] = old;
    if ( at != &watch.dc[0] || !(*at & 1) )
        return;

    dc[0] = *at;
    dc[1] = before[1];
    rvm_remember(rvm[0], 0x18, dc);
}

static void test_kept_mixture(void **state)
{
    struct iommu_dev *dev;
    struct s2_domain *s2;
    struct s2_table *t;
    uint64_t pa, ma;

    if ( !stores_possible() )
        skip();

    rv_machine_up(&rvm_default, NULL);
    dev = rv_dev_add(0, 3, 0);
    t = rv_table_new(dev);
    pa = rv_map_page(t, ADDR >> PAGE_SHIFT);
    s2 = rv_domain_new(dev, t);
    assert_int_equal(rv_attach_dev(s2, dev), 0);
    rv_block_dev(dev);
    watch.dc = context_of(0x18, false);

    stores_begin(keep_mixture, NULL);
    stores_watch((void *)((unsigned long)watch.dc & PAGE_MASK));
    assert_int_equal(rv_attach_dev(s2, dev), 0);
    assert_true(stores_end() >= 2);
    assert_int_equal(rv_reach(dev, ADDR, &ma), 0);
    assert_int_equal(ma, pa);

    rv_block_dev(dev);
    rv_domain_del(s2);
    rv_dev_del(dev);
    rv_table_free(t);
    rv_machine_down();
}

/*
 * A first context of a directory's new page, where nothing was ever stored by
 * anybody else: words that were there before are part of every mixture.
 */
static void test_fresh_page(void **state)
{
    struct iommu_dev *dev, *other;
    struct s2_domain *s2;
    struct s2_table *t;
    uint64_t pa, dc[8] = { 0 }, ma;
    unsigned int levels, i;

    for ( levels = 1; levels <= 3; levels++ )
    {
        struct rvm_cfg cfg = rvm_default;

        cfg.levels = 1 << (RVM_1LVL + levels - 1);
        rv_machine_up(&cfg, NULL);
        other = rv_dev_add(0, 3, 0);
        dev = rv_dev_add(0, 4, 0);
        t = rv_table_new(other);
        pa = rv_map_page(t, ADDR >> PAGE_SHIFT);
        s2 = rv_domain_new(other, t);
        assert_int_equal(rv_attach_dev(s2, other), 0);

        for ( i = 0; i < 4; i++ )
            dc[i] = context_of(0x20, false)[i];
        assert_int_equal(dc[0] & 1, 0);
        dc[0] = context_of(0x18, false)[0];
        assert_int_equal(rvm_try_context(rvm[0], dc, ADDR, RVM_READ, &ma),
                         CAUSE_MISCONFIGURED);
        dc[1] = context_of(0x18, false)[1];
        assert_int_equal(rvm_try_context(rvm[0], dc, ADDR, RVM_READ, &ma), 0);
        assert_int_equal(ma, pa);

        rv_block_dev(other);
        rv_domain_del(s2);
        rv_dev_del(dev);
        rv_dev_del(other);
        rv_table_free(t);
        rv_machine_down();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RV_TEST(test_every_store),
        RV_TEST(test_kept_mixture),
        RV_TEST(test_fresh_page),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
