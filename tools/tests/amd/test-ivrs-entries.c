/* SPDX-License-Identifier: GPL-2.0-only */
/* The IVRS parser on wrong entries of devices: what each costs, and no more. */

#include "ivrs-test.h"

static struct amd_ivrs ivrs;

/* Each bad device entry costs its devices, which are left in doubt. */
static void entry_row(void (*bad)(struct ivrs_buf *), const char *text,
                      bool rest)
{
    struct ivrs_buf t;

    iv_begin(&t, IV_INFO);
    iv_unit(&t, 0x11, 0, 0x0002, 0xfd300000, 0);
    iv_range(&t, 0x0008, 0x00ff);
    bad(&t);
    iv_range(&t, 0x0400, 0x04ff);
    iv_close(&t);
    iv_end(&t);

    iv_expect(&t, &ivrs, 0, 1, text);
    assert_true(ivrs.ivhd[0].partial);
    iv_assert_unit(&ivrs, 0, 0x0010, AMD_CLAIM_ONE, 0x0002);
    iv_assert_unit(&ivrs, 0, 0x0300, AMD_CLAIM_DOUBTFUL, 0x0002);
    iv_assert_unit(&ivrs, 0, 0x0400,
                   rest ? AMD_CLAIM_ONE : AMD_CLAIM_DOUBTFUL, 0x0002);
    amd_ivrs_free(&ivrs);
}

static void no_end(struct ivrs_buf *t) { iv_dev4(t, 0x03, 0x0200, 0); }
static void alias_no_end(struct ivrs_buf *t) { iv_alias(t, 0x43, 0x0300, 9); }
static void no_start(struct ivrs_buf *t) { iv_dev4(t, 0x04, 0x02ff, 0); }
static void backwards(struct ivrs_buf *t) { iv_range(t, 0x02ff, 0x0200); }
static void unknown4(struct ivrs_buf *t) { iv_dev4(t, 0x05, 0x0200, 0); }
static void unknown8(struct ivrs_buf *t) { iv_ext(t, 0x41, 0x0200, 0, 0); }
static void unknown16(struct ivrs_buf *t) { iv_ext(t, 0x80, 0x0200, 0, 0); }
static void unknown_f1(struct ivrs_buf *t) { iv_ext(t, 0xf1, 0x0200, 0, 0); }

static void acpi_long(struct ivrs_buf *t)
{
    size_t off = iv_acpi(t, 0x0200, "AMDI0020", "");

    t->b[off + 21] = 0xff;
}

static void test_entries(void **state)
{
    struct ivrs_buf t;

    entry_row(no_end, "from 02:00.0 on has no end", true);
    entry_row(alias_no_end, "from 03:00.0 on has no end", true);
    entry_row(no_start, "that has no beginning", true);
    entry_row(backwards, "ends before it begins", true);
    entry_row(unknown4, "unknown type 0x5 ignored", true);
    entry_row(unknown8, "unknown type 0x41 ignored", true);
    entry_row(unknown16, "type 0x80 does not fit into its block", false);
    entry_row(unknown_f1, "type 0xf1 does not fit into its block", false);
    entry_row(acpi_long, "type 0xf0 does not fit into its block", false);

    iv_begin(&t, IV_INFO);
    iv_unit(&t, 0x11, 0, 0x0002, 0xfd300000, 0);
    no_end(&t);
    iv_close(&t);
    iv_end(&t);
    iv_expect(&t, &ivrs, 0, 2, "from 02:00.0 on has no end");
    assert_true(ivrs.ivhd[0].partial);
    amd_ivrs_free(&ivrs);

    /* With two units nobody can say whose the lost ones are. */
    iv_begin(&t, IV_INFO);
    iv_unit(&t, 0x11, 0, 0x0002, 0xfd300000, 0);
    iv_range(&t, 0x0008, 0x01ff);
    unknown4(&t);
    iv_close(&t);
    iv_unit(&t, 0x11, 0, 0x4002, 0xfd400000, 0);
    iv_range(&t, 0x4008, 0x41ff);
    iv_close(&t);
    iv_end(&t);
    iv_expect(&t, &ivrs, 0, 1, "unknown type 0x5");
    iv_assert_unit(&ivrs, 0, 0x0200, AMD_CLAIM_NONE, 0xffff);
    iv_assert_unit(&ivrs, 0, 0x0100, AMD_CLAIM_ONE, 0x0002);
    amd_ivrs_free(&ivrs);
}

/* Entries that the block ends in the middle of. */
static void test_cut_entries(void **state)
{
    unsigned int cut;

    for ( cut = 1; cut < 8; cut++ )
    {
        struct ivrs_buf t;

        iv_begin(&t, IV_INFO);
        iv_unit(&t, 0x11, 0, 0x0002, 0xfd300000, 0);
        iv_range(&t, 0x0008, 0x00ff);
        iv_ext(&t, 0x46, 0x0300, 0xff, 0);
        t.len -= cut;
        iv_close(&t);
        iv_end(&t);

        iv_expect(&t, &ivrs, 0, 1, "type 0x46 does not fit into its block");
        assert_int_equal(iv_find(&ivrs, 0, 0x0300).dte, 0);
        amd_ivrs_free(&ivrs);
    }

    /* The byte that says how long an ACPI device's entry is, behind the end. */
    for ( cut = 1; cut < 22; cut++ )
    {
        struct ivrs_buf t;

        iv_begin(&t, IV_INFO);
        iv_unit(&t, 0x40, 0, 0x0002, 0xfd300000, 0);
        iv_range(&t, 0x0008, 0x00ff);
        iv_acpi(&t, 0x00a5, "AMDI0020", "");
        t.len -= cut;
        iv_close(&t);
        iv_end(&t);
        iv_expect_only(&t, 0, 1, "type 0xf0 does not fit into its block");
    }
}

static void test_special(void **state)
{
    struct ivrs_buf t;
    uint16_t source;

    iv_begin(&t, IV_INFO);
    iv_unit(&t, 0x11, 0, 0x0002, 0xfd300000, 0);
    iv_range(&t, 0x0008, 0xfffe);
    iv_special(&t, IV_IOAPIC, 0, 0x00a0, 0xd7);
    iv_special(&t, IV_IOAPIC, 0, 0x0001, 0);
    iv_special(&t, IV_HPET, 0, 0x00a0, 0);
    iv_special(&t, IV_HPET, 0, 0x00a0, 0);
    iv_special(&t, 3, 0, 0x00b0, 0);
    iv_close(&t);
    iv_unit(&t, 0x11, 0, 0x4002, 0xfe000000, 0);
    iv_special(&t, IV_HPET, 0, 0x00a0, 0);
    iv_close(&t);
    iv_end(&t);

    iv_expect(&t, &ivrs, 0, 3,
              "IO-APIC 0 is 00:14.0 of unit 0 already: that is used");
    assert_true(host_log_contains("special device of unknown kind 3 ignored"));
    assert_true(host_log_contains("HPET 0 is 00:14.0 of unit 0 already"));
    assert_non_null(amd_ivrs_find_special(&ivrs, IVHD_SPECIAL_IOAPIC, 0,
                                          &source));
    assert_int_equal(source, 0x00a0);
    amd_ivrs_free(&ivrs);
}

/* ivrs_ioapic[] and ivrs_hpet[] against a table that is wrong. */
static void test_override(void **state)
{
    struct amd_ivhd *u;
    struct ivrs_buf t;
    uint16_t source;

    iv_server(&t);
    iv_unit(&t, 0x11, 1, 0x0002, 0xfc000000, 0);
    iv_range(&t, 0x0008, 0xfffe);
    iv_special(&t, IV_IOAPIC, 0x90, 0x00a0, 0);
    iv_close(&t);
    iv_end(&t);
    iv_expect(&t, &ivrs, 0, 0, NULL);

    /* The table has 0x80 there and 0x81 elsewhere: neither is right. */
    assert_int_equal(amd_ivrs_override(&ivrs, IVHD_SPECIAL_IOAPIC, 0x81, 0,
                                       0x00a0), 0);
    u = amd_ivrs_find_special(&ivrs, IVHD_SPECIAL_IOAPIC, 0x81, &source);
    assert_int_equal(u->devid, 0x0002);
    assert_int_equal(source, 0x00a0);
    assert_null(amd_ivrs_find_special(&ivrs, IVHD_SPECIAL_IOAPIC, 0x80,
                                      &source));
    assert_non_null(amd_ivrs_find_special(&ivrs, IVHD_SPECIAL_HPET, 0,
                                          &source));
    assert_non_null(amd_ivrs_find_special(&ivrs, IVHD_SPECIAL_IOAPIC, 0x84,
                                          &source));

    assert_non_null(amd_ivrs_find_special(&ivrs, IVHD_SPECIAL_IOAPIC, 0x90,
                                          &source));

    /* One that the table lacks; and where no unit is. */
    assert_int_equal(amd_ivrs_override(&ivrs, IVHD_SPECIAL_HPET, 7, 0, 0x4010),
                     0);
    u = amd_ivrs_find_special(&ivrs, IVHD_SPECIAL_HPET, 7, &source);
    assert_int_equal(u->devid, 0x4002);
    assert_int_equal(amd_ivrs_override(&ivrs, IVHD_SPECIAL_HPET, 0, 9, 0x00a0),
                     -ENODEV);
    assert_non_null(amd_ivrs_find_special(&ivrs, IVHD_SPECIAL_HPET, 0,
                                          &source));

    host_fail_nth(1);
    assert_int_equal(amd_ivrs_override(&ivrs, IVHD_SPECIAL_HPET, 0, 0, 0x4010),
                     -ENOMEM);
    host_fail_nth(0);
    assert_int_equal(amd_ivrs_find_special(&ivrs, IVHD_SPECIAL_HPET, 0,
                                           &source)->devid, 0x0002);
    amd_ivrs_free(&ivrs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IVRS_TEST(test_entries),
        IVRS_TEST(test_cut_entries),
        IVRS_TEST(test_special),
        IVRS_TEST(test_override),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
