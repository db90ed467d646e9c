/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Units that contradict each other or cannot be read: which are lost, and whose
 * a device is then.
 */

#include "dmar-test.h"

static struct vtd_dmar dmar;

#define NO_UNIT 99

/* Whose 0:0:@dev.0 is, and how sure that is. */
static enum vtd_claim claim_of(unsigned int dev, unsigned int *index)
{
    enum vtd_claim claim;
    struct vtd_drhd *other;
    const struct vtd_drhd *drhd =
        vtd_dmar_find_drhd(&dmar, PCI_SBDF(0, 0, dev, 0), &claim, &other);

    *index = !drhd ? NO_UNIT : drhd->index;
    assert_int_equal(claim == VTD_CLAIM_TWO, other != NULL);

    return claim;
}

static void expect_claim(unsigned int dev, enum vtd_claim claim,
                         unsigned int index)
{
    unsigned int found;

    if ( claim_of(dev, &found) != claim || found != index )
        fail_msg("device %x: claim %u of unit %u", dev, claim_of(dev, &found),
                 found);
}

/* Says @why, in @lines lines; stays parsed. */
static void parse(struct dmar_buf *d, const char *why, unsigned int lines)
{
    dmar_end(d);
    dmar_expect(d, &dmar, 0, why);
    if ( host_log_lines(XENLOG_WARNING) != lines )
        fail_msg("%u lines, not %u:\n%s", host_log_lines(XENLOG_WARNING), lines,
                 host_log_text());
    assert_int_equal(vtd_dmar_parse(d->b, d->len, &dmar), 0);
}

/* A unit for 00:01.0 at @a, and one for the rest at @b; 2^size pages each. */
static void pair_of_units(struct dmar_buf *d, uint64_t a, uint8_t size_a,
                          uint64_t b, uint8_t size_b)
{
    dmar_begin(d, 46, 0);
    dmar_drhd(d, 0, a, 0, size_a);
    dmar_scope(d, 1, 0, 0, 1, 0);
    dmar_close(d);
    dmar_drhd(d, 0, b, 1, size_b);
    dmar_close(d);
}

static void test_registers(void **state)
{
    static const struct {
        uint64_t a, b;
        uint8_t size_a, size_b;
        unsigned int lost;              /* bit 0 the first, bit 1 the second */
        const char *why;
    } bad[] = {
        { 0xfed90000, 0xfed91000, 1, 0, 1, "overlap" },
        { 0xfed91000, 0xfed90000, 0, 1, 2, "overlap" },
        { 0xfed90000, 0xfed91000, 15, 0, 1, "overlap" },
        { 0, 0xfed91000, 0, 0, 1, "VT-d off or is broken" },
        { 0xfed90800, 0xfed91000, 0, 0, 1, "not at a page" },
        { 0xfed90000, 0xfed91001, 0, 0, 2, "not at a page" },
        { ~0xfffULL, 0xfed91000, 1, 0, 1, "beyond the address width" },
        { ~0xfffULL, 0xfed91000, 0, 0, 1, "beyond the address width" },
        { 1ULL << 46, 0xfed91000, 0, 0, 1, "beyond the address width" },
        { (1ULL << 46) - 0x1000, 0xfed91000, 1, 0, 1, "beyond the address width" },
    };
    struct dmar_buf d;
    unsigned int i, n;

    for ( i = 0; i < ARRAY_SIZE(bad); i++ )
    {
        pair_of_units(&d, bad[i].a, bad[i].size_a, bad[i].b, bad[i].size_b);
        parse(&d, bad[i].why, 1);
        assert_int_equal(dmar.nr_drhd, 2);
        for ( n = 0; n < 2; n++ )
            assert_int_equal(dmar.drhd[n].lost, bad[i].lost >> n & 1);
        /* Behind a lost unit is not behind the other. */
        expect_claim(1, VTD_CLAIM_ONE, 0);
        expect_claim(2, VTD_CLAIM_ONE, 1);
        vtd_dmar_free(&dmar);
    }

    pair_of_units(&d, 0xfed90000, 1, 0xfed92000, 1);
    parse(&d, NULL, 0);
    vtd_dmar_free(&dmar);

    pair_of_units(&d, (1ULL << 46) - 0x1000, 0, 0xfed92000, 1);
    parse(&d, NULL, 0);
    vtd_dmar_free(&dmar);

    /* Nothing is left. */
    pair_of_units(&d, 0xfed90800, 0, 0xfed91800, 0);
    dmar_end(&d);
    dmar_expect(&d, &dmar, -EINVAL, "no usable remapping unit");
}

/* The unit that has nearly everything is not there: VT-d is off. */
static void test_all_at_zero(void **state)
{
    struct dmar_buf d;

    pair_of_units(&d, 0xfed90000, 0, 0, 0);
    dmar_end(&d);
    dmar_expect(&d, &dmar, -EINVAL,
                "of TESTS/TESTS: not used: a unit is at address 0: firmware has VT-d off or is broken");

    dmar_begin(&d, 39, 0);
    dmar_drhd(&d, 0, 0, 0, 0);
    dmar_scope(&d, 1, 0, 0, 2, 0);
    dmar_close(&d);
    dmar_end(&d);
    dmar_expect(&d, &dmar, -EINVAL, "firmware has VT-d off or is broken");
}

/* Two structures for one register set: of the devices nothing is certain. */
static void test_same_registers(void **state)
{
    struct dmar_buf d;

    pair_of_units(&d, 0xfed90000, 0, 0xfed90000, 0);
    parse(&d, "are unit 0's already", 1);
    assert_int_equal(dmar.nr_drhd, 1);
    assert_true(dmar.drhd[0].include_pci_all);
    assert_int_equal(dmar.drhd[0].scopes.nr, 1);
    expect_claim(1, VTD_CLAIM_DOUBTFUL, 0);
    expect_claim(2, VTD_CLAIM_DOUBTFUL, 0);
    vtd_dmar_free(&dmar);

    /* A third unit has nothing to do with it. */
    dmar_begin(&d, 46, 0);
    dmar_drhd(&d, 0, 0xfed90000, 0, 0);
    dmar_scope(&d, 1, 0, 0, 1, 0);
    dmar_close(&d);
    dmar_drhd(&d, 0, 0xfed91000, 0, 0);
    dmar_scope(&d, 1, 0, 0, 2, 0);
    dmar_close(&d);
    dmar_drhd(&d, 0, 0xfed90000, 0, 0);
    dmar_scope(&d, 1, 0, 0, 3, 0);
    dmar_close(&d);
    dmar_drhd(&d, 0, 0xfed92000, 1, 0);
    dmar_close(&d);
    parse(&d, "are unit 0's already", 1);
    assert_int_equal(dmar.nr_drhd, 3);
    assert_int_equal(dmar.drhd[2].index, 2);
    expect_claim(1, VTD_CLAIM_DOUBTFUL, 0);
    expect_claim(2, VTD_CLAIM_ONE, 1);
    expect_claim(3, VTD_CLAIM_DOUBTFUL, 0);
    expect_claim(4, VTD_CLAIM_ONE, 2);
    vtd_dmar_free(&dmar);

    /* A unit has one segment: with two, neither can be it. */
    dmar_begin(&d, 46, 0);
    dmar_drhd(&d, 0, 0xfed90000, 1, 0);
    dmar_close(&d);
    dmar_drhd(&d, 1, 0xfed90000, 1, 0);
    dmar_close(&d);
    dmar_drhd(&d, 2, 0xfed91000, 1, 0);
    dmar_close(&d);
    parse(&d, "overlap", 2);
    assert_true(dmar.drhd[0].lost && dmar.drhd[1].lost && !dmar.drhd[2].lost);
    vtd_dmar_free(&dmar);
}

/* INCLUDE_PCI_ALL: one a segment, the last of it. */
static void test_include_all(void **state)
{
    struct dmar_buf d;

    dmar_begin(&d, 46, 0);
    dmar_drhd(&d, 4, 0xfed90000, 1, 0);
    dmar_close(&d);
    dmar_drhd(&d, 0, 0xfed91000, 1, 0);
    dmar_scope(&d, 1, 0, 0, 1, 0);
    dmar_close(&d);
    parse(&d, NULL, 0);
    expect_claim(1, VTD_CLAIM_ONE, 1);
    expect_claim(2, VTD_CLAIM_ONE, 1);
    vtd_dmar_free(&dmar);

    /* Its own devices are certain, and what neither names is the first's. */
    put_at(&d, 48 + 6, 0, 2);
    parse(&d, "second INCLUDE_PCI_ALL unit on segment 0000", 1);
    assert_false(dmar.drhd[1].include_pci_all || dmar.drhd[1].lost);
    expect_claim(1, VTD_CLAIM_ONE, 1);
    expect_claim(2, VTD_CLAIM_DOUBTFUL, 0);
    vtd_dmar_free(&dmar);

    put_at(&d, 48 + 16 + 4, 0, 1);
    parse(&d, "behind the INCLUDE_PCI_ALL one", 1);
    expect_claim(2, VTD_CLAIM_ONE, 0);
    vtd_dmar_free(&dmar);
}

/*
 * A unit that cannot be read may have what only INCLUDE_PCI_ALL covers: such
 * devices are no guest's.  @bytes of a DRHD for 00:01.0, with @length in it.
 */
static void unreadable(unsigned int bytes, uint16_t length, bool last,
                       const char *why)
{
    struct dmar_buf d;
    size_t start;

    dmar_begin(&d, 46, 0);
    if ( last )
    {
        dmar_drhd(&d, 0, 0xfed92000, 1, 0);
        dmar_close(&d);
    }
    dmar_drhd(&d, 0, 0xfed91000, 0, 0);
    dmar_scope(&d, 1, 0, 0, 5, 0);
    dmar_close(&d);
    start = d.len;
    dmar_drhd(&d, 0, 0xfed90000, 0, 0);
    dmar_scope(&d, 1, 0, 0, 1, 0);
    d.len = start + bytes;
    put_at(&d, start + 2, length, 2);
    if ( !last )
    {
        dmar_drhd(&d, 0, 0xfed92000, 1, 0);
        dmar_close(&d);
    }
    dmar_end(&d);
    dmar_expect(&d, &dmar, 0, why);
    assert_true(host_log_contains("not all could be read"));
    assert_int_equal(vtd_dmar_parse(d.b, d.len, &dmar), 0);
    expect_claim(5, VTD_CLAIM_ONE, last);
    expect_claim(2, VTD_CLAIM_DOUBTFUL, last ? 0 : dmar.nr_drhd - 1);
    vtd_dmar_free(&dmar);
}

static void test_unreadable(void **state)
{
    unreadable(8, 8, false, "DRHD of 8 bytes is too short");
    unreadable(15, 15, false, "DRHD of 15 bytes is too short");
    unreadable(20, 20, false, "scope does not fit");
    unreadable(22, 22, false, "scope does not fit");
    unreadable(24, 300, true, "structure does not fit into the table");
    unreadable(24, 0, true, "structure does not fit into the table");
    unreadable(3, 0, true, "structure does not fit into the table");
}

/* Behind the regions no unit is to be expected. */
static void test_cut_behind_units(void **state)
{
    struct dmar_buf d;

    dmar_begin(&d, 46, 0);
    dmar_drhd(&d, 0, 0xfed92000, 1, 0);
    dmar_close(&d);
    dmar_rmrr(&d, 0, 0x5000, 0x5fff);
    dmar_scope(&d, 1, 0, 0, 3, 0);
    dmar_close(&d);
    put(&d, 1, 3);
    parse(&d, "structure does not fit into the table", 1);
    assert_int_equal(dmar.nr_rmrr, 1);
    expect_claim(2, VTD_CLAIM_ONE, 0);
    vtd_dmar_free(&dmar);
}

/* An impossible path in a unit: the device it meant may be any. */
static void test_partial(void **state)
{
    static const uint8_t paths[] = { 6, 7, 9 };
    struct dmar_buf d;
    unsigned int i;

    for ( i = 0; i <= ARRAY_SIZE(paths); i++ )
    {
        dmar_begin(&d, 46, 0);
        dmar_drhd(&d, 0, 0xfed90000, 0, 0);
        dmar_scope(&d, 1, 0, 0, 1, 0);
        dmar_scope(&d, 2, 0, 0, 0x1f, 8);
        if ( i < ARRAY_SIZE(paths) )
        {
            d.b[d.len - 7] = paths[i];
            d.len += paths[i] - 8;
        }
        dmar_close(&d);
        dmar_drhd(&d, 0, 0xfed91000, 1, 0);
        dmar_close(&d);
        parse(&d, "not all could be read", 2);
        expect_claim(1, VTD_CLAIM_ONE, 0);
        expect_claim(2, VTD_CLAIM_DOUBTFUL, 1);
        vtd_dmar_free(&dmar);
    }

    /* Of another segment, or an IO-APIC's: no device of this one. */
    dmar_begin(&d, 46, 0);
    dmar_drhd(&d, 1, 0xfed90000, 0, 0);
    dmar_scope(&d, 1, 0, 0, 0x20, 0);
    dmar_scope(&d, 1, 0, 0, 1, 0);
    dmar_close(&d);
    dmar_drhd(&d, 0, 0xfed91000, 1, 0);
    dmar_scope(&d, 3, 0, 0, 0x20, 0);
    dmar_close(&d);
    parse(&d, "impossible path", 2);
    expect_claim(2, VTD_CLAIM_ONE, 1);
    vtd_dmar_free(&dmar);
}

/* A unit for scope (type, id, path) beside one for another. */
static void claims(struct dmar_buf *d, uint16_t seg, uint8_t type, uint8_t id,
                   uint8_t dev, uint16_t seg2, uint8_t type2, uint8_t id2,
                   uint8_t dev2)
{
    dmar_begin(d, 46, 0);
    dmar_drhd(d, seg, 0xfed90000, 0, 0);
    dmar_scope(d, type, id, 0, dev, 0);
    dmar_close(d);
    dmar_drhd(d, seg2, 0xfed91000, 0, 0);
    dmar_scope(d, 3, 200, 0, 0, 0);
    dmar_scope(d, type2, id2, 0, dev2, 0);
    dmar_close(d);
}

/* Nobody knows who is right: both units go on, and neither lets it through. */
static void test_claimed_twice(void **state)
{
    static const char why[] = "belongs to unit 0 already";
    struct dmar_buf d;
    pci_sbdf_t sid;

    claims(&d, 0, 1, 0, 5, 0, 1, 0, 5);
    parse(&d, why, 1);
    expect_claim(5, VTD_CLAIM_TWO, 0);
    assert_false(dmar.drhd[0].lost || dmar.drhd[1].lost);
    vtd_dmar_free(&dmar);
    claims(&d, 0, 1, 0, 5, 0, 2, 0, 5);
    parse(&d, why, 1);
    expect_claim(5, VTD_CLAIM_TWO, 0);
    vtd_dmar_free(&dmar);
    claims(&d, 0, 1, 9, 5, 0, 1, 3, 5);
    parse(&d, why, 1);
    expect_claim(5, VTD_CLAIM_TWO, 0);
    vtd_dmar_free(&dmar);

    /* Interrupt sources are Xen's alone: the first is believed. */
    claims(&d, 0, 3, 9, 5, 1, 3, 9, 6);
    parse(&d, why, 1);
    assert_ptr_equal(vtd_dmar_find_ioapic(&dmar, 9, &sid), &dmar.drhd[0]);
    vtd_dmar_free(&dmar);
    claims(&d, 0, 4, 1, 5, 0, 4, 1, 5);
    parse(&d, why, 1);
    assert_ptr_equal(vtd_dmar_find_hpet(&dmar, 1, &sid), &dmar.drhd[0]);
    vtd_dmar_free(&dmar);
}

static void test_claimed_once(void **state)
{
    struct dmar_buf d;

    /* Another start bus, or a longer path, is another device. */
    claims(&d, 0, 1, 0, 5, 0, 1, 0, 5);
    d.b[48 + 16 + 5] = 1;
    parse(&d, NULL, 0);
    vtd_dmar_free(&dmar);
    claims(&d, 0, 1, 0, 5, 0, 1, 0, 5);
    dmar_hop(&d, d.len - 8, 0, 0);
    dmar_close(&d);
    parse(&d, NULL, 0);
    vtd_dmar_free(&dmar);

    claims(&d, 0, 1, 0, 5, 1, 1, 0, 5);
    parse(&d, NULL, 0);
    expect_claim(5, VTD_CLAIM_ONE, 0);
    vtd_dmar_free(&dmar);
    claims(&d, 0, 1, 0, 5, 0, 1, 0, 6);
    parse(&d, NULL, 0);
    expect_claim(6, VTD_CLAIM_ONE, 1);
    vtd_dmar_free(&dmar);
    claims(&d, 0, 3, 9, 5, 0, 4, 9, 5);
    parse(&d, NULL, 0);
    vtd_dmar_free(&dmar);
    claims(&d, 0, 3, 9, 5, 0, 1, 9, 5);
    parse(&d, NULL, 0);
    vtd_dmar_free(&dmar);

    /* Twice in one unit is once. */
    dmar_begin(&d, 46, 0);
    dmar_drhd(&d, 0, 0xfed90000, 0, 0);
    dmar_scope(&d, 1, 0, 0, 5, 0);
    dmar_scope(&d, 1, 0, 0, 5, 0);
    dmar_close(&d);
    parse(&d, NULL, 0);
    expect_claim(5, VTD_CLAIM_ONE, 0);
    vtd_dmar_free(&dmar);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DMAR_TEST(test_registers),
        DMAR_TEST(test_all_at_zero),
        DMAR_TEST(test_same_registers),
        DMAR_TEST(test_include_all),
        DMAR_TEST(test_unreadable),
        DMAR_TEST(test_cut_behind_units),
        DMAR_TEST(test_partial),
        DMAR_TEST(test_claimed_twice),
        DMAR_TEST(test_claimed_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
