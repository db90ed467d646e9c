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
        host_log_clear();
        rc = dmar_parse_exact(d.b, n, &dmar);
        assert_true(rc == 0 || rc == -EINVAL);
        if ( !dmar_at_boundary(table, n) )
            assert_true(host_log_contains("the rest is lost"));
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
                host_log_clear();
                if ( !vtd_dmar_parse(d.b, len, &dmar) )
                    assert_true(host_log_contains("checksum is off"));
                vtd_dmar_free(&dmar);
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

    /* As Linux and stock Xen: said, and used. */
    good(&d);
    d.b[40]++;
    dmar_expect(&d, &dmar, 0, "offset 0x9 of TESTS/TESTS: checksum is off by 0x1");

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
    dmar_expect(&d, &dmar, 0, "width of 1 bits: taken as 52");

    good(&d);
    put_at(&d, 36, 64, 1);
    dmar_sum(&d);
    dmar_expect(&d, &dmar, 0, "width of 65 bits: taken as 52");

    dmar_begin(&d, 46, 0);
    dmar_end(&d);
    dmar_expect(&d, &dmar, -EINVAL, "no usable remapping unit");
}

/* What firmware calls itself is printed, and cannot print more than that. */
static void test_oem(void **state)
{
    struct dmar_buf d;

    good(&d);
    d.b[40]++;
    memcpy(d.b + 10, "A\n\x1b%sB", 6);
    memcpy(d.b + 16, "\0\0\0\0\0\0\0\0", 8);
    dmar_sum(&d);
    put_at(&d, 36, 0, 1);
    dmar_sum(&d);
    dmar_expect(&d, &dmar, 0, "of A__%sB/-: ");

    good(&d);
    memcpy(d.b + 10, "LENOVOTP-R1E  ", 14);
    put_at(&d, 36, 0, 1);
    dmar_sum(&d);
    dmar_expect(&d, &dmar, 0, "of LENOVO/TP-R1E: ");
}

/* More than fits any machine would keep boot busy. */
static void test_too_long(void **state)
{
    size_t len = 0x10001, n;
    uint8_t *table = calloc(1, len), sum = 0;
    struct dmar_buf d;

    good(&d);
    memcpy(table, d.b, d.len);
    table[4] = table[6] = 1;
    table[5] = table[7] = 0;
    for ( n = 0; n < len; n++ )
        sum += table[n];
    table[9] -= sum;
    dmar_expect_bytes(table, len, &dmar, -EINVAL, "no machine has as many");
    free(table);
}

/* Lengths of structures: 0 would go round for ever. */
static void test_structure_lengths(void **state)
{
    struct dmar_buf d;
    unsigned int i;
    static const struct {
        uint16_t length;
        int rc;
        const char *why;
    } bad[] = {
        { 0, -EINVAL, "offset 0x30 of TESTS/TESTS: structure does not fit" },
        { 3, -EINVAL, "structure does not fit" },
        { 0xffff, -EINVAL, "structure does not fit" },
        { 4, -EINVAL, "DRHD of 4 bytes is too short: ignored" },
        { 15, -EINVAL, "DRHD of 15 bytes is too short: ignored" },
        { 17, 0, "scope does not fit" },
        { 20, 0, "scope does not fit" },
    };

    for ( i = 0; i < ARRAY_SIZE(bad); i++ )
    {
        good(&d);
        put_at(&d, 48 + 2, bad[i].length, 2);
        dmar_sum(&d);
        dmar_expect(&d, &dmar, bad[i].rc, bad[i].why);
    }

    /* The smallest of each type is one byte too short: it alone is lost. */
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
        dmar_rmrr(&d, 0, 0x5000, 0x5fff);
        dmar_scope(&d, 1, 0, 0, 3, 0);
        dmar_close(&d);
        dmar_end(&d);
        dmar_expect(&d, &dmar, 0, "too short: ignored");
        assert_int_equal(host_log_lines(XENLOG_WARNING), 1);
        assert_int_equal(vtd_dmar_parse(d.b, d.len, &dmar), 0);
        assert_int_equal(dmar.nr_rmrr, 1);
        assert_int_equal(dmar.nr_atsr + dmar.nr_rhsa + dmar.nr_andd +
                         dmar.nr_satc + dmar.nr_sidp, 0);
        assert_false(dmar.drhd[0].rest_doubtful);
        vtd_dmar_free(&dmar);
    }
}

/* One scope that is bad beside one that is good, in a unit and in a region. */
static void bad_scope(uint16_t type, const uint8_t *scope, size_t len,
                      const char *why, bool rest)
{
    struct dmar_buf d;
    const struct vtd_scopes *scopes;

    dmar_begin(&d, 46, 0);
    dmar_drhd(&d, 0, 0xfed90000, 1, 0);
    dmar_close(&d);
    if ( type )
        dmar_rmrr(&d, 0, 0x5000, 0x5fff);
    else
        dmar_drhd(&d, 0, 0xfed91000, 0, 0);
    dmar_scope(&d, 1, 0, 0, 2, 0);
    memcpy(d.b + d.len, scope, len);
    d.len += len;
    dmar_scope(&d, 1, 0, 0, 3, 0);
    dmar_close(&d);
    dmar_end(&d);

    dmar_expect(&d, &dmar, 0, why);
    assert_int_equal(vtd_dmar_parse(d.b, d.len, &dmar), 0);
    scopes = type ? &dmar.rmrr[0].scopes : &dmar.drhd[1].scopes;
    assert_int_equal(scopes->nr, rest ? 2 : 1);
    assert_int_equal(scopes->scope[0].path[0].dev, 2);
    if ( rest )
        assert_int_equal(scopes->scope[1].path[0].dev, 3);
    vtd_dmar_free(&dmar);
}

static void test_scope_lengths(void **state)
{
    static const struct {
        uint8_t scope[10];
        uint8_t len;
        const char *why;
        bool rest;                      /* what is behind it can be read */
    } bad[] = {
        { { 1, 0, 0, 0, 0, 0, 4, 0 }, 8, "does not fit into its structure" },
        { { 1, 5, 0, 0, 0, 0, 4, 0 }, 8, "does not fit into its structure" },
        { { 1, 255, 0, 0, 0, 0, 4, 0 }, 8, "does not fit into its structure" },
        { { 1, 6 }, 6, "without a path", true },
        { { 1, 7 }, 7, "half a path element", true },
        { { 1, 9, 0, 0, 0, 0, 4, 0, 1 }, 9, "half a path element", true },
        { { 1, 8, 0, 0, 0, 0, 0x20, 0 }, 8, "impossible path", true },
        { { 2, 10, 0, 0, 0, 0, 1, 0, 1, 8 }, 10, "impossible path", true },
        { { 99, 8, 0, 0, 0, 0, 4, 0 }, 8, "unknown type 99", true },
        { { 0, 8, 0, 0, 0, 0, 4, 0 }, 8, "unknown type 0", true },
    };
    struct dmar_buf d;
    unsigned int i;
    size_t off;

    for ( i = 0; i < ARRAY_SIZE(bad); i++ )
    {
        bad_scope(0, bad[i].scope, bad[i].len, bad[i].why, bad[i].rest);
        bad_scope(1, bad[i].scope, bad[i].len, bad[i].why, bad[i].rest);
    }

    /* The structure ends within a scope's first bytes. */
    for ( i = 1; i < 6; i++ )
    {
        dmar_begin(&d, 46, 0);
        dmar_drhd(&d, 0, 0xfed90000, 1, 0);
        put(&d, 0x080108010801, i);
        dmar_close(&d);
        dmar_end(&d);
        dmar_expect(&d, &dmar, 0, "does not fit into its structure");
    }

    /* A path longer than any bus is deep, and one as long as allowed. */
    for ( i = VTD_SCOPE_PATH_MAX; i <= VTD_SCOPE_PATH_MAX + 1; i++ )
    {
        unsigned int n;

        dmar_begin(&d, 46, 0);
        dmar_drhd(&d, 0, 0xfed90000, 1, 0);
        off = dmar_scope(&d, 1, 0, 0, 1, 0);
        for ( n = 1; n < i; n++ )
            dmar_hop(&d, off, 1, 0);
        dmar_close(&d);
        dmar_end(&d);
        dmar_expect(&d, &dmar, 0,
                    i > VTD_SCOPE_PATH_MAX ? "too long a path" : NULL);
    }
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
    dmar_expect(&d, &dmar, 0, "ANDD without a usable device name");
    andd(&d, "", 1);
    dmar_expect(&d, &dmar, 0, "ANDD without a usable device name");
    andd(&d, "\\_SB", 4);
    dmar_expect(&d, &dmar, 0, "ANDD without a usable device name");
    andd(&d, "\\_SB\n", 6);
    dmar_expect(&d, &dmar, 0, "ANDD without a usable device name");
    name[VTD_ANDD_NAME_MAX] = 0;
    andd(&d, name, sizeof(name));
    dmar_expect(&d, &dmar, 0, "ANDD without a usable device name");
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
        DMAR_TEST(test_oem),
        DMAR_TEST(test_too_long),
        DMAR_TEST(test_structure_lengths),
        DMAR_TEST(test_scope_lengths),
        DMAR_TEST(test_andd_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
