/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What hardware can see of a stream table entry while it changes.
 *
 * It reads an entry's words one by one, in any order, at any time since it was
 * last told to forget them (IHI 0070, §3.21.3).  So after each single store,
 * every mixture of the values that the words have had since the last
 * CMD_CFGI_STE and CMD_SYNC must be the old entry, the new one, or abort.
 */
#include "smmu-fixture.h"
#include "pt-stores.h"

#define SID      0x123
#define WORDS    8
#define MAX_SEEN 8

static struct {
    const uint64_t *ste;                /* in the table */
    uint64_t seen[WORDS][MAX_SEEN];     /* since hardware forgot it */
    unsigned int nr[WORDS];
    struct smmu_ste old, new;
    bool forgotten;                     /* CFGI_STE came, SYNC did not yet */
    unsigned long stores, mixtures, resets;
    char wrong[200];
} w;

static void reset(void)
{
    unsigned int i;

    for ( i = 0; i < WORDS; i++ )
    {
        w.seen[i][0] = w.ste[i];
        w.nr[i] = 1;
    }
    w.resets++;
}

static bool is_abort(uint64_t word0)
{
    return (word0 & 1) && !((word0 >> 1) & 7);
}

static bool same(const uint64_t mix[WORDS], const struct smmu_ste *ste)
{
    return !memcmp(mix, ste->w, sizeof(ste->w));
}

static void check_mixtures(uint64_t mix[WORDS], unsigned int word)
{
    unsigned int i;

    if ( word == WORDS )
    {
        w.mixtures++;
        if ( !is_abort(mix[0]) && !same(mix, &w.old) && !same(mix, &w.new) &&
             !w.wrong[0] )
            snprintf(w.wrong, sizeof(w.wrong),
                     "store %lu: %lx %lx %lx %lx is neither old nor new",
                     w.stores, (long)mix[0], (long)mix[1], (long)mix[2],
                     (long)mix[3]);
        return;
    }

    for ( i = 0; i < w.nr[word]; i++ )
    {
        mix[word] = w.seen[word][i];
        check_mixtures(mix, word + 1);
    }
}

static void on_store(void *arg, const uint64_t *at, uint64_t old)
{
    uint64_t mix[WORDS];
    unsigned int word;

    if ( at < w.ste || at >= w.ste + WORDS )
        return;

    word = at - w.ste;
    w.stores++;
    if ( w.nr[word] == MAX_SEEN )
        abort();
    w.seen[word][w.nr[word]++] = *at;
    check_mixtures(mix, 0);
}

static void on_cmd(void *arg, const uint64_t cmd[2])
{
    if ( (cmd[0] & 0xff) == 0x03 && cmd[0] >> 32 == SID )
        w.forgotten = true;
    else if ( (cmd[0] & 0xff) == 0x46 && w.forgotten )
    {
        w.forgotten = false;
        reset();
    }
}

static struct smmu_ste now(void)
{
    struct smmu_ste ste;

    memcpy(ste.w, w.ste, sizeof(ste.w));

    return ste;
}

/* One change; the number of stores it took. */
static unsigned long change(struct iommu_dev *dev, struct s2_domain *s2)
{
    struct smmu_unit *u = sm_unit(0);
    unsigned long before = w.stores;

    w.old = now();
    w.new = w.old;
    if ( s2->type != S2_BLOCKED )
        w.new = smmu_ste_for(u, s2);
    if ( s2->type == S2_BLOCKED )
        sm_block(dev);
    else
        assert_int_equal(sm_attach(s2, dev), 0);
    if ( w.wrong[0] )
        fail_msg("%s", w.wrong);
    if ( s2->type == S2_BLOCKED )
        assert_true(is_abort(w.ste[0]));
    else
        assert_true(same(w.ste, &w.new));

    return w.stores - before;
}

static void run(bool coherent, bool two_level)
{
    struct smmu_model_cfg cfg = smmu_model_default;
    struct s2_table *one, *two;
    struct s2_domain *to[4];
    struct iommu_dev *dev;
    unsigned int i, j;

    cfg.coherent = coherent;
    cfg.two_level = two_level;
    if ( !two_level )
        cfg.sid_bits = 9;
    sm_up(&cfg, 1);
    dev = sm_dev(0, SID, 0);
    one = sm_table();
    two = sm_table();
    sm_map(one, 1);
    sm_map(two, 1);
    to[0] = &dev->unit->blocked;
    to[1] = &dev->unit->identity;
    to[2] = sm_domain(dev, one);
    to[3] = sm_domain(dev, two);

    memset(&w, 0, sizeof(w));
    assert_int_equal(smmu_strtab_populate(sm_unit(0), SID, SID), 0);
    w.ste = smmu_ste_of(sm_unit(0), SID)->w;
    assert_true(is_abort(w.ste[0]));
    reset();
    smmu_model_on_cmd(sm_model[0], on_cmd, NULL);
    stores_begin(on_store, NULL);
    stores_watch((void *)((unsigned long)w.ste & PAGE_MASK));

    /* From each to each, itself included. */
    for ( i = 0; i < 4; i++ )
        for ( j = 0; j < 4; j++ )
        {
            change(dev, to[i]);
            assert_in_range(change(dev, to[j]), j ? 9 : 1, 16);
        }

    assert_true(stores_end() >= w.stores);
    assert_true(w.resets > 32 && w.mixtures > w.stores);
    smmu_model_on_cmd(sm_model[0], NULL, NULL);

    sm_block(dev);
    sm_domain_free(to[2]);
    sm_domain_free(to[3]);
    sm_table_free(one);
    sm_table_free(two);
    sm_dev_del(dev);
    sm_down();
}

static void test_stores(void **state)
{
    unsigned int v;

    if ( !stores_possible() )
        skip();

    for ( v = 0; v < 4; v++ )
        run(v & 1, v & 2);
}

/*
 * The same from hardware's side: after each store it fetches the entry anew,
 * and DMA goes where it went, where it will go, or nowhere.
 */
static struct {
    uint64_t a, b;
    unsigned long seen[3];
} fetch;

static void on_store_fetch(void *arg, const uint64_t *at, uint64_t old)
{
    uint64_t maddr = 0;
    unsigned int code = smmu_model_dma(sm_model[1], SID, 0x1000, true, &maddr);

    if ( code == SMMU_MODEL_ABORT )
        fetch.seen[0]++;
    else if ( !code && maddr == fetch.a )
        fetch.seen[1]++;
    else if ( !code && maddr == fetch.b )
        fetch.seen[2]++;
    else
        snprintf(w.wrong, sizeof(w.wrong), "event %#x, address %lx", code,
                 (long)maddr);
}

static void test_fetch(void **state)
{
    struct smmu_model_cfg cfg = smmu_model_default;
    struct s2_table *one, *two;
    struct s2_domain *s1, *s2;
    struct iommu_dev *dev;

    if ( !stores_possible() )
        skip();

    /*
     * Model 1 is a second pair of eyes on unit 0's stream table: all that is
     * written to its registers is what unit 0 has, and it caches nothing for
     * longer than one look.
     */
    sm_up(&cfg, 1);
    dev = sm_dev(0, SID, 0);
    one = sm_table();
    two = sm_table();
    fetch.a = sm_map(one, 1);
    fetch.b = sm_map(two, 1);
    s1 = sm_domain(dev, one);
    s2 = sm_domain(dev, two);
    assert_int_equal(sm_attach(s1, dev), 0);

    cfg.base = 0x0a000000;
    cfg.no_cache = true;
    sm_model[1] = smmu_model_create(&cfg);
    smmu_model_write(sm_model[1], 0x80,
                     smmu_model_read(sm_model[0], 0x80, 8), 8);
    smmu_model_write(sm_model[1], 0x88,
                     smmu_model_read(sm_model[0], 0x88, 4), 4);
    smmu_model_write(sm_model[1], 0x20, 0x9, 4);

    memset(&w, 0, sizeof(w));
    stores_begin(on_store_fetch, NULL);
    stores_watch((void *)((unsigned long)smmu_ste_of(sm_unit(0), SID) &
                          PAGE_MASK));
    assert_int_equal(sm_attach(s2, dev), 0);
    stores_end();
    if ( w.wrong[0] )
        fail_msg("%s", w.wrong);
    assert_true(fetch.seen[0] > 5);
    assert_int_equal(fetch.seen[1], 0);
    assert_int_equal(fetch.seen[2], 1);

    smmu_model_destroy(sm_model[1]);
    sm_model[1] = NULL;
    sm_block(dev);
    sm_domain_free(s1);
    sm_domain_free(s2);
    sm_table_free(one);
    sm_table_free(two);
    sm_dev_del(dev);
    sm_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SM_TEST(test_stores),
        SM_TEST(test_fetch),
    };

    return cmocka_run_group_tests(tests, NULL, test_no_leak);
}
