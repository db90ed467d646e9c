/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `xen-iommu prove' on a machine that is as it ought to be, and then with one
 * thing wrong at a time.
 */
#include "xen-iommu-test.h"

static void put(const char *content, const char *path)
{
    char full[512];

    snprintf(full, sizeof(full), "xen/hypfs/iommu/%s", path);
    assert_int_equal(run("mkdir -p \"$(dirname '%s/%s')\"", work_dir, full), 0);
    write_file(content, full);
}

static void put_group(unsigned int id, const char *owner, const char *domain,
                      const char *table, const char *reserved,
                      const char *devices)
{
    const struct { const char *file, *content; } files[] = {
        { "owner", owner }, { "state", "attached" }, { "domain", domain },
        { "table", table }, { "reserved", reserved }, { "devices", devices },
        { "why", "" }, { "faults", "0" },
    };
    char path[64];
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(files); i++ )
    {
        snprintf(path, sizeof(path), "groups/%u/%s", id, files[i].file);
        put(files[i].content, path);
    }
}

#define GUEST_RUNS "10 100 5010 rw- d5\n" \
                   "110 2 7000 r-- d6 grant\n" \
                   "200 4 e0000 rw- mmio permitted\n"
#define TABLES "0 0x1000 shared relaxed\n5 0x2000 shared\n6 0x3000 shared\n" \
               "5 0x4000 group 3\n32753 0x5000 shared\n"
#define ENTRIES "10 10 paging 0x1000 1\n300 300 paging 0x2000 2\n" \
                "400 401 paging 0x4000 3\n"

/*
 * 00:02.0 is dom0's, 03:00.0 d5's, 04:00.0 and .1 likewise with a table of
 * their own; 05:00.0 is parked.  d5 has a grant of d6's.
 */
static int up(void **state)
{
    static const char *const unit[] = { "name", "vtd0", "driver", "vtd",
                                        "base", "0xfed90000", "state", "ok",
                                        "commands", "12", "waits", "3",
                                        "faults", "5" };
    char dir[3 * PATH_MAX], path[64];
    unsigned int i;

    run("rm -rf '%s/xen'", work_dir);
    snprintf(dir, sizeof(dir), "%s/xen", work_dir);
    setenv("FAKE_XEN", dir, 1);

    put("on", "state");
    for ( i = 0; i < ARRAY_SIZE(unit); i += 2 )
    {
        snprintf(path, sizeof(path), "units/0/%s", unit[i]);
        put(unit[i + 1], path);
    }
    put_group(0, "d0", "paging", "levels 4 root 0x1000 pages 1", "",
              "0000:00:02.0 vtd0 d0 paging 0 device 0010");
    put_group(2, "d5", "paging", "levels 4 root 0x2000 pages 1", "",
              "0000:03:00.0 vtd0 d5 paging 0 device 0300");
    put_group(3, "d5", "paging", "levels 4 root 0x4000 pages 1",
              "0000:04:00.0 0x80-0x8f -",
              "0000:04:00.0 vtd0 d5 paging 0 device 0400\n"
              "0000:04:00.1 vtd0 d5 paging 0 device 0401");
    put_group(4, "quarantine", "blocked", "none", "",
              "0000:05:00.0 vtd0 quarantine blocked 0 device 0500-05ff");

    put(TABLES "end", "proof/tables/all");
    put(GUEST_RUNS "next 300", "proof/table/5@2000@0");
    put("300 1 6000 rw- d5\nend", "proof/table/5@2000@300");
    put("10 100 8010 rw- d6\nend", "proof/table/6@3000@0");
    put(GUEST_RUNS "80 10 80 rw- mmio\nend", "proof/table/5@4000@0");
    put("end", "proof/table/32753@5000@0");
    put(ENTRIES "next 402", "proof/unit/0@0");
    put("end", "proof/unit/0@402");
    put("next 80", "proof/ports/0");
    put("end", "proof/ports/80");

    return 0;
}

static int down(void **state)
{
    unsetenv("FAKE_XEN");

    return 0;
}

static void test_proved(void **state)
{
    SAYS(0, "PROVED: 1 units, 4 IDs that are not blocked, 5 tables, 0 wrong",
         "prove");
    LACKS("WRONG");
    assert_non_null(strstr(text, "d0: all memory but Xen's, groups 0\n"));
    assert_non_null(strstr(text, "d5: 263 frames in 4 runs, groups 2\n"));
    assert_non_null(strstr(text, "d6: 256 frames in 1 runs, no group\n"));
    assert_non_null(strstr(text, "NOTE  d0: its devices reach all memory"));
}

static void test_json(void **state)
{
    if ( run(TOOL "prove --json | python3 '%s/tool/validate.py' "
             "'%s/../../xen-iommu/schema/prove.json' 2>&1", out_dir, data_dir,
             data_dir) )
        fail_msg("%s", text);
}

/* One wrong thing: exit 1, and this line. */
static void test_entries(void **state)
{
    static const struct { const char *entries, *says; } bad[] = {
        { ENTRIES "501 501 paging 0x2000 2\n",
          "0000:05:00.0: ID 501 is paging in vtd0, and ought to be blocked" },
        { ENTRIES "500 5ff identity\n",
          "0000:05:00.0: ID 500 is identity in vtd0, and ought to be blocked" },
        { ENTRIES "700 7ff paging 0x2000 2\n",
          "vtd0: IDs 700 to 7ff are not blocked (paging), and no device has them" },
        { ENTRIES "402 402 identity\n", "vtd0: IDs 402 to 402 are not blocked" },
        { "10 10 paging 0x1000 1\n300 300 paging 0x3000 2\n"
          "400 401 paging 0x4000 3\n",
          "0000:03:00.0: ID 300 leads to a table of d6, and is d5's" },
        { "10 10 paging 0x1000 1\n300 300 paging 0x4000 2\n"
          "400 401 paging 0x4000 3\n",
          "0000:03:00.0: ID 300 leads to the table of group 3, and is in group 2" },
        { "10 10 paging 0x1000 1\n300 300 paging 0x9000 2\n"
          "400 401 paging 0x4000 3\n",
          "0000:03:00.0: ID 300 leads to a table at 0x9000, which is no domain's" },
        { "10 10 paging 0x1000 1\n300 300 identity\n"
          "400 401 paging 0x4000 3\n",
          "0000:03:00.0: ID 300 is identity in vtd0, and ought to be paging" },
        { "10 10 paging 0x1000 1\n300 300 paging 0x2000 2\n"
          "400 400 paging 0x4000 3\n",
          "0000:04:00.1: ID 401 is blocked in vtd0, and ought to be paging" },
        { "10 10 unknown\n300 300 paging 0x2000 2\n"
          "400 401 paging 0x4000 3\n",
          "0000:00:02.0: ID 10 is unknown in vtd0, and ought to be paging" },
    };
    char content[512];
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(bad); i++ )
    {
        snprintf(content, sizeof(content), "%send", bad[i].entries);
        put(content, "proof/unit/0@0");
        SAYS(1, bad[i].says, "prove");
        assert_non_null(strstr(text, "NOT PROVED"));
    }
}

static void test_frames(void **state)
{
    static const struct { const char *run, *says; } bad[] = {
        { "900 1 8011 rw- d6\n",
          "d5: frames 8011 to 8011 (rw-) can be reached at 900 and are d6" },
        { "900 2 1 rw- none\n", "and are nobody's" },
        { "900 1 2 r-- xen\n", "and are xen" },
        { "900 1 fed00 rw- mmio\n", "and are mmio, which the domain may not use" },
        /* Another group's region; and of a region one frame too many. */
        { "90 1 90 rw- mmio\n", "frames 90 to 90" },
        { "7f 2 7f rw- mmio\n", "frames 7f to 80" },
        { "80 1 81 rw- mmio\n", "frames 81 to 81" },
    };
    char content[512];
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(bad); i++ )
    {
        snprintf(content, sizeof(content), GUEST_RUNS "%send", bad[i].run);
        put(content, "proof/table/5@2000@0");
        SAYS(1, bad[i].says, "prove");
    }
}

/* Registers that two guests reach, whoever permitted it. */
static void test_two(void **state)
{
    put("10 100 8010 rw- d6\n300 1 e0003 rw- mmio permitted\nend",
        "proof/table/6@3000@0");
    SAYS(1, "frame e0003 can be reached by d5 and d6", "prove");
    put("10 100 8010 rw- d6\n300 1 e0004 rw- mmio permitted\nend",
        "proof/table/6@3000@0");
    SAYS(0, "PROVED", "prove");
}

static void test_ports(void **state)
{
    put("0000:00:1c.0 acs 0x1d 0\nnext 80", "proof/ports/0");
    SAYS(1, "0000:00:1c.0 acs 0x1d 0: not as it was when groups were formed",
         "prove");
}

static void test_identity(void **state)
{
    put("10 10 identity\n300 300 paging 0x2000 2\n400 401 paging 0x4000 3\nend",
        "proof/unit/0@0");
    put_group(0, "d0", "identity", "none", "",
              "0000:00:02.0 vtd0 d0 identity 0 device 0010");
    SAYS(0, "NOTE  0000:00:02.0: identity, it reaches all memory (d0)",
         "prove");
    put_group(0, "d7", "identity", "none", "",
              "0000:00:02.0 vtd0 d7 identity 0 device 0010");
    SAYS(1, "0000:00:02.0: identity, though it is not dom0's", "prove");
}

/* An ID that two members have is what the attached one needs. */
static void test_shared_id(void **state)
{
    put_group(2, "d5", "paging", "levels 4 root 0x2000 pages 1", "",
              "0000:03:00.0 vtd0 d5 paging 0 device 0300\n"
              "0000:03:01.0 vtd0 quarantine blocked 0 device 0300,0308");
    SAYS(0, "PROVED", "prove");
    put_group(2, "d5", "paging", "levels 4 root 0x2000 pages 1", "",
              "0000:03:00.0 vtd0 d5 paging 0 device 0300\n"
              "0000:03:01.0 vtd0 quarantine blocked 0 device 0300,0400");
    SAYS(1, "0000:03:01.0: ID 400 is paging in vtd0, and ought to be blocked",
         "prove");
}

/* quarantine=scratch-page: the one page of zeroes, and nothing else. */
static void test_scratch(void **state)
{
    put("0 1 77 r-- none\nend", "proof/table/32753@5000@0");
    SAYS(0, "PROVED", "prove");
    put("0 1 77 rw- none\nend", "proof/table/32753@5000@0");
    SAYS(1, "quarantine: frames 77 to 77", "prove");
}

/* Answers that make no sense, have no end, or are not there. */
static void test_nonsense(void **state)
{
    static const struct { const char *path, *content, *says; } bad[] = {
        { "proof/tables/all", "x", "does not understand: x" },
        { "proof/table/5@2000@0", "10 100\nend", "does not understand: 10 100" },
        { "proof/table/5@2000@0", "next 0", "has no end" },
        { "proof/table/5@2000@0", "", "has no end" },
        { "proof/unit/0@0", "9 8 identity\nend", "does not understand" },
        { "proof/unit/0@0", "10 10 identity", "has no end" },
    };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(bad); i++ )
    {
        up(state);
        put(bad[i].content, bad[i].path);
        SAYS(5, bad[i].says, "prove");
    }

    up(state);
    run("rm '%s/xen/hypfs/iommu/proof/tables/all'", work_dir);
    SAYS(5, "older than this program", "prove");
    SAYS(2, "", "prove 00:02.0");
    unsetenv("FAKE_XEN");
    SAYS(4, "may ask Xen", "prove");
}

/* A domain that was destroyed between two answers is no complaint. */
static void test_gone(void **state)
{
    run("rm '%s/xen/hypfs/iommu/proof/table/6@3000@0'", work_dir);
    SAYS(0, "PROVED", "prove");
}

#define X(f) cmocka_unit_test_setup_teardown(f, up, down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        X(test_proved), X(test_json), X(test_entries), X(test_frames),
        X(test_two), X(test_ports), X(test_identity), X(test_shared_id),
        X(test_scratch), X(test_nonsense), X(test_gone),
    };

    return cmocka_run_group_tests(tests, prepare, clean);
}
