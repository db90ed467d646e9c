/* SPDX-License-Identifier: GPL-2.0-only */
/* The DMAR parser on tables that are cut, flipped, overlapping or lying. */

#include "dmar-test.h"

static struct vtd_dmar dmar;

/* A table with one of everything, built new for each manipulation. */
static void good(struct dmar_buf *d)
{
    size_t off;

    dmar_begin(d, 46, 1);
    dmar_drhd(d, 0, 0xfed90000, 0, 0);
    off = dmar_scope(d, 1, 0, 0, 2, 0);
    dmar_hop(d, off, 3, 1);
    dmar_scope(d, 4, 0, 0, 0x1e, 0);
    dmar_close(d);
    dmar_drhd(d, 0, 0xfed91000, 1, 0);
    dmar_scope(d, 3, 2, 0xf0, 0x1f, 0);
    dmar_close(d);
    dmar_rmrr(d, 0, 0x7a000000, 0x7a00ffff);
    dmar_scope(d, 1, 0, 0, 2, 0);
    dmar_close(d);
    dmar_flagged(d, 2, 0, 0);
    dmar_scope(d, 2, 0, 0, 0x1c, 0);
    dmar_close(d);
    dmar_open(d, 3);
    put(d, 0, 4);
    put(d, 0xfed90000, 8);
    put(d, 1, 4);
    dmar_close(d);
    dmar_open(d, 4);
    put(d, 0, 3);
    put(d, 1, 1);
    put(d, 0x4442415c, 4);
    put(d, 0, 1);
    dmar_close(d);
    dmar_flagged(d, 5, 1, 0);
    dmar_scope(d, 1, 0, 0, 3, 0);
    dmar_close(d);
    dmar_end(d);
}

static void test_good(void **state)
{
    struct dmar_buf d;

    good(&d);
    assert_int_equal(vtd_dmar_parse(d.b, d.len, &dmar), 0);
    assert_string_equal(dmar.andd[0].name, "\\ABD");
    vtd_dmar_free(&dmar);
}

/* The reader has fewer bytes than the table claims. */
static void cut_short(const uint8_t *table, size_t len)
{
    size_t n;

    for ( n = 0; n < len; n++ )
        dmar_expect_bytes(table, n, &dmar, -EINVAL, "truncated");
}

/* The table claims to be shorter: what is cut in two must be noticed. */
static void claim_short(const uint8_t *table, size_t len)
{
    size_t n;

    for ( n = sizeof(struct dmar_table); n < len; n++ )
    {
        struct dmar_buf d = { .len = n };
        size_t before = host_memory_now().bytes;
        int rc;

        memcpy(d.b, table, n);
        dmar_end(&d);
        rc = dmar_parse_exact(d.b, n, &dmar);
        assert_true(rc == 0 || rc == -EINVAL);
        if ( !rc )
            assert_true(dmar_at_boundary(table, n));
        vtd_dmar_free(&dmar);
        assert_int_equal(host_memory_now().bytes, before);
    }
}

static void test_truncated(void **state)
{
    struct dmar_buf d;

    good(&d);
    cut_short(d.b, d.len);
    claim_short(d.b, d.len);
    dmar_each_file("recorded-", cut_short);
    dmar_each_file("recorded-", claim_short);
    dmar_each_file("all.aml", cut_short);
    dmar_each_file("all.aml", claim_short);
}

/* Each byte with each bit flipped, and with the values that hurt most. */
static void flip(const uint8_t *table, size_t len)
{
    static const uint8_t values[] = { 0x00, 0xff, 0x7f, 0x80, 0x01 };
    size_t i, n, before = host_memory_now().bytes;
    struct dmar_buf d = { .len = len };

    memcpy(d.b, table, len);
    for ( i = 0; i < len; i++ )
        for ( n = 0; n < 8 + ARRAY_SIZE(values); n++ )
        {
            int rc;

            d.b[i] = n < 8 ? table[i] ^ 1 << n : values[n - 8];
            if ( d.b[i] != table[i] )
            {
                /* One changed byte never keeps the sum. */
                assert_int_equal(vtd_dmar_parse(d.b, len, &dmar), -EINVAL);
                if ( i != 9 )
                {
                    dmar_sum(&d);
                    rc = dmar_parse_exact(d.b, len, &dmar);
                    assert_true(rc == 0 || rc == -EINVAL);
                    assert_true(rc == 0 || !dmar.drhd);
                    vtd_dmar_free(&dmar);
                }
            }
            memcpy(d.b, table, len);
        }

    assert_int_equal(host_memory_now().bytes, before);
}

static void test_flipped(void **state)
{
    struct dmar_buf d;

    good(&d);
    flip(d.b, d.len);
    dmar_each_file("recorded-01", flip);
    dmar_each_file("all.aml", flip);
}

static void test_header(void **state)
{
    struct dmar_buf d;

    good(&d);
    d.b[0] = 'R';
    dmar_sum(&d);
    dmar_expect(&d, &dmar, -EINVAL, "signature");

    good(&d);
    d.b[40]++;
    dmar_expect(&d, &dmar, -EINVAL, "checksum");

    good(&d);
    put_at(&d, 4, 47, 4);
    dmar_sum(&d);
    dmar_expect(&d, &dmar, -EINVAL, "truncated");

    good(&d);
    put_at(&d, 4, d.len + 1, 4);
    dmar_sum(&d);
    dmar_expect(&d, &dmar, -EINVAL, "truncated");

    good(&d);
    put_at(&d, 36, 0, 1);
    dmar_sum(&d);
    dmar_expect(&d, &dmar, -EINVAL, "width");

    good(&d);
    put_at(&d, 36, 64, 1);
    dmar_sum(&d);
    dmar_expect(&d, &dmar, -EINVAL, "width");

    dmar_begin(&d, 46, 0);
    dmar_end(&d);
    dmar_expect(&d, &dmar, -EINVAL, "no remapping unit");
}

/* Lengths of structures: 0 would go round for ever. */
static void test_structure_lengths(void **state)
{
    struct dmar_buf d;
    unsigned int i;
    static const struct {
        uint16_t length;
        const char *why;
    } bad[] = {
        { 0, "does not fit" }, { 3, "does not fit" }, { 0xffff, "does not fit" },
        { 4, "DRHD of 4 bytes" }, { 15, "DRHD of 15 bytes" },
        { 17, "does not fit" }, { 20, "offset 0x44" },
    };

    for ( i = 0; i < ARRAY_SIZE(bad); i++ )
    {
        good(&d);
        put_at(&d, 48 + 2, bad[i].length, 2);
        dmar_sum(&d);
        dmar_expect(&d, &dmar, -EINVAL, bad[i].why);
    }

    /* The smallest of each type is one byte too short. */
    for ( i = 1; i < DMAR_NR_TYPES; i++ )
    {
        static const uint8_t least[] = { 16, 24, 8, 20, 8, 8, 8 };
        size_t start;

        dmar_begin(&d, 46, 0);
        dmar_drhd(&d, 0, 0xfed90000, 1, 0);
        dmar_close(&d);
        start = d.len;
        dmar_open(&d, i);
        d.len = start + least[i] - 1;
        dmar_close(&d);
        dmar_end(&d);
        dmar_expect(&d, &dmar, -EINVAL, "too short");
    }
}

static void test_scope_lengths(void **state)
{
    static const struct {
        uint8_t length;
        const char *why;
    } bad[] = {
        { 0, "does not fit" }, { 5, "does not fit" }, { 6, "path of 0 bytes" },
        { 7, "path of 1 bytes" }, { 9, "path of 3 bytes" }, { 255, "does not fit" },
    };
    struct dmar_buf d;
    unsigned int i;
    size_t off;

    for ( i = 0; i < ARRAY_SIZE(bad); i++ )
    {
        good(&d);
        d.b[48 + 16 + 1] = bad[i].length;
        dmar_sum(&d);
        dmar_expect(&d, &dmar, -EINVAL, bad[i].why);
    }

    /* The table ends within a scope's first bytes. */
    for ( i = 1; i < 6; i++ )
    {
        dmar_begin(&d, 46, 0);
        dmar_drhd(&d, 0, 0xfed90000, 1, 0);
        put(&d, 0x080108010801, i);
        dmar_close(&d);
        dmar_end(&d);
        dmar_expect(&d, &dmar, -EINVAL, "does not fit");
    }

    /* A path longer than any bus is deep, and one as long as allowed. */
    for ( i = VTD_SCOPE_PATH_MAX; i <= VTD_SCOPE_PATH_MAX + 1; i++ )
    {
        unsigned int n;

        dmar_begin(&d, 46, 0);
        dmar_drhd(&d, 0, 0xfed90000, 0, 0);
        off = dmar_scope(&d, 1, 0, 0, 1, 0);
        for ( n = 1; n < i; n++ )
            dmar_hop(&d, off, 1, 0);
        dmar_close(&d);
        dmar_end(&d);
        dmar_expect(&d, &dmar, i > VTD_SCOPE_PATH_MAX ? -EINVAL : 0,
                    i > VTD_SCOPE_PATH_MAX ? "path of" : NULL);
    }

    dmar_begin(&d, 46, 0);
    dmar_drhd(&d, 0, 0xfed90000, 0, 0);
    dmar_scope(&d, 1, 0, 0, 0x20, 0);
    dmar_close(&d);
    dmar_end(&d);
    dmar_expect(&d, &dmar, -EINVAL, "impossible path element 20.0");

    dmar_begin(&d, 46, 0);
    dmar_drhd(&d, 0, 0xfed90000, 0, 0);
    dmar_scope(&d, 1, 0, 0, 1, 8);
    dmar_close(&d);
    dmar_end(&d);
    dmar_expect(&d, &dmar, -EINVAL, "impossible path element 1.8");
}

/* Two units at @a and @b, with 2^size pages each. */
static void pair_of_units(struct dmar_buf *d, uint64_t a, uint8_t size_a,
                          uint64_t b, uint8_t size_b)
{
    dmar_begin(d, 46, 0);
    dmar_drhd(d, 0, a, 0, size_a);
    dmar_scope(d, 1, 0, 0, 1, 0);
    dmar_close(d);
    dmar_drhd(d, 0, b, 1, size_b);
    dmar_close(d);
    dmar_end(d);
}

static void test_registers(void **state)
{
    static const struct {
        uint64_t a, b;
        uint8_t size_a, size_b;
        const char *why;
    } bad[] = {
        { 0xfed90000, 0xfed90000, 0, 0, "overlap" },
        { 0xfed90000, 0xfed91000, 1, 0, "overlap" },
        { 0xfed91000, 0xfed90000, 0, 1, "overlap" },
        { 0xfed90000, 0xfed91000, 15, 0, "overlap" },
        { 0, 0xfed91000, 0, 0, "impossible register" },
        { 0xfed90800, 0xfed91000, 0, 0, "impossible register" },
        { ~0xfffULL, 0xfed91000, 1, 0, "impossible register" },
        { ~0xfffULL, 0xfed91000, 0, 0, "impossible register" },
    };
    struct dmar_buf d;
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(bad); i++ )
    {
        pair_of_units(&d, bad[i].a, bad[i].size_a, bad[i].b, bad[i].size_b);
        dmar_expect(&d, &dmar, -EINVAL, bad[i].why);
    }

    pair_of_units(&d, 0xfed90000, 1, 0xfed92000, 1);
    dmar_expect(&d, &dmar, 0, NULL);
}

/* INCLUDE_PCI_ALL: one a segment, the last of it. */
static void test_include_all(void **state)
{
    struct dmar_buf d;

    dmar_begin(&d, 46, 0);
    dmar_drhd(&d, 4, 0xfed90000, 1, 0);
    dmar_close(&d);
    dmar_drhd(&d, 5, 0xfed91000, 1, 0);
    dmar_close(&d);
    dmar_end(&d);
    dmar_expect(&d, &dmar, 0, NULL);

    put_at(&d, 48 + 16 + 6, 4, 2);
    dmar_sum(&d);
    dmar_expect(&d, &dmar, -EINVAL, "second INCLUDE_PCI_ALL unit on segment 0004");

    put_at(&d, 48 + 16 + 4, 0, 1);
    dmar_sum(&d);
    dmar_expect(&d, &dmar, 0, "behind the INCLUDE_PCI_ALL one");
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
    dmar_end(d);
}

static void test_claimed_twice(void **state)
{
    static const char why[] = "belongs to unit 0 already";
    struct dmar_buf d;

    claims(&d, 0, 1, 0, 5, 0, 1, 0, 5);
    dmar_expect(&d, &dmar, -EINVAL, why);
    claims(&d, 0, 1, 0, 5, 0, 2, 0, 5);
    dmar_expect(&d, &dmar, -EINVAL, why);
    claims(&d, 0, 1, 9, 5, 0, 1, 3, 5);
    dmar_expect(&d, &dmar, -EINVAL, why);
    claims(&d, 0, 3, 9, 5, 1, 3, 9, 6);
    dmar_expect(&d, &dmar, -EINVAL, why);
    claims(&d, 0, 4, 1, 5, 0, 4, 1, 5);
    dmar_expect(&d, &dmar, -EINVAL, why);

    /* Another start bus, or a longer path, is another device. */
    claims(&d, 0, 1, 0, 5, 0, 1, 0, 5);
    d.b[48 + 16 + 5] = 1;
    dmar_sum(&d);
    dmar_expect(&d, &dmar, 0, NULL);
    claims(&d, 0, 1, 0, 5, 0, 1, 0, 5);
    dmar_hop(&d, d.len - 8, 0, 0);
    dmar_close(&d);
    dmar_end(&d);
    dmar_expect(&d, &dmar, 0, NULL);

    claims(&d, 0, 1, 0, 5, 1, 1, 0, 5);
    dmar_expect(&d, &dmar, 0, NULL);
    claims(&d, 0, 1, 0, 5, 0, 1, 0, 6);
    dmar_expect(&d, &dmar, 0, NULL);
    claims(&d, 0, 3, 9, 5, 0, 4, 9, 5);
    dmar_expect(&d, &dmar, 0, NULL);
    claims(&d, 0, 3, 9, 5, 0, 1, 9, 5);
    dmar_expect(&d, &dmar, 0, NULL);
}

static void andd(struct dmar_buf *d, const char *name, size_t len)
{
    dmar_begin(d, 46, 0);
    dmar_drhd(d, 0, 0xfed90000, 1, 0);
    dmar_close(d);
    dmar_open(d, 4);
    put(d, 0, 3);
    put(d, 1, 1);
    memcpy(d->b + d->len, name, len);
    d->len += len;
    dmar_close(d);
    dmar_end(d);
}

static void test_andd_names(void **state)
{
    char name[VTD_ANDD_NAME_MAX + 1];
    struct dmar_buf d;

    memset(name, 'x', sizeof(name));
    andd(&d, name, 0);
    dmar_expect(&d, &dmar, -EINVAL, "name");
    andd(&d, "", 1);
    dmar_expect(&d, &dmar, -EINVAL, "name");
    andd(&d, "\\_SB", 4);
    dmar_expect(&d, &dmar, -EINVAL, "name");
    andd(&d, "\\_SB\n", 6);
    dmar_expect(&d, &dmar, -EINVAL, "name");
    name[VTD_ANDD_NAME_MAX] = 0;
    andd(&d, name, sizeof(name));
    dmar_expect(&d, &dmar, -EINVAL, "name");
    name[VTD_ANDD_NAME_MAX - 1] = 0;
    andd(&d, name, sizeof(name) - 1);
    dmar_expect(&d, &dmar, 0, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DMAR_TEST(test_good),
        DMAR_TEST(test_truncated),
        DMAR_TEST(test_flipped),
        DMAR_TEST(test_header),
        DMAR_TEST(test_structure_lengths),
        DMAR_TEST(test_scope_lengths),
        DMAR_TEST(test_registers),
        DMAR_TEST(test_include_all),
        DMAR_TEST(test_claimed_twice),
        DMAR_TEST(test_andd_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
