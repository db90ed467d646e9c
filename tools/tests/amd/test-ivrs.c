/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The IVRS parser on good tables, of the shapes that public machines have.
 *
 * $IVRS: a directory with tables of one's own (IVRS*, *.bin or *.dat), which
 * have to be used, with no more than a line for each thing that is unusual.
 */

#include <dirent.h>

#include "ivrs-test.h"

static struct amd_ivrs ivrs;

/* What every table with one unit for the whole machine gives. */
static void assert_desktop(uint8_t kind, uint16_t first, uint16_t bridge,
                           uint8_t ioapic)
{
    const struct amd_ivhd *u = &ivrs.ivhd[0];
    struct amd_found found;
    uint16_t source;

    assert_int_equal(ivrs.nr_ivhd, 1);
    assert_int_equal(ivrs.width, 48);
    assert_false(ivrs.units_missing);
    assert_int_equal(u->kind, kind);
    assert_int_equal(u->devid, 0x0002);
    assert_int_equal(u->cap, 0x40);
    assert_int_equal(u->flags, 0xb0);
    assert_false(u->lost || u->partial);
    assert_int_equal(u->has_efr, kind != 0x10);
    assert_int_equal(u->efr, kind != 0x10 ? 0x206d73ef22254adeULL : 0);
    assert_int_equal(u->features, kind != 0x10 ? 0x00040200 : 0x80048f6f);

    /* Host bridge and unit are not behind it, the rest is. */
    iv_assert_unit(&ivrs, 0, 0x0000, AMD_CLAIM_NONE, 0xffff);
    iv_assert_unit(&ivrs, 0, 0x0002, AMD_CLAIM_NONE, 0xffff);
    iv_assert_unit(&ivrs, 0, 0x0007, first > 7 ? AMD_CLAIM_NONE : AMD_CLAIM_ONE,
                   first > 7 ? 0xffff : 0x0002);
    iv_assert_unit(&ivrs, 0, 0x0008, AMD_CLAIM_ONE, 0x0002);
    iv_assert_unit(&ivrs, 0, 0xffff, AMD_CLAIM_ONE, 0x0002);
    iv_assert_unit(&ivrs, 1, 0x0008, AMD_CLAIM_NONE, 0xffff);

    /* The alias range lies in the range before it. */
    assert_int_equal(iv_find(&ivrs, 0, 0xfeff).alias, 0xfeff);
    assert_int_equal(iv_find(&ivrs, 0, 0xff00).alias, bridge);
    assert_int_equal(iv_find(&ivrs, 0, 0xffff).alias, bridge);
    assert_int_equal(iv_find(&ivrs, 0, bridge).alias, bridge);

    /* IO-APIC and HPET share an ID: what is said of it adds up. */
    found = iv_find(&ivrs, 0, 0x00a0);
    assert_int_equal(found.dte, 0xd7);
    assert_false(found.no_ats);
    assert_int_equal(iv_find(&ivrs, 0, 0x00a1).dte, 0);

    assert_ptr_equal(amd_ivrs_find_special(&ivrs, IVHD_SPECIAL_IOAPIC, ioapic,
                                           &source), u);
    assert_int_equal(source, 0x00a0);
    assert_ptr_equal(amd_ivrs_find_special(&ivrs, IVHD_SPECIAL_IOAPIC,
                                           ioapic + 1, &source), u);
    assert_int_equal(source, 0x0001);
    assert_ptr_equal(amd_ivrs_find_special(&ivrs, IVHD_SPECIAL_HPET, 0,
                                           &source), u);
    assert_int_equal(source, 0x00a0);
    assert_null(amd_ivrs_find_special(&ivrs, IVHD_SPECIAL_HPET, 1, &source));
    assert_null(amd_ivrs_find_special(&ivrs, IVHD_SPECIAL_IOAPIC, 0, &source));
}

/* 10h, 11h and 40h of one unit: the last is used, whatever their order. */
static void test_kinds(void **state)
{
    static const struct {
        uint8_t kinds[3], best;
    } rows[] = {
        { { 0x10 }, 0x10 },
        { { 0x10, 0x11 }, 0x11 },
        { { 0x10, 0x11, 0x40 }, 0x40 },
        { { 0x40, 0x10, 0x11 }, 0x40 },
        { { 0x11, 0x10 }, 0x11 },
    };
    unsigned int i, j;

    for ( i = 0; i < ARRAY_SIZE(rows); i++ )
    {
        struct ivrs_buf t;

        iv_begin(&t, IV_INFO);
        for ( j = 0; j < 3 && rows[i].kinds[j]; j++ )
            iv_desktop_unit(&t, rows[i].kinds[j], 0xfd300000, 0x0008, 0x00a5,
                            0x21);
        iv_end(&t);

        iv_expect(&t, &ivrs, 0, 0, NULL);
        assert_desktop(rows[i].best, 0x0008, 0x00a5, 0x21);
        assert_int_equal(ivrs.ivhd[0].base, 0xfd300000);
        assert_int_equal(ivrs.nr_ivmd, 0);
        amd_ivrs_free(&ivrs);
    }
}

/* Without padding, and from the function behind the unit's own on. */
static void test_from_0003(void **state)
{
    struct ivrs_buf t;

    iv_begin(&t, IV_INFO);
    iv_desktop_unit(&t, 0x10, 0xf7700000, 0x0003, 0x00a5, 0x20);
    iv_desktop_unit(&t, 0x11, 0xf7700000, 0x0003, 0x00a5, 0x20);
    iv_end(&t);

    iv_expect(&t, &ivrs, 0, 0, NULL);
    assert_desktop(0x11, 0x0003, 0x00a5, 0x20);
    amd_ivrs_free(&ivrs);
}

/* Laptops: graphics memory between the kinds, and a block of unknown type. */
static void test_memory_between(void **state)
{
    struct ivrs_buf t;
    size_t off;

    iv_begin(&t, IV_INFO | 2);
    iv_desktop_unit(&t, 0x10, 0xfdf00000, 0x0008, 0x00a5, 0x20);
    iv_desktop_unit(&t, 0x11, 0xfdf00000, 0x0008, 0x00a5, 0x20);
    off = iv_memory(&t, 0x21, 0x08, 0x0300, 0, 0xccd42000, 0x26000);
    iv_desktop_unit(&t, 0x40, 0xfdf00000, 0x0008, 0x00a5, 0x20);
    iv_memory(&t, 0x51, 0x08, 0x0300, 0, 0xccd42000, 0x26000);
    iv_end(&t);

    iv_expect(&t, &ivrs, 0, 1, "block of unknown type 0x51 ignored");
    assert_desktop(0x40, 0x0008, 0x00a5, 0x20);

    assert_int_equal(ivrs.nr_ivmd, 1);
    assert_int_equal(ivrs.ivmd[0].offset, off);
    assert_int_equal(ivrs.ivmd[0].base, 0xccd42000);
    assert_int_equal(ivrs.ivmd[0].limit, 0xccd67fff);
    assert_true(ivrs.ivmd[0].read && ivrs.ivmd[0].write);
    assert_int_equal(ivrs.ivmd[0].segment, 0);
    assert_int_equal(ivrs.ivmd[0].first, 0x0300);
    assert_int_equal(ivrs.ivmd[0].last, 0x0300);
    assert_false(ivrs.ivmd[0].wide);
    amd_ivrs_free(&ivrs);
}

/* Five blocks of a byte, for all devices of 16 buses; and one at address 0. */
static void test_memory_bytes(void **state)
{
    struct ivrs_buf t;
    unsigned int i;

    iv_begin(&t, IV_INFO);
    iv_desktop_unit(&t, 0x11, 0xfd200000, 0x0003, 0x00a5, 0x21);
    for ( i = 0; i < 5; i++ )
        iv_memory(&t, 0x22, 0x08, 0x0000, 0x0fff, 0x9618e000 + i * 0x3000, 1);
    iv_memory(&t, 0x20, 0x08, 0, 0, 0, 1);
    iv_end(&t);

    iv_expect(&t, &ivrs, 0, 6, "of 0x1 bytes ignored: it is at address 0");
    assert_true(host_log_contains("is not whole pages"));
    assert_int_equal(ivrs.nr_ivmd, 5);
    assert_int_equal(ivrs.ivmd[4].base, 0x9619a000);
    assert_int_equal(ivrs.ivmd[4].limit, 0x9619afff);
    assert_int_equal(ivrs.ivmd[4].first, 0);
    assert_int_equal(ivrs.ivmd[4].last, 0x0fff);
    assert_true(ivrs.ivmd[4].wide);
    amd_ivrs_free(&ivrs);
}

/* Reading and writing are said apart; nothing is swapped. */
static void test_memory_rights(void **state)
{
    static const struct {
        uint8_t flags;
        bool read, write;
    } rows[] = {
        { 0x03, true, false }, { 0x05, false, true }, { 0x07, true, true },
        { 0x08, true, true }, { 0x0b, true, true },
    };
    struct ivrs_buf t;
    unsigned int i;

    iv_begin(&t, IV_INFO);
    iv_desktop_unit(&t, 0x11, 0xfd200000, 0x0003, 0x00a5, 0x21);
    for ( i = 0; i < ARRAY_SIZE(rows); i++ )
        iv_memory(&t, 0x21, rows[i].flags, 0x0060, 0, 0x7d900000 + i * 0x100000,
                  0x100000);
    iv_memory(&t, 0x20, 0x07, 0x1234, 0x2345, 0xc0000000, 0x1000);
    iv_end(&t);

    iv_expect(&t, &ivrs, 0, 0, NULL);
    assert_int_equal(ivrs.nr_ivmd, ARRAY_SIZE(rows) + 1);
    assert_int_equal(ivrs.ivmd[i].first, 0);
    assert_int_equal(ivrs.ivmd[i].last, 0xffff);
    for ( i = 0; i < ARRAY_SIZE(rows); i++ )
    {
        assert_int_equal(ivrs.ivmd[i].read, rows[i].read);
        assert_int_equal(ivrs.ivmd[i].write, rows[i].write);
    }
    amd_ivrs_free(&ivrs);
}

/*
 * Four units.  The last one's alias range is in the range of the first, which
 * runs to the end: the narrower one is believed.
 */
static void test_server(void **state)
{
    struct amd_found found;
    struct ivrs_buf t;
    uint16_t source;

    iv_server(&t);
    iv_expect(&t, &ivrs, 0, 0, NULL);
    assert_int_equal(ivrs.nr_ivhd, 4);

    iv_assert_unit(&ivrs, 0, 0x0008, AMD_CLAIM_ONE, 0x0002);
    iv_assert_unit(&ivrs, 0, 0x1ffe, AMD_CLAIM_ONE, 0x0002);
    iv_assert_unit(&ivrs, 0, 0x1fff, AMD_CLAIM_NONE, 0xffff);
    iv_assert_unit(&ivrs, 0, 0x2002, AMD_CLAIM_NONE, 0xffff);
    iv_assert_unit(&ivrs, 0, 0x2008, AMD_CLAIM_ONE, 0x2002);
    iv_assert_unit(&ivrs, 0, 0x4008, AMD_CLAIM_ONE, 0x4002);
    iv_assert_unit(&ivrs, 0, 0x6001, AMD_CLAIM_ONE, 0x6002);
    iv_assert_unit(&ivrs, 0, 0xfeff, AMD_CLAIM_ONE, 0x6002);
    iv_assert_unit(&ivrs, 0, 0xff00, AMD_CLAIM_ONE, 0x0002);

    found = iv_find(&ivrs, 0, 0xfffe);
    assert_int_equal(found.alias, 0x00a4);

    assert_int_equal(amd_ivrs_find_special(&ivrs, IVHD_SPECIAL_IOAPIC, 0x82,
                                           &source)->devid, 0x4002);
    assert_int_equal(source, 0x4001);
    assert_int_equal(amd_ivrs_find_special(&ivrs, IVHD_SPECIAL_IOAPIC, 0x84,
                                           &source)->devid, 0x0002);
    amd_ivrs_free(&ivrs);
}

/* The oldest chipsets: 10h alone, devices one by one, flags on some. */
static void test_one_by_one(void **state)
{
    struct ivrs_buf t;

    iv_begin(&t, 0x00203400);
    iv_unit(&t, 0x10, 0, 0x0002, 0xfeb20000, 0);
    iv_range(&t, 0x0000, 0x0002);
    iv_dev4(&t, 0x02, 0x0048, 0);
    iv_dev4(&t, 0x02, 0x0100, 0);
    iv_range(&t, 0x0200, 0x0201);
    iv_dev4(&t, 0x02, 0x00a0, 0xd7);
    iv_dev4(&t, 0x02, 0x00a4, 0x10);
    iv_alias_range(&t, 0x0300, 0x03ff, 0x00a4);
    iv_dev4(&t, 0x02, 0x0380, 0);
    iv_special(&t, IV_IOAPIC, 9, 0x00a0, 0xd7);
    iv_special(&t, IV_HPET, 0, 0x00a0, 0);
    iv_close(&t);
    iv_end(&t);

    iv_expect(&t, &ivrs, 0, 0, NULL);
    assert_int_equal(ivrs.width, 52);
    assert_false(ivrs.ivhd[0].has_efr);
    iv_assert_unit(&ivrs, 0, 0x0000, AMD_CLAIM_ONE, 0x0002);
    /* Its own range has it, and it does not translate itself. */
    iv_assert_unit(&ivrs, 0, 0x0002, AMD_CLAIM_NONE, 0xffff);
    iv_assert_unit(&ivrs, 0, 0x0048, AMD_CLAIM_ONE, 0x0002);
    iv_assert_unit(&ivrs, 0, 0x0049, AMD_CLAIM_NONE, 0xffff);
    iv_assert_unit(&ivrs, 0, 0x0201, AMD_CLAIM_ONE, 0x0002);
    assert_int_equal(iv_find(&ivrs, 0, 0x00a0).dte, 0xd7);
    assert_int_equal(iv_find(&ivrs, 0, 0x0310).alias, 0x00a4);
    /* Others' requests carry its ID; that takes nothing from what it is. */
    assert_int_equal(iv_find(&ivrs, 0, 0x00a4).dte, 0x10);
    /* An entry behind the alias range, and inside of it. */
    assert_int_equal(iv_find(&ivrs, 0, 0x0380).alias, 0x0380);
    amd_ivrs_free(&ivrs);
}

/* What no public table has: 01h, 42h, 46h, 47h, 23h, padding of 8, segments. */
static void test_rare(void **state)
{
    struct amd_found found;
    struct ivrs_buf t;

    iv_begin(&t, IV_INFO);
    iv_unit(&t, 0x11, 3, 0x0002, 0xfd000000, 0x200);
    iv_dev4(&t, 0x01, 0, 0x11);
    iv_ext(&t, 0x46, 0x0100, 0x01, 0x80000000);
    iv_ext(&t, 0x47, 0x0200, 0x02, 0x7fffffff);
    iv_ext(&t, 0x40, 0, 0, 0);
    iv_dev4(&t, 0x00, 0, 0);
    iv_dev4(&t, 0x04, 0x02ff, 0);
    iv_alias(&t, 0x42, 0x0300, 0x0310);
    iv_close(&t);
    iv_unit(&t, 0x11, 0, 0x0002, 0xfd080000, 0);
    iv_range(&t, 0x0008, 0xffff);
    iv_close(&t);
    iv_memory(&t, 0x23, 0x07, 0x0002, 0, 0xc0000000, 0x1000);
    iv_put_at(&t, t.len - 24, 3, 2);
    iv_end(&t);

    iv_expect(&t, &ivrs, 0, 0, NULL);
    found = iv_find(&ivrs, 3, 0x4000);
    assert_int_equal(found.dte, 0x11);
    assert_false(found.no_ats);
    found = iv_find(&ivrs, 3, 0x0100);
    assert_int_equal(found.dte, 0x01);
    assert_true(found.no_ats);
    found = iv_find(&ivrs, 3, 0x0280);
    assert_int_equal(found.dte, 0x02);
    assert_false(found.no_ats);
    assert_int_equal(iv_find(&ivrs, 3, 0x0300).alias, 0x0310);
    assert_int_equal(iv_find(&ivrs, 3, 0x0310).alias, 0x0310);

    assert_int_equal(iv_find(&ivrs, 0, 0x0300).alias, 0x0300);
    assert_int_equal(iv_find(&ivrs, 0, 0x0100).dte, 0);
    assert_int_equal(iv_find(&ivrs, 0, 0x0100).ivhd->base, 0xfd080000);

    assert_int_equal(ivrs.ivmd[0].segment, 3);
    assert_int_equal(ivrs.ivmd[0].last, 0xffff);
    assert_true(ivrs.ivmd[0].wide);
    amd_ivrs_free(&ivrs);
}

/* Where EFR images are not valid, or zeroes follow the last block. */
static void test_header(void **state)
{
    struct ivrs_buf t;

    iv_begin(&t, IV_INFO & ~1);
    iv_desktop_unit(&t, 0x11, 0xfd200000, 0x0003, 0x00a5, 0x21);
    iv_put(&t, 0, 7);
    iv_end(&t);

    iv_expect(&t, &ivrs, 0, 0, NULL);
    assert_false(ivrs.ivhd[0].has_efr);
    assert_int_equal(ivrs.ivhd[0].efr, 0);
    assert_string_equal(ivrs.oem_id, "TESTS");
    amd_ivrs_free(&ivrs);
    amd_ivrs_free(&ivrs);

    /* Bytes behind the table are none of its business. */
    memset(t.b + t.len, 0xff, 64);
    assert_int_equal(amd_ivrs_parse(t.b, t.len + 64, &ivrs), 0);
    assert_int_equal(ivrs.nr_ivhd, 1);
    amd_ivrs_free(&ivrs);
}

/* Runs of IDs of which the table says the same are what looking at each says. */
static unsigned int check_runs(void)
{
    struct amd_found found = {}, each;
    uint32_t id, nr = 0, end = 0;
    uint16_t last = 0;

    for ( id = 0; id < 0x10000; id++ )
    {
        if ( id == end )
        {
            last = 0xffff;
            amd_ivrs_find(&ivrs, 0, id, &last, &found);
            assert_true(last >= id);
            end = last + 1;
            nr++;
        }

        each = iv_find(&ivrs, 0, id);
        assert_int_equal(each.claim, found.claim);
        assert_ptr_equal(each.ivhd, found.ivhd);
        assert_int_equal(each.dte, found.dte);
        if ( each.alias != id )
            assert_int_equal(each.alias, found.alias);
    }

    return nr;
}

static void test_runs(void **state)
{
    struct amd_found found;
    struct ivrs_buf t;
    uint16_t last;

    /* A unit in the middle of its own range. */
    iv_begin(&t, IV_INFO);
    iv_unit(&t, 0x11, 0, 0x0042, 0xfeb20000, 0);
    iv_range(&t, 0x0000, 0xffff);
    iv_close(&t);
    iv_end(&t);
    iv_expect(&t, &ivrs, 0, 0, NULL);
    assert_int_equal(check_runs(), 3);
    amd_ivrs_free(&ivrs);

    iv_server(&t);
    iv_expect(&t, &ivrs, 0, 0, NULL);
    assert_in_range(check_runs(), 10, 40);

    last = 0x10;
    amd_ivrs_find(&ivrs, 0, 0x0009, &last, &found);
    assert_int_equal(last, 0x10);
    amd_ivrs_free(&ivrs);
}

/* Virtual and ARI functions of a table that lists devices one by one. */
static void test_functions(void **state)
{
    static const struct {
        uint16_t id, physfn;
        bool is_virtfn, is_extfn;
        enum amd_claim claim;
        uint16_t alias;
        uint8_t dte;
    } rows[] = {
        { 0x0100, 0, false, false, AMD_CLAIM_ONE, 0x0100, 0x10 },
        { 0x0101, 0, false, false, AMD_CLAIM_NONE, 0x0101, 0 },
        { 0x0110, 0x0100, true, false, AMD_CLAIM_ONE, 0x0110, 0x10 },
        { 0x0210, 0x0201, true, false, AMD_CLAIM_NONE, 0x0210, 0 },
        { 0x0109, 0, false, true, AMD_CLAIM_ONE, 0x0109, 0x10 },
        { 0x0309, 0, false, true, AMD_CLAIM_ONE, 0x00a4, 0 },
        { 0x0400, 0x0100, true, false, AMD_CLAIM_ONE, 0x0400, 0x20 },
        /* What others' requests carry is the unit's without an entry. */
        { 0x00a4, 0, false, false, AMD_CLAIM_ONE, 0x00a4, 0 },
        { 0x00a5, 0, false, false, AMD_CLAIM_ONE, 0x00a5, 0 },
    };
    struct amd_found found;
    struct ivrs_buf t;
    unsigned int i;

    iv_begin(&t, IV_INFO);
    iv_unit(&t, 0x11, 0, 0x0002, 0xfeb20000, 0);
    iv_dev4(&t, 0x02, 0x0100, 0x10);
    iv_alias(&t, 0x42, 0x0300, 0x00a4);
    iv_dev4(&t, 0x02, 0x0400, 0x20);
    iv_alias_range(&t, 0x0500, 0x05ff, 0x00a5);
    iv_close(&t);
    iv_end(&t);
    iv_expect(&t, &ivrs, 0, 0, NULL);

    for ( i = 0; i < ARRAY_SIZE(rows); i++ )
    {
        struct pci_dev pdev = {
            .sbdf.bdf = rows[i].id,
            .info.is_virtfn = rows[i].is_virtfn,
            .info.is_extfn = rows[i].is_extfn,
            .info.physfn.bus = rows[i].physfn >> 8,
            .info.physfn.devfn = rows[i].physfn & 0xff,
        };

        amd_ivrs_find_pdev(&ivrs, &pdev, &found);
        assert_int_equal(found.claim, rows[i].claim);
        assert_int_equal(found.alias, rows[i].alias);
        assert_int_equal(found.dte, rows[i].dte);
    }
    amd_ivrs_free(&ivrs);
}

static void try_file(const char *path)
{
    static struct ivrs_buf t;
    unsigned int i, usable = 0;
    FILE *f = fopen(path, "rb");

    assert_non_null(f);
    t.len = fread(t.b, 1, sizeof(t.b), f);
    fclose(f);

    host_log_clear();
    if ( iv_parse_bytes(t.b, t.len, &ivrs) )
        fail_msg("%s is not used:\n%s", path, host_log_text());
    for ( i = 0; i < ivrs.nr_ivhd; i++ )
        usable += !ivrs.ivhd[i].lost;
    if ( ivrs.units_missing || usable != ivrs.nr_ivhd )
        fail_msg("%s: a unit is not used:\n%s", path, host_log_text());
    for ( i = 0; i < 0x10000; i++ )
        if ( iv_find(&ivrs, 0, i).claim > AMD_CLAIM_ONE )
            fail_msg("%s: %04x is not one unit's", path, i);
    amd_ivrs_free(&ivrs);
}

static void test_files(void **state)
{
    const char *dir = getenv("IVRS");
    DIR *d = dir ? opendir(dir) : NULL;
    struct dirent *e;
    unsigned int nr = 0;

    /* More tables, for whoever has them: docs/ivrs.md. */
    if ( !dir )
        return;

    assert_non_null(d);
    while ( (e = readdir(d)) )
    {
        char path[1024];

        if ( strncmp(e->d_name, "IVRS", 4) && !strstr(e->d_name, ".bin") &&
             !strstr(e->d_name, ".dat") )
            continue;
        snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
        if ( strncmp(e->d_name, "DMAR", 4) && strncmp(e->d_name, "MCFG", 4) )
        {
            try_file(path);
            nr++;
        }
    }
    closedir(d);
    print_message("%u tables of %s\n", nr, dir);
    assert_int_not_equal(nr, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IVRS_TEST(test_kinds),
        IVRS_TEST(test_from_0003),
        IVRS_TEST(test_memory_between),
        IVRS_TEST(test_memory_bytes),
        IVRS_TEST(test_memory_rights),
        IVRS_TEST(test_server),
        IVRS_TEST(test_one_by_one),
        IVRS_TEST(test_rare),
        IVRS_TEST(test_header),
        IVRS_TEST(test_runs),
        IVRS_TEST(test_functions),
        IVRS_TEST(test_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
