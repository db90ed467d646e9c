/* SPDX-License-Identifier: GPL-2.0-only */
/* DMAR scopes against a PCI topology: paths, sub-hierarchies, ATS, IO-APICs. */

#include "dmar-test.h"

static struct vtd_dmar dmar;

static void add_function(pci_sbdf_t sbdf, uint8_t header, uint8_t secondary,
                         uint8_t subordinate)
{
    uint8_t cfg[64] = {};

    cfg[0x00] = 0x86;
    cfg[0x01] = 0x80;
    cfg[0x0e] = header;
    cfg[0x18] = sbdf.bus;
    cfg[0x19] = secondary;
    cfg[0x1a] = subordinate;
    host_pci_add(sbdf, cfg, sizeof(cfg));
}

#define BRIDGE(b, d, f, sec, sub) \
    add_function(PCI_SBDF(0, b, d, f), 0x81, sec, sub)
#define ENDPOINT(b, d, f) \
    add_function(PCI_SBDF(0, b, d, f), 0x00, 0, 0)

static int setup(void **state)
{
    dmar_setup(state);
    ENDPOINT(0, 2, 0);
    BRIDGE(0, 0x1c, 0, 1, 4);
    BRIDGE(1, 0, 0, 2, 4);
    BRIDGE(2, 3, 0, 3, 3);
    ENDPOINT(3, 0, 0);
    ENDPOINT(3, 0, 1);
    BRIDGE(2, 4, 0, 4, 4);
    ENDPOINT(4, 0, 0);
    BRIDGE(0, 0x1d, 0, 5, 5);

    return 0;
}

static struct vtd_scope scope(uint8_t type, uint8_t bus, unsigned int nr,
                              const uint8_t *path)
{
    struct vtd_scope s = { .type = type, .start_bus = bus, .nr_path = nr };

    memcpy(s.path, path, nr * 2);

    return s;
}

#define SCOPE(type, bus, ...) ({                                        \
    const uint8_t path_[] = { __VA_ARGS__ };                            \
    scope(type, bus, sizeof(path_) / 2, path_); })

static bool matches(struct vtd_scope s, uint8_t bus, uint8_t dev, uint8_t fn)
{
    return vtd_scope_matches(&s, 0, bus, dev << 3 | fn);
}

static void test_endpoint(void **state)
{
    struct vtd_scope s = SCOPE(1, 0, 2, 0);

    assert_true(matches(s, 0, 2, 0));
    assert_false(matches(s, 0, 2, 1));
    assert_false(matches(s, 0, 3, 0));
    assert_false(matches(s, 1, 2, 0));

    /* Through three bridges. */
    s = SCOPE(1, 0, 0x1c, 0, 0, 0, 3, 0, 0, 1);
    assert_true(matches(s, 3, 0, 1));
    assert_false(matches(s, 3, 0, 0));
    assert_false(matches(s, 0, 0, 1));

    /* Not what is below: an endpoint is one function. */
    s = SCOPE(1, 0, 0x1c, 0);
    assert_true(matches(s, 0, 0x1c, 0));
    assert_false(matches(s, 1, 0, 0));

    /* Types that are no PCI devices never match. */
    s = SCOPE(3, 0, 2, 0);
    assert_false(matches(s, 0, 2, 0));
    s = SCOPE(5, 0, 2, 0);
    assert_false(matches(s, 0, 2, 0));
}

static void test_sub_hierarchy(void **state)
{
    struct vtd_scope s = SCOPE(2, 0, 0x1c, 0, 0, 0);
    unsigned int bus;

    assert_true(matches(s, 1, 0, 0));
    assert_false(matches(s, 1, 1, 0));
    assert_false(matches(s, 0, 0x1c, 0));
    for ( bus = 0; bus < 256; bus++ )
        assert_int_equal(matches(s, bus, 9, 1), bus >= 2 && bus <= 4);

    /* A sub-hierarchy that is a function without buses: only itself. */
    s = SCOPE(2, 0, 2, 0);
    assert_true(matches(s, 0, 2, 0));
    assert_false(matches(s, 1, 0, 0));
}

/* Buses are renumbered after the table was parsed. */
static void test_renumbered(void **state)
{
    struct vtd_scope s = SCOPE(1, 0, 0x1d, 0, 0, 0);

    ENDPOINT(9, 0, 0);
    assert_true(matches(s, 5, 0, 0));
    BRIDGE(0, 0x1d, 0, 9, 9);
    assert_false(matches(s, 5, 0, 0));
    assert_true(matches(s, 9, 0, 0));
}

/* Paths through things that are no bridges, or that lead back. */
static void test_lying_bridges(void **state)
{
    static const uint8_t bad[][2] = { { 0, 0 }, { 0, 9 }, { 9, 8 } };
    struct vtd_scope s = SCOPE(1, 0, 2, 0, 1, 0);
    unsigned int i, bus, dev;
    pci_sbdf_t sbdf;

    assert_false(vtd_scope_resolve(&s, 0, &sbdf));
    s = SCOPE(1, 0, 0x17, 0, 1, 0);     /* nothing there: reads all ones */
    assert_false(vtd_scope_resolve(&s, 0, &sbdf));

    /* A circle: 00:1c.0 leads to bus 1, 01:00.0 back to bus 0 or 1. */
    for ( i = 0; i < 2; i++ )
    {
        BRIDGE(1, 0, 0, i, 255);
        s = SCOPE(1, 0, 0x1c, 0, 0, 0, 0x1c, 0, 0, 0, 0x1c, 0);
        assert_false(vtd_scope_resolve(&s, 0, &sbdf));
        s = SCOPE(2, 0, 0x1c, 0, 0, 0);
        assert_true(matches(s, 1, 0, 0));
        for ( bus = 0; bus < 256; bus++ )
            for ( dev = 0; dev < 32; dev++ )
                if ( bus != 1 || dev )
                    assert_false(matches(s, bus, dev, 0));
    }

    for ( i = 0; i < ARRAY_SIZE(bad); i++ )
    {
        BRIDGE(0, 0x1d, 0, bad[i][0], bad[i][1]);
        s = SCOPE(2, 0, 0x1d, 0);
        assert_true(matches(s, 0, 0x1d, 0));
        for ( bus = 0; bus < 256; bus++ )
            assert_false(matches(s, bus, 5, 0));
        s = SCOPE(1, 0, 0x1d, 0, 0, 0);
        assert_false(vtd_scope_resolve(&s, 0, &sbdf));
    }
}

static void parse(const struct dmar_buf *d)
{
    assert_int_equal(vtd_dmar_parse(d->b, d->len, &dmar), 0);
}

static unsigned int unit_of(uint16_t seg, uint8_t bus, uint8_t dev, uint8_t fn)
{
    enum vtd_claim claim;
    struct vtd_drhd *other;
    const struct vtd_drhd *drhd =
        vtd_dmar_find_drhd(&dmar, PCI_SBDF(seg, bus, dev, fn), &claim, &other);

    assert_int_equal(claim, drhd ? VTD_CLAIM_ONE : VTD_CLAIM_NONE);
    assert_null(other);

    return drhd ? drhd->index : 99;
}

static void test_find_drhd(void **state)
{
    struct dmar_buf d;

    dmar_begin(&d, 46, 0);
    dmar_drhd(&d, 0, 0xfed90000, 0, 0);
    dmar_scope(&d, 1, 0, 0, 2, 0);
    dmar_close(&d);
    dmar_drhd(&d, 0, 0xfed91000, 1, 0);
    dmar_close(&d);
    /* Behind the catch-all, and still the better match. */
    dmar_drhd(&d, 0, 0xfed92000, 0, 0);
    dmar_scope(&d, 2, 0, 0, 0x1c, 0);
    dmar_close(&d);
    dmar_drhd(&d, 1, 0xfed93000, 0, 0);
    dmar_scope(&d, 1, 0, 0, 2, 0);
    dmar_close(&d);
    dmar_end(&d);
    parse(&d);

    assert_int_equal(unit_of(0, 0, 2, 0), 0);
    assert_int_equal(unit_of(0, 0, 2, 1), 1);
    assert_int_equal(unit_of(0, 3, 0, 1), 2);
    assert_int_equal(unit_of(0, 0, 0x1c, 0), 2);
    assert_int_equal(unit_of(0, 5, 0, 0), 1);
    assert_int_equal(unit_of(1, 0, 2, 0), 3);
    assert_int_equal(unit_of(1, 0, 3, 0), 99);
    assert_int_equal(unit_of(2, 0, 2, 0), 99);
    vtd_dmar_free(&dmar);
}

static void test_find_numbered(void **state)
{
    struct dmar_buf d;
    pci_sbdf_t sid;
    size_t off;

    dmar_begin(&d, 46, 1);
    dmar_drhd(&d, 3, 0xfed90000, 0, 0);
    dmar_scope(&d, 3, 8, 0xf0, 0x1f, 7);
    dmar_scope(&d, 4, 0, 0xf0, 0x0f, 1);
    dmar_close(&d);
    dmar_drhd(&d, 0, 0xfed91000, 1, 0);
    dmar_scope(&d, 3, 9, 0, 0x1e, 2);
    off = dmar_scope(&d, 5, 8, 0, 0x1d, 0);
    dmar_hop(&d, off, 1, 1);
    off = dmar_scope(&d, 3, 10, 0, 2, 0);
    dmar_hop(&d, off, 0, 0);
    dmar_close(&d);
    dmar_end(&d);
    parse(&d);

    assert_ptr_equal(vtd_dmar_find_ioapic(&dmar, 8, &sid), &dmar.drhd[0]);
    assert_int_equal(sid.sbdf, PCI_SBDF(3, 0xf0, 0x1f, 7).sbdf);
    assert_ptr_equal(vtd_dmar_find_ioapic(&dmar, 9, &sid), &dmar.drhd[1]);
    assert_int_equal(sid.sbdf, PCI_SBDF(0, 0, 0x1e, 2).sbdf);
    assert_null(vtd_dmar_find_ioapic(&dmar, 0, &sid));
    assert_null(vtd_dmar_find_ioapic(&dmar, 10, &sid));
    assert_ptr_equal(vtd_dmar_find_hpet(&dmar, 0, &sid), &dmar.drhd[0]);
    assert_int_equal(sid.sbdf, PCI_SBDF(3, 0xf0, 0x0f, 1).sbdf);
    assert_null(vtd_dmar_find_hpet(&dmar, 8, &sid));
    assert_ptr_equal(vtd_dmar_find_namespace(&dmar, 8, &sid), &dmar.drhd[1]);
    assert_int_equal(sid.sbdf, PCI_SBDF(0, 5, 1, 1).sbdf);
    vtd_dmar_free(&dmar);
}

static void test_ats(void **state)
{
    struct dmar_buf d;
    uint32_t node;

    dmar_begin(&d, 46, 0);
    dmar_drhd(&d, 0, 0xfed90000, 1, 0);
    dmar_close(&d);
    dmar_flagged(&d, 2, 0, 0);
    dmar_scope(&d, 2, 0, 0, 0x1c, 0);
    dmar_close(&d);
    dmar_flagged(&d, 2, 1, 7);
    dmar_close(&d);
    dmar_flagged(&d, 5, 1, 0);
    dmar_scope(&d, 1, 0, 0, 2, 0);
    dmar_close(&d);
    dmar_flagged(&d, 5, 0, 0);
    dmar_scope(&d, 1, 0, 0, 3, 0);
    dmar_close(&d);
    dmar_open(&d, 3);
    put(&d, 0, 4);
    put(&d, 0xfed90000, 8);
    put(&d, 5, 4);
    dmar_close(&d);
    dmar_end(&d);
    parse(&d);

    assert_true(vtd_dmar_atsr_allows(&dmar, PCI_SBDF(0, 0, 0x1c, 0)));
    assert_true(vtd_dmar_atsr_allows(&dmar, PCI_SBDF(0, 3, 0, 1)));
    assert_false(vtd_dmar_atsr_allows(&dmar, PCI_SBDF(0, 5, 0, 0)));
    assert_true(vtd_dmar_atsr_allows(&dmar, PCI_SBDF(7, 5, 0, 0)));
    assert_true(vtd_dmar_atsr_allows(&dmar, PCI_SBDF(0, 0, 2, 0)));
    assert_true(vtd_dmar_atsr_allows(&dmar, PCI_SBDF(0, 0, 3, 0)));
    assert_false(vtd_dmar_atsr_allows(&dmar, PCI_SBDF(0, 0, 4, 0)));
    assert_true(vtd_dmar_atc_required(&dmar, PCI_SBDF(0, 0, 2, 0)));
    assert_false(vtd_dmar_atc_required(&dmar, PCI_SBDF(0, 0, 3, 0)));
    assert_false(vtd_dmar_atc_required(&dmar, PCI_SBDF(1, 0, 2, 0)));

    assert_true(vtd_dmar_proximity(&dmar, 0xfed90000, &node));
    assert_int_equal(node, 5);
    assert_false(vtd_dmar_proximity(&dmar, 0xfed91000, &node));
    vtd_dmar_free(&dmar);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, dmar_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_endpoint),
        TEST(test_sub_hierarchy),
        TEST(test_renumbered),
        TEST(test_lying_bridges),
        TEST(test_find_drhd),
        TEST(test_find_numbered),
        TEST(test_ats),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
