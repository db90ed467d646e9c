/* SPDX-License-Identifier: GPL-2.0-only */
/* The DMAR parser on good tables: recorded, built by iasl, built here. */

#include "dmar-test.h"

static struct vtd_dmar dmar;

/* Every table that a machine really had. */
static void test_recorded(void **state)
{
    unsigned int nr = dmar_each_file("recorded-", NULL);

    assert_int_equal(nr, 22);
}

static void check_recorded_000(void)
{
    const struct vtd_scopes *s = &dmar.drhd[0].scopes;

    assert_int_equal(dmar.width, 48);
    assert_true(dmar.intr_remap);
    assert_false(dmar.x2apic_opt_out);
    assert_int_equal(dmar.nr_drhd, 1);
    assert_int_equal(dmar.drhd[0].base, 0xfed90000);
    assert_int_equal(dmar.drhd[0].size, 4096);
    assert_false(dmar.drhd[0].include_pci_all);
    assert_int_equal(s->nr, 25);
    assert_int_equal(s->scope[0].type, DMAR_SCOPE_IOAPIC);
    assert_int_equal(s->scope[0].enum_id, 0);
    assert_int_equal(s->scope[0].start_bus, 0xff);
    assert_int_equal(s->scope[24].path[0].dev, 0x1f);
    assert_int_equal(s->scope[24].path[0].fn, 3);
}

static void test_recorded_content(void **state)
{
    uint8_t table[4096];
    size_t len = dmar_load("recorded-000.bin", table, sizeof(table));

    assert_int_equal(vtd_dmar_parse(table, len, &dmar), 0);
    check_recorded_000();
    vtd_dmar_free(&dmar);

    /* Bytes behind the table are none of its business. */
    memset(table + len, 0xff, 64);
    assert_int_equal(vtd_dmar_parse(table, len + 64, &dmar), 0);
    check_recorded_000();
    vtd_dmar_free(&dmar);
    assert_int_equal(dmar.nr_drhd, 0);
    vtd_dmar_free(&dmar);
}

/* What iasl makes of data/dmar/all.asl, which has one of everything it knows. */
static void test_iasl(void **state)
{
    uint8_t table[4096];
    size_t len = dmar_load("all.aml", table, sizeof(table));

    if ( !len )
        skip();

    assert_int_equal(vtd_dmar_parse(table, len, &dmar), 0);
    assert_int_equal(dmar.width, 46);
    assert_true(dmar.intr_remap && dmar.x2apic_opt_out);
    assert_false(dmar.dma_ctrl_opt_in);

    assert_int_equal(dmar.nr_drhd, 3);
    assert_int_equal(dmar.drhd[0].base, 0xfbffc000);
    assert_int_equal(dmar.drhd[0].segment, 0);
    assert_int_equal(dmar.drhd[0].scopes.nr, 2);
    assert_int_equal(dmar.drhd[0].scopes.scope[1].nr_path, 2);
    assert_int_equal(dmar.drhd[1].segment, 1);
    assert_true(dmar.drhd[1].include_pci_all);
    assert_true(dmar.drhd[2].include_pci_all);
    assert_int_equal(dmar.drhd[2].index, 2);
    assert_int_equal(dmar.drhd[2].scopes.nr, 3);

    assert_int_equal(dmar.nr_rmrr, 1);
    assert_int_equal(dmar.rmrr[0].base, 0x7a000000);
    assert_int_equal(dmar.rmrr[0].limit, 0x7a01ffff);
    assert_int_equal(dmar.rmrr[0].scopes.nr, 2);

    assert_int_equal(dmar.nr_atsr, 1);
    assert_int_equal(dmar.atsr[0].scopes.nr, 1);
    assert_false(dmar.atsr[0].all_ports);

    assert_int_equal(dmar.nr_rhsa, 1);
    assert_int_equal(dmar.rhsa[0].proximity, 3);

    assert_int_equal(dmar.nr_andd, 1);
    assert_int_equal(dmar.andd[0].number, 1);
    assert_string_equal(dmar.andd[0].name, "\\_SB.PCI0.I2C0");

    vtd_dmar_free(&dmar);
}

/* The newer structures, flags and sizes. */
static void test_built(void **state)
{
    struct dmar_buf d;
    size_t off;

    dmar_begin(&d, 39, 6);
    dmar_drhd(&d, 0, 0xfed90000, 0, 1);
    off = dmar_scope(&d, 2, 0, 0, 0x1c, 0);
    dmar_hop(&d, off, 0, 0);
    dmar_scope(&d, 0x77, 0, 0, 0, 0);
    dmar_scope(&d, 5, 7, 0xf0, 0x1f, 0);
    dmar_close(&d);
    dmar_drhd(&d, 0, 0xfed92000, 1, 0);
    dmar_close(&d);
    dmar_flagged(&d, 5, 1, 2);
    dmar_scope(&d, 1, 0, 0x6a, 1, 0);
    dmar_close(&d);
    dmar_open(&d, 6);
    put(&d, 0, 2);
    put(&d, 3, 2);
    dmar_scope(&d, 1, 0, 0x6a, 2, 0);
    dmar_close(&d);
    dmar_flagged(&d, 2, 1, 0);
    dmar_close(&d);
    dmar_open(&d, 200);
    put(&d, 0x1234, 5);
    dmar_close(&d);
    dmar_end(&d);

    dmar_expect(&d, &dmar, 0, "unknown type 200 ignored");
    dmar_expect(&d, &dmar, 0, "unknown type 119 ignored");
    assert_int_equal(vtd_dmar_parse(d.b, d.len, &dmar), 0);
    assert_false(dmar.intr_remap);
    assert_true(dmar.x2apic_opt_out && dmar.dma_ctrl_opt_in);
    assert_int_equal(dmar.drhd[0].size, 0x2000);
    assert_int_equal(dmar.drhd[0].scopes.nr, 2);
    assert_int_equal(dmar.drhd[0].scopes.scope[0].nr_path, 2);
    assert_int_equal(dmar.drhd[0].scopes.scope[1].type, DMAR_SCOPE_NAMESPACE);
    assert_int_equal(dmar.nr_satc, 1);
    assert_true(dmar.satc[0].atc_required);
    assert_int_equal(dmar.satc[0].segment, 2);
    assert_int_equal(dmar.nr_sidp, 1);
    assert_int_equal(dmar.sidp[0].segment, 3);
    assert_int_equal(dmar.sidp[0].scopes.nr, 1);
    assert_true(dmar.atsr[0].all_ports);
    vtd_dmar_free(&dmar);
}

/* Reserved regions: those without memory are left out, others are rounded. */
static void test_odd_rmrr(void **state)
{
    static const struct {
        uint64_t base, limit;
        uint64_t first, last;       /* 0: left out */
        const char *why;
    } odd[] = {
        { 0, 0, 0, 0, "ignored: it is empty" },
        { 0x2000, 0x1fff, 0, 0, "ignored: it is empty" },
        { 0x2000, 0x0fff, 0, 0, "ignored: it is empty" },
        { 0x2000, 0x2000, 0, 0, "ignored: it is empty" },
        { 0xffffffffff000, 0xfffffffffffff, 0, 0, "beyond the address width" },
        { 0x7ffffff000, 0x8000000000, 0, 0, "beyond the address width" },
        { 0, ~0ULL, 0, 0, "beyond the address width" },
        { 0, 0x7fffffffff, 0, 0, "larger than any" },
        { 0x2001, 0x2fff, 0x2000, 0x2fff, "is not whole pages: taken as" },
        { 0x2000, 0x2ffe, 0x2000, 0x2fff, "is not whole pages: taken as" },
        { 0x2000, 0x3000, 0x2000, 0x3fff, "is not whole pages: taken as" },
        { 0x2fff, 0x3001, 0x2000, 0x3fff, "is not whole pages: taken as" },
        { 0, 0xfff, 0, 0xfff, NULL },
    };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(odd); i++ )
    {
        unsigned int left_out = !odd[i].last;
        struct dmar_buf d;

        dmar_begin(&d, 39, 0);
        dmar_drhd(&d, 0, 0xfed90000, 1, 0);
        dmar_close(&d);
        dmar_rmrr(&d, 0, odd[i].base, odd[i].limit);
        dmar_scope(&d, 1, 0, 0, 2, 0);
        dmar_close(&d);
        dmar_rmrr(&d, 0, 0x5000, 0x5fff);
        dmar_scope(&d, 1, 0, 0, 3, 0);
        dmar_close(&d);
        dmar_end(&d);

        dmar_expect(&d, &dmar, 0, odd[i].why);
        assert_int_equal(host_log_lines(XENLOG_WARNING), odd[i].why != NULL);
        assert_int_equal(vtd_dmar_parse(d.b, d.len, &dmar), 0);
        assert_int_equal(dmar.nr_rmrr, 2 - left_out);
        if ( !left_out )
        {
            assert_int_equal(dmar.rmrr[0].base, odd[i].first);
            assert_int_equal(dmar.rmrr[0].limit, odd[i].last);
            assert_int_equal(dmar.rmrr[0].scopes.scope[0].path[0].dev, 2);
        }
        assert_int_equal(dmar.rmrr[1 - left_out].base, 0x5000);
        assert_int_equal(dmar.rmrr[1 - left_out].scopes.scope[0].path[0].dev, 3);
        vtd_dmar_free(&dmar);
    }
}

/* A region that nobody can be seen to need is nobody's. */
static void test_ownerless_rmrr(void **state)
{
    struct dmar_buf d;

    dmar_begin(&d, 39, 0);
    dmar_drhd(&d, 0, 0xfed90000, 1, 0);
    dmar_close(&d);
    dmar_rmrr(&d, 0, 0x2000, 0x2fff);
    dmar_close(&d);
    dmar_end(&d);
    dmar_expect(&d, &dmar, 0, "no device can be read that needs it");
    assert_int_equal(vtd_dmar_parse(d.b, d.len, &dmar), 0);
    assert_int_equal(dmar.nr_rmrr, 0);
    vtd_dmar_free(&dmar);
}

/* Every allocation fails once; nothing leaks. */
static void test_no_memory(void **state)
{
    uint8_t table[4096];
    size_t len = dmar_load("all.aml", table, sizeof(table));
    unsigned int n;
    int rc;

    if ( !len )
        len = dmar_load("recorded-000.bin", table, sizeof(table));

    for ( n = 1; n < 100; n++ )
    {
        unsigned long before = host_memory_now().bytes;

        host_fail_nth(n);
        rc = vtd_dmar_parse(table, len, &dmar);
        host_fail_nth(0);
        if ( !rc )
            break;
        assert_int_equal(rc, -ENOMEM);
        assert_true(host_log_contains("out of memory"));
        assert_int_equal(host_memory_now().bytes, before);
        assert_int_equal(dmar.nr_drhd, 0);
    }

    assert_true(n > 2 && n < 100);
    vtd_dmar_free(&dmar);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DMAR_TEST(test_recorded),
        DMAR_TEST(test_recorded_content),
        DMAR_TEST(test_iasl),
        DMAR_TEST(test_built),
        DMAR_TEST(test_odd_rmrr),
        DMAR_TEST(test_ownerless_rmrr),
        DMAR_TEST(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
