/* SPDX-License-Identifier: GPL-2.0-only */
/* xen-iommu groups --ivrs: IDs of firmware's that tie functions together. */
#include "ivrs-build.h"
#include "xen-iommu-machine.h"

#define TABLE "ivrs.bin"

static void save(const struct ivrs_buf *t)
{
    char name[3 * PATH_MAX];
    FILE *out;

    snprintf(name, sizeof(name), "%s/" TABLE, work_dir);
    out = fopen(name, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(t->b, 1, t->len, out), t->len);
    assert_int_equal(fclose(out), 0);
}

#define WITH_IVRS(code, want, options)                                  \
    SAYS(code, want, "groups --lspci '%s/" MACHINE "' --ivrs '%s/" TABLE "' " \
         options, work_dir, work_dir)

#define ALONE "[[\"0000:00:08.0\"], [\"0000:00:09.0\"], [\"0000:00:0a.0\"], " \
              "[\"0000:00:14.4\"]]"

static void machine(void)
{
    RECORD(0, { "00:08.0", RCIEP, .id = 0x12341022 },
           { "00:09.0", RCIEP, .id = 0x12341022 },
           { "00:0a.0", RCIEP, .id = 0x12341022 },
           { "00:14.4", RCIEP, .id = 0x12341022 });
}

/* @extra: more device entries of the one unit. */
static void table(void (*extra)(struct ivrs_buf *t))
{
    struct ivrs_buf t;

    iv_begin(&t, IV_INFO);
    iv_unit(&t, 0x11, 0, 0x0002, 0xfd300000, 0);
    iv_range(&t, 0x0008, 0xfffe);
    if ( extra )
        extra(&t);
    iv_close(&t);
    iv_end(&t);
    save(&t);
}

static void two_as_one(struct ivrs_buf *t)
{
    iv_alias(t, 0x42, 0x0040, 0x00a4);
    iv_alias(t, 0x42, 0x0048, 0x00a4);
}

/* An ID that is no function's ties those that use it. */
static void as_a_third(struct ivrs_buf *t)
{
    iv_alias_range(t, 0x0040, 0x004f, 0x00ff);
}

static void test_alias(void **state)
{
    machine();
    GROUPS(ALONE, "--json");
    table(NULL);
    WITH_IVRS(0, ALONE, "--json");
    LACKS("warning");

    table(two_as_one);
    WITH_IVRS(0, "[[\"0000:00:08.0\", \"0000:00:09.0\", \"0000:00:14.4\"], "
              "[\"0000:00:0a.0\"]]", "--json");
    WITH_IVRS(0, "with 0000:00:08.0: ", "");

    table(as_a_third);
    WITH_IVRS(0, "[[\"0000:00:08.0\", \"0000:00:09.0\"], "
              "[\"0000:00:0a.0\"], [\"0000:00:14.4\"]]", "--json");
}

static void test_units(void **state)
{
    struct ivrs_buf t;

    machine();
    iv_begin(&t, IV_INFO);
    iv_unit(&t, 0x11, 0, 0x0002, 0xfd300000, 0);
    iv_range(&t, 0x0008, 0x0048);
    iv_close(&t);
    iv_unit(&t, 0x11, 0, 0x0003, 0xfd400000, 0);
    iv_range(&t, 0x0048, 0x004f);
    iv_dev4(&t, 0x02, 0x0040, 0);
    iv_close(&t);
    iv_unit(&t, 0x11, 0, 0x0004, 0, 0);
    iv_dev4(&t, 0x02, 0x00a4, 0);
    iv_close(&t);
    iv_end(&t);
    save(&t);

    WITH_IVRS(0, "two units translate 0000:00:09.0", "");
    assert_int_equal(times("warning: no unit translates 0000:00:0a.0"), 1);
    assert_int_equal(times("warning: no unit translates 0000:00:14.4"), 1);
    assert_int_equal(times("is not used: it has no registers"), 1);
    assert_int_equal(times("warning"), 3);

    iv_begin(&t, IV_INFO);
    iv_unit(&t, 0x11, 0, 0x0002, 0xfd300000, 0);
    iv_range(&t, 0x0008, 0x0048);
    iv_close(&t);
    iv_put(&t, 0xffffffff, 4);
    iv_end(&t);
    save(&t);
    WITH_IVRS(0, "not clear which unit translates 0000:00:09.0", "");
}

/* Virtual functions are in no list of single devices. */
static void test_virtual(void **state)
{
    struct ivrs_buf t;

    RECORD(0, { "00:08.0", RCIEP, .id = 0x12341022, .nr_vfs = 1,
                .vf_offset = 4, .vf_stride = 1 },
           { "00:08.4", RCIEP, .vf_of = "00:08.0" },
           { "00:09.0", RCIEP, .id = 0x12341022 });
    iv_begin(&t, IV_INFO);
    iv_unit(&t, 0x11, 0, 0x0002, 0xfd300000, 0);
    iv_dev4(&t, 0x02, 0x0048, 0);
    iv_alias(&t, 0x42, 0x0040, 0x0048);
    iv_close(&t);
    iv_end(&t);
    save(&t);

    WITH_IVRS(0, "[[\"0000:00:08.0\", \"0000:00:08.4\", \"0000:00:09.0\"]]",
              "--json");
    LACKS("warning");
}

static void test_bad(void **state)
{
    struct ivrs_buf t;

    machine();
    SAYS(3, "No such file", "groups --lspci '%s/" MACHINE "' --ivrs '%s/none'",
         work_dir, work_dir);
    iv_begin(&t, IV_INFO);
    iv_end(&t);
    save(&t);
    WITH_IVRS(3, "not an IVRS that can be used", "");
    t.len = 0;
    save(&t);
    WITH_IVRS(3, "table of 0 bytes is truncated", "");
    SAYS(3, "Is a directory",
         "groups --lspci '%s/" MACHINE "' --ivrs '%s'", work_dir, work_dir);

    /* A pipe, which is what a shell gives. */
    table(NULL);
    SAYS(0, ALONE, "groups --json --lspci '%s/" MACHINE "' --ivrs - < '%s/"
         TABLE "'", work_dir, work_dir);
}

#define T(f) cmocka_unit_test(f)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_alias), T(test_units), T(test_virtual), T(test_bad),
    };

    return cmocka_run_group_tests(tests, prepare, clean);
}
