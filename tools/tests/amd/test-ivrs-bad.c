/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The IVRS parser on wrong tables: what each mistake costs, and no more.  Those
 * in entries of devices are in test-ivrs-entries.c.
 */

#include "ivrs-test.h"

static struct amd_ivrs ivrs;

static void good(struct ivrs_buf *t)
{
    iv_begin(t, IV_INFO);
    iv_desktop_unit(t, 0x11, 0xfd300000, 0x0008, 0x00a5, 0x21);
    iv_end(t);
}

static void test_table(void **state)
{
    struct ivrs_buf t;
    unsigned int i;

    good(&t);
    t.b[0] = 'D';
    iv_expect_only(&t, -EINVAL, 0, "signature is not IVRS");

    good(&t);
    t.b[9]++;
    iv_expect_only(&t, 0, 1, "checksum is off by 0x1");

    /* Cut at any byte, whether the length says so or not. */
    for ( i = 0; i < t.len; i++ )
    {
        struct ivrs_buf cut;

        good(&cut);
        cut.len = i;
        iv_expect_only(&cut, -EINVAL, 0, "is truncated");
        if ( i < IVRS_BLOCKS )
            continue;
        iv_end(&cut);
        host_log_clear();
        if ( !iv_parse_bytes(cut.b, cut.len, &ivrs) )
            fail_msg("a unit in %u bytes", i);
    }

    good(&t);
    iv_put_at(&t, 4, 47, 4);
    iv_expect_only(&t, -EINVAL, 0, "is truncated");
    iv_put_at(&t, 4, 0xffffffff, 4);
    iv_expect_only(&t, -EINVAL, 0, "is truncated");
}

static void test_long(void **state)
{
    static uint8_t table[0x10001];
    struct ivrs_buf t;

    good(&t);
    memcpy(table, t.b, t.len);
    table[4] = 1;
    table[5] = 0;
    table[6] = 1;
    host_log_clear();
    assert_int_equal(iv_parse_bytes(table, sizeof(table), &ivrs), -EINVAL);
    assert_true(host_log_contains("no machine has as many units"));
}

static void test_oem(void **state)
{
    struct ivrs_buf t;

    good(&t);
    memcpy(t.b + 10, "\033[2J\n\0", 6);
    memset(t.b + 16, ' ', 8);
    iv_sum(&t);
    t.b[9]++;
    iv_expect_only(&t, 0, 1, "of _[2J_/-: checksum");
}

static void test_width(void **state)
{
    static const uint8_t widths[] = { 0, 31, 53, 127 };
    struct ivrs_buf t;
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(widths); i++ )
    {
        good(&t);
        t.b[37] = widths[i];
        iv_sum(&t);
        iv_expect(&t, &ivrs, 0, 1, "taken as 52");
        assert_int_equal(ivrs.width, 52);
        amd_ivrs_free(&ivrs);
    }
}

/* A unit whose registers cannot be where the table says. */
static void test_registers(void **state)
{
    static const struct {
        uint64_t base;
        const char *why;
    } rows[] = {
        { 0, "it has no registers" },
        { 0xfd300800, "its registers are not aligned" },
        { 0xfd301000, "its registers are not aligned" },
        { 1ULL << 48, "beyond the address width" },
        { -0x4000ULL, "beyond the address width" },
    };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(rows); i++ )
    {
        struct ivrs_buf t;

        iv_begin(&t, IV_INFO);
        iv_desktop_unit(&t, 0x11, rows[i].base, 0x0008, 0x00a5, 0x21);
        iv_end(&t);
        iv_expect_only(&t, -EINVAL, 1, rows[i].why);

        /* Another unit goes on, and what is behind the lost one is known. */
        iv_begin(&t, IV_INFO);
        iv_unit(&t, 0x11, 0, 0x4002, rows[i].base, 0);
        iv_range(&t, 0x4008, 0x5ffe);
        iv_close(&t);
        iv_unit(&t, 0x11, 0, 0x0002, 0xfd300000, 0);
        iv_range(&t, 0x0008, 0xfffe);
        iv_dev4(&t, 0x02, 0x4010, 0);
        iv_close(&t);
        iv_end(&t);
        iv_expect(&t, &ivrs, 0, 1, rows[i].why);
        assert_true(ivrs.ivhd[0].lost);
        assert_false(ivrs.ivhd[1].lost);
        /* Both ranges are as wide as ranges are. */
        iv_assert_unit(&ivrs, 0, 0x4008, AMD_CLAIM_TWO, 0x4002);
        iv_assert_unit(&ivrs, 0, 0x4010, AMD_CLAIM_ONE, 0x0002);
        iv_assert_unit(&ivrs, 0, 0x6008, AMD_CLAIM_ONE, 0x0002);
        amd_ivrs_free(&ivrs);
    }
}

static void two_units(struct ivrs_buf *t, uint64_t base1, uint64_t efr1,
                      uint64_t base2)
{
    iv_begin(t, IV_INFO);
    iv_unit(t, 0x11, 0, 0x0002, base1, efr1);
    iv_range(t, 0x0008, 0x3fff);
    iv_close(t);
    iv_unit(t, 0x11, 0, 0x4002, base2, 0);
    iv_range(t, 0x4008, 0x5fff);
    iv_close(t);
    iv_unit(t, 0x11, 0, 0x6002, 0xfe000000, 0);
    iv_range(t, 0x6008, 0x7fff);
    iv_close(t);
    iv_end(t);
}

static void test_overlap(void **state)
{
    struct ivrs_buf t;

    two_units(&t, 0xfd000000, 0, 0xfd000000);
    iv_expect(&t, &ivrs, 0, 2, "overlap another unit's");
    assert_true(ivrs.ivhd[0].lost && ivrs.ivhd[1].lost);
    assert_false(ivrs.ivhd[2].lost);
    amd_ivrs_free(&ivrs);

    two_units(&t, 0xfd000000, 0, 0xfd004000);
    iv_expect_only(&t, 0, 0, NULL);

    /* With counters there are more registers; whose reach too far, is lost. */
    two_units(&t, 0xfd000000, 0x200, 0xfd07c000);
    iv_expect(&t, &ivrs, 0, 1, "overlap another unit's");
    assert_true(ivrs.ivhd[0].lost);
    assert_false(ivrs.ivhd[1].lost);
    amd_ivrs_free(&ivrs);

    two_units(&t, 0xfd000000, 0x200, 0xfd080000);
    iv_expect_only(&t, 0, 0, NULL);

    /* Or beyond the width. */
    two_units(&t, (1ULL << 48) - 0x4000, 0, 0xfd000000);
    iv_expect_only(&t, 0, 0, NULL);
    two_units(&t, (1ULL << 48) - 0x4000, 0x200, 0xfd000000);
    iv_expect_only(&t, 0, 1, "its registers are beyond the address width");
    two_units(&t, (1ULL << 48) - 0x80000, 0x200, 0xfd000000);
    iv_expect_only(&t, 0, 0, NULL);
}

/* The same unit twice, in blocks of one kind. */
static void test_again(void **state)
{
    struct ivrs_buf t;
    unsigned int i;

    for ( i = 0; i < 2; i++ )
    {
        iv_begin(&t, IV_INFO);
        iv_unit(&t, 0x11, 0, 0x0002, 0xfd000000, 0);
        iv_range(&t, 0x0008, 0x00ff);
        iv_close(&t);
        iv_unit(&t, 0x11, 0, 0x0002, 0xfd000000 + i * 0x100000, 0);
        iv_dev4(&t, 0x02, 0x0300, 0x80);
        iv_special(&t, IV_HPET, 0, 0x00a0, 0);
        iv_close(&t);
        iv_unit(&t, 0x11, 0, 0x4002, 0xfe000000, 0);
        iv_range(&t, 0x4008, 0x40ff);
        iv_close(&t);
        iv_end(&t);

        iv_expect(&t, &ivrs, 0, 1 + i, "unit 0 again");
        assert_int_equal(ivrs.nr_ivhd, 2);
        assert_int_equal(ivrs.ivhd[0].lost, i);
        iv_assert_unit(&ivrs, 0, 0x0080, AMD_CLAIM_ONE, 0x0002);
        assert_int_equal(iv_find(&ivrs, 0, 0x0300).dte, 0x80);
        amd_ivrs_free(&ivrs);
    }

    /* Of two kinds that name two places, the later one's is used. */
    iv_begin(&t, IV_INFO);
    iv_desktop_unit(&t, 0x10, 0xfd200000, 0x0008, 0x00a5, 0x21);
    iv_desktop_unit(&t, 0x11, 0xfd300000, 0x0008, 0x00a5, 0x21);
    iv_end(&t);
    iv_expect(&t, &ivrs, 0, 1, "are elsewhere in a later kind of block");
    assert_int_equal(ivrs.ivhd[0].base, 0xfd300000);
    amd_ivrs_free(&ivrs);

    /* Two capability blocks in one function are two units. */
    iv_begin(&t, IV_INFO);
    iv_desktop_unit(&t, 0x11, 0xfd200000, 0x0008, 0x00a5, 0x21);
    iv_unit(&t, 0x11, 0, 0x0002, 0xfd300000, 0);
    iv_put_at(&t, t.open + 6, 0x80, 2);
    iv_dev4(&t, 0x02, 0x0003, 0);
    iv_close(&t);
    iv_end(&t);
    iv_expect(&t, &ivrs, 0, 0, NULL);
    assert_int_equal(ivrs.nr_ivhd, 2);
    amd_ivrs_free(&ivrs);
}

/* Which of two that name an ID has it: who names fewer, else neither. */
static void test_two_names(void **state)
{
    struct ivrs_buf t;

    iv_begin(&t, IV_INFO);
    iv_unit(&t, 0x11, 0, 0x0002, 0xfd000000, 0);
    iv_dev4(&t, 0x01, 0, 0);
    iv_dev4(&t, 0x02, 0x0100, 0);
    iv_dev4(&t, 0x02, 0x0108, 0);
    iv_alias_range(&t, 0x0300, 0x03ff, 0x00a4);
    iv_close(&t);
    iv_unit(&t, 0x11, 0, 0x4002, 0xfe000000, 0);
    iv_range(&t, 0x0100, 0x03ff);
    iv_dev4(&t, 0x02, 0x0100, 0);
    iv_close(&t);
    iv_unit(&t, 0x11, 0, 0x6002, 0xff000000, 0);
    iv_range(&t, 0x0200, 0x02ff);
    iv_special(&t, IV_HPET, 0, 0x0180, 0);
    iv_close(&t);
    iv_end(&t);

    iv_expect(&t, &ivrs, 0, 0, NULL);
    iv_assert_unit(&ivrs, 0, 0x0180, AMD_CLAIM_ONE, 0x6002);
    iv_assert_unit(&ivrs, 0, 0x5000, AMD_CLAIM_ONE, 0x0002);
    iv_assert_unit(&ivrs, 0, 0x0100, AMD_CLAIM_TWO, 0x0002);
    iv_assert_unit(&ivrs, 0, 0x0108, AMD_CLAIM_ONE, 0x0002);
    iv_assert_unit(&ivrs, 0, 0x0110, AMD_CLAIM_ONE, 0x4002);
    iv_assert_unit(&ivrs, 0, 0x0200, AMD_CLAIM_TWO, 0x4002);
    iv_assert_unit(&ivrs, 0, 0x0300, AMD_CLAIM_ONE, 0x0002);
    amd_ivrs_free(&ivrs);
}

/* A block whose length cannot be, or that is shorter than its kind. */
static void test_blocks(void **state)
{
    static const uint16_t lengths[] = { 0, 5, 0xffff };
    struct ivrs_buf t;
    unsigned int i;
    size_t second;

    for ( i = 0; i < ARRAY_SIZE(lengths); i++ )
    {
        good(&t);
        second = iv_unit(&t, 0x11, 0, 0x4002, 0xfe000000, 0);
        iv_dev4(&t, 0x02, 0x4010, 0);
        iv_put_at(&t, second + 2, lengths[i], 2);
        iv_end(&t);

        iv_expect(&t, &ivrs, 0, 2, "block does not fit into the table");
        assert_true(ivrs.units_missing);
        /* Ranges may be the missing one's; what has its own entry is not. */
        iv_assert_unit(&ivrs, 0, 0x4010, AMD_CLAIM_DOUBTFUL, 0x0002);
        iv_assert_unit(&ivrs, 0, 0x0001, AMD_CLAIM_ONE, 0x0002);
        iv_assert_unit(&ivrs, 0, 0x0003, AMD_CLAIM_DOUBTFUL, 0x0002);
        iv_assert_unit(&ivrs, 0, 0x0002, AMD_CLAIM_NONE, 0xffff);
        iv_assert_unit(&ivrs, 1, 0x0008, AMD_CLAIM_NONE, 0xffff);
        amd_ivrs_free(&ivrs);
    }

    good(&t);
    iv_unit(&t, 0x10, 0, 0x4002, 0xfe000000, 0);
    t.b[t.open] = 0x11;
    iv_close(&t);
    iv_end(&t);
    iv_expect(&t, &ivrs, 0, 2, "block 0x11 of 24 bytes is too short");
    assert_true(ivrs.units_missing);
    amd_ivrs_free(&ivrs);

    /* A kind that is too short does not stand in for the one before. */
    good(&t);
    iv_unit(&t, 0x10, 0, 0x0002, 0xfd300000, 0);
    t.b[t.open] = 0x40;
    iv_close(&t);
    iv_end(&t);
    iv_expect(&t, &ivrs, 0, 2, "block 0x40 of 24 bytes is too short");
    assert_int_equal(ivrs.ivhd[0].kind, 0x11);
    amd_ivrs_free(&ivrs);

    iv_begin(&t, IV_INFO);
    iv_end(&t);
    iv_expect_only(&t, -EINVAL, 0, "no usable unit");

    iv_begin(&t, IV_INFO);
    iv_unit(&t, 0x11, 0, 0x0002, 0xfd300000, 0);
    iv_close(&t);
    iv_end(&t);
    iv_expect_only(&t, 0, 1, "unit 0 has no devices");
}

static void test_memory(void **state)
{
    static const struct {
        uint8_t type, flags;
        uint16_t first, last;
        uint64_t base, bytes;
        const char *why;
    } rows[] = {
        { 0x21, 0x07, 0x300, 0, 0xc0000000, 0, "it is empty" },
        { 0x23, 0x07, 0x300, 0, 0, 0x1000, "it is at address 0" },
        { 0x20, 0x08, 0, 0, 1ULL << 48, 0x1000, "beyond the address width" },
        { 0x20, 0x08, 0, 0, -0x1000ULL, 0x2000, "beyond the address width" },
        { 0x20, 0x08, 0, 0, 0x1000, -1ULL, "beyond the address width" },
        { 0x20, 0x08, 0, 0, 0x1000, (4ULL << 30) + 1, "larger than any" },
        { 0x22, 0x08, 0x300, 0x2ff, 0xc0000000, 0x1000, "end before they" },
        { 0x21, 0x01, 0x300, 0, 0xc0000000, 0x1000, "no device may read" },
        { 0x21, 0x06, 0x300, 0, 0xc0000000, 0x1000, "no device may read" },
        { 0x21, 0x00, 0x300, 0, 0xc0000000, 0x1000, "no device may read" },
    };
    struct ivrs_buf t;
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(rows); i++ )
    {
        good(&t);
        iv_memory(&t, rows[i].type, rows[i].flags, rows[i].first, rows[i].last,
                  rows[i].base, rows[i].bytes);
        iv_memory(&t, 0x21, 0x07, 0x0400, 0, 0xc8000000, 0x1000);
        iv_end(&t);
        iv_expect(&t, &ivrs, 0, 1, rows[i].why);
        assert_int_equal(ivrs.nr_ivmd, 1);
        assert_int_equal(ivrs.ivmd[0].base, 0xc8000000);
        assert_false(ivrs.ivmd[0].wide);
        amd_ivrs_free(&ivrs);
    }

    /* Too short for its kind: no unit is missing for that. */
    good(&t);
    i = iv_memory(&t, 0x21, 0x07, 0x0400, 0, 0xc8000000, 0x1000);
    t.len -= 1;
    iv_put_at(&t, i + 2, 31, 2);
    iv_end(&t);
    iv_expect(&t, &ivrs, 0, 1, "block 0x21 of 31 bytes is too short");
    assert_false(ivrs.units_missing);
    amd_ivrs_free(&ivrs);

    /* More than are kept. */
    good(&t);
    for ( i = 0; i < AMD_IVMD_MAX_BLOCKS + 3; i++ )
        iv_memory(&t, 0x21, 0x07, 0x0400, 0, 0xc8000000 + i * 0x1000, 0x1000);
    iv_end(&t);
    iv_expect(&t, &ivrs, 0, 3, "ignored: there are too many");
    assert_int_equal(ivrs.nr_ivmd, AMD_IVMD_MAX_BLOCKS);
    amd_ivrs_free(&ivrs);

    /* Pages go outwards, at both ends. */
    good(&t);
    iv_memory(&t, 0x21, 0x07, 0x0400, 0, 0xc8000ffe, 4);
    iv_end(&t);
    iv_expect(&t, &ivrs, 0, 1, "taken as [0x000000c8000000, 0x000000c8001fff]");
    amd_ivrs_free(&ivrs);
}

/* Each allocation fails once: nothing is kept, and nothing leaks. */
static void test_out_of_memory(void **state)
{
    struct ivrs_buf t;
    unsigned int nth;
    int rc = -ENOMEM;

    iv_server(&t);
    iv_memory(&t, 0x21, 0x07, 0x0400, 0, 0xc8000000, 0x1000);
    iv_end(&t);

    for ( nth = 1; rc; nth++ )
    {
        host_log_clear();
        host_fail_nth(nth);
        rc = iv_parse_bytes(t.b, t.len, &ivrs);
        host_fail_nth(0);
        if ( !rc )
            break;
        assert_int_equal(rc, -ENOMEM);
        assert_true(host_log_contains("out of memory"));
        assert_int_equal(ivrs.nr_ivhd, 0);
    }
    amd_ivrs_free(&ivrs);
    assert_in_range(nth, 8, 20);
}

/* Every byte of a table set to all that matters: it parses or is refused. */
static void test_bytes(void **state)
{
    static const uint8_t values[] = { 0x00, 0x01, 0x03, 0x04, 0x40, 0x43,
                                      0x7f, 0x80, 0xf0, 0xff };
    unsigned int i, off;

    for ( off = 0; off < 512; off++ )
        for ( i = 0; i < ARRAY_SIZE(values); i++ )
        {
            struct ivrs_buf t;
            int rc;

            iv_server(&t);
            iv_memory(&t, 0x21, 0x07, 0x0400, 0, 0xc8000000, 0x1000);
            iv_end(&t);
            assert_in_range(t.len, 513, sizeof(t.b));
            t.b[off] = values[i];
            host_log_clear();
            rc = iv_parse_bytes(t.b, t.len, &ivrs);
            assert_int_equal(host_log_lines(XENLOG_ERR), !!rc);
            iv_find(&ivrs, 0, 0xff00);
            amd_ivrs_free(&ivrs);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IVRS_TEST(test_table),
        IVRS_TEST(test_long),
        IVRS_TEST(test_oem),
        IVRS_TEST(test_width),
        IVRS_TEST(test_registers),
        IVRS_TEST(test_overlap),
        IVRS_TEST(test_again),
        IVRS_TEST(test_two_names),
        IVRS_TEST(test_blocks),
        IVRS_TEST(test_memory),
        IVRS_TEST(test_out_of_memory),
        IVRS_TEST(test_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
