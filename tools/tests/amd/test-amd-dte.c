/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What hardware can see of a device table entry while it changes.
 *
 * It reads an entry as two halves of 128 bits, DMA by the first and interrupts
 * by the second, at any time since it was last told to forget it.  So after each
 * single instruction that stores, the first half must be the old one, the new
 * one, or blocked; and V must never be clear, which would pass everything.
 */
#include "amd-fixture.h"
#include "models/amd-regs.h"
#include "pt-stores.h"

#define DEVID    0x0018

static struct {
    const uint64_t *dte;                /* in the table */
    uint64_t last[4];                   /* as it was after the last store */
    uint64_t old[2], new[2];            /* new[0] 0: blocked */
    unsigned long stores;
    unsigned int forgotten;             /* INVALIDATE_DEVTAB_ENTRY */
    char wrong[200];
} w;

/* V set, and neither a table nor rights. */
static bool is_blocked(uint64_t w0)
{
    return (w0 & DTE_V) && (!(w0 & DTE_TV) ||
                            (!DTE_MODE(w0) && !(w0 & (PTE_IR | PTE_IW))));
}

static bool same(const uint64_t half[2])
{
    return w.dte[0] == half[0] && w.dte[1] == half[1];
}

static void on_store(void *arg, const uint64_t *at, uint64_t old)
{
    if ( at < w.dte || at >= w.dte + 4 || !memcmp(w.last, w.dte, 32) )
        return;

    memcpy(w.last, w.dte, 32);
    w.stores++;
    if ( is_blocked(w.dte[0]) || same(w.old) || (w.new[0] && same(w.new)) ||
         w.wrong[0] )
        return;
    snprintf(w.wrong, sizeof(w.wrong),
             "store %lu: %016lx %016lx is neither old nor new", w.stores,
             (long)w.dte[0], (long)w.dte[1]);
}

static void on_cmd(void *arg, const uint64_t cmd[2])
{
    if ( cmd[0] >> 60 == CMD_INV_DEVTAB && BITS(cmd[0], 15, 0) == DEVID )
        w.forgotten++;
}

/* The entry of @devid in the table that the unit was given. */
static const uint64_t *entry(uint16_t devid)
{
    uint64_t base = amd_model_read(am_model[0], R_DEVTAB, 8) & BASE_MASK;

    assert_int_equal(amd_model_read(am_model[0], R_CONTROL, 8) & MASK(36, 34),
                     0);

    return (const uint64_t *)maddr_to_virt(base) + devid * 4;
}

/* One change.  @s2 NULL: block() itself. */
static void change(struct iommu_dev *dev, struct s2_domain *s2,
                   const uint64_t new[2])
{
    unsigned int forgotten = w.forgotten;
    uint64_t before[4];

    memcpy(before, w.dte, 32);
    memcpy(w.old, w.dte, 16);
    memcpy(w.new, new, 16);
    if ( s2 )
        assert_int_equal(together_move(dev, s2), 0);
    else
        together_move(dev, NULL);
    if ( w.wrong[0] )
        fail_msg("%s", w.wrong);
    if ( new[0] )
        assert_true(same(new));
    else
        assert_true(is_blocked(w.dte[0]));
    if ( memcmp(before, w.dte, 32) )
        assert_true(w.forgotten > forgotten);
    /* The second half is not DMA's. */
    assert_memory_equal(before + 2, w.dte + 2, 16);
}

static void test_stores(void **state)
{
    uint64_t want[4][2] = { { 0 } };
    struct s2_table *one, *two;
    struct s2_domain *to[4] = { NULL };
    struct iommu_dev *dev;
    unsigned int i, j;

    if ( !stores_possible() )
        skip();

    am_machine_up(&amd_model_default, 1);
    dev = am_dev(0, DEVID >> 3, 0);
    one = am_table(dev);
    two = am_table(dev);
    am_map_page(one, 1);
    am_map_page(two, 1);
    to[1] = amd_dev_ops.domain_alloc(dev, S2_IDENTITY, NULL);
    to[2] = am_domain(dev, one);
    to[3] = am_domain(dev, two);

    memset(&w, 0, sizeof(w));
    w.dte = entry(DEVID);
    assert_true(is_blocked(w.dte[0]));
    /* What each is like when nobody looks; two identical are the same. */
    for ( i = 1; i < 4; i++ )
    {
        assert_int_equal(together_move(dev, to[i]), 0);
        memcpy(want[i], w.dte, 16);
        assert_true(want[i][0] & DTE_TV);
    }
    assert_int_not_equal(want[2][0], want[3][0]);
    assert_int_not_equal(DTE_DOMAIN(want[2][1]), DTE_DOMAIN(want[3][1]));

    memcpy(w.last, w.dte, 32);
    amd_model_on_cmd(am_model[0], on_cmd, NULL);
    stores_begin(on_store, NULL);
    stores_watch((void *)((unsigned long)w.dte & PAGE_MASK));

    /* From each to each, itself included. */
    for ( i = 0; i < 4; i++ )
        for ( j = 0; j < 4; j++ )
        {
            change(dev, to[i], want[i]);
            change(dev, to[j], want[j]);
        }

    assert_true(stores_end() >= w.stores);
    assert_true(w.stores > 20);
    amd_model_on_cmd(am_model[0], NULL, NULL);

    together_move(dev, NULL);
    s2_domain_free(to[2]);
    s2_domain_free(to[3]);
    am_table_free(one);
    am_table_free(two);
    am_dev_del(dev);
    am_machine_down();
}

/* Whatever the unit does not answer, the entry is blocked or what it was. */
static void test_failed_attach(void **state)
{
    struct s2_table *t;
    struct s2_domain *s2;
    struct iommu_dev *dev;

    am_machine_up(&amd_model_default, 1);
    dev = am_dev(0, DEVID >> 3, 0);
    t = am_table(dev);
    am_map_page(t, 1);
    s2 = am_domain(dev, t);
    w.dte = entry(DEVID);
    amd_model_die(am_model[0], false);
    assert_int_equal(together_move(dev, s2), -EIO);
    assert_true(is_blocked(w.dte[0]));
    amd_model_revive(am_model[0]);
    s2_domain_free(s2);
    am_dev_del(dev);
    am_table_free(t);
    am_machine_down();
}

/* No entry passes, from the moment on that the unit is enabled. */
static void on_enable(void *arg)
{
    unsigned int i;

    if ( !(amd_model_read(am_model[0], R_CONTROL, 8) & C_IOMMU_EN) )
        return;

    for ( i = 0; i < 0x10000; i += 0x101 )
        if ( !amd_model_translate(am_model[0], i, 0x1000, true, NULL) )
            snprintf(w.wrong, sizeof(w.wrong), "%#x passes", i);
    w.stores++;
}

static void test_first_moment(void **state)
{
    memset(&w, 0, sizeof(w));
    am_machine(&amd_model_default, 1);
    host_on_mmio_write(on_enable, NULL);
    am_machine_bring_up();
    host_on_mmio_write(NULL, NULL);
    if ( w.wrong[0] )
        fail_msg("%s", w.wrong);
    assert_true(w.stores);
    am_machine_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stores),
        cmocka_unit_test(test_failed_attach),
        cmocka_unit_test(test_first_moment),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
